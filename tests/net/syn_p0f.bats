#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# p0f on the same connections, with senders that differ in every way a Linux system can be set to.

load net
load syn

setup_file() {
	bed_up
	cgroup_up
	bottleneck_up "$prefix" none 0
}

teardown_file() { bed_down; }
teardown() {
	end_all
	unload_rest
}

client() { in_ns "$prefix-client" "$@"; }

# Connects over IPv4 and IPv6 while the settings hold; remembers the ports.
both() {
	dial 10.9.2.1 7100 >>"$bed/ports"
	dial fd09:2::1 7100 >>"$bed/ports"
}

with() { # SETTING=VALUE...
	local setting before=()
	for setting; do
		before+=("${setting%%=*}=$(client sysctl -n "${setting%%=*}" | tr '\t' ' ')")
		client sysctl -qw "$setting"
	done
	both
	for setting in "${before[@]}"; do client sysctl -qw "$setting"; done
}

mtu() { # BYTES
	client ip link set client mtu "$1"
	in_ns "$prefix-router" ip link set to-client mtu "$1"
	both
	client ip link set client mtu 1500
	in_ns "$prefix-router" ip link set to-client mtu 1500
}

advmss() { # BYTES
	client ip route change default via 10.9.1.2 advmss "$1"
	client ip -6 route change default via fd09:1::2 advmss "$1"
	both
	client ip route change default via 10.9.1.2
	client ip -6 route change default via fd09:1::2
}

vary() {
	both
	with net.ipv4.tcp_timestamps=0
	with net.ipv4.tcp_sack=0
	with net.ipv4.tcp_window_scaling=0
	with net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0
	with net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0 net.ipv4.tcp_window_scaling=0
	with net.ipv4.tcp_ecn=1
	with net.ipv4.tcp_rmem="4096 87380 6291456"
	with net.ipv4.tcp_rmem="4096 16384 65536"
	with net.ipv6.auto_flowlabels=0
	with net.ipv4.ip_no_pmtu_disc=1
	local n
	for n in 33 64 100 128 200 255; do
		with net.ipv4.ip_default_ttl=$n net.ipv6.conf.all.hop_limit=$n net.ipv6.conf.client.hop_limit=$n
	done
	for n in 1280 1400 1420 1492; do mtu $n; done
	for n in 536 1000 1240 1360; do advmss $n; done
	dial 10.9.2.1 7100 ttl=3 >>"$bed/ports"
	dial 10.9.2.1 7100 ttl=40 >>"$bed/ports"
}

@test "real connections with changed MSS, MTU, TTL and sysctls: as p0f says" {
	command -v p0f >/dev/null || skip "p0f is not installed"
	command -v tcpdump >/dev/null || skip "tcpdump is not installed"
	load_syn
	server all :: 7100
	spawn -n "$prefix-server" tcpdump tcpdump -i server --immediate-mode -U -w "$bed/syns.pcap" tcp
	wait_until 10 grep -q listening "$bed/tcpdump.err"
	rm -f "$bed/ports"
	vary
	wait_until 10 all_accepted "$(wc -l <"$bed/ports")"
	[ "$(wc -l <"$bed/ports")" -gt 50 ]
	end tcpdump INT
	p0f -f /etc/p0f/p0f.fp -r "$bed/syns.pcap" -o "$bed/p0f.log" >"$bed/p0f.out" 2>&1
	sed -n 's|.*mod=syn.cli=[^/]*/\([0-9]*\).*subj=cli.*raw_sig=\(.*\)|\1 \2|p' "$bed/p0f.log" |
		sort >"$bed/p0f.sigs"
	ctl -j syn -a | jq -r '"\(.dport) \(.raw_sig)"' | sort >"$bed/our.sigs"
	[ "$(wc -l <"$bed/our.sigs")" -eq "$(wc -l <"$bed/ports")" ]
	[ "$(cut -d' ' -f2 "$bed/our.sigs" | sort -u | wc -l)" -gt 25 ]
	diff -u "$bed/p0f.sigs" "$bed/our.sigs"
}
