#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load cli

@test "stream: every kind of record as text" {
	golden story.txt stream --events all --replay "$DATA/story.cdg"
}

@test "stream: every kind of record as JSON" {
	golden story.json -j stream --events all --replay "$DATA/story.cdg"
}

@test "stream: pretty JSON holds the same as plain JSON" {
	diff <(cdgctl -p stream -e all --replay "$DATA/story.cdg" | jq -c .) \
		<(cdgctl -j stream -e all --replay "$DATA/story.cdg" | jq -c .)
}

@test "stream: two replays print the same bytes" {
	cmp <(cdgctl -j stream -e all --replay "$DATA/rounds.cdg") \
		<(cdgctl -j stream -e all --replay "$DATA/rounds.cdg")
}

@test "stream: a file comes through standard input too" {
	cmp <(cdgctl -j stream --replay - <"$DATA/story.cdg") \
		<(cdgctl -j stream --replay "$DATA/story.cdg")
}

@test "stream: every line is a JSON object with schema, type, time and ts_ns" {
	cdgctl -j stream -e all --replay "$DATA/story.cdg" | jq -e -s 'all(.[];
		.schema == "cdg.\(.type)/1" and (.ts_ns | type) == "number" and
		(.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z$")))'
}

@test "stream: hello first, bye last, stats between, and the counts add up" {
	cdgctl -j stream -e all --replay "$DATA/story.cdg" | jq -e -s '
		first.type == "hello" and last.type == "bye" and
		([.[] | select(.type == "stats")] | length) == 2 and
		last.shown == ([.[] | select(.seq)] | length) and last.lost == 0 and
		last.reason == "end of file"'
}

@test "stream: without --events decisions and flows, no rounds" {
	run -0 bash -c "'$CDGCTL' -j stream --replay '$DATA/story.cdg' | jq -r .type | sort -u | tr '\n' ' '"
	[ "$output" = "backoff bye cut flow_end flow_start hello restart slow_start_exit stats suppressed undo " ]
}

@test "stream: --events takes records and groups" {
	run -0 bash -c "'$CDGCTL' -j stream -e round,flow --replay '$DATA/story.cdg' | jq -r .type | sort -u | tr '\n' ' '"
	[ "$output" = "bye flow_end flow_start hello round stats " ]
}

@test "stream: -n ends after so many events" {
	run -0 bash -c "'$CDGCTL' -j stream -n 3 --replay '$DATA/story.cdg' | jq -s -c '[length, last.shown, last.reason]'"
	[ "$output" = '[5,3,"count"]' ]
}

@test "stream: --duration ends by the time of the records" {
	cdgctl -j stream --duration 5s --replay "$DATA/story.cdg" | jq -e -s '
		last.reason == "duration" and last.duration_us <= 5000000 and last.shown == 12'
}

@test "stream: --flow, --port and --sample choose flows" {
	for choice in "--flow 2" "--port 8080" "--sample 2"; do
		# shellcheck disable=SC2086
		cdgctl -j stream -e all $choice --replay "$DATA/story.cdg" |
			jq -e -s 'map(select(.flow) | .flow) | unique == [2]'
	done
}

@test "stream: a filter chooses records, and hello repeats it" {
	cdgctl -j stream -e all 'dport = :51000 and type = backoff' --replay "$DATA/story.cdg" |
		jq -e -s '.[0].filter == "dport = :51000 and type = backoff" and .[1].type == "backoff" and
			last.shown == 1'
}

@test "stream: the ready file appears, with the process in it" {
	cdgctl stream --replay "$DATA/story.cdg" --ready-file "$BATS_TEST_TMPDIR/ready"
	[[ $(<"$BATS_TEST_TMPDIR/ready") =~ ^[0-9]+$ ]]
}

@test "stream: a ready file that cannot be made is an error" {
	run --separate-stderr -2 cdgctl stream --replay "$DATA/story.cdg" --ready-file /nowhere/ready
	[[ $stderr =~ "ready file /nowhere/ready" ]]
}

@test "stream: a reader that goes away ends it quietly" {
	run --separate-stderr -0 bash -c "set -o pipefail; '$CDGCTL' -j stream -e all --replay '$DATA/rounds.cdg' | head -1"
	[ -z "$stderr" ]
	[ "$(jq -r .type <<<"$output")" = hello ]
}

@test "a full disk is an error, and said" {
	[ -w /dev/full ] || skip "there is no /dev/full here"
	for command in fields "fields --json-schema round" "replay $DATA/story.cdg"; do
		run -2 bash -c "'$CDGCTL' $command 2>&1 >/dev/full"
		[[ $output == *"cannot write to standard output (No space left on device)"* ]]
	done
	for option in "" -j; do
		run -2 bash -c "'$CDGCTL' $option stream --replay '$DATA/story.cdg' 2>&1 >/dev/full"
		[[ $output =~ "cannot write to standard output" ]]
	done
}

@test "stream: hostile records become valid JSON" {
	golden hostile.json -j stream -e all --replay "$DATA/hostile.cdg"
	cdgctl -j stream -e all --replay "$DATA/hostile.cdg" | jq -e -s '
		.[1].cc == "\"\\\u001b[31m\ufffdé\n\u007f\u009b" and .[2].cc == "x" * 16 and
		(last | .invalid == 1 and .unknown == 1)'
	python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' \
		< <(cdgctl -j stream -e all --replay "$DATA/hostile.cdg")
}

@test "stream: integers beyond 2^53 are strings" {
	cdgctl -j stream -e flow_end --replay "$DATA/hostile.cdg" | jq -se '
		map(select(.type == "flow_end")) | length == 1 and (.[0] | .bytes_acked == "18446744073709551615" and
		.bytes_sent == 9007199254740992 and .bytes_retrans == "9007199254740993")'
}

@test "stream: nothing in hostile records reaches the terminal as a control byte" {
	golden hostile.txt stream -e all --replay "$DATA/hostile.cdg"
	! cdgctl stream -e all --replay "$DATA/hostile.cdg" | LC_ALL=C grep -q "[^[:print:]é]"
}
