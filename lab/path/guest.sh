#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# In the guest: builds the path, checks it, sends each set of flows over it in turn and prints one
# JSON object per line: {"setup"}, then {"run"} for each; summary.jq computes with them on the host,
# where it costs nothing. By `cdglab path`, in the environment: RATE_BPS RTT_US PACKETS LOSS AQM ECN
# DURATION SKIP EVENTS NATIVE TWIN SEED, and OURS, "NAME WORDS" for each instance of ours with ; between them;
# arguments are the sets of flows, CC[@START][+BYTES[%PAUSE]][~RTT_US] separated by blanks.
#
# TWIN=yes: the second set's flows of ours take the numbers that native CDG drew in the first one, and
# random loss is the same in both.
#
# A sender, a router and a receiver. The queue is the router's towards the receiver; all delay lies
# on the way back and random loss before the queue, so that neither meddles with the queue's count.
set -euo pipefail
# shellcheck source=scripts/bottleneck
. /cdg/scripts/bottleneck

HERE=/cdg/lab/path
BUILT=/cdg/build/lab
RECEIVER=10.9.2.1
FIRST_PORT=20000
TRACING=/sys/kernel/tracing
AVAILABLE=/proc/sys/net/ipv4/tcp_available_congestion_control
OUT=/tmp/path
declare -A INSTANCES=() STREAMS=()
mkdir -p "$OUT"

die() {
	echo "$*" >&2
	exit 2
}

# The name of the congestion control that a flow asks for.
flow_cc() { printf '%s' "${1%%[@+~]*}"; }

# ctl INSTANCE WORDS...: cdgctl for one of ours; not for the background, where $! would be a shell
ctl() { cdgctl --pin-dir "/sys/fs/bpf/$1" "${@:2}"; }

