#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# cdgtop over real flows; tests/cli/top.bats has all that needs no kernel.

load net

live() { BUILD=${cdgctl%/*} timeout 120 /usr/bin/python3 "$root/tests/net/live.py" "$1"; }

setup_file() { bed_up; }
teardown_file() { bed_down; }
teardown() { bed_clean || true; }

flows_up() {
	bottleneck_up "$prefix" 20mbit 250000
	ctl -q load --name "$cc"
	in_ns "$prefix-client" ip route replace 10.9.2.0/24 via 10.9.1.2 congctl "$cc"
	server_up "$prefix-server" 5201
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -P 3 -t 60
	wait_until 10 sends 5201
}

@test "cdgtop waits for an instance, shows it, and notices when it is replaced or goes" {
	live an_instance_comes_and_goes
}

@test "cdgtop shows live flows, one of them in detail" {
	flows_up
	live live_flows
}

@test "cdgtop: a terminal that does not read loses no events" {
	flows_up
	live a_slow_terminal_loses_no_events
}

held() { [[ -e $bed/hold.$1 ]]; }

@test "cdgtop: 10,000 flows at one second take less than 5 % of one core" {
	local name
	cc -O2 -o "$bed/hold" "$root/tests/net/hold.c"
	ctl -q load --name "$cc"
	ns_add many
	in_ns "$prefix-many" sysctl -qw net.ipv4.ip_local_port_range="1024 65535"
	for name in a b; do
		spawn -n "$prefix-many" "hold-$name" "$bed/hold" 5000 "$cc" "$bed/hold.$name"
	done
	for name in a b; do
		wait_until 60 held $name || fail "$(cat "$bed/hold-$name.err")"
	done
	live many_flows 2>&3
}
