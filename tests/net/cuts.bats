#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Why the stack reduces, and that every reduction is told and counted. The gradients are silenced
# (backoff_factor=0), so that nothing but the path decides.

load net

setup_file() {
	bed_up
	built path.bpf.o >"$bed/path"
	bottleneck_up "$prefix" 50mbit 500000
	in_ns "$prefix-router" tc qdisc add dev to-client clsact
	ctl -q load --no-syn --name "$cc" backoff_factor=0 hystart_detect=0
	server_up "$prefix-server" 5201
	sink_up 10.9.2.1 7000
}
teardown_file() { bed_down; }
setup() { stream_up stream --events all --buffer 32768; }
teardown() {
	local name
	for name in stream client; do
		[[ ! -e $bed/pids/$name ]] || end $name KILL
	done
	hang_up
	path_free
	in_ns "$prefix-client" tc qdisc del dev client root 2>/dev/null || true
	in_ns "$prefix-client" ip link set dev client gso_max_segs 65535
	rate 50mbit 500000
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_ecn=2 net.ipv4.tcp_early_retrans=3
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_ecn=2
	ctl -q tune backoff_factor=0 backoff_step=0 use_tolerance=0 rto_strict=0 >/dev/null
}

# Data of the client passes one of the programs of path.bpf.c before it comes to the bottleneck.
path_does() { # section
	path_free
	in_ns "$prefix-router" tc filter add dev to-client ingress bpf direct-action object-file "$(<"$bed/path")" section "$1"
}

path_free() { in_ns "$prefix-router" tc filter del dev to-client ingress 2>/dev/null || true; }

client_up() { # seconds [iperf3 options...]
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -C "$cc" -t "$@"
	wait_until 10 arrived stream 3 '.type == "round"'
}

# Totals at the end of each flow that began in the stream equal the events of that flow.
totals_are_events() {
	jq -se 'def of($f): map(select(.flow == $f));
		. as $all | map(select(.type == "flow_start").flow) as $whole |
		map(select(.type == "flow_end" and (.flow | IN($whole[])))) | length >= 1 and all(. as $e |
			($all | of($e.flow)) as $events |
			def count(f): $events | map(select(f)) | length;
			[$e.rounds, count(.type == "round"),
			 $e.draws, count(.type == "round" and .random != null),
			 $e.backoffs, count(.type == "backoff"),
			 $e.suppressed, count(.type == "suppressed"),
			 $e.cuts_loss, count(.type == "cut" and .cause == "loss"),
			 $e.cuts_rto, count(.type == "cut" and .cause == "rto"),
			 $e.cuts_ecn, count(.type == "cut" and .cause == "ecn"),
			 $e.cuts_local, count(.type == "cut" and .cause == "local"),
			 $e.cuts_tlp, count(.type == "cut" and .cause == "tlp"),
			 $e.tolerated, count(.type == "cut" and .tolerated),
			 $e.undos, count(.type == "undo"),
			 $e.restarts, count(.type == "restart"),
			 $e.slow_start_exits, count(.type == "slow_start_exit")] as $pairs |
			[range(0; $pairs | length; 2)] | all(. as $i | $pairs[$i] == $pairs[$i + 1]))' "$bed/stream.out" || {
		jq -c 'select(.type == "flow_end") | {flow, dport, rounds, draws, backoffs, suppressed, cuts_loss, cuts_rto,
			cuts_ecn, cuts_local, cuts_tlp, tolerated, undos, restarts, slow_start_exits}' "$bed/stream.out"
		fail "totals are not what the events add up to"
	}
}

# Ends traffic and stream, checks what holds in every case.
finish() {
	[[ ! -e $bed/pids/client ]] || ended client
	wait_until 10 arrived stream 1 '.type == "flow_end"'
	stream_down stream
	jq -r 'select(.type == "cut" or .type == "undo" or .type == "restart") | .type + " " + (.cause // "")' \
		"$bed/stream.out" | sort | uniq -c
	totals_are_events
	# At the end of a flow too, where the stack has dropped segments that it had counted as lost.
	jq -se 'map(select(.inflight != null)) | all(.inflight <= 1000000)' "$bed/stream.out"
	# A cut never raises the window, but where a back-off has lowered it already.
	jq -se 'map(select(.type == "cut")) | all(.ssthresh == .cwnd_target and .cwnd_target >= 2 and
		(.in_reduction or .cwnd_prior < 2 or .cwnd_target <= .cwnd_prior) and
		((.tolerated | not) or .cwnd_target == .cwnd_prior))' "$bed/stream.out"
}

