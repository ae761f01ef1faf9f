#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0

load net

# An unshaped path: many rounds in little time. The server's side runs on CDG, too.
setup_file() {
	bed_up
	bottleneck_up "$prefix" none 0
	ctl -q load --no-syn --name "$cc" backoff_factor=420
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control="$cc"
	for port in 5201 5202 5203; do
		server_up "$prefix-server" $port
	done
}
teardown_file() { bed_down; }
teardown() {
	end_all 'iperf3-*'
	[[ ! -e $bpffs/other ]] || timeout -k 5 30 "$cdgctl" --pin-dir "$bpffs/other" -q unload
}

# Data towards the client, so that the server's port is the local one.
traffic() { # port seconds
	in_ns "$prefix-client" iperf3 -c 10.9.2.1 -p "$1" -R -t "$2" >/dev/null
}

# A stream's kernel records that a jq filter selects, without what differs from reader to reader.
identities() { # name filter
	jq -c "select(.flow != null) | select($2) | del(.seq, .time, .ts_ns, .duration_us, .goodput_bytes_per_second)" "$bed/$1.out" | sort
}

same_records() { # name filter-of-the-stream-named-all
	identities "$1" true >"$bed/$1.got"
	identities all "$2" >"$bed/$1.expected"
	[[ -s $bed/$1.expected ]] || fail "no record to compare for $1" || return 1
	echo "$1: $(wc -l <"$bed/$1.expected") records"
	cmp "$bed/$1.got" "$bed/$1.expected"
}

@test "three subscribers at once with different filters get exactly theirs" {
	stream_up all --events all --buffer 32768
	stream_up rounds --events round --port 5202 --buffer 16384
	stream_up decisions --events backoff,suppressed --sample 2 --buffer 16384
	stream_up filtered --events all --buffer 32768 'sport = :5203 and cwnd > 4'
	for port in 5201 5202 5203; do
		spawn -n "$prefix-client" "client-$port" iperf3 -c 10.9.2.1 -p $port -R -t 1
	done
	for port in 5201 5202 5203; do
		ended client-$port
	done
	for name in filtered decisions rounds all; do
		stream_down $name
	done
	same_records rounds '.type == "round" and .sport == 5202'
	same_records decisions '(.type == "backoff" or .type == "suppressed") and .flow % 2 == 0'
	same_records filtered '.sport == 5203 and .cwnd > 4'
}

@test "--flow and -n netns select one flow and one network namespace" {
	stream_up all --events all --buffer 32768
	# It lasts until all of them have seen some of it, and is paced so that this is not much.
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -p 5201 -R -b 10M -l 16K -t 600
	# The flow of the data, not iperf3's own connection beside it.
	flow=
	data_flow() {
		flow=$(ctl -j flows --all-netns 'sport = :5201 and rounds > 100' 2>/dev/null | jq -s '.[0].flow // empty')
		[[ -n $flow ]]
	}
	wait_until 10 data_flow
	stream_up one --events round --flow "$flow"
	# The flow is the server's, the client's side runs on another congestion control.
	for side in client server; do
		rm -f "$bed/$side.ready"
		spawn at-$side "$cdgctl" --pin-dir "$pin_dir" -n "$prefix-$side" -j stream --events all --ready-file "$bed/$side.ready"
		wait_until 10 test -e "$bed/$side.ready"
	done
	wait_until 20 arrived at-server 11 '.type == "round"'
	wait_until 20 arrived one 11 '.type == "round"'
	end client
	for name in one at-client at-server all; do
		stream_down $name
	done
	jq -se --argjson flow "$flow" 'map(select(.type == "round")) | all(.flow == $flow)' "$bed/one.out"
	[ "$(count_of at-client '.flow != null')" -eq 0 ]
}

