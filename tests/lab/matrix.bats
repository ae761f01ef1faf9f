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

@test "the tests of loading and of what differs by kernel pass on the oldest and the newest kernel" {
	local oldest newest file=$BATS_TEST_TMPDIR/matrix.json
	oldest=$(kernels 0 | head -n 1) newest=$(kernels 0 | tail -n 1)
	cdglab matrix -j 2 --kernels "$oldest,$newest" --json "$file" \
		tests/net/{kernels,load}.bats || { matrix_failures "$file"; return 1; }
	# Each of them ran as many as the files have, and what differs by version ran on one of the two.
	jq -e --argjson tests "$(cat "$ROOT"/tests/net/{kernels,load}.bats | grep -c '^@test')" '
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

# A cdglab whose machines answer at once, and kernels that are there by name only: one of 6.2 ends all.
fake_machines() {
	export CDGLAB_CACHE=$BATS_TEST_TMPDIR/cache
	mkdir -p "$CDGLAB_CACHE"/kernels/{5.10,6.1,6.2,6.3}.0-cloud-amd64 "$BATS_TEST_TMPDIR/tests"
	for kernel in "$CDGLAB_CACHE"/kernels/*; do touch "$kernel/vmlinuz"; done
	cp -r "$ROOT/lab" "$BATS_TEST_TMPDIR"
	ln -s "$ROOT/tests/net" "$BATS_TEST_TMPDIR/tests/net"
	cat >"$BATS_TEST_TMPDIR/lab/lib/zz-machine.sh" <<-'END'
		machine_need() { :; }
		image_make_tools() { :; }
		run_prepare() { :; }
		run_try() {
			[[ $RUN_KERNEL != 6.2* ]] || kill -KILL $$
			MACHINE_STATUS=${GUEST_STATUS:-0}
			if ((MACHINE_STATUS)); then echo words; else printf '1..1\nok 1 a test\n'; fi
		}
	END
	cdglab() { "$BATS_TEST_TMPDIR/lab/cdglab" "$@"; }
}

@test "a kernel without a result is a failure beside the others' results" {
	fake_machines
	run -2 cdglab matrix -j 2 --kernels 6.1,6.2,6.3 --json "$BATS_TEST_TMPDIR/json"
	[[ $output == *"2 passed, 1 failed"* ]]
	jq -e '.cells | map(.verdict) == ["PASS", "FAIL", "PASS"] and .[1].kernel == "6.2"' "$BATS_TEST_TMPDIR/json"
	rm -rf "$TMPDIR"/cdglab.* # of the one that was killed
}

@test "a kernel is not refused by a cdgctl that cannot be run" {
	fake_machines
	GUEST_STATUS=4 cdglab matrix --kernels "5.10 refused"
	GUEST_STATUS=127 run -1 cdglab matrix --kernels "5.10 refused"
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
