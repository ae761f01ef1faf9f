#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Live records on their way to files, to rsyslog and to receivers that misbehave.

load net
load syn

setup_file() {
	bed_up
	cgroup_up
	bottleneck_up "$prefix" none 0
	ctl -q load --name "$cc" --cgroup "$cgroup" backoff_factor=420
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control="$cc"
	spawn -n "$prefix-server" iperf3 "$bed/inside" iperf3 -s -p 5201
	wait_until 10 listens "$prefix-server" 5201
}

teardown_file() {
	umount "$bed/small" 2>/dev/null || true
	bed_down
}

teardown() {
	end_all 'iperf3'
}

cli=$BATS_TEST_DIRNAME/../cli

# Data towards the client: records of the server's flows.
traffic() { # SECONDS [OPTION...]
	in_ns "$prefix-client" iperf3 -c 10.9.2.1 -p 5201 -R -t "$@" >/dev/null
}

# A stream that ships; NAME.err says what it has to say.
ship_up() { # NAME WHERE [OPTION...]
	local name=$1 where=$2
	shift 2
	rm -f "$bed/$name.ready"
	spawn -n "$prefix-server" "$name" "$cdgctl" --pin-dir "$pin_dir" -j stream --events all --buffer 16384 \
		--ready-file "$bed/$name.ready" --output "$where" "$@"
	wait_until 10 test -e "$bed/$name.ready" || fail "$(said "$name")"
}

ship_down() { # NAME
	kill -INT "$(pid_of "$1")"
	ended "$1" 30 || fail "$1 ended with $?: $(said "$1")" || return 1
	[[ ! -s $bed/$1.out ]] || fail "$1 wrote to stdout: $(head -n 3 "$bed/$1.out")"
}

# The file begins with hello, ends with bye, and has every record that was shown.
complete() { # FILE...
	cat "$@" | jq -se 'first.type == "hello" and last.type == "bye" and last.lost == 0 and last.dropped == 0 and
		last.shown == (map(select(.seq).seq) | unique | length) and
		last.shown == (map(select(.seq)) | length) and last.shown > 1000' >/dev/null ||
		fail "not complete: $(cat "$@" | wc -l) lines, $(tail -n 1 "${@: -1}")"
}

# Whole lines only, each a record with its schema.
whole() { /usr/bin/python3 "$cli/validate.py" <"$1"; }

rsyslog_up() {
	cat >"$bed/rsyslog.conf" <<-END
		global(workDirectory="$bed" maxMessageSize="64k")
		module(load="imptcp")
		template(name="raw" type="string" string="%rawmsg%\n")
		ruleset(name="cdg") {
			action(type="omfile" file="$bed/rsyslog.json" template="raw")
		}
		input(type="imptcp" path="$bed/rsyslog.socket" ruleset="cdg")
		input(type="imptcp" port="5140" address="127.0.0.1" ruleset="cdg")
	END
	rm -f "$bed/rsyslog.json" "$bed/rsyslog.socket"
	spawn -n "$prefix-server" rsyslog rsyslogd -n -f "$bed/rsyslog.conf" -i "$bed/rsyslog.pid"
	wait_until 10 test -S "$bed/rsyslog.socket"
	wait_until 10 listens "$prefix-server" 5140
}

has_bye() { tail -n 1 "$bed/rsyslog.json" | grep -q '"type":"bye"'; }

receiver_up() { # NAME WHERE [OPTION...]
	local name=$1
	shift
	spawn -n "$prefix-server" "$name" python3 "$cli/receiver.py" "$1" "$bed/$name.got" "${@:2}"
	wait_until 10 grep -q ready "$bed/$name.out" || fail "$(said "$name")"
}

@test "every record of a live run fits its schema, and goes through jq and miller" {
	stream_up all --events all --buffer 65536
	traffic 1 -P 2
	ctl -j flows -a >"$bed/flows.json"
	stream_down all
	ctl -j syn -a >"$bed/syn.json"
	ctl -j syn top -a >"$bed/top.json"
	traffic "$patience" &
	wait_until 10 sends_back
	ctl -j flows -a >>"$bed/flows.json"
	wait $!
	whole "$bed/all.out"
	whole "$bed/flows.json"
	whole "$bed/syn.json"
	whole "$bed/top.json"
	run -0 /usr/bin/python3 "$cli/validate.py" --types <"$bed/all.out"
	[[ $output == *bye*flow_end\ flow_start\ hello*round*syn* ]]
	[ "$(jq -c . "$bed/all.out" | wc -l)" -eq "$(wc -l <"$bed/all.out")" ]
	[ "$(mlr --json put -q 'tee > "/dev/null", $*; @n += 1; end { emit @n }' "$bed/all.out" | jq '.[0].n // .n')" -eq "$(wc -l <"$bed/all.out")" ]
	mlr --json filter '$type == "round"' then stats1 -a count,max -f cwnd -g saddr,sport "$bed/all.out" |
		jq -e '.[0].cwnd_count > 100 and .[0].cwnd_max > 1'
}

sends_back() { [[ $(ctl -j flows -a 'sport = :5201' | jq -s 'map(.bytes_acked) | add // 0') -gt 100000 ]]; }

