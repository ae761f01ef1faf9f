#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0

load net

setup_file() { bed_up; }
teardown_file() { bed_down; }
teardown() { bed_clean; }

load_ours() { ctl -q load --no-syn --name "$cc"; }

default_of() { in_ns "$prefix-$1" sysctl -n net.ipv4.tcp_congestion_control; }
set_default() { in_ns "$prefix-$1" sysctl -qw net.ipv4.tcp_congestion_control="$2"; }

# All that sysctl knows of a namespace, but for the lists that other programs may change.
sysctls_of() { in_ns "$prefix-$1" sysctl -a 2>/dev/null | grep '^net\.' | grep -v '_congestion_control = .* '; }

traffic_up() { # PORT SECONDS
	server_up "$prefix-server" "$1"
	spawn -n "$prefix-client" "client-$1" iperf3 -c 10.9.2.1 -p "$1" -C "$cc" -t $(($2 * patience))
	wait_until 10 sends "$1"
}

@test "unload gives every namespace its former default back, and the sysctls are as before" {
	local initial=$default_before
	ns_add one
	ns_add two
	set_default one reno
	before=$(sysctls_of one)
	load_ours
	set_default one "$cc"
	set_default two "$cc"
	ns_add later
	set_default later "$cc"
	run -0 ctl -j status
	[ "$(jq '[.defaults[] | select(.ours)] | length' <<<"$output")" -eq 3 ]
	run -0 --separate-stderr ctl -j unload
	jq -e '.defaults_restored == 3' <<<"$output"
	[ "$(default_of one)" = reno ]
	[ "$(default_of two)" = "$initial" ]
	[ "$(default_of later)" = "$initial" ]
	[ "$(sysctls_of one)" = "$before" ]
	not listed "$cc"
	nothing_left "$pin_dir"
}

@test "a namespace that chose another default meanwhile keeps it" {
	ns_add one
	load_ours
	set_default one "$cc"
	set_default one reno
	run -0 ctl -j unload
	jq -e '.defaults_restored == 0 and (.loaded | not)' <<<"$output"
	[ "$(default_of one)" = reno ]
}

@test "unload under traffic frees the name at once, and the flow goes on to its end" {
	bottleneck_up "$prefix" none 0
	load_ours
	traffic_up 5201 5
	run -0 --separate-stderr ctl -j unload
	jq -e '.flows_left >= 1' <<<"$output"
	not listed "$cc"
	nothing_left "$pin_dir"
	runs client-5201
	[[ $(ss_of "$prefix-client" dport = 5201) == *" $cc "* ]]
	ended client-5201
	grep -q receiver "$bed/client-5201.out"
	run -1 python3 "$talk" send 127.0.0.1 1 "$cc"
	[ "$output" = "error ENOENT" ]
}

@test "unload --wait returns when the last flow has closed" {
	bottleneck_up "$prefix" none 0
	load_ours
	traffic_up 5201 30
	spawn unload "$cdgctl" --pin-dir "$pin_dir" unload --wait
	wait_until 5 not listed "$cc"
	runs unload
	end client-5201
	ended unload 5
	grep -q "unregistered $cc" "$bed/unload.out"
}

@test "unload --wait gives up after --timeout, and the name is free all the same" {
	bottleneck_up "$prefix" none 0
	load_ours
	traffic_up 5201 30
	run -2 ctl unload --wait --timeout 300ms
	echo "$output"
	[[ $output == *"still run on it"* ]]
	not listed "$cc"
	runs client-5201
}

@test "unload reports routes that still name it, and they work again after the next load" {
	bottleneck_up "$prefix" none 0
	load_ours
	in_ns "$prefix-client" ip route add 10.9.2.9/32 via 10.9.1.2 congctl "$cc"
	in_ns "$prefix-client" ip -6 route add fd09:2::9/128 via fd09:1::2 congctl lock "$cc"
	run -0 ctl -j status
	jq -e '[.routes[] | .prefix, .family, .locked] ==
		["10.9.2.9/32", "ipv4", false, "fd09:2::9/128", "ipv6", true]' <<<"$output"
	run -0 ctl -j unload
	jq -e '.routes_left == 2' <<<"$output"
	in_ns "$prefix-server" ip addr add 10.9.2.9/32 dev lo
	server_up "$prefix-server" 5201
	for expected in "$default_before" "$cc"; do
		spawn -n "$prefix-client" client iperf3 -c 10.9.2.9 -t 30
		wait_until 5 eval '[[ $(ss_of "$prefix-client" dport = 5201) == *" $expected "* ]]'
		end client
		load_ours
	done
}

@test "unload --dry-run only counts" {
	ns_add one
	load_ours
	set_default one "$cc"
	run -0 ctl unload --dry-run
	[[ $output == *"would have unregistered $cc"*"would have given 1 network namespace"* ]]
	listed "$cc"
	[ "$(default_of one)" = "$cc" ]
	ctl status >/dev/null
}

@test "where nothing is loaded unload says so and ends with 3" {
	run -3 ctl unload
	[[ $output == *"nothing is loaded at $pin_dir"* ]]
	run -3 --separate-stderr ctl -j unload
	jq -e '.code == 3' <<<"$output"
	for command in tune flows stream; do
		run -3 ctl "$command"
		[[ $output == *"cdgctl load"* ]]
	done
	run -1 ctl unload --timeout 1s
	[[ $output == *"--wait"* ]]
}
