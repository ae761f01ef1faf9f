#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load cli

flows() { cdgctl -j flows --replay "$DATA/story.cdg" "$@" | jq -s -c 'map(.flow)'; }

@test "flows: aligned columns" {
	golden flows.txt flows --replay "$DATA/story.cdg"
}

@test "flows: JSON, one object per line" {
	golden flows.json -j flows --replay "$DATA/story.cdg"
}

@test "flows: the last snapshot of each flow" {
	[ "$(flows)" = "[1,2,3]" ]
	cdgctl -j flows --replay "$DATA/story.cdg" flow = 1 | jq -e '.ts_ns == 1022000000000'
}

@test "flows: filters by address, prefix, port, name and unit" {
	[ "$(flows 'dst 10.0.0.0/8')" = "[1]" ]
	[ "$(flows 'src [2001:db8::]/32')" = "[2]" ]
	[ "$(flows 'dst 192.0.2.2:51002')" = "[3]" ]
	[ "$(flows 'dst :51002')" = "[3]" ]
	[ "$(flows 'saddr = 2001:db8::1')" = "[2]" ]
	[ "$(flows 'dport = :51000')" = "[1]" ]
	[ "$(flows 'sport <= 443')" = "[1,3]" ]
	[ "$(flows 'rtt > 50ms')" = "[2]" ]
	[ "$(flows 'srtt_us > 50000')" = "[2]" ]
	[ "$(flows 'queueing >= 0.061s')" = "[2]" ]
	[ "$(flows 'bytes_acked > 30m')" = "[2,3]" ]
	[ "$(flows 'goodput > 40mbit')" = "[3]" ]
	[ "$(flows 'last_verdict = suppressed')" = "[2]" ]
	[ "$(flows 'cc = cdg and cookie')" = "[1]" ]
	[ "$(flows 'backoff_share < 20% and family = ipv4')" = "[1,3]" ]
}

@test "flows: and, or, not, brackets, and may be left out" {
	[ "$(flows 'dport = :51000 or dport = :51001 and rtt > 50ms')" = "[1,2]" ]
	[ "$(flows '(dport = :51000 or dport = :51001) and rtt > 50ms')" = "[2]" ]
	[ "$(flows 'not dport = :51000')" = "[2,3]" ]
	[ "$(flows '! ( dport == 51000 || dport eq 51001 ) && cwnd ge 1')" = "[3]" ]
	[ "$(flows 'family = ipv4 sport != 22')" = "[1]" ]
	[ "$(flows dport=:51000)" = "[1]" ]
	[ "$(flows rtt '>' 50ms)" = "[2]" ]
}

@test "flows: an absent value makes no comparison true" {
	[ "$(flows 'suppressed_grad_us < 0 or suppressed_grad_us >= 0')" = "[2]" ]
	[ "$(flows 'cookie = 4711')" = "[1]" ]
	[ "$(flows 'cookie != 4711')" = "[]" ]
}

@test "flows: --sort up and down, absent values last" {
	[ "$(flows --sort bytes_acked)" = "[1,2,3]" ]
	[ "$(flows --sort -bytes_acked)" = "[3,2,1]" ]
	[ "$(flows --sort -suppressed_ts_ns)" = "[2,1,3]" ]
	[ "$(flows --sort suppressed_ts_ns)" = "[2,1,3]" ]
}

@test "flows: --columns, also added ones, in text and JSON" {
	run -0 cdgctl flows --replay "$DATA/story.cdg" --columns peer,rtt flow = 2
	[ "${lines[0]}" = "PEER                   RTT" ]
	[ "${lines[1]}" = "[2001:db8::2]:51001   81ms" ]
	run -0 cdgctl flows --replay "$DATA/story.cdg" --columns +cc flow = 2
	[[ ${lines[0]} =~ ^FLOW.*AGE\ CC$ ]]
	cdgctl -j flows --replay "$DATA/story.cdg" --columns peer,cwnd flow = 2 |
		jq -e '. == {schema: "cdg.flow/1", type: "flow", peer: "[2001:db8::2]:51001", cwnd: 40}'
}

