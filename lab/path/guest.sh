#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# In the guest: builds the path, checks it, sends each set of flows over it in turn and prints one
# JSON object per line: {"setup"}, then {"run"} for each. By `cdglab path`, in the environment:
# RATE_BPS RTT_US PACKETS LOSS AQM ECN DURATION SKIP LOAD NATIVE; arguments are the sets of flows, CC[@START]
# separated by blanks.
#
# A sender, a router and a receiver. The queue is the router's towards the receiver; all delay lies
# on the way back and random loss before the queue, so that neither meddles with the queue's count.
set -euo pipefail
# shellcheck source=scripts/bottleneck
. /cdg/scripts/bottleneck

RECEIVER=10.9.2.1
FIRST_PORT=20000
TRACING=/sys/kernel/tracing
AVAILABLE=/proc/sys/net/ipv4/tcp_available_congestion_control
OUT=/tmp/path
mkdir -p "$OUT"

die() {
	echo "$*" >&2
	exit 2
}

modules_load() {
	local cc options
	for cc in "$@"; do
		cc=${cc%%@*} options=
		[[ $cc != cdg ]] || options=$NATIVE
		# shellcheck disable=SC2086 # words of `modprobe`
		[[ $cc == cdg_bpf ]] || grep -qw "$cc" "$AVAILABLE" || modprobe -q "tcp_$cc" $options ||
			die "this kernel has no congestion control $cc${options:+ with $options} (cdg_bpf is ours)"
	done
}

ours_load() {
	# shellcheck disable=SC2086 # words of `cdgctl load`
	cdgctl -q load --name cdg_bpf $LOAD >&2 || die "cdgctl load failed; its words are above"
}

queue_add() {
	local dev=to-server
	if [ -z "$AQM" ]; then
		in_ns lab-router tc qdisc add dev $dev root handle 1: netem rate "$RATE_BPS" limit "$PACKETS"
		return
	fi
	in_ns lab-router tc qdisc add dev $dev root handle 1: tbf rate "$RATE_BPS" burst 1600 limit 1000000
	# shellcheck disable=SC2086 # a qdisc with its options
	in_ns lab-router tc qdisc add dev $dev parent 1:1 handle 10: $AQM limit "$PACKETS"
}

path_make() {
	local ns side
	bottleneck_up lab none 0
	for side in client server; do
		in_ns lab-$side ethtool -K $side tso off gso off gro off >/dev/null
		in_ns lab-router ethtool -K to-$side tso off gso off gro off >/dev/null
	done
	# Room for the longest queues; the stack's own limits are not what is measured.
	sysctl -qw net.ipv4.tcp_mem="65536 98304 131072"
	for ns in lab-client lab-server; do
		in_ns $ns sysctl -qw net.ipv4.tcp_ecn="$ECN" net.ipv4.tcp_no_metrics_save=1 \
			net.ipv4.tcp_wmem="4096 16384 67108864" net.ipv4.tcp_rmem="4096 131072 67108864"
	done
	queue_add
	in_ns lab-router tc qdisc add dev to-client root netem delay "${RTT_US}us" limit 1000000
	[ "$LOSS" = 0 ] || in_ns lab-client tc qdisc add dev client root netem loss "$LOSS%" limit 1000000
}

# Real entries into CWR, told by the kernel itself: native delay-based back-offs are not counted
# anywhere else.
cwr_watch() {
	echo mono >"$TRACING/trace_clock"
	echo 'p:lab_cwr tcp_enter_cwr port=+14(%di):u16' >"$TRACING/kprobe_events" &&
		echo 1 >"$TRACING/events/kprobes/lab_cwr/enable"
}

# port and nanoseconds of each entry, as a JSON array
cwr_take() {
	sed -n 's/.* \([0-9]*\)\.\([0-9]*\): lab_cwr: .*port=\([0-9]*\).*/\3 \1\2000/p' "$TRACING/trace" |
		jq -Rnc '[inputs | split(" ") | map(tonumber) | {port: .[0], ns: .[1]}]'
	echo >"$TRACING/trace"
}

stream_start() {
	rm -f "$OUT/ready"
	mkfifo "$OUT/stop" 2>/dev/null || true
	cdgctl -j stream --events decisions --ready-file "$OUT/ready" >"$OUT/stream" 2>"$OUT/stream.err" &
	STREAM=$!
	wait_for "$OUT/ready" "cdgctl stream"
}

# What our own flows decided, as a JSON array; an incomplete stream is an error.
stream_take() {
	kill -TERM "$STREAM"
	wait "$STREAM" || true
	jq -cs 'if any(.[]; .type == "bye" and .lost == 0) then . else error("records were lost") end |
		[.[] | select(.sport) | {port: .sport, ns: .ts_ns, type, cause, cwnd_prior, cwnd_target,
			 grad_us, probability} | del(..| nulls)]' "$OUT/stream"
}

