#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
load cli

# rounds RTT_MIN:RTT_MAX[:RANDOM] ...: one line of JSON for each
rounds() {
	local round min max random
	for round; do
		IFS=: read -r min max random <<<"$round"
		echo "{\"rtt_min_us\":$min,\"rtt_max_us\":$max,\"cwnd\":40${random:+,\"random\":$random}}"
	done
}

# bad PATTERN LINE: refused with its number and PATTERN
bad() {
	run --separate-stderr -2 cdgctl replay <<<"$2"
	[[ $stderr =~ line\ [0-9]+\ of\ standard\ input:\ .*$1 ]] || { echo "$stderr"; return 1; }
	run --separate-stderr -2 cdgctl -j replay <<<"$2"
	jq -e --arg p "$1" '.code == 2 and (.error | test($p))' <<<"$output"
}

@test "replay: with unchanged parameters every decision comes out as recorded" {
	cdgctl -j replay "$DATA/whatif.cdg" --all | jq -e -s '
		last.type == "whatif_summary" and last.differing == 0 and last.rounds == 847 and
		last.backoffs == last.backoffs_recorded and last.backoffs > 5 and
		last.suppressed == last.suppressed_recorded and last.made == 0 and
		(map(select(.type == "whatif" and (.unjudged | not))) |
			all(.verdict == .recorded_verdict))'
}

@test "replay: the state of the queue that is inferred is the recorded one, behind a restart, too" {
	states() { jq -c 'select(.flow == 1 and .queue_inferred) | [.round, .queue_inferred]'; }
	cdgctl -j stream -e round --replay "$DATA/whatif.cdg" | states >"$BATS_TEST_TMPDIR/recorded"
	grep -c unknown "$BATS_TEST_TMPDIR/recorded"
	cdgctl -j replay "$DATA/whatif.cdg" --all | states | diff "$BATS_TEST_TMPDIR/recorded" -
}

@test "replay: rounds behind missing ones are not compared, for one window" {
	cdgctl -j replay "$DATA/whatif.cdg" --all | jq -e -s '
		(map(select(.type == "whatif" and .unjudged) | [.flow, .round]) | sort) as $u |
		($u | map(select(.[0] == 1)) == []) and
		($u | map(select(.[0] == 2))[0] == [2, 51]) and
		($u | map(select(.[0] == 3))[0] == [3, 104]) and
		($u | length >= 16 and length < 24) and (last.unjudged == ($u | length))'
}

@test "replay: other parameters, as text and as JSON" {
	golden whatif.txt replay "$DATA/whatif.cdg" --set backoff_factor=300 use_ineff=0
	golden whatif.json -j replay "$DATA/whatif.cdg" --set backoff_factor=300 --set use_ineff=0
}

@test "replay: the summary counts what the rounds say" {
	cdgctl -j replay "$DATA/whatif.cdg" --all --set backoff_factor=300 window=16 | jq -e -s '
		(map(select(.type == "whatif" and (.unjudged | not)))) as $r | last as $s |
		$s.differing == ($r | map(select(.differs)) | length) and $s.differing > 20 and
		$s.backoffs == ($r | map(select(.verdict == "backoff")) | length) and
		$s.backoffs - $s.backoffs_added == $s.backoffs_recorded - $s.backoffs_removed and
		$s.made == ($r | map(select(.random_made)) | length) and $s.made > 0 and
		($s.note | startswith("open loop"))'
}

@test "replay: without --all only what differs is printed" {
	cdgctl -j replay "$DATA/whatif.cdg" --set scavenger backoff_factor=80 |
		jq -e -s 'length > 2 and all(.[:-1][]; .differs and .verdict != .recorded_verdict)'
}

@test "replay: every run prints the same bytes; another seed changes only made-up numbers" {
	args=(-j replay "$DATA/whatif.cdg" --all --set window=2)
	cmp <(cdgctl "${args[@]}") <(cdgctl "${args[@]}")
	run -1 cmp -s <(cdgctl "${args[@]}") <(cdgctl "${args[@]}" --seed 7)
	drawn='select(.type == "whatif" and (.random_made | not)) | [.flow, .round, .random]'
	cmp <(cdgctl "${args[@]}" | jq -c "$drawn") <(cdgctl "${args[@]}" --seed 7 | jq -c "$drawn")
}

@test "replay: a file through standard input, and what stream prints, come to the same" {
	cmp <(cdgctl -j replay "$DATA/whatif.cdg") <(cdgctl -j replay - <"$DATA/whatif.cdg")
	keep='select(.type == "whatif") | del(.unjudged, .differs, .time, .ts_ns)'
	diff <(cdgctl -j replay --all "$DATA/whatif.cdg" | jq -c "$keep" | head -390) \
		<(cdgctl -j stream -e all --replay "$DATA/whatif.cdg" | cdgctl -jq replay | jq -c "$keep" | head -390)
}

