#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=net
# What differs by kernel: a test for each side of the version, of which one is skipped, so that the
# table of `cdglab matrix` shows where each begins.

load net
load syn

setup_file() {
	bed_up
	cgroup_up
}
teardown_file() { bed_down; }
teardown() { bed_clean || true; }

from() { linux_from "$1" || skip "only from Linux $1 on"; }
before() { not linux_from "$1" || skip "only before Linux $1"; }

load_ours() { ctl -q load --no-syn --name "$cc" "$@"; }

registered_by() { # WORD
	ctl -j status | jq -e --arg by "$1" '[.names[].registered_by] == [$by]' >/dev/null
}

# --- who holds a name: commit 8fb1a76a0f35, Linux 6.4 ---

@test "Linux 6.4 and newer: a link registers the name, which is free when its last pin is gone" {
	from 6.4
	load_ours
	[ "$(probed links)" = ok ]
	registered_by link
	rm "$pin_dir/ops0"
	listed "$cc"
	rm "$pin_dir/link0"
	wait_until 5 not listed "$cc"
}

@test "before Linux 6.4: the map registers the name and outlives its pin; deleting its element frees it" {
	before 6.4
	load_ours
	[ "$(probed links)" = degraded ]
	registered_by map
	[ ! -e "$pin_dir/link0" ]
	bpftool map pin pinned "$pin_dir/ops0" "$bpffs/kept"
	rm "$pin_dir/ops0"
	listed "$cc"
	bpftool map delete pinned "$bpffs/kept" key 0 0 0 0
	wait_until 5 not listed "$cc"
}

@test "before Linux 6.4: a deleted pin is told by status, and load finds what is registered without it" {
	before 6.4
	load_ours
	id=$(bpftool -j map show pinned "$pin_dir/ops0" | jq .id)
	rm "$pin_dir/ops0"
	run -5 ctl status
	listed "$cc"
	load_ours
	run -0 ctl status
	[ "$(bpftool -j map show pinned "$pin_dir/ops0" | jq .id)" != "$id" ]
	rm "$pin_dir/ops0"
	ctl -q unload
	nothing_left "$pin_dir"
	not listed "$cc"
}

@test "before Linux 6.4: when all pins are deleted load says how the name is freed" {
	before 6.4
	load_ours
	id=$(bpftool -j map show pinned "$pin_dir/ops0" | jq .id)
	rm -r "$pin_dir"
	run -2 ctl load --no-syn --name "$cc"
	[[ $output == *"'bpftool struct_ops unregister id $id' frees it"* ]]
	nothing_left "$pin_dir"
	listed "$cc"
	bpftool struct_ops unregister id "$id"
	not listed "$cc"
	load_ours
	run -0 ctl status
}

# The kernel's table of operations: name and program id of each.
operations() { bpftool -j map dump pinned "$pin_dir/ops0" | jq -c '.[0].formatted.value.data'; }

@test "Linux 6.4 and newer: load --replace puts new programs behind the same link" {
	from 6.4
	load_ours
	link=$(bpftool -j link show pinned "$pin_dir/link0" | jq .id)
	before=$(operations)
	ctl -q load --no-syn --name "$cc" --replace
	[ "$(bpftool -j link show pinned "$pin_dir/link0" | jq .id)" = "$link" ]
	[ "$(operations)" != "$before" ]
	registered_by link
}

@test "before Linux 6.4: load --replace registers the name anew and says what that costs" {
	before 6.4
	load_ours
	before=$(operations)
	ctl -q load --no-syn --name "$cc" --replace
	[ "$(operations)" != "$before" ]
	registered_by map
	run -0 ctl probe
	[[ $output == *"'load --replace' frees the names for a moment"* ]]
}

# --- which operations there are, and where: the order of members changed in 7.1 ---

# Each program stands at the member of its name in the kernel's own table, and nothing else does.
in_their_places() {
	local member id
	operations | jq -r 'to_entries[] | select((.value | type) == "number" and .value > 0 and
		.key != "flags") | "\(.key) \(.value)"' >"$bed/members"
	[ "$(cut -d' ' -f1 "$bed/members" | sort | tr '\n' ' ')" = \
		"cong_avoid cwnd_event init pkts_acked release set_state ssthresh undo_cwnd " ] || return 1
	while read -r member id; do
		[[ $(bpftool -j prog show id "$id" | jq -r .name) == "cdg_$member"* ]] || return 1
	done <"$bed/members"
}

@test "Linux 7.1 and newer: cong_avoid comes first, cwnd_event_tx_start is there and stays empty" {
	from 7.1
	load_ours
	operations | jq -e 'keys_unsorted[0] == "cong_avoid" and .cwnd_event_tx_start == 0'
	in_their_places || fail "$(cat "$bed/members")"
}

@test "before Linux 7.1: ssthresh comes first, and there is no cwnd_event_tx_start" {
	before 7.1
	load_ours
	operations | jq -e 'keys_unsorted[0] == "ssthresh" and (has("cwnd_event_tx_start") | not)'
	in_their_places || fail "$(cat "$bed/members")"
}

# --- callback flags of listeners that exist: commit 3882dccf48f9, Linux 6.12 ---

# A listener that was there before, and a connection by a SYN cookie: sets $port.
older_listener() {
	bottleneck_up "$prefix" none 0
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_syncookies=2
	server older 10.9.2.1 7020
	run -0 --separate-stderr ctl load --no-cc --cgroup "$cgroup" --all-netns
	port=$(dial 10.9.2.1 7020)
}

@test "Linux 6.12 and newer: a listener that exists is asked for SYN-ACKs, so a cookie's SYN is known" {
	from 6.12
	older_listener
	[[ $stderr != *6.12* ]]
	record_of "$port" | jq -e '.status == "ok" and .source == "synack" and .by_cookie'
	[ "$(total listeners_refused)" -eq 0 ]
	[ "$(total listeners)" -eq 1 ]
}

@test "before Linux 6.12: a listener that exists saves SYNs, those of cookies are told as lost" {
	before 6.12
	older_listener
	[[ $stderr == *"before Linux 6.12"* ]]
	record_of "$port" | jq -e '.status == "syncookie" and .by_cookie and .raw_sig == null'
	[ "$(total listeners_refused)" -eq 1 ]
	run -0 ctl status
	[[ $output == *"before Linux 6.12"* ]]
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_syncookies=1
	port=$(dial 10.9.2.1 7020)
	record_of "$port" | jq -e '.status == "ok" and .source == "save"'
	# One that comes now is asked for everything.
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_syncookies=2
	server newer 10.9.2.1 7021
	port=$(dial 10.9.2.1 7021)
	record_of "$port" | jq -e '.status == "ok" and .source == "synack" and .by_cookie'
}
