#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load cli

cdgtop() { "$BUILD/cdgtop" "$@"; }
screen() { BUILD=$BUILD timeout 300 /usr/bin/python3 "$BATS_TEST_DIRNAME/screen.py" "$1"; }

@test "cdgtop: rows on the screen are the records of the file" { screen rows_are_the_records; }
@test "cdgtop: every view" { screen every_view; }
@test "cdgtop: one flow in detail, with charts and its decisions in words" { screen one_flow_in_detail; }
@test "cdgtop: flows with their SYNs: labels, fingerprints, and in detail" { screen flows_with_their_syns; }
@test "cdgtop: sort, invert, search, filter and columns" { screen sort_search_filter_columns; }
@test "cdgtop: help is the table of keys" { screen help_is_the_table_of_keys; }
@test "cdgtop: every key in every view" { screen every_key_anywhere; }
@test "cdgtop: every view at every size, down to 20x5 and below" { screen every_size; }
@test "cdgtop: a storm of resizes" { screen resize_storm; }
@test "cdgtop: a terminal that cannot move its cursor, and none" { screen terminal_that_cannot; }
@test "cdgtop: NO_COLOR, ASCII, and a monochrome terminal" { screen plain_terminals; }
@test "cdgtop: the terminal comes back on every way out" { screen the_terminal_comes_back; }
@test "cdgtop: Ctrl-Z gives the terminal back, fg takes it again" { screen stop_and_go_on; }
@test "cdgtop: ends when its terminal goes away" { screen the_terminal_goes_away; }
@test "cdgtop: a terminal that does not read holds nothing up" { screen a_terminal_that_does_not_read; }
@test "cdgtop: settings are written only when asked, and read again" { screen settings; }
@test "cdgtop: the interval, as an option and by keys" { screen interval; }
@test "cdgtop: speed, pause and seek" { screen speed_pause_seek; }
@test "cdgtop: a cut-off file gives what is good and says so" { screen a_broken_file; }
@test "cdgtop: hostile records do nothing to the terminal" { screen hostile_records; }
@test "cdgtop: without an instance it says what to type and waits" { screen nothing_is_loaded; }

@test "cdgtop -b: rows as text" {
	diff -u "$BATS_TEST_DIRNAME/golden/top.txt" <(LC_ALL=C.UTF-8 cdgtop -b --replay "$DATA/story.cdg" -d 10s)
}

@test "cdgtop -b -j: the keys of every record are those that fields promises" {
	cdgtop -b -j --replay "$DATA/story.cdg" >"$BATS_TEST_TMPDIR/all"
	cdgtop -b -j --replay "$DATA/story.cdg" --view destinations >>"$BATS_TEST_TMPDIR/all"
	[ "$(jq -r .type "$BATS_TEST_TMPDIR/all" | sort -u | tr '\n' ' ')" = "group top totals " ]
	keys() { jq -c --arg t "$1" 'select(.type == $t) | keys_unsorted - ["schema", "type"]' \
		"$BATS_TEST_TMPDIR/all" | sort -u; }
	names() { for record; do cdgctl -j fields "$record"; done | jq -s -c 'map(select(.json).name)'; }
	diff <(keys totals) <(names totals)
	diff <(keys group) <(names group)
	diff <(keys top) <(names flow top)
}

@test "cdgtop -b -j: every run prints the same bytes, count and filter hold" {
	cmp <(cdgtop -bj --replay "$DATA/rounds.cdg") <(cdgtop -bj --replay "$DATA/rounds.cdg")
	cdgtop -bj -n 3 --replay "$DATA/story.cdg" 'flow = 1' | jq -e -s '
		(map(select(.type == "totals")) | length == 3) and
		(map(select(.type == "top").flow) | unique == [1])'
	cdgtop -bj -d 12s --sort -flow --replay "$DATA/story.cdg" | jq -e -s '
		map(select(.type == "top") | .flow)[-3:] == [3, 2, 1]'
}

