#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# kill -9 of a command at any of its system calls: a flow goes on the whole time, status tells what
# is, the next command repairs, and nothing is left behind: no name, no pin, no program at the
# cgroup, no option of a listener, no place of a subscriber.
#
# CDG_FAULTS=all takes every call (scripts/check --long), CDG_FAULTS=2/3 every third, from the second on.
# Without it each test takes some, most of them where something changes.

load net
load pulse
load metrics

setup_file() {
	bed_up
	cgroup_up
	bottleneck_up "$prefix" none 0
	export killat
	killat=$(built killat)
}

teardown_file() { bed_down; }

setup() { pulse_up; }

teardown() {
	pulse_down
	end_all
	unload_rest
	rm -f "$bed"/file*
}

both=(load --name "${cc:-}" --cgroup "${cgroup:-}")

# As in a container that sees one network namespace, the server's: the number of a command's system
# calls does not depend on what else runs on the machine.
alone=(unshare -mpf --mount-proc sh -c 'mount -t tmpfs tmpfs /run/netns && exec "$@"' sh)

# A cdgctl command under killat.
under() { # N|-l FILE... -- COMMAND...
	local how=()
	while [[ $1 != -- ]]; do
		how+=("$1")
		shift
	done
	shift
	ASAN_OPTIONS=$traced_options in_ns "$prefix-server" "${before[@]}" "$killat" "${how[@]}" "$cdgctl" --pin-dir "$pin_dir" "$@"
}

# Which calls: sets $points after a run that nothing kills.
points_of() { # COUNT-OF-CHANGES COUNT-OF-OTHERS COMMAND...
	local changes=$1 others=$2 total share=${CDG_FAULTS:-}
	shift 2
	under -l "$bed/calls" -- "$@" >/dev/null
	total=$(wc -l <"$bed/calls")
	case $share in
	all) mapfile -t points < <(seq "$total") ;;
	*/*) mapfile -t points < <(seq "${share%/*}" "${share#*/}" "$total") ;;
	*) # Just before and just after a change, and anywhere.
		mapfile -t points < <({
			awk '/\*$/ { print $1; print $1 + 1 }' "$bed/calls" | sort -nu | spread "$changes"
			seq "$total" | spread "$others"
		} | sort -nu) ;;
	esac
	[[ ${#points[@]} -gt 0 ]]
	killed=0 wrong=
	echo "# $BATS_TEST_DESCRIPTION: $total calls, $(grep -c '\*$' "$bed/calls") of them changes, ${#points[@]} taken" >&3
}

# So many of the lines, evenly, the first and the last among them.
spread() { # COUNT
	awk -v want="$1" '{ line[NR] = $0 } END {
		step = want < 2 || NR <= want ? 1 : (NR - 1) / (want - 1)
		for (i = 0; i < want && i < NR; i++) { at = int(1 + i * step); print line[at] } }'
}

# True if the command was killed, false if it had less calls this time, or failed: report says so.
at() { # N COMMAND...
	local code=0
	under "$1" -- "${@:2}" >"$bed/at.out" 2>"$bed/at.err" || code=$?
	if [[ $code -eq 137 ]]; then
		killed=$((killed + 1))
		return 0
	fi
	[[ $code -eq 0 ]] || wrong="${*:2} ended with $code before call $1: $(cat "$bed/at.err")"
	return 1
}

attached() { bpftool cgroup show "$cgroup" 2>/dev/null | grep -q sock_ops; }

# What status says is so; sets $state to its exit code.
truth() {
	state=0
	ctl status >"$bed/status" 2>&1 || state=$?
	case $state in
	0) loaded_here && [[ ! -e $pin_dir-staging ]] && listed "$cc" && attached ;;
	3) [[ ! -e $pin_dir ]] && if [[ -e $pin_dir-staging ]]; then grep -q 'staging folder' "$bed/status"; else gone; fi ;;
	5) grep -qE "cdgctl (un)?load" "$bed/status" ;;
	*) false ;;
	esac || fail "status ended with $state, which is not so: $(cat "$bed/status") $(ls "$pin_dir" "$pin_dir-staging" 2>&1)"
}

gone() {
	nothing_left "$pin_dir" && wait_until 5 not listed "$cc" && wait_until 5 not attached || return 1
	lives || return 1
	[[ $saves -eq 0 ]] || fail "the listener still saves SYNs" || return 1
	[[ $(in_ns "$prefix-server" sysctl -n net.ipv4.tcp_congestion_control) != "$cc" ]] || fail "$cc is still the default"
}

