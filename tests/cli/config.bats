#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load cli

@test "config lists every key with its default, and every parameter of tune" {
	run -0 cdgctl config
	[[ ${lines[0]} =~ ^KEY\ +VALUE\ +DEFAULT ]]
	cdgctl -j config | jq -es '(map(.key) | length == (unique | length)) and
		all(.[]; (.changed | not) and .value == .default and (.help | length) > 5 and
			(.live | IN("now", "new flows", "restart")))'
	diff <(cdgctl -j config | jq -rs 'map(.key) | .[index("window"):][]') \
		<(cdgctl -j fields parameters | jq -r .name | sed '1,/^generation$/d')
}

@test "a file is shown as it will be loaded" {
	printf '# edge\nname = cdg_edge\npreset = scavenger\nwindow = 16\n' >"$BATS_TEST_TMPDIR/cdg.conf"
	cdgctl -j config "$BATS_TEST_TMPDIR/cdg.conf" | jq -s 'map({(.key): .value}) | add' >"$BATS_TEST_TMPDIR/out"
	jq -e '.name == "cdg_edge" and .preset == "scavenger" and .window == "16" and
		.backoff_step == "1" and .use_shadow == "0" and .cgroup == null' "$BATS_TEST_TMPDIR/out"
	cmp <(cdgctl config "$BATS_TEST_TMPDIR/cdg.conf") <(cdgctl config - <"$BATS_TEST_TMPDIR/cdg.conf")
}

@test "a mistake is told with file and line, exit code 1, also by load and without root" {
	printf '\nwindov = 16\n' >"$BATS_TEST_TMPDIR/bad.conf"
	fails 1 "$BATS_TEST_TMPDIR/bad.conf:2: there is no key 'windov', did you mean 'window'" \
		config "$BATS_TEST_TMPDIR/bad.conf"
	fails 1 "bad.conf:2: there is no key" load --config "$BATS_TEST_TMPDIR/bad.conf"
	printf 'cc = no\nsyn = no\n' >"$BATS_TEST_TMPDIR/bad.conf"
	fails 1 "bad.conf: cc = no and syn = no" config "$BATS_TEST_TMPDIR/bad.conf"
	fails 2 "cannot read $BATS_TEST_TMPDIR/none .No such file" config "$BATS_TEST_TMPDIR/none"
	fails 2 "cannot read $BATS_TEST_TMPDIR .Is a directory" config "$BATS_TEST_TMPDIR"
	fails 1 "expected one file" config a b
}

@test "load --config takes neither other options nor parameters" {
	echo 'syn = no' >"$BATS_TEST_TMPDIR/cdg.conf"
	for also in --no-syn --name=x --cgroup=/ --restricted window=8 scavenger; do
		fails 1 "--config says everything" load --config "$BATS_TEST_TMPDIR/cdg.conf" "$also"
	done
}
