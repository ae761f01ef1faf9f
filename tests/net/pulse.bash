# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of net.bash
# A flow that never rests (pulse.py), through a listener of the bed's cgroup: 10.9.2.1 port 7000,
# from $prefix-client to $prefix-server.

pulse_up() {
	coproc pulse {
		exec "$bed/inside" python3 "$root/tests/net/pulse.py" "$prefix-client" "$prefix-server" 10.9.2.1 7000 3>&-
	}
	read -r -t 120 answer <&"${pulse[0]}"
	[[ $answer == ready ]] || fail "no flow: $answer"
	longest=0 saves=0
}

pulse_down() {
	[[ -z ${pulse_PID:-} ]] || { kill "$pulse_PID" && wait "$pulse_PID"; } 2>/dev/null || true
}

ask_pulse() {
	answer='' # of a connection that has ended there is none, nor a descriptor
	echo "$*" >&"${pulse[1]}" && read -r -t 120 answer <&"${pulse[0]}"
}

# Data moves, and has not stood still for two seconds since the last look. Sets $saves, what
# TCP_SAVE_SYN of the listener is, $paused, the longest pause since then in milliseconds, $longest, that of
# all, and $goodput, bytes per second of what has arrived now: 100,000 bytes, or so many.
lives() { # [BYTES]
	ask_pulse look "$@"
	read -r paused saves goodput <<<"$answer"
	[[ $paused =~ ^[0-9]+$ && $paused -lt 2000 ]] || fail "the flow stood still: $answer" || return 1
	[[ $paused -le $longest ]] || longest=$paused
}

# Another connection in its place.
flow_on() { # CC
	ask_pulse open "$1"
	[[ $answer == ok ]] || fail "no connection with $1: $answer"
}
