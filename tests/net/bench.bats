#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# scripts/bench: refuses nonsense, and a part writes its figures.

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	base=$BATS_TEST_TMPDIR/figures
	unset B SAN # what is measured is never a build with sanitizers
}

@test "an unknown part or option is refused before anything runs" {
	run scripts/bench --no-install -o "$base" nonsense
	[ "$status" -eq 1 ]
	[[ $output == *"no part 'nonsense'"*"parts: acks"* ]]
	run scripts/bench --nonsense
	[ "$status" -eq 1 ]
	[[ $output == *"no option '--nonsense'"* ]]
	run scripts/bench -o
	[ "$status" -eq 1 ]
	[ ! -e "$base.json" ]
}

@test "a part writes figures with bars and verdicts, keeps the other parts' and leaves nothing behind" {
	[[ -z ${CDGLAB:-} ]] || skip "scripts/bench compiles, and a machine of the lab has no compiler"
	jq -n '{parts: [{name: "earlier", about: "From before", method: "By hand.", quick: false,
		on: {kernel: "6.1", cpu: "1 x any", date: "2026-01-01", build: "x", tools: {}},
		figures: [{key: "a.b", what: "a figure", unit: "ms", median: 12345.6, n: 1}]}]}' >"$base.json"
	BENCH_COUNTS=20 run scripts/bench --no-install --quick -o "$base" snapshots
	echo "$output"
	[ "$status" -eq 0 ]
	jq -e '[.parts[].name] == ["earlier", "snapshots"]' "$base.json"
	jq -e '.parts[1] | .quick and (.on.kernel | length > 0) and any(.figures[];
		.key == "snapshots.20.ratio" and .bar.value == 5 and .holds == (.median >= 5) and .n == 2)' "$base.json"
	grep -qF '| a figure | 12,346 ms |' "$base.md"
	grep -q '^| 20 sockets: times as fast as ss |.*| at least 5 | \(holds\|\*\*falls short\*\*\) |' "$base.md"
	grep -q '^| 20 sockets: .* \.\. [0-9.,]* (range) | 2 |' "$base.md" # two values have no interval
	grep -q 'Only tried' "$base.md"
	[ -z "$(ls /run/netns | grep '^cdgb[0-9]')" ]
	! grep -q 'cdg_b[0-9]' /proc/sys/net/ipv4/tcp_available_congestion_control
}