@test "flows: no flow matches: a header, or nothing as JSON" {
	run -0 cdgctl flows --replay "$DATA/story.cdg" flow = 99
	[ "${#lines[@]}" -eq 1 ]
	run -0 cdgctl -j flows --replay "$DATA/story.cdg" flow = 99
	[ -z "$output" ]
}

@test "flows: bad filters say what was expected, and where" {
	fails 1 "no field 'rrt'" flows --replay "$DATA/story.cdg" 'rrt > 5ms'
	fails 1 "expected a number with or without a unit .us, ms, s, m, h. for srtt_us, at character 7: '5kg'" \
		flows --replay "$DATA/story.cdg" 'rtt > 5kg'
	fails 1 "expected a value" flows --replay "$DATA/story.cdg" 'rtt >'
	fails 1 "the filter ends here" flows --replay "$DATA/story.cdg" 'cwnd > 5 and'
	fails 1 "expected 'and', 'or' or '\)'" flows --replay "$DATA/story.cdg" '(cwnd > 5'
	fails 1 "end of the filter, at character 10: '\)'" flows --replay "$DATA/story.cdg" 'cwnd > 5 )'
	fails 1 "expected an address" flows --replay "$DATA/story.cdg" 'dst 10.0.0.0/33'
	fails 1 "expected an address" flows --replay "$DATA/story.cdg" 'dst 10.0.0.300'
	fails 1 "expected an address" flows --replay "$DATA/story.cdg" 'dst [2001:db8::1]x'
	fails 1 "expected a number" flows --replay "$DATA/story.cdg" 'dport = :https'
	fails 1 "expected one of no_reference falling" flows --replay "$DATA/story.cdg" 'last_verdict = perhaps'
	fails 1 "only knows = and !=" flows --replay "$DATA/story.cdg" 'cc > cdg'
	fails 1 "nested too deeply" flows --replay "$DATA/story.cdg" "$(printf '(%.0s' {1..50}) cwnd"
	fails 1 "too long" flows --replay "$DATA/story.cdg" "$(printf 'cwnd or %.0s' {1..300}) cwnd"
}

@test "flows: bad --sort and --columns" {
	fails 1 "no field 'cwmd', did you mean 'cwnd'" flows --replay "$DATA/story.cdg" --sort cwmd
	fails 1 "no field 'cwmd', did you mean 'cwnd'" flows --replay "$DATA/story.cdg" --columns flow,cwmd
	fails 1 "name is missing" flows --replay "$DATA/story.cdg" --columns flow,,cwnd
}

@test "explain: in words" {
	golden explain-1.txt explain 1 --replay "$DATA/story.cdg"
	golden explain-2.txt explain 2 --replay "$DATA/story.cdg"
}

@test "explain: as JSON, the flow and why" {
	cdgctl -j explain 2 --replay "$DATA/story.cdg" | jq -e '
		.flow == 2 and (.why | length) > 5 and any(.why[]; .severity == "warning" and .next)'
}

@test "explain: by tuple and by filter" {
	cdgctl -j explain --tuple '[2001:db8::1]:8080-[2001:db8::2]:51001' --replay "$DATA/story.cdg" |
		jq -e '.flow == 2'
	cdgctl -j explain dport = :51002 --replay "$DATA/story.cdg" | jq -e '.flow == 3'
}

@test "explain: no flow, or several" {
	fails 2 "no flow matches 'flow = 99'" explain 99 --replay "$DATA/story.cdg"
	fails 1 "3 flows match: 1, 2, 3" explain cwnd = 40 --replay "$DATA/story.cdg"
	fails 1 "9 flows match: (184467440737095516[01][0-9], ){8}\.\.\.\. Name one" explain cwnd = 40 --replay "$DATA/numbers.cdg"
	fails 1 "expected the number of a flow" explain --replay "$DATA/story.cdg"
	fails 1 "--tuple needs A:P-B:P" explain --tuple 10.0.0.1:443 --replay "$DATA/story.cdg"
}
