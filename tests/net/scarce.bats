#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# No memory, no descriptors, no room: who runs short says so, nothing is left of a half-done work,
# and a flow goes on.

load net
load pulse
load memory

setup_file() {
	bed_up
	cgroup_up
	bottleneck_up "$prefix" none 0
	memory_up
	cat >"$bed/poor" <<-'END'
		#!/bin/sh
		echo $$ >"$memory/cgroup.procs" && exec "$@"
	END
	chmod +x "$bed/poor"
}

teardown_file() {
	local code=0
	memory_down || code=1
	bed_down && return $code
}

setup() {
	unexcused=
	pulse_up
}

teardown() {
	pulse_down
	in_ns "$prefix-client" sysctl -qw net.core.optmem_max=131072 2>/dev/null || true
	end_all
	unload_rest
	rm -f "$bed"/file
}

counter() { ctl -j status | jq ".$1"; }

# Memory of a socket's own is given by its network namespace, since Linux 6.8.
socket_memory() { # BYTES
	in_ns "$prefix-client" sysctl -qw net.core.optmem_max="$1" 2>/dev/null ||
		skip "this kernel has one optmem_max for all network namespaces"
}

@test "sockets without room for their storage run, are counted and told" {
	ctl -q load --no-syn --name "$cc"
	socket_memory 64
	stream_up stream --events all
	flow_on "$cc"
	lives
	[ "$(counter storage_failed)" -eq 1 ]
	[ "$(counter flows_started)" -eq 1 ]
	run -5 ctl status
	[[ $output == *"no memory for them"* ]]
	[[ $(ctl metrics) == *'cdg_degraded{state="storage"} 1'* ]]
	ctl -q tune scavenger >/dev/null
	lives
	socket_memory 131072
	flow_on "$cc"
	lives
	[ "$(counter storage_failed)" -eq 1 ]
	[ "$(ctl -n "$prefix-client" -j flows -a | wc -l)" -eq 1 ]
	wait_until 5 arrived stream 1 '.type == "flow_end"'
	stream_down stream
	ctl -q unload
	lives
}

@test "sockets without room for the ring of a large window run without gradient, and it is told" {
	ctl -q load --no-syn --name "$cc" window=256
	for ((bytes = 256; bytes <= 8192; bytes += 64)); do
		socket_memory $bytes
		flow_on "$cc"
		[[ $(counter ring_failed) -eq 0 ]] || break
	done
	echo "# room for the storage from $bytes bytes on" >&3
	[ "$(counter ring_failed)" -eq 1 ]
	lives
	run -5 ctl status
	[[ $output == *"large window run without gradient ring"* ]]
}

# Commands that end in failure say why, or have been killed by the kernel for want of memory.
excused() { # CODE FILE
	[[ $1 -eq 137 ]] || { [[ $1 -ge 1 && $1 -le 5 ]] && grep -q '^cdgctl: ' "$2"; } ||
		fail "ended with $1 and said: $(cat "$2")"
}

@test "load with too little kernel memory" {
	[[ -n $memory ]] || skip "no memory controller"
	memory_anew
	"$bed/poor" "$cdgctl" --pin-dir "$pin_dir" -q load --name "$cc" --cgroup "$cgroup"
	ctl -q unload
	peak=$(cat "$memory/$peak_file")
	refused=0 killed=0
	for tenth in 1 3 5 7 8 9; do
		memory_anew
		echo $((peak * tenth / 10)) >"$memory/$limit_file"
		code=0
		"$bed/poor" "$cdgctl" --pin-dir "$pin_dir" -q load --name "$cc" --cgroup "$cgroup" 2>"$bed/load.err" || code=$?
		lives
		if [[ $code -eq 0 ]]; then
			ctl status >/dev/null
		else
			refused=$((refused + 1))
			[[ $code -ne 137 ]] || killed=$((killed + 1))
			excused $code "$bed/load.err"
			run ctl status
			[[ $status -eq 3 ]]
			[[ $code -eq 137 ]] || nothing_left "$pin_dir"
			ctl -q load --name "$cc" --cgroup "$cgroup"
		fi
		ctl -q unload
		nothing_left "$pin_dir"
		wait_until 5 not listed "$cc"
	done
	echo "# load takes $((peak / 1024)) KB at most; refused $refused of 6 times, $killed of them by the kernel's killer" >&3
	[ "$refused" -ge 2 ]
}