# With the window before the cut.
slow_start_ends_with_the_first_cut() {
	jq -se '(map(select(.type == "cut"))[0]) as $cut | map(select(.flow == $cut.flow)) |
		.[index([$cut]) + 1] | .type == "slow_start_exit" and .reason == "cut" and .cwnd == $cut.cwnd_prior' \
		"$bed/stream.out" ||
		fail "$(jq -c 'select(.type == "cut" or .type == "slow_start_exit")' "$bed/stream.out" | head -n 4)"
}

@test "an overflowing buffer gives cuts of cause loss" {
	rate 20mbit 15000
	client_up 2
	finish
	[ "$(count_of stream '.type == "cut" and .cause == "loss" and .ca_state == "recovery"')" -ge 2 ]
	# The first one ends slow start.
	jq -se 'map(select(.type == "slow_start_exit"))[0].reason == "cut"' "$bed/stream.out"
}

@test "without tolerance a loss halves, shadow window aside" {
	rate 20mbit 15000
	client_up 2
	finish
	jq -se 'map(select(.type == "cut" and (.in_reduction | not))) | length >= 1 and
		all(.cwnd_target == ([2, (.cwnd_prior / 2 | floor), ([.shadow, .cwnd_prior] | min)] | max))' "$bed/stream.out"
}

@test "a path that loses everything for a while gives a cut of cause rto" {
	# A window that the path holds: the stack is not in recovery when the path goes dead.
	client_up 60 -w 64K
	path_does block
	wait_until 10 arrived stream 1 '.type == "cut" and .cause == "rto"'
	path_free
	# It recovers: rounds go on.
	rounds=$(grep -c '"type":"round"' "$bed/stream.out")
	wait_until 10 arrived stream $((rounds + 5)) '.type == "round"'
	end client INT
	finish
	jq -se 'map(select(.type == "cut" and .cause == "rto")) | all(.ca_state == "loss")' "$bed/stream.out"
	slow_start_ends_with_the_first_cut
}

@test "marks of a router give cuts of cause ecn, and tolerance does not apply to them" {
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_ecn=1
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_ecn=1
	ctl -q tune use_tolerance=1 >/dev/null
	path_does mark
	client_up 2
	finish
	[ "$(count_of stream '.type == "cut" and .cause == "ecn" and .ca_state == "cwr"')" -ge 3 ]
	jq -se 'map(select(.type == "cut" and .cause == "ecn")) | all(.tolerated | not)' "$bed/stream.out"
	jq -se 'map(select(.type == "flow_end" and .dport == 5201))[0].delivered_ce > 0' "$bed/stream.out"
}

@test "marks that AccECN reports are of cause ecn" {
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_ecn=3 2>/dev/null || skip "this kernel has no AccECN"
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_ecn=3
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_early_retrans=0
	path_does mark
	client_up 2
	finish
	[ "$(count_of stream '.type == "cut" and .cause == "ecn" and .ca_state == "cwr"')" -ge 3 ]
	[ "$(count_of stream '.type == "cut" and .cause == "tlp"')" -eq 0 ]
}

@test "losses at random are tolerated while the queue is not full, if so asked" {
	ctl -q tune use_tolerance=1 >/dev/null
	path_does lose
	client_up 2
	finish
	[ "$(count_of stream '.type == "cut" and .cause == "loss" and .tolerated')" -ge 1 ]
	# It sets the threshold to the window, so slow start ends all the same.
	slow_start_ends_with_the_first_cut
}

@test "a lost tail that a probe repairs gives a cut of cause tlp" {
	call 10.9.2.1 7000 "$cc"
	tell send 100000
	tell drain
	path_does lose_first
	tell send 1000
	tell drain
	path_free
	hang_up
	finish
	[ "$(count_of stream '.type == "cut" and .cause == "tlp" and .ca_state == "cwr"')" -eq 1 ]
}

# A queue of one packet of the client's, as the stack itself leaves two there at most where packets are
# long on their way (TCP small queues). Of a packet of several segments tbf takes those that fit and says
# that all is well.
narrow_queue() {
	in_ns "$prefix-client" ip link set dev client gso_max_segs 1
	in_ns "$prefix-client" tc qdisc add dev client root tbf rate 20mbit burst 3k limit 1600
}

@test "drops of the local queueing discipline give cuts of cause local" {
	narrow_queue
	client_up 1
	finish
	in_ns "$prefix-client" tc qdisc del dev client root
	[ "$(count_of stream '.type == "cut" and .cause == "local" and .ca_state == "cwr"')" -ge 1 ]
	[ "$(count_of stream '.type == "cut" and .cause == "local" and .tolerated')" -eq 0 ]
}

