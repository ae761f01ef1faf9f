#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Recordings of real flows, and what becomes of them.

load net

setup_file() {
	bed_up
	bottleneck_up "$prefix" 20mbit 250000
	ctl -q load --no-syn --name "$cc"
	in_ns "$prefix-client" ip route replace 10.9.2.0/24 via 10.9.1.2 congctl "$cc"
	server_up "$prefix-server" 5201
}
teardown_file() { bed_down; }
teardown() {
	local name
	for name in record stream client; do
		[[ ! -e $bed/pids/$name ]] || end $name KILL
	done
	! mountpoint -q "$bed/small" || umount "$bed/small"
	rm -f "$bed/file"
}

record_up() { # FILE OPTIONS...
	rm -f "$bed/record.ready"
	spawn record "$cdgctl" --pin-dir "$pin_dir" -j record "$@" --ready-file "$bed/record.ready"
	wait_until 10 test -e "$bed/record.ready" || fail "$(said record)"
}

traffic() { spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -P 3 -t "${1:-4}"; }

size_above() { [[ $(stat -c %s "$1") -gt $2 ]]; }
events() { "$cdgctl" -j stream -e all --replay "$1" "${@:2}"; }

@test "a recording and a stream of the same time hold the same events" {
	record_up "$bed/file" -s 1s
	stream_up stream -e all
	traffic 4
	ended client
	stream_down stream
	end record INT
	jq -e '.reason == "signal" and .lost == 0 and .snapshots >= 6 and .events > 100' "$bed/record.out"
	local key='select(.seq) | del(.seq, .time, .ts_ns, .duration_us, .goodput_bytes_per_second)'
	events "$bed/file" | jq -c "$key" | sort >"$bed/recorded"
	jq -c "$key" "$bed/stream.out" | sort >"$bed/streamed"
	# What the stream saw; the recorder began before it and ended behind it.
	[ "$(wc -l <"$bed/streamed")" -gt 100 ]
	[ -z "$(comm -13 "$bed/recorded" "$bed/streamed")" ]
	[ "$(events "$bed/file" | jq -s 'last.lost')" = 0 ]
}

@test "with unchanged parameters a what-if decides every recorded round as the kernel did" {
	traffic 5
	wait_until 10 sends 5201
	record_up "$bed/file" -s 1s # the flows are under way
	ended client
	traffic 5 # and these are seen from their start
	ended client
	end record INT
	"$cdgctl" -j replay "$bed/file" | tail -n 1 | tee "$bed/summary" | jq -e '
		.differing == 0 and .rounds > 200 and .unjudged < 50 and .backoffs == .backoffs_recorded and
		.backoffs > 10 and .made == 0'
	"$cdgctl" -j replay "$bed/file" --set backoff_factor=500 | tail -n 1 | jq -e '.backoffs_added > 10'
}

@test "a recorder that is killed leaves all whole records" {
	traffic 20
	record_up "$bed/file"
	wait_until 10 size_above "$bed/file" 60000
	end record KILL
	end client
	run --separate-stderr events "$bed/file"
	# Whole, or cut off in the last record; all else is there, without a gap.
	[ "$status" -eq 0 ] || [[ $output =~ "cut off in the middle of a record" ]]
	jq -se 'map(select(.type == "bye"))[0] | .lost == 0 and .invalid == 0 and .received > 100' <<<"$output"
}

@test "a full disk ends a recording with whole records and an error" {
	mkdir -p "$bed/small"
	mount -t tmpfs -o size=128k tmpfs "$bed/small"
	traffic 30
	record_up "$bed/small/file"
	local code=0
	ended record 60 || code=$?
	end client
	[ "$code" -eq 2 ]
	jq -se '.[0].reason == "disk full" and .[1].code == 2 and (.[1].error | test("No space left"))' "$bed/record.out"
	[ "$(jq -s '.[0].size_bytes' "$bed/record.out")" -eq "$(stat -c %s "$bed/small/file")" ]
	events "$bed/small/file" | jq -se 'last | .reason == "end of file" and .lost == 0 and .invalid == 0'
	[ "$(events "$bed/small/file" | jq -s 'map(select(.seq)) | length')" -eq "$(jq -s '.[0].events' "$bed/record.out")" ]
}

@test "a tuning is in the recording" {
	record_up "$bed/file" -s 0
	ctl -q tune use_ineff=3
	traffic 1
	ended client
	end record INT
	ctl -q tune default
	events "$bed/file" | jq -se 'map(select(.type == "parameters") | .use_ineff) == [5, 3]'
	events "$bed/file" | jq -se 'map(select(.type == "flow_start")) | length >= 3'
	[ "$(jq .snapshots "$bed/record.out")" -eq 0 ]
}

@test "a recording ends when CDG is unloaded, by count and by time" {
	record_up "$bed/file" --duration 1s
	ended record
	[ "$(jq -r .reason "$bed/record.out")" = duration ]
	traffic 10
	record_up "$bed/file" -f -n 25
	ended record
	end client
	jq -e '.reason == "count" and .events == 25' "$bed/record.out"
	record_up "$bed/file" -f
	ctl -q unload
	ended record
	[ "$(jq -r .reason "$bed/record.out")" = unloaded ]
	ctl -q load --no-syn --name "$cc"
}

@test "a file that exists is not overwritten, a pipe is written to" {
	touch "$bed/file"
	run -2 ctl record "$bed/file"
	[[ $output =~ "--force" ]]
	traffic 3
	ctl record - -n 30 | gzip | zcat | "$cdgctl" -j stream -e all --replay - | jq -se 'last.received >= 30'
	ended client
}
