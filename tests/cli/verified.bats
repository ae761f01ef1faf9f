#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The table of scripts/verif: what fails, what stays, what is replaced.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	# shellcheck source=scripts/verified.sh
	. "$BATS_TEST_DIRNAME/../../scripts/verified.sh"
	rows table 6.12 14 walk 1000 50 40 800 700 '' 6.12 14 step 100 5 4 80 70 '' 6.1 14 walk 900 50 40 800 700
}

# FILE WORD...: words with tabs between them; '' begins a new line.
rows() {
	local file=$1
	shift
	printf '%s\t' "$@" | sed 's/\t\t/\n/g; s/\t$/\n/' >"$file"
}

figures() { awk -F'\t' -v k="$1" '$1 == k && $3 == "walk" { print $4 }' table; } # KERNEL

@test "growth of more than a tenth is named, less and sizes that the kernel keeps to itself are not" {
	rows now walk 1100 50 40 800 0 '' step 100 5 4 80 70
	run -0 verified_compare table 6.12 14 now
	rows now walk 1101 50 40 800 700 '' step 100 5 4 80 78
	run -1 verified_compare table 6.12 14 now
	[[ $output == *"walk: insns 1101, was 1000 (+10 %)"*"step: jited 78, was 70 (+11 %)"* ]]
}

@test "a program that the table does not have is named" {
	rows now walk 1000 50 40 800 700 '' other 1 1 1 1 1
	run -1 verified_compare table 6.12 14 now
	[[ $output == "other is not in the table" ]]
}

@test "new figures take the place of those of one kernel and compiler, refused programs keep theirs" {
	rows now walk 1200 50 40 800 700 '' step refused
	verified_put table 6.12 14 now
	[[ $(figures 6.12) -eq 1200 && $(figures 6.1) -eq 900 ]]
	[[ $(verified_refused table 6.12 14 now) == step ]]
	grep -P '^6.12\t14\tstep\t100\t' table
	[[ $(cut -f1 table | tr '\n' ' ') == "#kernel 6.1 6.12 6.12 " ]]
}

@test "of two kernels of one series each larger figure counts, whichever comes first" {
	rows one walk 1000 60 40 800 700 '' step refused
	rows two walk 1100 50 40 800 700 '' step 100 5 4 80 70
	rows both walk 1100 60 40 800 700 '' step 100 5 4 80 70
	verified_most one two | diff - both
	verified_most two one | diff - both
}
