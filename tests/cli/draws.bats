#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load cli

@test "a file of numbers for coins is refused with file and line, before anything is loaded" {
	local file=$BATS_TEST_TMPDIR/draws line words
	while IFS='#' read -r line words; do
		printf '# port and number\n5001 7\n%b\n5001 8\n' "$line" >"$file"
		fails 1 "$file:3: $words" load --draws "$file"
	done <<-'END'
		x#the local port comes first
		70000 7#the local port comes first
		5001#behind the port comes a number from 0 to 4294967295
		5001 4294967296#behind the port comes a number
		5001 -1#behind the port comes a number
		5001 7 8#a line has a port and one number
		5001 7\0000#not a line of text
	END
	printf '5001 x' >"$file"
	fails 1 "$file:1: behind the port" load --draws "$file"
	run -1 bash -c "'$CDGCTL' load --draws - <'$file'"
	[[ $output == *"standard input:1: behind the port"* ]]
}

@test "a file without a number, or none that can be read, loads nothing" {
	printf '# nothing\n\n' >"$BATS_TEST_TMPDIR/draws"
	fails 1 "draws: no line 'PORT NUMBER' in it; 'cdgctl help load'" load --draws "$BATS_TEST_TMPDIR/draws"
	fails 2 "cannot read $BATS_TEST_TMPDIR/none .No such file" load --draws "$BATS_TEST_TMPDIR/none"
	fails 2 "cannot read $BATS_TEST_TMPDIR .Is a directory" load --draws "$BATS_TEST_TMPDIR"
	printf '5001 7\n' >"$BATS_TEST_TMPDIR/draws"
	fails 1 "--draws is about coins" load --no-cc --draws "$BATS_TEST_TMPDIR/draws"
}
