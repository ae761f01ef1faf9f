#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load cli

cut_at() { head -c "$1" "$DATA/story.cdg" >"$BATS_TEST_TMPDIR/cut"; }

# Replays $BATS_TEST_TMPDIR/FILE, which must fail with PATTERN after N good events.
broken() { # file events pattern
	run --separate-stderr -2 cdgctl -j stream -e all --replay "$BATS_TEST_TMPDIR/$1"
	[ -z "$stderr" ]
	jq -e -s --argjson n "$2" --arg p "$3" '
		([.[] | select(.seq)] | length) == $n and (last | .code == 2 and (.error | test($p)))' <<<"$output"
	run --separate-stderr -2 cdgctl stream -e all --replay "$BATS_TEST_TMPDIR/$1"
	[[ $stderr =~ $3 ]]
}

@test "a file cut off in a record gives what is good, then an error with the place" {
	cut_at 700
	broken cut 3 "cut off in the middle of a record at byte 680; the 3 records"
}

@test "a file cut off in the head of a record" {
	cut_at 690
	broken cut 3 "cut off in the middle of a record at byte 680"
}

@test "a file cut off in its own head" {
	cut_at 200
	broken cut 0 "not a file of CDG records"
}

@test "a file that ends behind a record is whole" {
	cut_at 680
	cdgctl -j stream -e all --replay "$BATS_TEST_TMPDIR/cut" | jq -e -s 'last.received == 3'
}

@test "a record of length 0 is corruption, not an endless loop" {
	cp "$DATA/story.cdg" "$BATS_TEST_TMPDIR/zero"
	printf '\0\0' | dd of="$BATS_TEST_TMPDIR/zero" bs=1 seek=$((296 + 2)) conv=notrunc status=none
	broken zero 0 "corrupt at byte 296; the 0 records"
}

@test "another file is refused, and an empty one, and a directory" {
	for file in "$CDGCTL" /dev/null; do
		fails 2 "is not a file of CDG records" stream --replay "$file"
	done
	fails 2 "cannot read .*directory" stream --replay "$BATS_TEST_TMPDIR"
	fails 2 "cannot open /nowhere.*No such file" stream --replay /nowhere
}

@test "another version and the other byte order are named" {
	cp "$DATA/story.cdg" "$BATS_TEST_TMPDIR/file"
	printf '\2' | dd of="$BATS_TEST_TMPDIR/file" bs=1 seek=12 conv=notrunc status=none
	fails 2 "format 2, this cdgctl reads format 1" stream --replay "$BATS_TEST_TMPDIR/file"
	cp "$DATA/story.cdg" "$BATS_TEST_TMPDIR/file"
	printf '\x63' | dd of="$BATS_TEST_TMPDIR/file" bs=1 seek=16 conv=notrunc status=none
	fails 2 "layout 99, this cdgctl knows" stream --replay "$BATS_TEST_TMPDIR/file"
	cp "$DATA/story.cdg" "$BATS_TEST_TMPDIR/file"
	printf '\1\2\3\4' | dd of="$BATS_TEST_TMPDIR/file" bs=1 seek=8 conv=notrunc status=none
	fails 2 "the other byte order" stream --replay "$BATS_TEST_TMPDIR/file"
}

@test "flows: what a cut-off file holds is shown all the same" {
	head -c 4000 "$DATA/story.cdg" >"$BATS_TEST_TMPDIR/cut"
	run --separate-stderr -2 cdgctl flows --replay "$BATS_TEST_TMPDIR/cut"
	[[ $output =~ 10.0.0.2:51000 ]]
	[[ $stderr =~ "cut off" ]]
}
