#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=lab
# The toolkit's own tests on the oldest kernel that is served and on the newest of lab/kernels.txt, and the
# oldest refused; `cdglab matrix` without options runs all tests on all kernels.

load lab

# A deadline may pass where this host is busy: hence a second try; scripts/check shows why.
BATS_TEST_RETRIES=1

# Versions of lab/kernels.txt, this machine's processor's: those that must load, or must not.
kernels() { awk -v refused="$1" '!/^#/ && !/arm64/ && ($2 == "refused") == refused { print $1 }' "$ROOT/lab/kernels.txt"; }

@test "the tests of loading, of what differs by kernel and of native tcp_cdg pass on the oldest and the newest kernel" {
	local oldest newest file=$BATS_TEST_TMPDIR/matrix.json
	oldest=$(kernels 0 | head -n 1) newest=$(kernels 0 | tail -n 1)
	cdglab matrix -j 2 --kernels "$oldest,$newest" --json "$file" \
		tests/net/{kernels,load,native}.bats || { matrix_failures "$file"; return 1; }
	# Each of them ran as many as the files have, and what differs by version ran on one of the two.
	jq -e --argjson tests "$(cat "$ROOT"/tests/net/{kernels,load,native}.bats | grep -c '^@test')" '
		(.kernels | length) == 2 and (.cells | length) == 2 * $tests and
		(.cells | group_by(.test) | all(any(.verdict == "PASS")))' "$file" || { matrix_failures "$file"; return 1; }
	[[ $(jq -r '.kernels | map(split(".")[0:2] | join(".")) | join(" ")' "$file") == "$oldest $newest" ]]
}

# What the table says of everything that did not pass.
matrix_failures() { jq -r '.cells[] | select(.verdict != "PASS") | "\(.kernel) \(.verdict) \(.test): \(.reason)"' "$1"; }

@test "a kernel that is too old is refused by cdgctl load, and the table has its sentence" {
	local file=$BATS_TEST_TMPDIR/matrix.json
	cdglab matrix --kernels "$(kernels 1 | head -n 1) refused" --json "$file"
	jq -e '.cells | length == 1 and .[0].verdict == "PASS" and (.[0].reason | test("6\\.1"))' "$file"
}

@test "a test that fails and one that is skipped are told with their reasons, and the exit says so" {
	local folder=$BATS_TEST_TMPDIR/table
	mkdir "$folder"
	run -1 cdglab matrix --kernels "$KERNEL" --keep "$folder" tests/data/verdicts.bats
	[[ $output == *"one passes  "*"PASS"*"one fails  "*"FAIL 1"*"one is skipped  "*"SKIP 2"* ]]
	[[ $output == *"1: FAIL: "*"2: SKIP: for a reason"* && $output == *"1 passed, 1 failed, 1 skipped" ]]
	grep -q '^not ok 2 one fails' "$folder/$KERNEL"
}

