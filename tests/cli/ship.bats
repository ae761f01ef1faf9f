#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Records on their way: other schemas, JSON Schema, --output. All by replay.
load cli

here=$BATS_TEST_DIRNAME

teardown() {
	[[ -z ${receiver:-} ]] || kill "$receiver" 2>/dev/null || true
}

# Starts a receiver; $port is what it listens on.
receive() { # WHERE [OPTION...]
	coproc RECEIVER { exec python3 "$here/receiver.py" "$1" "$BATS_TEST_TMPDIR/got" "${@:2}" 3>&-; }
	receiver=$RECEIVER_PID
	exec {answers}<&"${RECEIVER[0]}"
	read -r -t 20 word port <&"$answers"
	[[ $word == ready ]]
}

received() { wait "$receiver"; receiver=; }

replay() { cdgctl -j stream -e all --replay "$DATA/${1:-story}.cdg" "${@:2}"; }

validate() { /usr/bin/python3 "$here/validate.py" "$@"; }

@test "schema: every kind of record by the names of ECS" {
	golden story.ecs.json -j stream -e all --schema=ecs --replay "$DATA/story.cdg"
	golden flows.ecs.json -j flows --schema=ecs --replay "$DATA/story.cdg"
}

@test "schema: every kind of record as OTLP lines" {
	golden story.otel.json -j stream -e all --schema=otel --replay "$DATA/story.cdg"
	golden flows.otel.json -j flows --schema=otel --replay "$DATA/story.cdg"
}

@test "schema: parameters, which stand in recordings, by other names" {
	for schema in ecs otel; do
		golden "parameters.$schema.json" -j stream -e undo --schema=$schema --replay "$DATA/whatif.cdg"
	done
}

@test "schema: native is what is printed without it" {
	cmp <(replay story --schema=native) <(replay story)
}

@test "schema: hostile records stay valid JSON by every name" {
	for schema in ecs otel; do
		replay hostile --schema=$schema | python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]'
		diff <(replay hostile --schema=$schema | jq -c .) \
			<(cdgctl -p stream -e all --schema=$schema --replay "$DATA/hostile.cdg" | jq -c .)
	done
	# 64-bit values: text where no number can hold them.
	replay hostile --schema=otel | jq -e -s '[.[].resourceLogs[].scopeLogs[].logRecords[].attributes[] |
		select(.key == "cdg.bytes_acked").value] == [{"stringValue": "18446744073709551615"}]'
}

@test "schema: ECS has the fields that tools look for" {
	replay story --schema=ecs | jq -e -s 'all(.[]; ."@timestamp" and ."ecs.version" and ."event.kind" and
			(."event.dataset" | startswith("cdg.")) and ."host.name" == "lab") and
		all(.[] | select(."event.category"); ."event.category" == ["network"] and ."source.ip" and
			."destination.port" and ."network.transport" == "tcp") and
		(map(select(."event.action" == "flow_end"))[0] | ."event.type" == ["connection", "end"] and
			."event.duration" % 1000 == 0)'
	# What has no name there stands below cdg.
	replay story --schema=ecs | jq -e -s 'map(keys[]) | unique |
		map(select(test("^(@timestamp|message|(cdg|event|host|network|source|destination|service|ecs)\\.)") | not)) == []'
}

@test "schema: both hold the values that the native record holds" {
	python3 - <(replay) <(replay story --schema=ecs) <(replay story --schema=otel) <<-'PY'
	import json, sys
	native, ecs, otel = ([json.loads(line) for line in open(path)] for path in sys.argv[1:])
	assert len(native) == len(ecs) == len(otel) > 20
	compared = 0
	for n, e, o in zip(native, ecs, otel):
	    log = o["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
	    attributes = {a["key"]: a["value"] for a in log["attributes"]}
	    assert len(attributes) == len(log["attributes"])
	    assert n["type"] == e["event.action"] and log["eventName"] == "cdg." + n["type"]
	    assert n["time"] == e["@timestamp"]
	    for key, value in n.items():
	        ours = "cdg." + key
	        if value is None:
	            assert ours not in e and ours not in attributes
	        elif ours in attributes:
	            form, text = next(iter(attributes[ours].items()))
	            assert (int(text) if form == "intValue" else text) == value, (key, text, value)
	            compared += 1
	        if ours in e:
	            assert e[ours] == value
	            compared += 1
	assert compared > 1000, compared
	PY
}

@test "schema: 'fields' tells the names, and they are those that are used" {
	for schema in ecs otel; do
		cdgctl -j fields round | jq -r ".$schema // empty" | sort >"$BATS_TEST_TMPDIR/told"
		[ "$(grep -c . "$BATS_TEST_TMPDIR/told")" -gt 30 ]
	done
	comm -13 <(cdgctl -j fields round | jq -r .ecs | sort) \
		<(replay story --schema=ecs | jq -r 'select(."event.action" == "round") | keys[]' | sort -u) >"$BATS_TEST_TMPDIR/more"
	# What stands around every record is all there is beside them.
	run -0 grep -vE '^(ecs\.version|event\.(kind|category|type|module|dataset|action)|host\.name|message|network\.transport|service\.(type|version))$|^$' "$BATS_TEST_TMPDIR/more" || [ "$status" -eq 1 ]
	[ -z "$output" ]
}

@test "JSON Schema: the files are what the field tables give" {
	cdgctl -j fields --json-schema | jq -r .properties.type.const | sort >"$BATS_TEST_TMPDIR/records"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/records")" -ge 20 ]
	diff "$BATS_TEST_TMPDIR/records" <(cd "$ROOT/share/schema" && printf '%s\n' *.json | sed 's/\.json$//' | sort)
	while read -r record; do
		diff -u "$ROOT/share/schema/$record.json" <(cdgctl fields --json-schema "$record") ||
			{ echo "run 'make schemas'"; return 1; }
	done <"$BATS_TEST_TMPDIR/records"
}

