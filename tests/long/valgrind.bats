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

checked=(valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect
	"--suppressions=$BATS_TEST_DIRNAME/valgrind.supp" "--log-file=$BATS_FILE_TMPDIR/valgrind")

# The exit code of the command, or 99 and a report.
clean() { # PROGRAM ARGUMENTS...
	local code=0
	"${checked[@]}" "$@" >"$bed/out" 2>"$bed/err" || code=$?
	[[ $code -ne 99 ]] || fail "$*: $(cat "$bed/valgrind")" || return 99
	return $code
}

# The same in the background, until its ready file is there; it is ended by a signal or by itself.
begun() { # NAME COMMAND...
	local name=$1
	shift
	spawn "$name" "${checked[@]}" "$cdgctl" --pin-dir "$pin_dir" "$@" --ready-file "$bed/$name.ready"
	wait_until 60 test -e "$bed/$name.ready"
}

ended_clean() { # NAME
	local code=0
	ended "$1" 60 || code=$?
	[[ $code -eq 0 ]] || fail "$1 ended with $code: $(cat "$bed/$1.err" "$bed/valgrind")"
}

ours() { clean "$cdgctl" --pin-dir "$pin_dir" "$@"; }

@test "load, status, tune, flows, stream, record, metrics, syn, unload" {
	ours load --name "$cc" --cgroup "$cgroup" --all-netns
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
	ours syn get --cookie "$(ctl -j syn -a | jq -s 'last.cookie')"
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

@test "serve: a scrape, each of the other pages, and what is none" {
	local url
	ctl -q load --name "$cc" --cgroup "$cgroup"
	flow_on "$cc"
	begun serve serve --listen 127.0.0.1:0
	url=$(sed -n 's|.*answering \(http://.*\)/metrics$|\1|p' "$bed/serve.err")
	for page in metrics "" -/healthy -/ready; do
		curl -sf --max-time 20 -o "$bed/page" "$url/$page"
	done
	[[ $(curl -s --max-time 20 "$url/metrics") == *"cdg_up 1"* ]]
	[[ $(curl -s --max-time 20 "$url/nosuch") == *"no such page"* ]]
	kill -INT "$(pid_of serve)"
	ended_clean serve
}

@test "run: load, events of a flow, unload" {
	begun run run --name "$cc" --cgroup "$cgroup" --events all -n 20
	flow_on "$cc"
	ended_clean run
	[ "$(grep -c . "$bed/run.out")" -ge 20 ]
	run -3 ctl status
}

@test "cdgtop on a terminal: each view, a filter, a flow in detail" {
	mkdir -p "$bed/programs"
	printf '#!/bin/bash\nexec %s "$@"\n' "${checked[*]@Q} ${cdgctl%/*}/cdgtop" >"$bed/programs/cdgtop"
	chmod +x "$bed/programs/cdgtop"
	make -s -C "$root" records
	BUILD=$bed/programs PYTHONPATH=$root/tests/cli /usr/bin/python3 - "$root/build/data/story.cdg" <<-'END' || fail "$(cat "$bed/valgrind")"
		import sys
		from terminal import FOOTER, Screen
		s = Screen("--replay", sys.argv[1], "--speed", "20")
		s.wait(FOOTER)
		s.press("3", wait="^destinations")
		s.press("4", wait="^fingerprints")
		s.press("5", wait="RTT of flows")
		s.press("1", wait="^flows by")
		s.press("f4", "cwnd > 0", "enter", wait="where cwnd")
		s.press("2", "3", wait="^destinations")
		s.resize(12, 60)
		s.press("1", wait="^flows by")
		s.quit()
	END
}

@test "replay, explain and cdgtop, from a recording and in batch mode" {
	local flow
	ctl -q load --no-syn --name "$cc"
	flow_on "$cc"
	flow=$(ctl -j flows -a | jq -s 'last.flow')
	ours explain "$flow"
	ours -j explain "$flow"
	ctl -q record -n 200 -f "$bed/file" >/dev/null
	clean "$cdgctl" explain --replay "$bed/file" "$flow"
	clean "${cdgctl%/*}/cdgtop" --pin-dir "$pin_dir" -b -n 2 -d 200ms
	clean "${cdgctl%/*}/cdgtop" -b -n 1 --replay "$bed/file"
	clean "$cdgctl" -j replay "$bed/file"
	clean "$cdgctl" stream -e all --replay "$bed/file"
	clean "$cdgctl" flows --replay "$bed/file"
	clean "$cdgctl" fingerprint "$root/tests/fuzz/corpus/pcap/eth-us-le"
}