@test "live records by other names: ECS and OpenTelemetry" {
	for schema in ecs otel; do
		stream_up $schema --events all --schema=$schema --buffer 65536
	done
	traffic 1
	for schema in ecs otel; do
		kill -INT "$(pid_of $schema)"
		ended $schema
	done
	host=$(uname -n)
	jq -se --arg host "$host" 'length > 100 and all(."host.name" == $host and ."event.module" == "cdg") and
		(map(select(."event.action" == "syn"))[0] | ."destination.port" == 5201) and
		(map(select(."event.action" == "round" and ."source.port" == 5201)) | length > 10)' "$bed/ecs.out"
	now=$(date +%s)
	jq -se --arg host "$host" --argjson now "$now" 'map(.resourceLogs[0]) | length > 100 and
		all(.resource.attributes | map({(.key): .value.stringValue}) | add |
			."host.name" == $host and ."service.name" == "cdg") and
		(map(.scopeLogs[0].logRecords[0].timeUnixNano | tonumber / 1e9 - $now) | min > -60 and max < 5)' "$bed/otel.out"
}

@test "rsyslog carries every record, by its local socket and by TCP" {
	for where in "unix:$bed/rsyslog.socket" tcp:127.0.0.1:5140; do
		rsyslog_up
		ship_up shipped "$where" --output-buffer 65536
		traffic 1
		ship_down shipped
		wait_until 10 has_bye
		end rsyslog TERM
		complete "$bed/rsyslog.json"
		whole "$bed/rsyslog.json"
	done
}

@test "a full disk costs counted records only, and it goes on when there is room again" {
	mkdir -p "$bed/small"
	umount "$bed/small" 2>/dev/null || true
	mount -t tmpfs -o size=1m none "$bed/small"
	head -c 900k /dev/zero >"$bed/small/filler"
	ship_up full "file:$bed/small/out" --output-buffer 64
	traffic 1
	grep "No space left on device" "$bed/full.err" || fail "$(cat "$bed/full.err"; df "$bed/small"; ls -l "$bed/small")"
	cp "$bed/small/out" "$bed/before"
	mount -o remount,size=200m "$bed/small"
	traffic 1
	ship_down full
	cat "$bed/full.err"
	tail -n 1 "$bed/small/out" | jq -e '.type == "bye" and .dropped > 100 and .lost == 0'
	[ "$(wc -l <"$bed/small/out")" -gt "$(wc -l <"$bed/before")" ]
	whole "$bed/small/out"
	jq -se '(map(select(.seq)) | length) as $written | last | .shown == $written + .dropped - .stats_dropped' \
		<(jq -c '. + {stats_dropped: 0}' "$bed/small/out")
	umount "$bed/small"
}

@test "a dead TCP receiver costs counted records only, and no memory; a new one gets what follows" {
	receiver_up dead tcp:127.0.0.1:5141
	ship_up shipped tcp:127.0.0.1:5141 --output-buffer 256
	traffic 1
	end dead KILL
	traffic 2
	resident=$(awk '/^VmHWM/ { print $2 }' "/proc/$(pid_of shipped)/status")
	echo "resident: $resident kB"
	# With the ring of 16 MB, which is mapped twice over; AddressSanitizer keeps up to 256 MB that was freed.
	[ "$resident" -lt $((60000 + ${SAN:-0} * 262144)) ]
	receiver_up new tcp:127.0.0.1:5141
	wait_until 15 test -s "$bed/new.got"
	traffic 1
	ship_down shipped
	ended new
	cat "$bed/shipped.err"
	grep "Connection re" "$bed/shipped.err"
	head -c -0 "$bed/dead.got" | grep '}$' >"$bed/dead.lines"
	whole "$bed/dead.lines"
	whole "$bed/new.got"
	tail -n 1 "$bed/new.got" | jq -e '.type == "bye" and .dropped > 0 and .lost == 0'
}

@test "a receiver that stops reading costs counted records only, and goes on when it reads again" {
	receiver_up slow "unix:$bed/slow.socket"
	ship_up shipped "unix:$bed/slow.socket" --output-buffer 64
	kill -STOP "$(pid_of slow)"
	traffic 1
	kill -CONT "$(pid_of slow)"
	traffic 1
	ship_down shipped
	ended slow
	cat "$bed/shipped.err"
	whole "$bed/slow.got"
	jq -se '(map(select(.seq)) | length) as $came | last |
		.type == "bye" and .lost == 0 and .dropped > 100 and .shown == $came + .dropped' "$bed/slow.got"
}

@test "HUP after a rename and rotation by size lose nothing" {
	rm -f "$bed"/hup.json* "$bed"/rotated.json*
	ship_up shipped "file:$bed/hup.json"
	traffic 1
	mv "$bed/hup.json" "$bed/hup.json.1"
	kill -HUP "$(pid_of shipped)"
	wait_until 10 test -e "$bed/hup.json"
	traffic 1
	ship_down shipped
	complete "$bed/hup.json.1" "$bed/hup.json"
	[ "$(stat -c %a "$bed/hup.json")" = 600 ]
	ship_up rotated "file:$bed/rotated.json,rotate=1M,keep=900"
	traffic $patience
	ship_down rotated
	mapfile -t files < <(printf '%s\n' "$bed"/rotated.json* | sort -t. -k4nr)
	last=$bed/rotated.json
	[ "${#files[@]}" -gt 2 ]
	complete "${files[@]/#$last/}" "$last" 2>/dev/null || {
		files=()
		for ((n = 900; n > 0; n--)); do [[ ! -e $last.$n ]] || files+=("$last.$n"); done
		complete "${files[@]}" "$last"
	}
}

@test "run ships, too" {
	other() { timeout -k 5 60 "$cdgctl" --pin-dir "$bpffs/other" "$@"; }
	other -j run --no-syn --name "${cc}_b" --duration 300ms --output "file:$bed/run.json"
	jq -se 'map(.type) == ["hello", "bye"]' "$bed/run.json"
}