@test "JSON Schema: every record of a replay fits, hostile ones too" {
	run -0 validate --types < <(replay; replay whatif; cdgctl -j flows --replay "$DATA/story.cdg"
		cdgctl -j replay "$DATA/whatif.cdg" --all)
	[[ $output == *"backoff bye cut flow flow_end flow_start hello"*"parameters restart round slow_start_exit stats suppressed undo whatif whatif_summary"* ]]
	replay hostile | validate
}

@test "JSON Schema: cdgtop's groups and totals and the SYNs of captures fit" {
	"$BUILD/cdgtop" -b -n 1 -j --replay "$DATA/story.cdg" | jq -c 'select(.type != "top")' | validate
	python3 - "$BATS_TEST_TMPDIR/syn.pcap" <<-'PY'
	import struct, sys
	ip = bytes.fromhex("45000030000040004006") + b"\0\0" + bytes([10, 0, 0, 1, 10, 0, 0, 2])
	tcp = struct.pack(">HHIIBBHHH", 1234, 80, 1, 0, 0x70, 2, 65535, 0, 0) + bytes.fromhex("020405b401010402")
	frame = ip + tcp
	open(sys.argv[1], "wb").write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101) +
	                              struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame)
	PY
	cdgctl -j fingerprint "$BATS_TEST_TMPDIR/syn.pcap" | validate
}

@test "JSON Schema: a record that lies is refused" {
	for change in '.cwnd = "x"' 'del(.cwnd)' '.more = 1' '.verdict = "perhaps"' '.time = "today"' '.schema = "cdg.round/2"'; do
		run -1 validate < <(replay | jq -c "select(.type == \"round\") | $change")
	done
}

@test "output: a file has every record, mode 0600, and is appended to" {
	replay story --output "file:$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/out" <(replay)
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/out")" = 600 ]
	replay story --output "file:$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/out" <(replay; replay)
	cdgctl stream -e all --replay "$DATA/story.cdg" -o "file:$BATS_TEST_TMPDIR/text"
	cmp "$BATS_TEST_TMPDIR/text" <(cdgctl stream -e all --replay "$DATA/story.cdg")
	cmp <(replay story --output -) <(replay)
}