wait_for() { # file, what
	local i
	for ((i = 0; i < 1000; i++)); do
		[[ ! -e $1 ]] || return 0
		read -rt 0.01 <> <(:) || true
	done
	die "$2 did not get ready"
}

send() { in_ns lab-client pathsend "$@"; }

# The idle path, once nothing is in the queue any more.
path_idle() {
	local i backlog
	for ((i = 0; i < 200; i++)); do
		backlog=$(in_ns lab-router tc -j -s qdisc | jq '[.[].backlog] | add')
		[ "$backlog" != 0 ] || break
		read -rt 0.05 <> <(:) || true
	done
	send flows "$RECEIVER" 2 0.2 "$FIRST_PORT" | jq -c '.probe | del(.series)'
}

# Is the path what it should be? Loss and AQM are left to the queue's own figures.
path_check() {
	local idle rate
	rate=$(send rate "$RECEIVER" "$RATE_BPS")
	idle=$(path_idle)
	jq -nc --argjson idle "$idle" --argjson rate "$rate" --argjson rtt "$RTT_US" \
		--argjson bps "$RATE_BPS" --argjson loss "$LOSS" '
		($rtt + 106 * 8e6 / $bps) as $expected |
		{idle_rtt: $idle, rate_bps: $rate.rate_bps, warnings: [
			if ($idle.mean_us // 0) < $expected * 0.99 or ($idle.mean_us // 0) > $expected * 1.02 + 300
			then "the idle RTT is \($idle.mean_us) us, not \($expected) us" else empty end,
			if ($idle.sd_us // 0) > 100 then "the idle RTT varies by \($idle.sd_us) us" else empty end,
			if $loss == 0 and $idle.lost > 0 then "\($idle.lost) probes of the idle path were lost" else empty end,
			if ($rate.rate_bps / $bps - 1 | fabs) > 0.02
			then "the unloaded rate is \($rate.rate_bps) bit/s" else empty end]}'
}

qdiscs() {
	in_ns lab-router tc -j -s qdisc show dev to-server
}

# What was measured on, as the guest sees it.
setup_print() {
	local version=null status=null qdiscs
	if ((OURS)); then
		version=$(cdgctl -j version)
		status=$(cdgctl -j status)
	fi
	qdiscs=$(for ns in client router server; do
		in_ns lab-$ns tc -j qdisc | jq -c --arg ns $ns '{($ns): .}'
	done | jq -sc add)
	jq -nc --arg kernel "$(uname -r)" --arg machine "$(uname -m)" \
		--arg clock "$(</sys/devices/system/clocksource/clocksource0/current_clocksource)" \
		--arg iproute "$(tc -V)" --argjson version "$version" --argjson status "$status" \
		--argjson qdiscs "$qdiscs" '
		{setup: {kernel: $kernel, machine: $machine, clocksource: $clock, iproute2: $iproute,
			 cdg: $version, parameters: $status.parameters, qdiscs: $qdiscs}}'
}

run_set() { # number, set
	local flows check cwr stream='[]' before
	check=$(path_check)
	before=$(qdiscs)
	((!OURS)) || stream_start
	# shellcheck disable=SC2086 # one word per flow
	flows=$(send flows "$RECEIVER" "$DURATION" "$SKIP" $((FIRST_PORT + 1000 * $1)) $2)
	printf '%s' "$flows" >"$OUT/flows.json"
	((!OURS)) || stream=$(stream_take)
	printf '%s' "$stream" >"$OUT/stream.json"
	cwr=$(cwr_take)
	jq -c --arg set "$2" --argjson check "$check" --argjson cwr "$cwr" --argjson before "$before" \
		--argjson after "$(qdiscs)" --slurpfile stream "$OUT/stream.json" '
		{run: {set: $set, check: $check, flows, probe, zero_ns, from_ns, end_ns, cwr: $cwr,
		       decisions: $stream[0], qdiscs: {before: $before, after: $after}}}' "$OUT/flows.json"
}

OURS=0
for set; do
	[[ " $set" != *" cdg_bpf"* ]] || OURS=1
	# shellcheck disable=SC2086 # one word per flow
	modules_load $set
done
((!OURS)) || ours_load
path_make
cwr_watch 2>/dev/null || echo "warning: this kernel has no kprobe events: entries into CWR are not counted" >&2
in_ns lab-server pathsink "$RECEIVER" >"$OUT/sink" &
for ((i = 0; i < 1000; i++)); do
	[[ ! -s $OUT/sink ]] || break
	read -rt 0.01 <> <(:) || true
done
setup_print
number=0
for set; do
	run_set $((++number)) "$set"
done
