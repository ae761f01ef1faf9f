#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Command lines at random, always the same ones: CDG_SEED and CDG_COUNT choose others.
load cli

random_lines() { # PROGRAM
	cd "$BATS_TEST_TMPDIR" || return
	python3 "$BATS_TEST_DIRNAME/arguments.py" "$BUILD/$1" "${CDG_SEED:-1}" "${CDG_COUNT:-300}"
}

@test "cdgctl refuses nonsense in a sentence, and never crashes" {
	random_lines cdgctl
}

@test "cdgtop refuses nonsense in a sentence, and never crashes" {
	random_lines cdgtop
}