@test "output: rotation keeps whole records, as many files as were asked for, in order" {
	local out=$BATS_TEST_TMPDIR/out
	replay rounds --output "file:$out,rotate=1M,keep=3" -n 10000
	[ "$(ls "$out"*)" = "$out
$out.1
$out.2
$out.3" ]
	for file in "$out".[123]; do
		[ "$(stat -c %s "$file")" -le 1048576 ]
		[ "$(stat -c %s "$file")" -gt 1040000 ]
		[ "$(stat -c %a "$file")" = 600 ]
	done
	cmp <(cat "$out.3" "$out.2" "$out.1" "$out") \
		<(replay rounds -n 10000 | tail -c "$(cat "$out"* | wc -c)")
	replay rounds -n 10000 --output "file:$out.all,rotate=1M,keep=1000"
	cmp <(printf '%s\n' "$out".all* | sort -t. -k3nr | xargs cat) <(replay rounds -n 10000) ||
		cmp <(for n in $(seq 20 -1 1); do cat "$out.all.$n" 2>/dev/null; done; cat "$out.all") <(replay rounds -n 10000)
}

@test "output: a local socket and TCP of either family carry every record" {
	for where in "unix:$BATS_TEST_TMPDIR/socket" tcp:127.0.0.1:0 "tcp:[::1]:0"; do
		rm -f "$BATS_TEST_TMPDIR/got"
		receive "$where"
		replay rounds --output "${where%:0}${port:+$([[ $where == unix* ]] || echo ":$port")}"
		received
		cmp "$BATS_TEST_TMPDIR/got" <(replay rounds)
	done
}

@test "output: a receiver that comes later gets what waits" {
	receive tcp:127.0.0.1:0 --backlog
	"$CDGCTL" -j stream -e all --replay "$DATA/story.cdg" --output "tcp:localhost:$port" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	local pid=$! end=$((SECONDS + 10))
	until grep -q "Connection refused" "$BATS_TEST_TMPDIR/err"; do
		[ $SECONDS -lt $end ]
		read -rt 0.05 <> <(:) || true
	done
	kill -USR1 "$receiver"
	wait $pid
	received
	cmp "$BATS_TEST_TMPDIR/got" <(replay)
	grep -q "works again, 0 records were dropped" "$BATS_TEST_TMPDIR/err"
}

@test "output: broken connections cost nothing and split no record" {
	receive tcp:127.0.0.1:0 --cut 300000
	replay rounds --output "tcp:127.0.0.1:$port" -n 20000
	received
	replay rounds -n 20000 >"$BATS_TEST_TMPDIR/expected"
	python3 - "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR"/got.[0123] <<-'PY'
	import sys
	expected = open(sys.argv[1], "rb").read().split(b"\n")[:-1]
	place = {line: i for i, line in enumerate(expected)}
	seen, whole = set(), 0
	for path in sys.argv[2:]:
	    lines = open(path, "rb").read().split(b"\n")
	    assert lines[0] in place, "a connection begins within a record"
	    for before, after in zip(lines[:-1], lines[1:-1]):
	        assert place[after] == place[before] + 1
	    # Behind a reset the receiver itself may have thrown away what it had not read.
	    seen.update(place[line] for line in lines[:-1])
	    whole += len(lines) - 1
	print(len(expected), "records,", len(seen), "seen,", whole - len(seen), "twice")
	assert len(expected) - 1 in seen and len(seen) > len(expected) * 0.5
	PY
}

@test "output: a receiver that never reads costs counted records only" {
	receive tcp:127.0.0.1:0 --stall
	run --separate-stderr -0 cdgctl -j stream -e all --replay "$DATA/rounds.cdg" --output "tcp:127.0.0.1:$port" --output-buffer 64
	[ -z "$output" ]
	echo "$stderr"
	[[ $stderr =~ ([0-9]+)\ of\ 200004\ records\ were\ dropped ]]
	[ "${BASH_REMATCH[1]}" -gt 1000 ]
}

@test "output: a full disk costs counted records, and that is said" {
	[ -w /dev/full ] || skip "there is no /dev/full here"
	run --separate-stderr -0 cdgctl -j stream -e all --replay "$DATA/story.cdg" --output file:/dev/full
	echo "$stderr"
	[[ $stderr =~ "cannot write to file:/dev/full: No space left on device" ]]
	[[ $stderr =~ "file:/dev/full: 25 of 25 records were dropped" ]]
}

@test "output: HUP opens the file anew" {
	local out=$BATS_TEST_TMPDIR/out
	"$CDGCTL" -j stream -e all --speed 10 --replay "$DATA/story.cdg" --output "file:$out" 3>&- &
	local pid=$! end=$((SECONDS + 10))
	until [ -s "$out" ] && [ "$(wc -l <"$out")" -ge 5 ]; do
		[ $SECONDS -lt $end ]
		read -rt 0.02 <> <(:) || true
	done
	mv "$out" "$out.1"
	kill -HUP $pid
	until [ -s "$out" ]; do
		[ $SECONDS -lt $end ]
		read -rt 0.02 <> <(:) || true
	done
	wait $pid
	cmp <(cat "$out.1" "$out") <(replay)
	[ -s "$out.1" ]
}

@test "output: what makes no sense is refused with a sentence" {
	local replay=(stream --replay "$DATA/story.cdg")
	fails 1 "it knows -, file:PATH, unix:PATH and tcp:HOST:PORT" "${replay[@]}" --output /tmp/x
	fails 1 "rotate= needs a size" "${replay[@]}" --output file:/tmp/x,rotate=0
	fails 1 "in brackets" "${replay[@]}" --output tcp:2001:db8::1:5140
	fails 1 "port from 1 to 65535" "${replay[@]}" --output tcp:localhost:70000
	fails 1 "64 to 1048576" "${replay[@]}" --output file:/tmp/x --output-buffer 1
	fails 1 "needs --output" "${replay[@]}" --output-buffer 64
	fails 2 "cannot open /nowhere/x for writing" "${replay[@]}" --output file:/nowhere/x
	fails 2 "Is a directory" "${replay[@]}" --output "file:$BATS_TEST_TMPDIR"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	fails 2 "fifo" "${replay[@]}" --output "file:$BATS_TEST_TMPDIR/fifo"
	fails 2 "cannot resolve" "${replay[@]}" --output tcp:name.invalid:5140
	run -1 cdgctl -p "${replay[@]}" --output file:/tmp/x
	[[ $output =~ "one record per line" ]]
	run -1 cdgctl "${replay[@]}" --schema=ecs
	[[ $output =~ "--schema is for JSON" ]]
	run -1 cdgctl -j "${replay[@]}" --schema=xml
	[[ $output =~ "knows native, ecs and otel" ]]
	fails 1 "is a row of a document" fields --json-schema status
}
