#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Short runs under valgrind: nothing is read that was not written, nothing touched that was freed,
# nothing lost.

load ../net/net
load ../net/pulse

setup_file() {
	bed_up
	cgroup_up
	bottleneck_up "$prefix" none 0
}

teardown_file() { bed_down; }

setup() { pulse_up; }

teardown() {
	pulse_down
	[[ ! -e $pin_dir && ! -e $pin_dir-staging ]] || ctl -q unload
}

# The exit code of the command, or 99 and a report.
clean() { # PROGRAM ARGUMENTS...
	local code=0
	valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \
		--suppressions="$BATS_TEST_DIRNAME/valgrind.supp" --log-file="$bed/valgrind" "$@" >"$bed/out" 2>"$bed/err" || code=$?
	[[ $code -ne 99 ]] || fail "$*: $(cat "$bed/valgrind")" || return 99
	return $code
}

ours() { clean "$cdgctl" --pin-dir "$pin_dir" "$@"; }

@test "load, status, tune, flows, stream, record, metrics, syn, unload" {
	ours load --name "$cc" --cgroup "$cgroup"
	flow_on "$cc"
	ours status
	ours -j status
	ours tune window=16
	ours flows -a
	ours -j stream --events all -n 20
	ours stream --events all -n 20 --output "file:$bed/shipped"
	ours -q record -n 20 -f "$bed/file"
	ours metrics
	ours -j syn -a
	ours syn top
	ours load --name "$cc" --replace
	ours unload
	lives
	for command in status unload flows; do
		code=0
		ours $command || code=$?
		[ $code -eq 3 ]
	done
}

@test "replay, explain and cdgtop, from a recording and in batch mode" {
	ctl -q load --no-syn --name "$cc"
	flow_on "$cc"
	ctl -q record -n 200 -f "$bed/file" >/dev/null
	clean "${cdgctl%/*}/cdgtop" --pin-dir "$pin_dir" -b -n 2 -d 200ms
	clean "${cdgctl%/*}/cdgtop" -b -n 1 --replay "$bed/file"
	clean "$cdgctl" -j replay "$bed/file"
	clean "$cdgctl" stream -e all --replay "$bed/file"
	clean "$cdgctl" flows --replay "$bed/file"
	clean "$cdgctl" fingerprint "$root/tests/fuzz/corpus/pcap/eth-us-le"
}
