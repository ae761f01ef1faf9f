#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# SYN floods while clients connect: who gets in is accounted for, the kernel's memory does not grow, and a
# flow of CDG goes on.

load net
load syn
load pulse
load memory

setup_file() {
	bed_up
	cgroup_up
	bottleneck_up "$prefix" none 0
	export flood burst
	flood=$(built flood)
	burst=$(built burst)
	# Whom the flood pretends to be lives behind the client, which drops what comes for them.
	in_ns "$prefix-router" ip route add 10.66.0.0/16 via 10.9.1.1
	in_ns "$prefix-client" ip route add blackhole 10.66.0.0/16
	# Half-open connections go after a second.
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_synack_retries=0 net.ipv4.tcp_max_syn_backlog=8192
	charged_up
}

teardown_file() {
	memory_down
	bed_down
}

teardown() {
	pulse_down
	end_all
	unload_rest
}

# Kilobytes of the kernel's objects in all.
objects() { awk '/^SUnreclaim/ { print $2 }' /proc/meminfo; }

# A flow's longest pause and its bytes per second over so many bytes as take long enough.
measure() {
	lives
	lives 3000000
}

# Maps and the storage of sockets take no more than before the flood.
instance_is_bounded() {
	local now
	now=$(kernel_memory)
	[[ -z $now || $now -le $((quiet_memory + 1048576)) ]] || fail "the instance's memory was $quiet_memory, is $now"
}

# Half-open connections are gone: nothing is left of a SYN.
objects_are_as_before() { [[ $(objects) -le $((quiet_objects + 8192)) ]]; }

# Of a processor that the flood wants whole the flow has still its share.
flow_goes_on() {
	[[ $paused -le $((400 * patience)) && $((goodput * 5 * patience)) -ge $quiet_goodput ]] ||
		fail "the flow stood still for $paused ms and had $goodput bytes/s, before the flood $quiet_pause and $quiet_goodput"
}

# 10,000 clients connect while the server is flooded, whose queue holds $queue connections, or 4096.
under_flood() { # COOKIES PER-SECOND OPTIONS-OF-LOAD...
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_syncookies="$1" net.core.somaxconn="${queue:-4096}"
	local per_second=$2
	shift 2
	"$bed/charged" "$cdgctl" --pin-dir "$pin_dir" -q load --name "$cc" --cgroup "$cgroup" "$@"
	pulse_up
	flow_on "$cc"
	measure
	quiet_goodput=$goodput quiet_pause=$paused quiet_memory=$(kernel_memory) quiet_objects=$(objects)
	spawn -n "$prefix-server" burst "$bed/inside" "$burst" serve 10.9.2.1 7100
	wait_until 10 grep -q ready "$bed/burst.out"
	spawn -n "$prefix-client" flood "$flood" 10.9.2.1 7100 "$per_second"
	wait_until 10 in_flood
	before=$(total accepted) opened_before=$(opened)
	spawn -n "$prefix-client" clients timeout $((60 * patience)) "$burst" connect 10.9.2.1 7100 10000
	measure
	flow_goes_on
	instance_is_bounded
	ended clients 60
	runs flood
	kill "$(pid_of flood)"
	ended flood
	wait_until 5 all_accepted_since
	nearly_all $(($(total accepted) - before)) 10000
	echo "# cookies $(in_ns "$prefix-server" sysctl -n net.ipv4.tcp_syncookies) $*: $(tail -n 1 "$bed/flood.out") SYNs," \
		"10000 clients in $(cat "$bed/clients.out") s; $(ctl -j status | jq -c '.syn | {accepted, ok, syncookie, not_saved, lost, half_open}')" >&3
	echo "# the flow's longest pause $quiet_pause ms before, $paused ms in the flood; $quiet_goodput and $goodput bytes/s;" \
		"memory $quiet_memory and $(kernel_memory); objects $quiet_objects and $(objects) KB" >&3
	adds_up
	instance_is_bounded
	wait_until 10 objects_are_as_before || fail "the kernel's objects took $quiet_objects KB, now $(objects)"
	lives
}

all_accepted_since() { nearly_all_accepted $((before + $(opened) - opened_before)); }

in_flood() { [[ $(in_ns "$prefix-server" nstat -asz TcpPassiveOpens TcpExtSyncookiesSent TcpExtTCPReqQFullDoCookies TcpInSegs | awk '/TcpInSegs/ { print $2 }') -gt 1000 ]]; }

adds_up() {
	ctl -j status | jq -e '.syn | .accepted == .ok + .syncookie + .not_saved + .truncated + .lost and .lost == 0 and
		.not_saved == 0 and .truncated == 0' >/dev/null || fail "totals do not add up"
	[ "$(ctl -j syn -a | jq -s 'length')" -eq "$(total known)" ]
	[ "$(ctl -j syn -a --half-open | wc -l)" -le 8192 ]
	[ "$(ctl -j syn -a 'sport = 7100' | jq -s 'map(select(.daddr != "10.9.1.1")) | length')" -eq 0 ]
}

@test "without SYN cookies" {
	under_flood 0 1000
	[ "$(total ok)" -eq "$(total accepted)" ]
}

@test "without SYN cookies, SYNs read at the SYN-ACK" {
	under_flood 0 1000 --syn-source=synack
	[ "$(total ok)" -eq "$(total accepted)" ]
	[ "$(total half_open)" -gt 10000 ]
}

@test "SYN cookies where the queue is full, at full speed" {
	# 256 are there in a second also where an emulated processor makes no more than 1,500 SYNs.
	queue=256 under_flood 1 0
	[ "$(in_ns "$prefix-server" nstat -asz TcpExtSyncookiesRecv | awk '/Recv/ { print $2 }')" -gt 0 ]
	[ "$(total ok)" -gt $((before + 9900)) ]
}

@test "SYN cookies for everybody, at full speed, with a small map" {
	under_flood 2 0 --syn-entries 256
	[ "$(total ok)" -gt $((before + 9900)) ]
	[ "$(total known)" -eq 256 ]
}
