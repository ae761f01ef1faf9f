#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Many connections come and go under CDG while it is streamed, tuned, loaded and unloaded: none
# fails, and the kernel has its memory back in the end.
#
# CDG_CHURN: how many connections, 10,000 if not given.

load net
load pulse
load memory
load metrics

setup_file() {
	bed_up
	cgroup_up
	bottleneck_up "$prefix" none 0
	export burst
	burst=$(built burst)
	charged_up
}

teardown_file() {
	local code=0
	memory_down || code=1
	bed_down && return $code
}

teardown() {
	local pid
	touch "$bed/stop"
	for pid in "${ways[@]}"; do wait "$pid" || true; done
	pulse_down
	end_all
	unload_rest
}

load_ours() { "$bed/charged" "$cdgctl" --pin-dir "$pin_dir" -q load --name "$cc" --cgroup "$cgroup" "$@"; }

server_default() { in_ns "$prefix-$1" sysctl -qw net.ipv4.tcp_congestion_control="$2"; }

# Until $bed/stop exists: each way to disturb, and how often it came to that.
disturb() {
	local rounds=0
	while [[ ! -e $bed/stop ]]; do
		"$@" || touch "$bed/failed-${1}"
		rounds=$((rounds + 1))
	done
	echo "$rounds" >"$bed/count-$1"
}

stream_some() { may_miss some stream --events all --duration 300ms; }
tune_some() {
	may_miss tune tune backoff_factor=$((RANDOM % 100))
	pause
}
look_some() { may_miss look flows; }

# While it is being unloaded and loaded, a command may say so; it must not crash, nor hang.
may_miss() { # NAME ARGUMENTS...
	local code=0 name=$1
	shift
	timeout 300 "$cdgctl" --pin-dir "$pin_dir" -q "$@" >/dev/null 2>"$bed/$name.err" || code=$?
	((code)) || return 0
	((code <= 5)) || return 1
	[[ -e $bed/loading ]] || ! loaded_here || grep -qE 'not loaded|incomplete|changing|unloaded' "$bed/$name.err"
}

# On slow machines the others may hold the lock longer than a command waits for it.
patiently() { # COMMAND...
	until "$@" 2>"$bed/patient-${FUNCNAME[1]}.err"; do
		grep -q 'has been changing' "$bed/patient-${FUNCNAME[1]}.err" || { cat "$bed/patient-${FUNCNAME[1]}.err" >&2; return 1; }
	done
}

reload_some() {
	local code=0
	touch "$bed/loading"
	patiently timeout 300 "$cdgctl" --pin-dir "$pin_dir" -q unload && patiently load_ours && server_default server "$cc" && server_default client "$cc" ||
		code=$?
	rm "$bed/loading"
	return $code
}
replace_some() { patiently load_ours --replace; }

connections_all_done() { [[ $(ctl -j status | jq .flows) -le "$1" ]]; }

all_ended() { ctl -j status | jq -e '.flows_started - .flows_ended <= 2' >/dev/null; }

churn() { # COUNT BYTES WAYS...
	local count=$1 bytes=$2 way
	shift 2
	rm -f "$bed"/stop "$bed"/failed-* "$bed"/count-*
	ways=()
	for way in "$@"; do
		disturb "$way" 3>&- &
		ways+=($!)
	done
	in_ns "$prefix-client" timeout 600 "$burst" connect 10.9.2.1 7100 "$count" "$bytes" >"$bed/seconds"
	touch "$bed/stop"
	wait_until 300 eval '[[ $(ls "$bed"/count-* 2>/dev/null | wc -l) -eq '$#' ]]'
	echo "# $count connections of $bytes bytes in $(cat "$bed/seconds") s; $(cd "$bed" && grep -H . count-* | tr '\n' ' ')" >&3
	[[ -z $(ls "$bed"/failed-* 2>/dev/null) ]] || fail "$(ls "$bed"/failed-*) $(cat "$bed"/*.err)"
}

rounds() { sample cdg_rounds_total; }

@test "connections come and go: no failure, and the memory is as it was" {
	count=${CDG_CHURN:-10000} bytes=65536
	spawn -n "$prefix-server" burst "$bed/inside" "$burst" serve 10.9.2.1 7100 $bytes
	wait_until 10 grep -q ready "$bed/burst.out"
	pulse_up
	# So large that gradients have a ring of their own.
	load_ours window=256
	server_default server "$cc"
	server_default client "$cc"
	# A first part warms up what the kernel keeps for a while.
	churn $((count / 10)) $bytes look_some
	wait_until 20 connections_all_done 0
	flow_on "$cc"
	lives
	before=$(kernel_memory)
	churn $((count * 3 / 10)) 0 stream_some tune_some look_some
	before_data=$(rounds)
	# Both ends count as flows: an odd share meets senders, too.
	stream_up rounds --events round --sample 21 --buffer 16384 'dport = :7100'
	churn $((count * 2 / 10)) $bytes stream_some tune_some look_some
	stream_down rounds
	[ $(($(rounds) - before_data)) -ge $((count * 2 / 10)) ]
	# Only with a ring there is a sum of more than one gradient.
	[ "$(count_of rounds '.sum_min_us != .grad_min_us')" -gt 10 ]
	coins=$(sample cdg_coins_total)
	[ "$coins" -gt 0 ]
	echo "# $(($(rounds) - before_data)) rounds of connections with data, $coins coins" >&3
	ctl -j status | jq -e '.storage_failed == 0 and .ring_failed == 0 and .flows_started >= $n and
		.syn.accepted >= $n / 2 and .syn.lost == 0' --argjson n $((count * 6 / 10)) >/dev/null || fail "$(ctl -j status)"
	lives
	wait_until 20 connections_all_done 2
	wait_until 20 all_ended || fail "$(ctl -j status | jq -c '{flows, flows_started, flows_ended}')"
	same() { after=$(kernel_memory); [[ -z $after || $after -le $((before + 262144)) ]]; }
	wait_until 30 same || fail "kernel memory was $before, is $after"
	echo "# kernel memory of the instance: $before bytes before, $after after" >&3
	churn $((count * 4 / 10)) $bytes stream_some tune_some reload_some replace_some
	lives
	ctl status >/dev/null
	flow_on -
	ctl -q unload
	freed() { left=$(kernel_memory); [[ -z $left || $left -lt 1048576 ]]; }
	wait_until 30 freed || fail "$left bytes of kernel memory are left"
	echo "# after unload: $left bytes; the other flow's longest pause $longest ms" >&3
	[[ -n $account ]] || skip "all but the memory is as it should be: that was not measured, there is no memory controller"
}