@test "cdgtop -b: SYNs beside flows and as a view, as 'cdgctl flows' joins them" {
	diff -u "$BATS_TEST_DIRNAME/golden/top-syn.txt" \
		<(LC_ALL=C.UTF-8 cdgtop -b --replay "$DATA/joined.cdg" -d 10s --view fingerprints)
	local keep='[.flow, .syn_status, .raw_sig, .sig, .label, .class, .quality]'
	diff <(cdgctl -j flows --replay "$DATA/joined.cdg" | jq -c "$keep") \
		<(cdgtop -bj -d 10s --sort flow --replay "$DATA/joined.cdg" | jq -c "select(.type == \"top\") | $keep" | tail -n 6)
	cdgtop -bj -d 10s --replay "$DATA/joined.cdg" 'class = win' | jq -se 'map(select(.type == "top").flow) == [2]'
	printf 'label = s:unix:Nobody:1\nsig = 4:64:0:*:mss*44,0:mss,?77:df,id+:0\n' >"$BATS_TEST_TMPDIR/own.fp"
	sed -i '1i classes = win,unix,other\n[tcp:request]' "$BATS_TEST_TMPDIR/own.fp"
	cdgtop -bj -d 10s --db "$BATS_TEST_TMPDIR/own.fp" --replay "$DATA/joined.cdg" 'flow = 3' |
		jq -se 'last.label == "Nobody 1"'
	run --separate-stderr -2 cdgtop -b --db /nowhere --replay "$DATA/joined.cdg"
	[[ $stderr =~ /nowhere ]]
}

@test "cdgtop -b: rates are those of the records" {
	cdgtop -bj -d 1s --replay "$DATA/story.cdg" | jq -e -s '
		map(select(.type == "top" and .flow == 1)) |
		(map(.backoffs_per_second // 0) | max) == 31 - 1'
}

@test "cdgtop -b: gaps in the numbers of a recording are lost records" {
	# Without the second record, a flow_start of 128 bytes.
	{ head -c $((296 + 128)) "$DATA/story.cdg"; tail -c +$((296 + 256 + 1)) "$DATA/story.cdg"; } \
		>"$BATS_TEST_TMPDIR/gap"
	cdgtop -bj -d 1h --replay "$BATS_TEST_TMPDIR/gap" | jq -se 'map(select(.type == "totals"))[-1].lost == 1'
	cdgtop -b -d 1h --replay "$BATS_TEST_TMPDIR/gap" | grep -q ' 1 lost$'
}

@test "cdgtop -b: a full disk is an error" {
	[ -w /dev/full ] || skip "there is no /dev/full here"
	run -2 bash -c "'$BUILD/cdgtop' -b --replay '$DATA/story.cdg' 2>&1 >/dev/full"
	[[ $output == *"cannot write to standard output (No space left on device)"* ]]
}

@test "cdgtop: wrong usage" {
	bad() { local want=$1; shift; run --separate-stderr -1 cdgtop "$@"; [[ $stderr =~ $want ]] || { echo "$stderr"; return 1; }; }
	bad "unknown option '--nosuch'" --nosuch
	bad "there is no field 'nosuch'" -b --sort nosuch --replay "$DATA/story.cdg"
	bad "has no field 'nosuch'" -b --columns nosuch --replay "$DATA/story.cdg"
	bad "filter: " -b --replay "$DATA/story.cdg" flow '>'
	bad "--speed needs --replay" --speed 2
	bad "--speed needs a factor" --speed fast --replay "$DATA/story.cdg"
	bad "--delay needs a time" -d 1ms --replay "$DATA/story.cdg"
	bad "--count needs --batch" -n 3 --replay "$DATA/story.cdg"
	bad "--json needs --batch" -j --replay "$DATA/story.cdg"
	bad "--view knows" --view nosuch --replay "$DATA/story.cdg"
	run --separate-stderr -2 cdgtop -b --replay /nowhere
	[[ $stderr =~ "cannot open /nowhere" ]]
	run --separate-stderr -0 cdgtop --help
	[[ $output =~ "--replay FILE" ]]
}
