#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# cdgtop over real flows; tests/cli/top.bats has all that needs no kernel.

load net
load syn

live() { BUILD=${cdgctl%/*} timeout $((120 * patience)) /usr/bin/python3 "$root/tests/net/live.py" "$1"; }

setup_file() { bed_up; }
teardown_file() { bed_down; }
teardown() { bed_clean || true; }

flows_up() {
	bottleneck_up "$prefix" 20mbit 250000
	ctl -q load --no-syn --name "$cc"
	in_ns "$prefix-client" ip route replace 10.9.2.0/24 via 10.9.1.2 congctl "$cc"
	server_up "$prefix-server" 5201
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -P 3 -t $((60 * patience))
	wait_until 10 sends 5201
}

@test "cdgtop waits for an instance, shows it, and notices when it is replaced or goes" {
	live an_instance_comes_and_goes
}

@test "cdgtop shows live flows, one of them in detail" {
	flows_up
	live live_flows
}

@test "cdgtop: a flow in detail is not taken for one of the same number of the next instance" {
	flows_up
	live detail_ends_with_its_instance
}

@test "cdgtop: a terminal that does not read loses no events" {
	flows_up
	live a_slow_terminal_loses_no_events
}

@test "cdgtop shows the fingerprints of accepted connections, live and from a recording" {
	cgroup_up
	bottleneck_up "$prefix" 20mbit 250000
	ctl -q load --name "$cc" --cgroup "$cgroup"
	in_ns "$prefix-server" ip route replace 10.9.1.0/24 via 10.9.2.2 congctl "$cc"
	spawn -n "$prefix-server" iperf3 "$bed/inside" iperf3 -s -p 5201
	wait_until 10 listens "$prefix-server" 5201
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -R -P 3 -t $((60 * patience))
	live fingerprints
	# These flows were accepted before the recording, more come while it runs, and last: they are watched in the replay.
	rm -f "$bed/file"
	spawn record "$cdgctl" --pin-dir "$pin_dir" -j record "$bed/file" -s 1s --ready-file "$bed/record.ready"
	wait_until 10 test -e "$bed/record.ready" || fail "$(said record)"
	end client
	in_ns "$prefix-client" iperf3 -c 10.9.2.1 -R -P 2 -n 2M -b 5M >/dev/null
	end record INT
	jq -e '.reason == "signal" and .syns >= 4 and .lost == 0' "$bed/record.out"
	live recorded_fingerprints
	"$cdgctl" -j flows --replay "$bed/file" 'sport = :5201' | jq -se 'length >= 4 and all(.label | startswith("Linux"))'
	"$cdgctl" -j stream -e all --replay "$bed/file" | jq -se 'map(select(.type == "syn")) |
		map((.seq // 0) > 0) | (map(select(not)) | length >= 4) and (map(select(.)) | length >= 3)'
}

@test "a recording hides addresses when told to, those in saved SYNs, too" {
	cgroup_up
	bottleneck_up "$prefix" 20mbit 250000
	ctl -q load --name "$cc" --cgroup "$cgroup"
	in_ns "$prefix-server" ip route replace 10.9.1.0/24 via 10.9.2.2 congctl "$cc"
	spawn -n "$prefix-server" iperf3 "$bed/inside" iperf3 -s -p 5201
	wait_until 10 listens "$prefix-server" 5201
	for how in "" prefix hash; do
		rm -f "$bed/ready-$how" "$bed/file-$how"
		spawn "record-$how" "$cdgctl" --pin-dir "$pin_dir" -j record "$bed/file-$how" ${how:+--anonymize "$how"} \
			--ready-file "$bed/ready-$how"
		wait_until 10 test -e "$bed/ready-$how" || fail "$(said "record-$how")"
	done
	in_ns "$prefix-client" iperf3 -c 10.9.2.1 -R -n 1M >/dev/null
	for how in "" prefix hash; do
		end "record-$how" INT
		"$cdgctl" -j stream -e all --header --replay "$bed/file-$how" >"$bed/events-$how"
	done
	# What hides nothing has the client's address in each SYN, and in each flow.
	in_file() { LC_ALL=C grep -zcaP '\x0a\x09\x01\x01' "$bed/file-$1" || true; }
	[ "$(in_file "")" -gt 4 ]
	[ "$(in_file prefix)" -eq 0 ]
	[ "$(in_file hash)" -eq 0 ]
	jq -se "map(select(.daddr) | [.saddr, .daddr]) | length > 4 and unique == [[\"10.9.2.0\", \"10.9.1.0\"]]" "$bed/events-prefix"
	jq -se 'map(select(.type == "syn")) | length == 2 and all(.header | contains("0a0901000a090200"))' "$bed/events-prefix"
	jq -se 'map(select(.daddr) | [.saddr, .daddr]) | length > 4 and (unique | length == 1 and all(.[][]; test("^2[45]")))' "$bed/events-hash"
	jq -se 'map(select(.type == "syn")) | length == 2 and all(.header | contains("0a09") | not)' "$bed/events-hash"
	# Nor does what is computed from them, or goes on from one connection to the next.
	for how in prefix hash; do
		jq -se 'map(select(.type == "syn").header) | length == 2 and all(.[8:12] == "0001" and .[20:24] == "0000" and
			.[48:56] == "00000001" and .[72:76] == "0000")' "$bed/events-$how"
		[ "$(jq -c 'select(.type == "syn") | [.raw_sig, .label, .dist]' "$bed/events-$how" | sort -u)" = \
			"$(jq -c 'select(.type == "syn") | [.raw_sig, .label, .dist]' "$bed/events-" | sort -u)" ]
	done
	run -1 ctl record "$bed/other" --anonymize nosuch
	run -1 ctl record "$bed/other" --header
}

held() { [[ -e $bed/hold.$1 ]]; }

@test "cdgtop: 10,000 flows are all there, can be sorted and picked from" {
	local name flows=10000
	[[ -z ${CDGLAB:-} ]] || flows=1000 # emulated processors
	cgroup_up
	hold=$(built hold)
	ctl -q load --name "$cc" --cgroup "$cgroup"
	ns_add many
	in_ns "$prefix-many" sysctl -qw net.ipv4.ip_local_port_range="1024 65535"
	for name in a b; do
		spawn -n "$prefix-many" "hold-$name" "$bed/inside" "$hold" $((flows / 2)) "$cc" "$bed/hold.$name"
	done
	for name in a b; do
		wait_until 60 held $name || fail "$(cat "$bed/hold-$name.err")"
	done
	flows=$flows live many_flows
}