@test "a reader that is stopped loses its own records, says so, and costs the others nothing" {
	stream_up all --events round --port 5201 --buffer 65536
	stream_up stopped --events round --port 5201 --buffer 64
	kill -STOP "$(pid_of stopped)"
	traffic 5201 2
	run -0 ctl -j status
	jq -e '[.subscribers[] | select(.command == "cdgctl")] | length == 2 and
		(map(select(.lost > 0)) | length == 1)' <<<"$output"
	jq -e '.notes[] | select(.text | contains("too slow"))' <<<"$output"
	lost=$(jq '[.subscribers[].lost] | add' <<<"$output")
	[ "$(ctl metrics | awk '/^cdg_events_lost_total/ { n += $NF } END { print n + 0 }')" -eq "$lost" ]
	kill -CONT "$(pid_of stopped)"
	# So that it has a record behind the lost ones.
	in_ns "$prefix-client" iperf3 -c 10.9.2.1 -p 5201 -R -t 1 -b 1M >/dev/null
	kill -INT "$(pid_of stopped)"
	ended stopped
	stream_down all
	received=$(tail -n 1 "$bed/all.out" | jq .received)
	echo "all: $(tail -n 1 "$bed/all.out")"
	echo "stopped: $(tail -n 1 "$bed/stopped.out")"
	tail -n 1 "$bed/stopped.out" | jq -e --argjson all "$received" \
		'.type == "bye" and .lost > 0 and .received > 0 and .received + .lost == $all'
	# Lost records are gaps in the numbers that the kernel gives.
	jq -se 'last.lost as $lost | map(select(.type == "round").seq) | length == (unique | length) and
		max - length == $lost' "$bed/stopped.out"
}

@test "eight may listen, the ninth gets a sentence, and a place that is left is free again" {
	for n in 1 2 3 4 5 6 7 8; do
		stream_up listener$n --events flow
	done
	run -2 ctl stream --events flow --duration 1s
	[[ $output == *"all 8 subscriptions are in use"*"cdgctl status"* ]]
	[ "$(ctl -j status | jq '.subscribers | length')" -eq 8 ]
	# A recorder that cannot begin leaves files as they were.
	echo "a recording" >"$bed/kept"
	run -2 ctl record --force "$bed/kept"
	[ "$(<"$bed/kept")" = "a recording" ]
	run -2 ctl record "$bed/none"
	[ ! -e "$bed/none" ]
	stream_down listener3
	run -0 ctl stream --events flow --duration 100ms
	for n in 1 2 4 5 6 7 8; do
		stream_down listener$n
	done
	ctl -j status | jq -e '.subscribers == []'
}

@test "the place of a subscriber that was killed is freed by the next command" {
	stream_up victim --events round
	end victim KILL
	# What the programs see: somebody listens. Read without cdgctl, which would clean up.
	wanted() {
		bpftool -j map lookup pinned "$pin_dir/control" key 0 0 0 0 |
			jq -c '[.value[80:112] | to_entries[] | select(.value != "0x00").key]'
	}
	[ "$(wanted)" = '[1]' ]
	ctl -j status | jq -e '.subscribers == []'
	[ "$(wanted)" = '[]' ]
}

@test "every line is JSON with schema, type and time; hello comes first and bye last" {
	begin=$(date -u +%FT%T)
	stream_up all --events all --buffer 32768
	traffic 5201 1
	stream_down all
	over=$(date -u +%FT%T -d '1 second')
	while read -r line; do
		jq -e . >/dev/null <<<"$line"
	done < <(head -n 20 "$bed/all.out")
	jq -se 'all(.type as $type | .schema == "cdg.\($type)/1" and
			(.time | test("^[0-9-]{10}T[0-9:]{8}\\.[0-9]{6}Z$"))) and
		.[0].type == "hello" and .[-1].type == "bye" and
		(map(select(.type == "hello" or .type == "bye")) | length == 2) and
		([.[].type] | contains(["round", "backoff", "flow_start", "flow_end"]))' "$bed/all.out"
	jq -se --arg kernel "$(uname -r)" --arg build "$(ctl -j status | jq -r .build_id)" \
		'.[0].kernel == $kernel and .[0].build_id == $build' "$bed/all.out"
	[ "$(wc -l <"$bed/all.out")" -eq "$(jq -c . "$bed/all.out" | wc -l)" ]
	# Wall-clock times of records lie within the run.
	jq -se --arg begin "$begin" --arg over "$over" 'all(.time >= $begin and .time < $over)' "$bed/all.out"
}