@test "drops of the local queueing discipline stay such when the peer sends, too" {
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_early_retrans=0
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_ecn=1
	narrow_queue
	spawn -n "$prefix-server" flood python3 "$talk" serve 10.9.2.1 7001 flood
	wait_until 10 listens "$prefix-server" 7001
	call 10.9.2.1 7001 "$cc"
	tell read
	tell send 1000000
	hang_up
	end flood
	finish
	# There is no mark on the way, and no probe is sent.
	[ "$(count_of stream '.type == "cut" and .cause == "local"')" -ge 1 ]
	[ "$(count_of stream '.type == "cut" and (.cause == "ecn" or .cause == "tlp")')" -eq 0 ]
}

@test "a back-off at a step is told with the window before it, by its round and the end of slow start, too" {
	ctl -q tune backoff_factor=4294967295 backoff_step=1 >/dev/null
	client_up 1
	finish
	jq -se 'map(select(.type == "slow_start_exit" or .type == "backoff")) as $records |
		($records | map(.type) | index("slow_start_exit")) as $i | $records[$i] as $exit | $records[$i - 1] |
		$exit.reason == "backoff" and .reduction == "step" and .cwnd_target < .cwnd_prior and
		$exit.cwnd == .cwnd_prior' "$bed/stream.out"
	jq -se 'map(select(.type == "round" and .verdict == "backoff") | .cwnd) as $rounds | ($rounds | length) >= 1 and
		$rounds == map(select(.type == "backoff") | .cwnd_prior)' "$bed/stream.out"
}

@test "idle for longer than the RTO gives a restart" {
	call 10.9.2.1 7000 "$cc"
	tell send 500000
	tell drain
	# Longer than its RTO, which ss tells.
	rto=$(ss_of "$prefix-client" "sport = :$port" | sed -n 's/.* rto:\([0-9]*\).*/\1/p')
	[ "$rto" -gt 0 ]
	idle() { [[ $(ss_of "$prefix-client" "sport = :$port" | sed -n 's/.* lastsnd:\([0-9]*\).*/\1/p') -gt $((rto * 2)) ]]; }
	wait_until 20 idle
	before=$(ctl -n "$prefix-client" -j flows "sport = :$port" | jq .cwnd)
	tell send 500000
	tell drain
	hang_up
	finish
	# The shadow keeps the window that the stack cuts behind it.
	jq -se --argjson before "$before" 'map(select(.type == "restart")) | length == 1 and
		.[0].shadow == $before and .[0].queue == "unknown"' "$bed/stream.out"
	# The first round after it has no reference.
	jq -se '(map(.type) | index("restart")) as $i | .[$i:] | map(select(.type == "round"))[0].verdict == "no_reference"' \
		"$bed/stream.out"
}

@test "a pause of the path that looks like loss is undone" {
	# A probe of the tail that is acknowledged late would be a reason of its own to reduce, before the timeout.
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_early_retrans=0
	client_up 60 -w 64K
	wait_until 10 arrived stream 1 '.type == "round" and .cwnd > 20'
	# Nothing is lost, all is late: the timeout was unfounded, and time stamps say so.
	rate 8kbit 500000
	wait_until 10 arrived stream 1 '.type == "cut" and .cause == "rto"'
	rate 50mbit 500000
	wait_until 10 arrived stream 1 '.type == "undo"'
	end client INT
	finish
	jq -se 'map(select(.type == "undo"))[0] | .cwnd_restored > .cwnd_prior' "$bed/stream.out"
	# What the cut took is back, window and shadow.
	jq -se '(map(.type) | index("undo")) as $i | (map(select(.type == "cut"))[0]) as $cut |
		.[$i].cwnd_restored >= $cut.cwnd_prior and .[$i].shadow >= $cut.cwnd_prior' "$bed/stream.out"
}

@test "totals count every round and back-off of many flows" {
	ctl -q tune backoff_factor=4000 >/dev/null
	rate 50mbit 30000
	run -0 in_ns "$prefix-client" iperf3 -c 10.9.2.1 -C "$cc" -P 5 -t 2
	wait_until 10 arrived stream 5 '.type == "flow_end"'
	finish
	[ "$(count_of stream '.type == "flow_start" and .dport == 5201')" -eq 5 ]
	[ "$(count_of stream '.type == "flow_end" and .backoffs > 0')" -eq 5 ]
}
