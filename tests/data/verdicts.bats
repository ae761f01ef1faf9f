#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# For tests/lab/matrix.bats: one of each verdict.

@test "one passes" { true; }

@test "one fails" { false; }

@test "one is skipped" { skip "for a reason"; }