@test "rounds are consistent in themselves and with the rounds before" {
	stream_up all --events all --buffer 32768
	traffic 5201 1
	stream_down all
	python3 "$BATS_TEST_DIRNAME/audit.py" rounds "$bed/all.out"
	# A decision is the round's that it was made in.
	jq -se '[.[] | select(.type == "backoff" or .type == "suppressed") | [.flow, .random, .threshold, .type]] ==
		[.[] | select(.type == "round" and (.verdict == "backoff" or .verdict == "suppressed")) |
			[.flow, .random, .threshold, .verdict]]' "$bed/all.out"
}

@test "a reader that has enough ends the stream quietly" {
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -p 5201 -R -t 30
	run -0 --separate-stderr bash -c "'$cdgctl' --pin-dir '$pin_dir' -j stream --events all | head -n 1; echo \${PIPESTATUS[0]}"
	[ -z "$stderr" ]
	[ "${lines[1]}" -eq 0 ]
	jq -e '.type == "hello"' <<<"${lines[0]}"
	run -0 --separate-stderr ctl -j stream --events round -n 5
	[ -z "$stderr" ]
	jq -se 'map(.type) == ["hello", "round", "round", "round", "round", "round", "bye"] and
		.[-1].reason == "count"' <<<"$output"
	run -0 ctl stream --events round --duration 200ms
	[[ $output == *round* ]]
	end client
}

@test "the stream ends with bye when the instance is unloaded under it" {
	other() { "$cdgctl" --pin-dir "$bpffs/other" "$@"; }
	other -q load --no-syn --name "${cc}_b"
	rm -f "$bed/orphan.ready"
	spawn orphan "$cdgctl" --pin-dir "$bpffs/other" -j stream --events all --ready-file "$bed/orphan.ready"
	wait_until 10 test -e "$bed/orphan.ready"
	other -q unload
	ended orphan 5
	tail -n 1 "$bed/orphan.out" | jq -e '.type == "bye" and .reason == "unloaded"'
	[ ! -s "$bed/orphan.err" ]
}

@test "the stream ends with bye when another instance takes the place, and run leaves that one alone" {
	other() { "$cdgctl" --pin-dir "$bpffs/other" "$@"; }
	spawn passing "$cdgctl" --pin-dir "$bpffs/other" -j run --no-syn --name "${cc}_b" --ready-file "$bed/passing.ready"
	wait_until 10 test -e "$bed/passing.ready"
	other -q unload
	other -q load --no-syn --name "${cc}_b"
	ended passing 5
	tail -n 1 "$bed/passing.out" | jq -e '.type == "bye" and .reason == "unloaded"'
	other status
	other -q load --replace --no-syn --name "${cc}_b"
	rm -f "$bed/heir.ready"
	spawn heir "$cdgctl" --pin-dir "$bpffs/other" -j stream --ready-file "$bed/heir.ready"
	wait_until 10 test -e "$bed/heir.ready"
	other -q load --replace --no-syn --name "${cc}_b"
	[ "$(other -j status | jq '.subscribers | length')" -eq 1 ]
	runs heir
	other -q unload
	ended heir 5
}

@test "what makes no sense is refused with a sentence" {
	for arguments in "--events nosuch" "--port 70000" "--buffer 1" "--flow x" "nosuch = 3" "cwnd >" "--sample x"; do
		run -1 --separate-stderr ctl stream $arguments
		echo "$arguments: $stderr"
		[ -n "$stderr" ]
		[ -z "$output" ]
	done
}

@test "the time of records follows the clock that is set while it streams" {
	[[ -n ${CDGLAB:-} ]] || skip "the clock of this machine is not ours to set; cdglab matrix sets its machines'"
	stream_up stream
	date -s '+1 hour' >/dev/null
	wait_until 10 eval 'tail -n 1 "$bed/stream.out" | jq -e "(.time | sub(\"[.][0-9]+\"; \"\") | fromdate) - now | fabs < 60"'
	end stream INT
	date -s '-1 hour' >/dev/null
}