@test "replay: the published gradients come out, one record per round" {
	python3 - "$CDGCTL" "$ROOT/tests/data/cdg.json" <<-'PY'
	import json, subprocess, sys
	checked = 0
	for case in json.load(open(sys.argv[2]))["gradient"]:
	    if case["alloc_fails"]:
	        continue
	    lines = "".join(json.dumps({"rtt_min_us": a, "rtt_max_us": b, "cwnd": 40, "random": 0}) + "\n"
	                    for a, b in case["rounds"])
	    out = subprocess.run([sys.argv[1], "-jq", "replay", "--set", "window=%d" % case["window"]],
	                         input=lines, capture_output=True, text=True, check=True).stdout
	    rows = [json.loads(line) for line in out.splitlines()]
	    assert len(rows) == len(case["rounds"])
	    assert rows[0]["verdict"] == "no_reference"
	    for row, expect in zip(rows[-len(case["expect"]):], case["expect"]):
	        got = row["grad_us"], row["sum_min_us"], row["sum_max_us"]
	        assert got == (expect["grad"], expect["gmin"], expect["gmax"]), (case["name"], row, expect)
	        assert row["verdict"] == ("keep" if expect["grad"] > 0 else "falling")
	        checked += 1
	assert checked > 100
	PY
}

@test "replay: the published coins come out" {
	python3 - "$CDGCTL" "$ROOT/tests/data/cdg.json" <<-'PY'
	import json, subprocess, sys
	for case in json.load(open(sys.argv[2]))["threshold"]:
	    grad = case["grad_sum_us"]
	    if grad > 2**31 - 2:
	        continue
	    for random in (case["threshold"], case["threshold"] + 1):
	        if random >= 2**32:
	            continue
	        lines = [{"rtt_min_us": 1, "rtt_max_us": 1}, {"rtt_min_us": 1 + grad, "rtt_max_us": 1 + grad, "random": random}]
	        out = subprocess.run([sys.argv[1], "-jq", "replay", "--set", "window=1",
	                              "backoff_factor=%d" % case["factor"]], check=True, capture_output=True,
	                             input="\n".join(map(json.dumps, lines)), text=True).stdout
	        row = json.loads(out.splitlines()[1])
	        assert row["threshold"] == case["threshold"] and row["random"] == random, (row, case)
	        assert row["verdict"] == ("backoff" if random > case["threshold"] else "keep"), (row, case)
	PY
}

@test "replay: rounds of several flows are kept apart" {
	{ rounds 20000:20500 20100:20600; rounds 50000:50500 50100:50600 | sed 's/{/{"flow":7,/'; } |
		cdgctl -jq replay | jq -e -s 'map([.flow, .verdict == "no_reference", .grad_us]) ==
			[[0, true, 0], [0, false, 800], [7, true, 0], [7, false, 800]]'
}

@test "replay: empty lines and other records are left out, blanks are fine" {
	run -0 --separate-stderr cdgctl -j replay < <(echo; echo '  {"rtt_min_us": 1, "rtt_max_us": 2} '
		echo '{"type":"hello"}'; printf '{"rtt_min_us":1,"rtt_max_us":2,"random":null,"more":{"a":[]}}')
	[ "${#lines[@]}" -eq 2 ]
	[[ $stderr =~ "2 rounds of 1 flows".*"open loop" ]]
}

