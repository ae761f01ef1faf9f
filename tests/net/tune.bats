#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0

load net

# One flow through a bottleneck with a standing queue, for the whole file.
setup_file() {
	bed_up
	bottleneck_up "$prefix" 20mbit 1000000
	ctl -q load --no-syn --name "$cc"
	server_up "$prefix-server" 5201
	server_up "$prefix-server" 5202
	spawn -n "$prefix-client" old iperf3 -c 10.9.2.1 -C "$cc" -t 300
	wait_until 10 flow_of 5201
}
teardown_file() { bed_down; }
setup() { ctl -q tune default >/dev/null; }
teardown() {
	for name in stream new; do
		[[ ! -e $bed/pids/$name ]] || end "$name" KILL
	done
}

# The number of the flow to a port of the server.
flow_of() { ctl -n "$prefix-client" -j flows "dport = :$1" | jq -se '.[0].flow // empty'; }

# Rounds of the old flow that end from now on, under the parameters now in force.
stream_rounds() { # COUNT
	stream_up stream --events round --flow "$(flow_of 5201)"
	wait_until 20 arrived stream "$1" '.type == "round" and .random != null'
	stream_down stream
}

param() { ctl -j tune | jq ".parameters[] | select(.name == \"$1\") | .value"; }

@test "backoff_factor=0 ends back-offs of a running flow" {
	ctl -q tune backoff_factor=0
	stream_rounds 6
	jq -se 'map(select(.random != null)) | all(.threshold == 4294967295 and .verdict == "keep")' "$bed/stream.out"
}

@test "a huge backoff_factor makes a running flow back off at each positive gradient" {
	ctl -q tune backoff_factor=4294967295 use_ineff=0
	stream_rounds 6
	jq -se 'map(select(.random != null)) | all(.threshold == 0 and .verdict == "backoff")' "$bed/stream.out"
}

@test "use_ineff suspends back-offs of a running flow" {
	ctl -q tune backoff_factor=4294967295 use_ineff=1
	stream_up stream --events backoff,suppressed --flow "$(flow_of 5201)"
	wait_until 20 arrived stream 1 '.type == "suppressed"'
	stream_down stream
	jq -se 'map(select(.type == "suppressed")) | all(.use_ineff == 1 and .ineffectual > 1 and
		.cwnd_target == .cwnd_prior)' "$bed/stream.out"
}

@test "backoff_beta and backoff_step decide how far and how fast a running flow backs off" {
	ctl -q tune backoff_factor=4294967295 use_ineff=0 backoff_beta=512 backoff_step=1
	stream_up stream --events backoff --flow "$(flow_of 5201)"
	wait_until 20 arrived stream 3 '.type == "backoff"'
	stream_down stream
	jq -se 'map(select(.type == "backoff")) | all(.reduction == "step" and
		.cwnd_target == ([2, .cwnd_prior * 512 / 1024 | floor] | max) and .cwnd == .cwnd_target)' "$bed/stream.out"
	ctl -q tune backoff_beta=1000 backoff_step=0
	stream_up stream --events backoff --flow "$(flow_of 5201)"
	wait_until 20 arrived stream 3 '.type == "backoff"'
	stream_down stream
	jq -se 'map(select(.type == "backoff")) | all(.reduction == "prr" and
		.cwnd_target == ([2, .cwnd_prior * 1000 / 1024 | floor] | max) and .cwnd == .cwnd_prior)' "$bed/stream.out"
}

@test "window is for new flows: a running one keeps its own" {
	ctl -q tune window=2
	stream_up stream --events round,flow_start
	spawn -n "$prefix-client" new iperf3 -c 10.9.2.1 -p 5202 -C "$cc" -t $((30 * patience))
	wait_until 20 arrived stream 8 '.dport == 5202 and .random != null'
	wait_until 20 arrived stream 20 '.dport == 5201 and .random != null'
	stream_down stream
	[ "$(ctl -n "$prefix-client" -j flows "dport = :5201" | jq .window)" -eq 8 ]
	[ "$(ctl -n "$prefix-client" -j flows "dport = :5202" | jq .window)" -eq 2 ]
	for port in 5201 5202; do
		jq -c "select(.dport == $port)" "$bed/stream.out" >"$bed/rounds-$port"
	done
	python3 "$BATS_TEST_DIRNAME/audit.py" rounds "$bed/rounds-5201" 8
	python3 "$BATS_TEST_DIRNAME/audit.py" rounds "$bed/rounds-5202" 2
}

@test "a set that is invalid changes nothing" {
	ctl -q tune backoff_factor=77
	before=$(ctl -j tune)
	for set in window=3 window=512 backoff_beta=1025 backoff_beta=-1 "backoff_factor=1 window=0" rto_strict=1 \
		"use_tolerance=1 nosuch=1" nosuch "scavenger hystart_detect=4" use_shadow=2 backoff_factor=4294967296 \
		backoff_factor= =5 "hystart_paced=1 hystart_detect=2" "backoff_beta=12x"; do
		run -1 --separate-stderr ctl tune $set
		echo "$set: $stderr"
		[ -n "$stderr" ]
		[ -z "$output" ]
		[ "$(ctl -j tune)" = "$before" ]
	done
	run -1 --separate-stderr ctl -j tune window=3
	jq -e '.code == 1 and (.error | contains("power of two"))' <<<"$output"
}

@test "a preset replaces the whole set, and keys behind it change it" {
	ctl -q tune use_tolerance=1 window=16
	run -0 ctl -j tune scavenger
	jq -e '.preset == "scavenger" and ([.parameters[] | select(.name == "use_tolerance" or .name == "window" or
		.name == "use_ineff") | .value] == [8, 0, 0])' <<<"$output"
	run -0 ctl -j tune freebsd use_ineff=7
	jq -e '.preset == null and ([.parameters[] | select(.name == "backoff_beta" or .name == "use_ineff") |
		.value] == [717, 7])' <<<"$output"
	run -0 ctl -j tune default
	jq -e '.preset == "default" and (.parameters | all(.value == .default and (.changed | not)))' <<<"$output"
	run -0 ctl tune
	[[ $output == *"backoff_factor"*"42"* ]]
}

@test "tune --dry-run shows the set and leaves the one in force" {
	before=$(ctl -j status | jq .generation)
	run -0 ctl -j tune --dry-run backoff_factor=99
	jq -e '.parameters[] | select(.name == "backoff_factor") | .value == 99' <<<"$output"
	[ "$(param backoff_factor)" -eq 42 ]
	[ "$(ctl -j status | jq .generation)" -eq "$before" ]
}

@test "status --cost tells what each program costs while a flow runs" {
	ctl -j status --cost=500ms | jq -e '.cost | map({(.program): .}) | add | .cdg_pkts_acked |
		.runs > 10 and .run_ns > 0 and .cpu_share > 0 and .cpu_share < 1'
}

@test "each change counts a generation, which flows report" {
	before=$(ctl -j status | jq .generation)
	ctl -q tune backoff_factor=43
	ctl -q tune backoff_factor=44
	[ "$(ctl -j status | jq .generation)" -eq $((before + 2)) ]
	[ "$(ctl -n "$prefix-client" -j flows "dport = :5201" | jq .generation)" -eq $((before + 2)) ]
}

@test "two that tune at the same time both get their way" {
	for ((n = 100; n < 120; n++)); do
		ctl -q tune backoff_beta=$n >/dev/null &
		ctl -q tune use_ineff=$n >/dev/null &
		wait
		[ "$(param backoff_beta)" -eq $n ]
		[ "$(param use_ineff)" -eq $n ]
	done
}