load_both() { in_ns "$prefix-server" "$cdgctl" --pin-dir "$pin_dir" -q "${both[@]}"; }

report() {
	echo "# killed $killed times, the flow's longest pause was $longest ms" >&3
	[[ -z $wrong ]] || fail "$wrong" || return 1
	[[ $((2 * killed)) -ge ${#points[@]} ]] || fail "killed only $killed times, of ${#points[@]}"
}

@test "load" {
	before=("${alone[@]}")
	points_of 5 6 "${both[@]}"
	ctl -q unload
	for n in "${points[@]}"; do
		at "$n" "${both[@]}" || break
		truth && lives || fail "after load was killed at $n"
		[[ $state -ne 3 || -e $pin_dir-staging ]] || continue
		if ((n % 2)) || [[ -z ${CDG_FAULTS:-} ]]; then
			load_both
			truth
			[[ $state -eq 0 ]] || fail "load was killed at $n, the next one left $(cat "$bed/status")"
			flow_on "$cc"
			lives
			[[ $saves -eq 1 ]] || fail "load was killed at $n, after the next one the listener saves no SYNs"
		fi
		ctl -q unload
		gone || fail "load was killed at $n"
		flow_on -
	done
	report
}

@test "load --replace" {
	before=("${alone[@]}")
	load_both
	flow_on "$cc"
	points_of 5 4 "${both[@]}" --replace
	for n in "${points[@]}"; do
		at "$n" "${both[@]}" --replace || break
		truth && lives || fail "after load --replace was killed at $n"
		[[ $saves -eq 1 ]] || fail "load --replace was killed at $n: the listener saves no SYNs"
		[[ $state -ne 0 ]] || continue
		load_both
		truth
		[[ $state -eq 0 ]] || fail "load --replace was killed at $n, load left $(cat "$bed/status")"
		flow_on "$cc"
		lives
	done
	ctl -q unload
	gone
	report
}

params_in_force() { ctl -j tune | jq -r '.preset // "own"'; }

# Before Linux 6.4 a name must be free before another map can have it.
@test "load --replace of which a call fails leaves the old programs in force, or the new" {
	linux_from 6.4 || skip "before Linux 6.4 a registration cannot change its programs"
	local kept=0 folder startup
	before=("${alone[@]}")
	load_both
	flow_on "$cc"
	under -l "$bed/calls" -- version >/dev/null
	startup=$(wc -l <"$bed/calls")
	points_of 12 0 "${both[@]}" --replace scavenger
	for n in "${points[@]}"; do
		ctl -q tune default
		folder=$(stat -c %i "$pin_dir")
		under -e "$n" -- "${both[@]}" --replace scavenger >"$bed/at.out" 2>"$bed/at.err" && code=0 || code=$?
		truth && lives || fail "after call $n of load --replace had failed: $(cat "$bed/at.err")"
		# While libraries are loaded the dynamic loader has no words for every failure: it crashes.
		[[ $code -eq 0 || -s $bed/at.err || ($n -le $startup && $code -gt 128) ]] ||
			fail "load --replace ended with $code at call $n and said nothing"
		if [[ $(stat -c %i "$pin_dir") == "$folder" ]]; then
			[[ $code -ne 0 && $state -eq 0 && $(params_in_force) == default ]] ||
				fail "call $n failed, load --replace ended with $code: $(cat "$bed/at.err" "$bed/status")"
			kept=$((kept + 1))
		else
			[[ $(params_in_force) == scavenger ]] || fail "call $n failed: new programs, old parameters"
		fi
		load_both
		truth
		[[ $state -eq 0 ]] || fail "call $n of load --replace failed, load left $(cat "$bed/status")"
	done
	echo "# $kept times the old programs were left in force" >&3
	((kept > 0))
	ctl -q unload
	gone
}

@test "unload" {
	before=("${alone[@]}")
	load_both
	points_of 8 6 unload
	load_both
	flow_on "$cc"
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control="$cc"
	for n in "${points[@]}"; do
		at "$n" unload || break
		truth && lives || fail "after unload was killed at $n"
		[[ $state -ne 0 || $saves -eq 0 ]] || continue # it has not begun yet
		if ((n % 2)) && [[ $state -ne 3 ]]; then
			load_both || fail "unload was killed at $n: load does not repair that"
			truth
			[[ $state -eq 0 ]] || fail "unload was killed at $n, load left $(cat "$bed/status")"
		fi
		[[ $state -eq 3 ]] || ctl -q unload || fail "unload was killed at $n: the next one fails"
		gone || fail "unload was killed at $n"
		load_both
		flow_on "$cc"
		in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control="$cc"
	done
	report
}

window_is() { ctl -j tune | jq '.parameters[] | select(.name == "window").value'; }

@test "tune" {
	before=()
	load_both
	flow_on "$cc"
	points_of 20 20 tune window=16
	for n in "${points[@]}"; do
		at "$n" tune window=32 || break
		truth && lives && [[ $state -eq 0 ]] || fail "after tune was killed at $n"
		[[ $(window_is) == 16 || $(window_is) == 32 ]] || fail "tune was killed at $n, window is $(window_is)"
		ctl -q tune window=16 || fail "tune was killed at $n, the next one fails"
		[[ $(window_is) == 16 ]]
	done
	report
}

no_subscriber() {
	[[ $(ctl -j status | jq -c .subscribers) == '[]' ]] || fail "a subscriber is left" || return 1
	[[ -z $(bpftool -j map dump pinned "$pin_dir/rings" | jq -c '.[]? | select(.error == null)') ]] || fail "a ring is left"
}

@test "stream" {
	before=()
	load_both
	flow_on "$cc"
	points_of 20 20 -j stream --events round -n 5
	for n in "${points[@]}"; do
		at "$n" -j stream --events round -n 5 || break
		truth && lives && [[ $state -eq 0 ]] || fail "after stream was killed at $n"
		no_subscriber || fail "stream was killed at $n"
	done
	run -0 ctl -j stream --events round -n 5
	jq -se 'last | .type == "bye" and .lost == 0 and .received >= 5' <<<"$output"
	report
}

@test "record" {
	before=()
	load_both
	flow_on "$cc"
	points_of 20 20 record --events round -n 20 --force "$bed/file"
	for n in "${points[@]}"; do
		rm -f "$bed/file"
		at "$n" record --events round -n 20 --force "$bed/file" || break
		truth && lives && [[ $state -eq 0 ]] || fail "after record was killed at $n"
		no_subscriber || fail "record was killed at $n"
		# What is in the file can be read, or there was no time for its head.
		[[ ! -s $bed/file ]] || "$cdgctl" -j stream --replay "$bed/file" >"$bed/replayed" ||
			fail "record was killed at $n, its file cannot be read: $(cat "$bed/replayed")"
		ctl -q record --events round -n 2 --force "$bed/file" >/dev/null || fail "record was killed at $n, the next one fails"
	done
	report
}

# Serves until it has answered twice, if it comes to that. Sets $served, its exit code.
serve_twice() { # N|-l FILE
	rm -f "$bed/serve.ready"
	ASAN_OPTIONS=$traced_options spawn serve "$killat" "$@" "$cdgctl" --pin-dir "$pin_dir" -q serve --listen "127.0.0.1:$port" --ready-file "$bed/serve.ready"
	wait_until 10 served_or_gone || return 1
	for _ in 1 2; do
		! runs serve || curl -s -o /dev/null --max-time 5 "http://127.0.0.1:$port/metrics" || true
	done
	kill -INT "$(pgrep -P "$(pid_of serve)")" 2>/dev/null || true # it may just have been killed
	served=0
	ended serve 10 || served=$?
}

served_or_gone() { [[ -e $bed/serve.ready ]] || ! runs serve; }

@test "serve" {
	load_both
	flow_on "$cc"
	port=$(free_port)
	serve_twice -l "$bed/calls"
	[ "$served" -eq 0 ]
	before=()
	under() { :; }
	points_of 0 30 serve
	for n in "${points[@]}"; do
		serve_twice "$n"
		[[ $served -eq 0 || $served -eq 137 ]] || wrong="serve ended with $served before call $n: $(cat "$bed/serve.err")"
		[[ $served -eq 137 ]] || break
		killed=$((killed + 1))
		truth && lives && [[ $state -eq 0 ]] || fail "after serve was killed at $n"
		no_subscriber || fail "serve was killed at $n"
	done
	serve_twice 100000
	[ "$served" -eq 0 ]
	report
}