@test "replay: a reader that waits for each round gets it" {
	python3 - "$CDGCTL" <<-'PY'
	import select, subprocess, sys
	child = subprocess.Popen([sys.argv[1], "-jq", "replay"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
	for i in range(3):
	    child.stdin.write(b'{"rtt_min_us":1,"rtt_max_us":2}\n')
	    child.stdin.flush()
	    assert select.select([child.stdout], [], [], 10)[0], "no answer within 10 s"
	    assert b'"round":%d' % (i + 1) in child.stdout.readline()
	child.stdin.close()
	assert child.wait(10) == 0
	PY
}

@test "replay: bad lines are named" {
	bad "this is no JSON" '{"rtt_min_us":x}'
	bad "ends within a JSON value" '{"rtt_min_us":1,'
	bad "more behind" '{"rtt_min_us":1,"rtt_max_us":2} {}'
	bad "rtt_max_us is missing" '{"rtt_min_us":1}'
	bad "rtt_min_us must be a whole number" '{"rtt_min_us":1.5,"rtt_max_us":2}'
	bad "rtt_min_us must be a whole number" '{"rtt_min_us":-1,"rtt_max_us":2}'
	bad "random must be a whole number from 0 to 4294967295" '{"rtt_min_us":1,"rtt_max_us":2,"random":4294967296}'
	bad "random must be" '{"rtt_min_us":1,"rtt_max_us":2,"random":99999999999999999999}'
	bad "verdict is none of those" '{"rtt_min_us":1,"rtt_max_us":2,"verdict":"maybe"}'
	run --separate-stderr -2 cdgctl -q replay <<<$'{"rtt_min_us":1,"rtt_max_us":2}\n{x'
	[[ $stderr =~ "line 2 of standard input: this is no JSON" ]]
	bad "rtt_min_us must be a whole number" '{"rtt_min_us":"20000","rtt_max_us":2}'
	bad "rtt_max_us must be a whole number" '{"rtt_min_us":1,"rtt_max_us":1e300}'
	bad "cwnd must be a whole number" '{"rtt_min_us":1,"rtt_max_us":2,"cwnd":-1}'
	run --separate-stderr -2 cdgctl -q replay <<<'[]'
	[[ $stderr =~ "nor JSON: give what 'cdgctl record' has written, or one object per line" ]]
	for line in '\0{"rtt_min_us":1,"rtt_max_us":2}' '\xff\xfe' '\0'; do
		run --separate-stderr -2 cdgctl -q replay < <(printf '{"rtt_min_us":1,"rtt_max_us":2}\n%b\n' "$line")
		[[ $stderr =~ "line 2 of standard input: " ]] || { echo "$line: $stderr"; return 1; }
	done
}

@test "replay: wrong usage" {
	fails 1 "no parameter 'backof_factor', did you mean 'backoff_factor'" replay "$DATA/whatif.cdg" --set backof_factor=1
	fails 1 "window must be a power of two" replay "$DATA/whatif.cdg" --set window=3
	fails 1 "'nosuch' is neither a preset" replay "$DATA/whatif.cdg" --set nosuch
	fails 1 "expected one file" replay "$DATA/whatif.cdg" "$DATA/story.cdg"
	fails 2 "is not a file of CDG records" replay "$CDGCTL"
	fails 2 "cannot open /nowhere" replay /nowhere
}

@test "replay: a cut-off file gives what is good and an error" {
	head -c 9001 "$DATA/whatif.cdg" >"$BATS_TEST_TMPDIR/cut"
	run --separate-stderr -2 cdgctl -j replay "$BATS_TEST_TMPDIR/cut"
	jq -e -s '.[0].type == "whatif_summary" and .[0].rounds > 50 and .[1].code == 2 and
		(.[1].error | test("cut off"))' <<<"$output"
}

@test "stream: --speed keeps the pauses between records" {
	# 25 s of records at 50 times the speed: half a second, and the same records.
	local begin=${EPOCHREALTIME/[.,]/} took
	cdgctl -j stream -e all --speed 50 --replay "$DATA/story.cdg" >"$BATS_TEST_TMPDIR/out"
	took=$((${EPOCHREALTIME/[.,]/} - begin))
	echo "$took us"
	[ "$took" -ge 490000 ]
	cmp "$BATS_TEST_TMPDIR/out" <(cdgctl -j stream -e all --replay "$DATA/story.cdg")
}

@test "stream: a replay at a speed ends by a signal with its counts" {
	"$CDGCTL" -j stream -e all --speed 0.01 --replay "$DATA/story.cdg" --ready-file "$BATS_TEST_TMPDIR/ready" \
		>"$BATS_TEST_TMPDIR/out" &
	local pid=$! end=$((SECONDS + 10))
	until grep -q '"type":"flow_start"' "$BATS_TEST_TMPDIR/out"; do
		[ $SECONDS -lt $end ]
		read -rt 0.05 <> <(:) || true
	done
	kill -TERM "$pid" # a background job of a script ignores INT
	wait "$pid"
	jq -e -s 'last.reason == "signal" and last.shown < 10' "$BATS_TEST_TMPDIR/out"
}

@test "stream: parameters that a recording notes are shown" {
	cdgctl -j stream --replay "$DATA/whatif.cdg" | jq -e -s 'map(select(.type == "parameters") |
		[.generation, .backoff_factor]) == [[1, 42], [2, 100]]'
	cdgctl stream --replay "$DATA/whatif.cdg" | grep -q "parameters      generation 1, preset default: window=8 "
}

@test "stream: gaps in the numbers of a recording are lost records" {
	# Takes out the second record, a flow_start of 128 bytes.
	{ head -c $((296 + 128)) "$DATA/story.cdg"; tail -c +$((296 + 256 + 1)) "$DATA/story.cdg"; } \
		>"$BATS_TEST_TMPDIR/gap"
	cdgctl -j stream -e all --replay "$BATS_TEST_TMPDIR/gap" | jq -e -s 'last.lost == 1 and last.invalid == 0'
}
