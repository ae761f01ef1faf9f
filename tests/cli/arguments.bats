#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Command lines at random, always the same ones; 'scripts/check --long' has more of them and others
# each time. CDG_SEED and CDG_COUNT choose them; a failure says both.
load cli

random_lines() { # PROGRAM
	cd "$BATS_TEST_TMPDIR" || return
	python3 "$BATS_TEST_DIRNAME/arguments.py" "$BUILD/$1" "$DATA" "${CDG_SEED:-1}" "${CDG_COUNT:-300}"
}

@test "cdgctl refuses nonsense in a sentence, before it looks for an instance, and never crashes" {
	random_lines cdgctl
}

@test "cdgtop refuses nonsense in a sentence, before it looks for an instance, and never crashes" {
	random_lines cdgtop
}