instances_load() {
	local entry name words entries
	IFS=';' read -ra entries <<<"$OURS"
	for entry in "${entries[@]}"; do
		name=${entry%% *} words=${entry#"$name"}
		[[ " $* " == *[\ ]"$name"[\ @+~]* ]] || continue
		INSTANCES[$name]=$words
		# shellcheck disable=SC2086 # words of `cdgctl load`
		ctl "$name" -q load --no-syn --name "$name" $words >&2 ||
			die "cdgctl load failed for $name; its words are above"
	done
}

modules_load() {
	local cc options
	for cc in "$@"; do
		cc=$(flow_cc "$cc") options=
		[[ $cc != cdg ]] || options=$NATIVE
		# shellcheck disable=SC2086 # words of `modprobe`
		grep -qw "$cc" "$AVAILABLE" || modprobe -q "tcp_$cc" $options ||
			die "this kernel has no congestion control $cc${options:+ with $options} (cdg_bpf is ours)"
	done
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

# delays_set PORT FLOW...: the way back, with a band for each RTT that a flow has of its own
delays_set() {
	local port=$1 flow rtt bands=("$RTT_US") band dev=to-client
	shift
	in_ns lab-router tc qdisc del dev $dev root 2>/dev/null || true
	if [[ "$*" != *~* ]]; then
		in_ns lab-router tc qdisc add dev $dev root netem delay "${RTT_US}us" limit 1000000
		return
	fi
	for flow; do
		rtt=${flow##*\~}
		[[ $flow != *~* || " ${bands[*]} " == *" $rtt "* ]] || bands+=("$rtt")
	done
	((${#bands[@]} <= 16)) || die "more than 15 different RTTs in one set"
	in_ns lab-router tc qdisc add dev $dev root handle 1: prio \
		bands $((${#bands[@]} > 1 ? ${#bands[@]} : 2)) priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
	for ((band = 0; band < ${#bands[@]}; band++)); do
		in_ns lab-router tc qdisc add dev $dev parent "1:$(printf %x $((band + 1)))" \
			netem delay "${bands[band]}us" limit 1000000
	done
	for flow; do
		for ((band = 1; band < ${#bands[@]}; band++)); do
			[[ $flow != *"~${bands[band]}" ]] ||
				in_ns lab-router tc filter add dev $dev parent 1: protocol ip u32 \
					match ip dport "$port" 0xffff flowid "1:$(printf %x $((band + 1)))"
		done
		port=$((port + 1))
	done
}

# Nothing on the wire but what is measured: no IPv6, no ARP in the middle of a run.
path_quieten() {
	local ns side number=1 mac
	for ns in lab-client lab-router lab-server; do
		in_ns $ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	done
	for side in client server; do
		read -r _ _ mac _ < <(in_ns lab-router ip -br link show "to-$side")
		in_ns lab-$side ip neigh replace "10.9.$number.2" lladdr "$mac" dev $side nud permanent
		read -r _ _ mac _ < <(in_ns lab-$side ip -br link show $side)
		in_ns lab-router ip neigh replace "10.9.$number.1" lladdr "$mac" dev "to-$side" nud permanent
		number=$((number + 1))
	done
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
	delays_set 0
	path_quieten
	[[ $LOSS == 0 || $TWIN != yes ]] || in_ns lab-router tc qdisc add dev to-client clsact
	[[ $LOSS == 0 || $TWIN == yes ]] || in_ns lab-client tc qdisc add dev client root netem loss "$LOSS%" limit 1000000
}

# Entries into CWR, told by the kernel itself: native delay-based back-offs are not counted anywhere
# else. Not calls of tcp_enter_cwr(): in Loss and Recovery, where native draws coins too, it enters nothing.
cwr_watch() {
	local event=$TRACING/events/tcp/tcp_cong_state_set
	echo mono >"$TRACING/trace_clock"
	echo 'cong_state == 2' >"$event/filter" && echo 1 >"$event/enable"
}

# port and nanoseconds of each entry, as a JSON array; null where they are not counted
cwr_take() { # number of the set
	if [[ $CWR_COUNTED == no || ($TWIN == yes && $1 != 1) ]]; then
		echo null
		return
	fi
	if [[ $TWIN == yes ]]; then
		echo "[$(sed -n 's/^# cwr \([0-9]*\) \([0-9]*\)$/{"port":\1,"ns":\2}/p' "$OUT/draws" | paste -sd,)]"
		return
	fi
	echo "[$(sed -n 's/.* \([0-9]*\)\.\([0-9]*\): tcp_cong_state_set: .* sport=\([0-9]*\) .*/{"port":\3,"ns":\1\2000}/p' \
		"$TRACING/trace" | paste -sd,)]"
	echo >"$TRACING/trace"
}

wait_for() { # what, command...
	local what=$1 i
	shift
	for ((i = 0; i < 1000; i++)); do
		! "$@" || return 0
		read -rt 0.01 <> <(:) || true
	done
	die "$what did not get ready"
}

# One reader for each instance of ours that is in the set.
streams_start() {
	local flow cc
	STREAMS=()
	for flow; do
		cc=$(flow_cc "$flow")
		[[ ${INSTANCES[$cc]+x} && ! ${STREAMS[$cc]-} ]] || continue
		rm -f "$OUT/ready"
		cdgctl --pin-dir "/sys/fs/bpf/$cc" -j stream --events "$EVENTS" --ready-file "$OUT/ready" >"$OUT/stream-$cc" \
			2>"$OUT/stream.err" &
		STREAMS[$cc]=$!
		wait_for "cdgctl stream" test -e "$OUT/ready"
		# What is measured is not to be disturbed: it reads when all is over.
		kill -STOP "${STREAMS[$cc]}"
	done
}

streams_end() {
	local cc
	for cc in "${!STREAMS[@]}"; do
		kill -TERM "${STREAMS[$cc]}"
		kill -CONT "${STREAMS[$cc]}"
		wait "${STREAMS[$cc]}" || true
	done
}

# What our own flows decided, with what is computed with, and each reader's last words.
decisions() {
	local cc parts=()
	for cc in "${!STREAMS[@]}"; do parts+=("$OUT/stream-$cc"); done
	[ ${#parts[@]} -eq 0 ] || cat "${parts[@]}" | awk -f "$HERE/decisions.awk" | paste -sd,
}

# twin_begin NUMBER PORT SET: what makes the second set draw as the first one did
twin_begin() {
	local flow cc done=' '
	[ "$LOSS" = 0 ] || in_ns lab-router pathtwin loss "$BUILT/loss.bpf.o" to-client "$LOSS" "$SEED" "$2"
	if (($1 == 1)); then
		rm -f "$OUT/ready"
		pathtwin draws "$BUILT/draws.bpf.o" "$OUT/ready" >"$OUT/draws" &
		RECORDER=$!
		wait_for "the recorder of native's draws" test -e "$OUT/ready"
		return
	fi
	awk -v shift=1000 '/^#/ { next } { print $1 + shift, $2 }' "$OUT/draws" >"$OUT/given"
	# Native drew nothing: then there is nothing to give.
	[ -s "$OUT/given" ] || return 0
	for flow in $3; do
		cc=$(flow_cc "$flow")
		[[ ${INSTANCES[$cc]+x} && $done != *" $cc "* ]] || continue
		done+="$cc "
		ctl "$cc" -q load --no-syn --name "$cc" --replace --draws "$OUT/given" >&2 ||
			die "cdgctl load --draws failed for $cc; its words are above"
	done
}

# twin_end NUMBER: prints what was drawn in the first set. Not in a subshell, which has no child to
# wait for.
twin_end() {
	(($1 == 1)) || return 0
	kill -TERM "$RECORDER"
	wait "$RECORDER" || die "native's draws could not be recorded; why stands above"
	sed -n '1s/^# \([0-9]*\) rounds, \([0-9]*\) .*/"draws":{"rounds":\1,"coins":\2},/p' "$OUT/draws"
}

send() { in_ns lab-client pathsend "$@"; }

# What a flood has to be above for the rate to be filled by what random loss leaves of it.
flood_rate() { awk -v rate="$RATE_BPS" -v loss="$LOSS" 'BEGIN { printf "%.0f", rate / (1 - loss / 100) }'; }

queue_is_empty() { ! in_ns lab-router tc -s qdisc | grep -q 'backlog .* [1-9][0-9]*p'; }

queue_figures() { in_ns lab-router tc -j -s qdisc show dev to-server; }

# What was measured on, as the guest sees it.
setup_print() {
	local ns name statuses='' qdiscs='' version=null
	for name in "${!INSTANCES[@]}"; do
		statuses+=",\"$name\":$(ctl "$name" -j status)"
		version=$(cdgctl -j version)
	done
	for ns in client router server; do
		qdiscs+=",\"$ns\":$(in_ns lab-$ns tc -j qdisc)"
	done
	printf '{"setup":{"kernel":"%s","machine":"%s","clocksource":"%s","iproute2":"%s",' \
		"$(uname -r)" "$(uname -m)" \
		"$(</sys/devices/system/clocksource/clocksource0/current_clocksource)" "$(tc -V)"
	printf '"cdg":%s,"status":{%s},"qdiscs":{%s}}}\n' "$version" "${statuses#,}" "${qdiscs#,}"
}

run_set() { # number, set
	local port=$((FIRST_PORT + 1000 * $1)) set=$2 rate how=flows
	[[ $TWIN != yes ]] || how=twins
	# shellcheck disable=SC2086 # one word per flow
	delays_set "$port" $set
	rate=$(send rate "$RECEIVER" "$(flood_rate)")
	wait_for "an empty queue" queue_is_empty
	printf '{"run":{"set":"%s","check":{"idle":%s,"rate":%s},' "$set" \
		"$(send flows "$RECEIVER" 2 0.2 "$FIRST_PORT")" "$rate"
	printf '"before":%s,' "$(queue_figures)"
	[[ $TWIN != yes ]] || twin_begin "$1" "$port" "$set"
	# shellcheck disable=SC2086 # one word per flow
	streams_start $set
	# shellcheck disable=SC2046 # the same
	send $how "$RECEIVER" "$DURATION" "$SKIP" "$port" $(printf '%s\n' $set | sed 's/~.*//') \
		>"$OUT/flows"
	streams_end
	[[ $TWIN != yes ]] || twin_end "$1"
	printf '"sent":'
	cat "$OUT/flows"
	printf ',"decisions":[%s],"cwr":%s,"after":%s}}\n' "$(decisions)" "$(cwr_take "$1")" "$(queue_figures)"
}

instances_load "$@"
for set; do
	# shellcheck disable=SC2086 # one word per flow
	modules_load $set
done
path_make
CWR_COUNTED=yes
[[ $TWIN == yes ]] || cwr_watch 2>/dev/null || {
	CWR_COUNTED=no
	echo "cdglab: warning: this kernel has no events of TCP's states: native CDG's back-offs are not counted" >&2
}
in_ns lab-server pathsink "$RECEIVER" >"$OUT/sink" &
wait_for "the receiver" test -s "$OUT/sink"
setup_print
number=0
for set; do
	run_set $((++number)) "$set"
done