@test "a subscriber without memory for its ring" {
	[[ -n $memory ]] || skip "no memory controller"
	ctl -q load --no-syn --name "$cc"
	flow_on "$cc"
	memory_anew
	echo $((64 << 20)) >"$memory/$limit_file"
	for command in "stream --events round" "record $bed/file"; do
		code=0
		"$bed/poor" "$cdgctl" --pin-dir "$pin_dir" $command --buffer 262144 >/dev/null 2>"$bed/err" || code=$?
		echo "$command: $code $(cat "$bed/err")"
		[ $code -ne 0 ]
		excused $code "$bed/err"
		ctl -j status | jq -e '.subscribers == []'
		lives
	done
	run -0 ctl stream --events round -n 3
}

# A command with at most so many descriptors, or kilobytes of address space (of which AddressSanitizer
# alone takes terabytes: a build that has it is not limited there). What ends without an
# excuse stands in $unexcused: a caller that asks for the exit code would not see this fail.
limited() { # n|v LIMIT COMMAND...
	local code=0
	bash -c 'ulimit "-$1" "$2" && shift 2 && exec "$@"' bash "$1" "$2" "$cdgctl" --pin-dir "$pin_dir" "${@:3}" \
		>"$bed/out" 2>"$bed/err" || code=$?
	# Below some limit the dynamic linker gives up, not we. A sanitizer's report speaks of memory, too.
	[[ $code -eq 0 ]] || excused $code "$bed/err" 2>/dev/null ||
		{ grep -qE 'shared|loading|memory' "$bed/err" && ! grep -qE 'Sanitizer|runtime error:' "$bed/err"; } ||
		[[ $code -eq 139 && $1 == v ]] || unexcused+="$* ended with $code: $(cat "$bed/err")"$'\n'
	return $code
}

@test "load with too few descriptors or too little address space" {
	local none=0 limits=("n 5" "n 12" "n 20" "n 30" "n 45")
	[[ ${SAN:-} == 1 ]] || limits+=("v 30000" "v 40000" "v 60000")
	for limit in "${limits[@]}"; do
		if limited $limit -q load --name "$cc" --cgroup "$cgroup"; then
			ctl status >/dev/null
		else
			none=$((none + 1))
			nothing_left "$pin_dir" || fail "limit $limit"
			run -3 ctl status
			not listed "$cc"
			ctl -q load --name "$cc" --cgroup "$cgroup"
		fi
		lives
		ctl -q unload
		nothing_left "$pin_dir"
	done
	[ $none -ge 4 ]
	[ -z "$unexcused" ] || fail "$unexcused"
}

@test "the other commands with too few descriptors or too little address space" {
	ctl -q load --no-syn --name "$cc"
	flow_on "$cc"
	local none=0 limits=(n\ {4..24})
	[[ ${SAN:-} == 1 ]] || limits+=(v\ {28,32,36,40,50}000)
	for limit in "${limits[@]}"; do
		for command in status "tune window=16" "stream --events round -n 2" flows "record -n 2 -f $bed/file" metrics; do
			limited $limit $command || none=$((none + 1))
		done
		lives
		ctl -j status | jq -e '.subscribers == [] and (.degraded | not)' >/dev/null || fail "limit $limit"
	done
	echo "# refused $none times" >&3
	[ $none -ge 20 ]
	for limit in n\ {4..12}; do
		limited $limit -q unload || continue
		nothing_left "$pin_dir"
		not listed "$cc"
		ctl -q load --no-syn --name "$cc"
	done
	[ -z "$unexcused" ] || fail "$unexcused"
	run -0 ctl status
	lives
}

@test "eight subscribers that die at once leave eight places, and one that stands still holds up nobody" {
	ctl -q load --no-syn --name "$cc"
	flow_on "$cc"
	for n in 1 2 3 4 5 6 7 8; do
		stream_up victim$n --events all
	done
	run -2 ctl stream --events all -n 1
	kill -KILL $(for n in 1 2 3 4 5 6 7 8; do pid_of victim$n; done)
	for n in 1 2 3 4 5 6 7 8; do
		ended victim$n || true
	done
	for n in 1 2 3 4 5 6 7 8; do
		stream_up heir$n --events round --buffer 64
	done
	kill -STOP "$(pid_of heir1)"
	lost() { ctl -j status | jq -e '[.subscribers[] | select(.lost > 0)] | length == 1' >/dev/null; }
	wait_until 20 lost
	lives
	for n in 2 3 4 5 6 7 8; do
		stream_down heir$n
	done
	ctl -q tune scavenger >/dev/null
	ctl -q unload
	lives
	kill -CONT "$(pid_of heir1)"
	ended heir1 || fail "$(cat "$bed/heir1.err")"
	tail -n 1 "$bed/heir1.out" | jq -e '.type == "bye" and .lost > 0'
}