# A cdglab whose machines answer at once, and kernels that are there by name only. That of 6.2 kills its cdglab or,
# with GUEST_DIES, ends it with a sentence; that of GUEST_FAULT fails itself. What has booted stands in the file booted.
fake_machines() {
	export CDGLAB_CACHE=$BATS_TEST_TMPDIR/cache BOOTED=$BATS_TEST_TMPDIR/booted
	mkdir -p "$CDGLAB_CACHE"/kernels/{5.10,6.1,6.2,6.3}.0-cloud-amd64 "$BATS_TEST_TMPDIR/tests"
	for kernel in "$CDGLAB_CACHE"/kernels/*; do touch "$kernel/vmlinuz"; done
	cp -r "$ROOT/lab" "$BATS_TEST_TMPDIR"
	ln -s "$ROOT/tests/net" "$BATS_TEST_TMPDIR/tests/net"
	cat >"$BATS_TEST_TMPDIR/lab/lib/zz-machine.sh" <<-'END'
		machine_need() { :; }
		machine_qemu_version() { echo 1.2; }
		image_make_tools() { :; }
		archive_renew() { :; }
		archive_kernels() { :; }
		run_prepare() { [[ $RUN_KERNEL != 6.2* || -z ${GUEST_DIES-} ]] || die "as ordered"; }
		run_try() {
			echo "$RUN_KERNEL" >>"$BOOTED"
			[[ $RUN_KERNEL != 6.2* ]] || kill -KILL $$
			echo "# cdgctl v, build ${BUILD_ID:-b1}"
			if [[ $RUN_KERNEL == "${GUEST_FAULT:-none}"* ]]; then
				printf '1..2\nok 1 a test\n'
				MACHINE_FAULT="a fault"
				return 1
			fi
			MACHINE_STATUS=${GUEST_STATUS:-0}
			if ((MACHINE_STATUS)); then
				[ -z "${GUEST_WORDS-}" ] || echo "$GUEST_WORDS"
			elif [ -n "${GUEST_FAILS-}" ]; then
				printf '1..1\nnot ok 1 a | test\n# one \n#  two\n'
			else
				printf '1..2\nok 1 a test\nok 2 another # skip why\n'
			fi
		}
	END
	cdglab() { "$BATS_TEST_TMPDIR/lab/cdglab" "$@"; }
	cd "$BATS_TEST_TMPDIR"
}

@test "a kernel without a result is a failure beside the others' results" {
	local jobs
	fake_machines
	for jobs in 1 2; do
		run -2 cdglab matrix -j $jobs --kernels 6.1,6.2,6.3 --json json
		[[ $output == *"2 passed, 1 failed, 2 skipped" ]]
		jq -e '.kernels == ["6.1.0-cloud-amd64", "6.2.0-cloud-amd64", "6.3.0-cloud-amd64"] and
			[.cells[] | select(.kernel == "6.2.0-cloud-amd64") | .test] == ["the machine"]' json
		rm -rf "$TMPDIR"/cdglab.* # of the one that was killed
		GUEST_DIES=1 run -2 cdglab matrix -j $jobs --kernels 6.1,6.2,6.3
		[[ $output == *"as ordered"*"2 passed, 1 failed, 2 skipped" ]]
	done
	GUEST_FAULT=6.1 run -2 cdglab matrix --kernels 6.1,6.3
	[[ $output == *"a fault"*"2 passed, 1 failed, 1 skipped" ]]
}

@test "kernels that cannot be had are told before the first one boots" {
	fake_machines
	run -2 cdglab matrix --kernels 6.1,9.99
	[[ $output == *"no suite has a kernel '9.99'"* && ! -e booted ]]
	cdglab matrix --kernels 6.1,6.3
	[ "$(<booted)" = $'6.1.0-cloud-amd64\n6.3.0-cloud-amd64' ]
}

@test "a kernel is refused by cdgctl's status for that and by a sentence that names the oldest one served, by nothing else" {
	local code words
	fake_machines
	GUEST_STATUS=4 GUEST_WORDS="cdgctl: boot a kernel of at least 6.1 (no)" run -0 cdglab matrix --kernels "5.10 refused"
	[[ $output == *"1: PASS: cdgctl: boot a kernel of at least 6.1 (no)"*"build b1:"*"  5.10.0: cdgctl load"* ]]
	while IFS=: read -r code words; do
		GUEST_STATUS=$code GUEST_WORDS=$words run -1 cdglab matrix --kernels "5.10 refused"
		[[ $output == *"1: FAIL: cdgctl load ended with $code,"*"${words:-it said nothing}"* ]] || { echo "$code $words: $output"; return 1; }
	done <<-'END'
		127:cdgctl: command not found, on 6.1
		2:cdgctl: no bpffs, on Linux 6.1
		1:cdgctl: boot a kernel of at least 6.1
		4:cdgctl: boot a kernel of at least 6.12
		4:cdgctl: boot a kernel of at least 6.1.5
		4:cdgctl: boot another kernel
		4:
	END
	run -1 cdglab matrix --kernels "5.10 refused" # loaded
	[[ $output == *"ended with 0"* ]]
}

@test "a table tells with what it was measured, and is shown again, also as Markdown" {
	fake_machines
	cdglab matrix -j 2 --kernels 6.1,6.3 --json json --markdown table.md >text
	grep -FxA 1 "$(date -u +%F), QEMU 1.2, cdgctl v, build b1:" text | grep -Fx "  6.1.0, 6.3.0: tests/net"
	jq -e '.measured["6.1.0-cloud-amd64"] | length == 1 and .[0].qemu == "1.2" and .[0].cdgctl == "cdgctl v, build b1" and
		.[0].tests == "tests/net" and (.[0].date | length == 10)' json
	cdglab matrix --from json | cmp - text
	cdglab matrix --from json --json - | cmp - json
	cdglab matrix --from json --markdown - | cmp - table.md
	grep -FxA 2 "$(date -u +%F), QEMU 1.2, cdgctl v, build b1:" table.md | grep -Fx -e "- 6.1.0, 6.3.0: tests/net"
	grep -Fx '| another | SKIP 1 | SKIP 1 |' table.md
	grep -Fx '1. SKIP: why' table.md
	[ "$(wc -l <booted)" -eq 2 ]
	# What older ones wrote.
	jq 'del(.measured)' json >old
	cdglab matrix --from old | diff - text | grep '^>' | grep -v QEMU | grep -vx -e '> ' -e '>   6.1.0, 6.3.0: tests/net' && return 1
	GUEST_FAILS=1 run -1 cdglab matrix --kernels 6.3 --markdown table.md
	grep -Fx '| a \| test | FAIL 1 |' table.md
	grep -Fx '       one' table.md
	grep -Fx '        two' table.md
}

@test "of several files the later one counts, for a kernel's test or all that was asked for again" {
	fake_machines
	cdglab matrix --kernels 6.1,6.3 --json one
	# Another test of one of them, with another build.
	GUEST_FAILS=1 BUILD_ID=b2 run -1 cdglab matrix --kernels 6.3 --json two tests/net/load.bats
	run -1 cdglab matrix --from one --from two --json both
	[[ $output == *"2 passed, 1 failed, 2 skipped" ]]
	run -1 cdglab matrix --from both --json again
	cmp again both
	# What ran with the same toolkit is one list.
	cdglab matrix --kernels 6.1 --json three tests/net/load.bats
	run -1 cdglab matrix --from both --from three
	[[ $output == *"  6.1.0: tests/net tests/net/load.bats"$'\n'* && $output == *"  6.3.0: tests/net/load.bats"$'\n'* ]]
	jq -e '.measured["6.3.0-cloud-amd64"] | map(.cdgctl | .[-2:]) == ["b1", "b2"]' both
	# The machine's failure holds until the same tests have run.
	GUEST_FAULT=6.1 run -2 cdglab matrix --kernels 6.1,6.3 --json failed
	run -2 cdglab matrix --from one --from failed
	[[ $output == *"2 passed, 1 failed, 1 skipped" ]]
	cdglab matrix --kernels 6.1 --json other tests/net/load.bats
	run -2 cdglab matrix --from failed --from other
	[[ $output == *"2 passed, 1 failed, 2 skipped" ]]
	run -0 cdglab matrix --from failed --from one
	[[ $output == *"2 passed, 0 failed, 2 skipped" ]]
	# Files of before there was "measured": test by test.
	jq 'del(.measured)' failed >old
	run -2 cdglab matrix --from old --from one
	[[ $output == *"2 passed, 1 failed, 2 skipped" ]]
}

@test "a table that cannot be shown again is refused in a sentence" {
	local words
	fake_machines
	cdglab matrix --kernels 6.1 --json json
	echo '{"format":"cdglab-bench"}' >bench
	for words in bench nowhere booted; do
		run -2 cdglab matrix --from json --from "$words"
		[[ $output == *"--from $words: no file that"* ]]
	done
	while read -r words; do
		# shellcheck disable=SC2086
		run -1 cdglab matrix --from json $words
		[[ $output == *"--from shows what was measured"* || $output == *"only one of them"* ]] || { echo "$words: $output"; return 1; }
	done <<-'END'
		--kernels 6.1
		-j 2
		--keep folder
		tests/net
		--json - --markdown -
	END
	[[ ! -e folder && $(wc -l <booted) -eq 1 ]]
}

@test "a matrix of what is none is refused in a sentence, before anything boots" {
	run -1 cdglab matrix --kernels "$KERNEL" --filter nosuchtest tests/net/load.bats
	[[ $output == *"no test's name matches 'nosuchtest'"* ]]
	run -2 cdglab matrix --kernels "$KERNEL" --json "$BATS_TEST_TMPDIR/nowhere/json"
	[[ $output == *"there is no folder"* ]]
	run -1 cdglab matrix --kernels "$KERNEL" tests/net/nosuch.bats
	[[ $output == *"no test 'tests/net/nosuch.bats'"* ]]
	run -2 cdglab matrix -j 2 --kernels "$KERNEL,9.99" tests/net/kernels.bats
	[[ $output == *9.99* ]]
}
