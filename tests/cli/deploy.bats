#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Everything in deploy/ is parsed, and every name in it is one that is exported.
load cli

deploy() { /usr/bin/python3 "$BATS_TEST_DIRNAME/deploy.py" "$CDGCTL" "$ROOT" "$@"; }
needs() { command -v "$1" >/dev/null || skip "$1 is not installed"; }

@test "deploy: Prometheus accepts the rules and the configuration" {
	needs promtool
	run -0 promtool check rules "$ROOT/deploy/prometheus/cdg-rules.yml"
	cd "$ROOT/deploy/prometheus"
	run -0 promtool check config prometheus.yml
}

@test "deploy: each alert fires when it should, and none on a healthy host" {
	needs promtool
	cd "$ROOT/deploy/prometheus"
	run -0 promtool test rules cdg-rules-test.yml
}

@test "deploy: rules and dashboard use metrics, labels and values that are exported" {
	run -0 deploy names
}

@test "deploy: the dashboard is well-formed and Prometheus understands its expressions" {
	run -0 deploy dashboard "$BATS_TEST_TMPDIR/exprs.yml"
	needs promtool
	run -0 promtool check rules "$BATS_TEST_TMPDIR/exprs.yml"
}

@test "deploy: Vector, Fluent Bit and ClickHouse use records and fields that are exported" {
	run -0 deploy fields
}

@test "deploy: the DaemonSet has the privileges that were tried, and a valid cdg.conf" {
	run -0 deploy kubernetes
}

@test "deploy: one port everywhere" {
	run -0 deploy ports
}

@test "deploy: the commands that the examples type are valid" {
	grep -hoE '(cdgctl|cdgtop) [a-z-].*' -r "$ROOT/deploy/prometheus/cdg-rules.yml" |
		grep -oE '^cdgctl (status|flows --sort [a-z_-]+|stream --events [a-z]+)' | sort -u >"$BATS_TEST_TMPDIR/typed"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/typed")" -ge 3 ]
	while read -r _ command rest; do
		[ "$command" = status ] || "$CDGCTL" $command $rest --replay "$DATA/story.cdg" >/dev/null
	done <"$BATS_TEST_TMPDIR/typed"
}
