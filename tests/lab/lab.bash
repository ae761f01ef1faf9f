# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by the lab tests: one kernel for all of them, a work folder of its own for each.
# CDGLAB_TEST_KERNEL names another kernel than the newest that is fetched.
bats_require_minimum_version 1.5.0
load wait

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

cdglab() { "$ROOT/lab/cdglab" "$@"; }

setup_file() {
	local log=$BATS_FILE_TMPDIR/fetch
	export KERNEL=${CDGLAB_TEST_KERNEL:-} REFUSAL=
	command -v qemu-system-x86_64 >/dev/null || REFUSAL="no QEMU here: run 'scripts/deps lab'"
	[[ -z $KERNEL && -z $REFUSAL ]] || return 0
	KERNEL=$(cdglab list | awk '$2 == "fetched" { newest = $1 } END { print newest }')
	[[ -z $KERNEL ]] || return 0
	KERNEL=$(cdglab fetch 6.12 2>"$log") ||
		REFUSAL="no kernel can be fetched: $(grep -v '^cdglab: \(reading\|fetching\)' "$log" | tail -n 1)"
}

setup() {
	[[ -z $REFUSAL ]] || skip "$REFUSAL"
	export TMPDIR=$BATS_TEST_TMPDIR/work
	mkdir "$TMPDIR"
}

teardown() {
	[[ -n $REFUSAL ]] || nothing_left
}

# No process and no file of a run is there any more.
nothing_left() {
	local left
	# A killed QEMU may take a moment to be gone.
	wait_until 10 no_machine || return 1
	left=$(ls -A "$TMPDIR")
	[[ -z $left ]] || { echo "left in TMPDIR: $left"; return 1; }
}

no_machine() { ! pgrep -f "qemu-system-[^ ]* .*$TMPDIR/" >/dev/null; }
