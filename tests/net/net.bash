# SPDX-License-Identifier: GPL-2.0
# What the tests of this folder share: a bed of their own (BPF file system, pin folder, network
# namespaces, cgroup, processes) that is gone afterwards, also after a failure.
#
# A file calls bed_up in setup_file and bed_down in teardown_file; bed_clean in between takes away
# what one test has made. Names and namespaces carry the process number, so runs never meet.
# CDGCTL names another cdgctl to test.

bats_require_minimum_version 1.5.0
root=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
cdgctl=${CDGCTL:-$root/build/cdgctl}
available=/proc/sys/net/ipv4/tcp_available_congestion_control
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=scripts/bottleneck
. "$root/scripts/bottleneck"
exec {pause_fd}<> <(:)

# There are guarded kernels (seen: 6.18 of a cloud's virtual machine) that run no struct_ops program
# in a soft interrupt on top of the guard's own tasks: one init() or release() in some hundreds is
# missing there, and a flow too many is counted for good. Hence a second try; scripts/check shows why.
# Kernels in machines of the lab are not guarded.
[[ -n ${CDGLAB:-} ]] || BATS_TEST_RETRIES=1

# For programs that another one traces: LeakSanitizer, in a build that has it, cannot work there.
# What 'scripts/check --san' wants of the sanitizers stays in force.
traced_options=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

fail() {
	printf '%s\n' "$*" >&2
	return 1
}

pause() { read -rt 0.02 -u "$pause_fd" || true; }

# The emulated processors of a lab machine are slower by far: there each deadline is later.
patience=1
[[ -z ${CDGLAB:-} ]] || patience=5

# Polls until the command succeeds; when the time is over, fails with its name and what it last said.
wait_until() { # seconds command...
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * patience * 1000000))
	shift
	until "$@" 2>"$bed/poll.err"; do
		if [[ ${EPOCHREALTIME/[.,]/} -ge $end ]]; then
			fail "waited in vain for: $* $(cat "$bed/poll.err")"
			return 1
		fi
		pause
	done
}

not() { ! "$@"; }

# --- the bed ---

bed_up() {
	[[ $EUID -eq 0 ]] || fail "needs root" || return 1
	[[ -x $cdgctl ]] || fail "$cdgctl is missing: run make" || return 1
	export bed=$BATS_FILE_TMPDIR
	export bpffs=$bed/bpf pin_dir=$bed/bpf/cdg
	export prefix=t$$ cc=t$$
	read -r default_before </proc/sys/net/ipv4/tcp_congestion_control
	export default_before
	mkdir -p "$bpffs" "$bed/pids" "$bed/ns"
	mount -t bpf bpf "$bpffs"
}

# Ends the processes, the instances and the namespaces; the bed itself stays.
bed_clean() {
	local file dir
	end_all
	for dir in "$bpffs"/*; do
		[[ ! -d $dir || $dir == *-staging ]] || timeout -k 5 30 "$cdgctl" --pin-dir "$dir" -q unload
	done
	for dir in "$bpffs"/*-staging; do
		[[ ! -d $dir ]] || timeout -k 5 30 "$cdgctl" --pin-dir "${dir%-staging}" -q unload
	done
	rm -rf "${bpffs:?}"/*
	for file in "$bed"/ns/*; do
		[[ -e $file ]] || continue
		[[ ! -e /run/netns/${file##*/} ]] || ip netns del "${file##*/}"
		rm "$file"
	done
	bottleneck_down "$prefix"
	bottleneck_down "$prefix-b"
	names_release
} 2>/dev/null

# What a test has left loaded, wholly or in part.
unload_rest() {
	local dir
	for dir in "$pin_dir" "$pin_dir-two"; do
		[[ ! -e $dir && ! -e $dir-staging ]] || "$cdgctl" --pin-dir "$dir" -q unload
	done
}

# A cgroup of the bed's own, never the root, where tests would see the servers of this machine.
# $bed/inside runs a command in it. Made by whoever needs it, it stays until bed_down.
cgroup_up() {
	cgroup=$(findmnt -nt cgroup2 -o TARGET | head -n 1)
	[[ -n $cgroup ]] || skip "no cgroup2 is mounted"
	export cgroup=$cgroup/cdg-$prefix
	mkdir -p "$cgroup"
	printf '#!/bin/sh\necho $$ >%s/cgroup.procs && exec "$@"\n' "$cgroup" >"$bed/inside"
	chmod +x "$bed/inside"
}

# Looks itself where it is: a test that made it has told nobody.
cgroup_down() {
	local dir
	dir=$(findmnt -nt cgroup2 -o TARGET | head -n 1)/cdg-$prefix
	[[ ! -d $dir ]] || wait_until 10 rmdir "$dir" || fail "$dir is left: $(cat "$dir/cgroup.procs")"
}

# Fails when the machine is not as bed_up found it.
bed_down() {
	local left now
	bed_clean || true
	cgroup_down || return 1
	umount "$bpffs" || return 1
	left=$(tr ' ' '\n' <$available | grep -E "^$cc(_|$)" || true)
	[[ -z $left ]] || fail "still registered: $left" || return 1
	left=$(find /run/netns -name "$prefix-*" 2>/dev/null || true)
	[[ -z $left ]] || fail "namespaces left: $left" || return 1
	read -r now </proc/sys/net/ipv4/tcp_congestion_control
	[[ $now == "$default_before" ]] || fail "the default is now $now, it was $default_before"
}

# The names cdg and cdg_bpf belong to one test of this machine at a time.
names_hold() {
	exec {names_fd}>/run/lock/cdg-test.lock
	flock -w 120 "$names_fd" || fail "another test has been using the names cdg and cdg_bpf for 120 s" || return 1
	! listed cdg || fail "the name cdg is registered already, not by these tests" || return 1
	export names_fd
}

names_release() {
	[[ -n ${names_fd:-} ]] || return 0
	exec {names_fd}>&-
	names_fd=
}

# Where a program of this folder is, compiled: SOURCE less its .c. In a machine of the lab there is
# no compiler, 'make lab' has done it.
built() { # NAME
	[[ -n ${CDGLAB:-} ]] || make -s -C "$root" "${B:-build}/tests/net/$1" >&2 || return 1
	printf '%s\n' "$root/${B:-build}/tests/net/$1"
}

# True if the running kernel is of that version or newer.
linux_from() { printf '%s\n' "$1" "$(uname -r)" | sort -CV; }

ctl() { timeout -k 5 $((60 * patience)) "$cdgctl" --pin-dir "$pin_dir" "$@"; }

# What `cdgctl probe` says of a row: ok, degraded, missing.
probed() { ctl -j probe | jq -r --arg row "$1" '.probes[] | select(.name == $row) | .result'; }

# True while NAME can be chosen.
listed() { grep -qw -- "$1" $available; }

# The pin that registers the name I: a link's, or before Linux 6.4 that of the map itself.
holder() { # I
	if linux_from 6.4; then echo "$pin_dir/link$1"; else echo "$pin_dir/ops$1"; fi
}

# Takes the registration of the first name away, as bpftool can.
unregister() {
	if linux_from 6.4; then
		bpftool link detach pinned "$(holder 0)"
	else
		bpftool map delete pinned "$(holder 0)" key 0 0 0 0
	fi
	not listed "$cc"
}

loaded_here() { [[ -e $pin_dir/control ]]; }

nothing_left() { # pin-folder
	[[ ! -e $1 ]] || fail "$1 is left: $(ls "$1")" || return 1
	[[ ! -e $1-staging ]] || fail "$1-staging is left: $(ls "$1-staging")"
}

# --- processes ---

# Starts a program (no shell function) in the background; its output goes to $bed/NAME.out, .err.
spawn() { # [-n NAMESPACE] NAME PROGRAM...
	local enter=()
	if [[ $1 == -n ]]; then
		enter=(nsenter "--net=/run/netns/$2")
		shift 2
	fi
	local name=$1
	shift
	# What one of this name before has left must not be taken for this one's.
	[[ ! -e $bed/pids/$name ]] || end "$name" KILL
	: >"$bed/$name.out"
	rm -f "$bed/$name.ready"
	if [[ -n ${names_fd:-} ]]; then
		"${enter[@]}" "$@" </dev/null >"$bed/$name.out" 2>"$bed/$name.err" 3>&- {names_fd}>&- &
	else
		"${enter[@]}" "$@" </dev/null >"$bed/$name.out" 2>"$bed/$name.err" 3>&- &
	fi
	echo $! >"$bed/pids/$name"
}

# The last words of a process of this test; with -j an error is JSON on stdout.
said() { tail -qn 5 "$bed/$1.err" "$bed/$1.out"; } # NAME

pid_of() { cat "$bed/pids/$1"; }

# A process that has ended and waits for its parent does not run any more.
runs() { # NAME
	local stat
	read -r stat 2>/dev/null <"/proc/$(pid_of "$1")/stat" || return 1
	stat=${stat##*) }
	[[ ${stat%% *} != [ZX] ]]
}

# Waits for the end of a process of this test; returns its exit code.
ended() { # NAME [SECONDS]
	local pid
	pid=$(pid_of "$1")
	wait_until "${2:-20}" not runs "$1" || return 99
	rm -f "$bed/pids/$1"
	wait "$pid" 2>/dev/null
}

# Signals a process and waits until it is gone.
end() { # NAME [SIGNAL]
	local pid
	pid=$(pid_of "$1")
	kill "-${2:-TERM}" "$pid" 2>/dev/null || true
	[[ ${2:-} != KILL ]] || kill -CONT "$pid" 2>/dev/null || true
	ended "$1" || true
}

# All that runs, but those whose name is like this.
end_all() { # [PATTERN]
	local file
	for file in "$bed"/pids/*; do
		# shellcheck disable=SC2053 # a pattern it is
		[[ ! -e $file || ${file##*/} == ${1-} ]] || end "${file##*/}" KILL
	done
}

# --- namespaces and traffic ---

# A namespace of its own: $prefix-NAME, with loopback up.
ns_add() { # NAME
	touch "$bed/ns/$prefix-$1"
	ip netns add "$prefix-$1"
	ip -n "$prefix-$1" link set lo up
}

listens() { # NAMESPACE PORT
	[[ -n $(in_ns "$1" ss -Hltn "sport = :$2") ]]
}

server_up() { # NAMESPACE PORT [iperf3 options...]
	local ns=$1 port=$2
	shift 2
	spawn -n "$ns" "iperf3-$port" iperf3 -s -p "$port" "$@"
	wait_until 10 listens "$ns" "$port"
}

# What `ss` knows of connections.
ss_of() { # NAMESPACE FILTER...
	local ns=$1
	shift
	in_ns "$ns" ss -Htin "$@"
}

# Bytes acknowledged of the client's flows to a port.
acked() { ctl -n "$prefix-client" -j flows "dport = :$1" | jq -s 'map(.bytes_acked) | add // 0'; }

sends() { [[ $(acked "$1") -gt 0 ]]; } # to PORT

# Rate of the bottleneck, and its buffer in bytes.
rate() {
	in_ns "$prefix-router" tc qdisc change dev to-server root tbf rate "$1" burst 3k limit "$2"
}

talk=$BATS_TEST_DIRNAME/talk.py

# A connection of the client that obeys (talk.py): sets $port, the local one.
call() { # ADDRESS PORT [CC [UID]]
	coproc talker { exec nsenter "--net=/run/netns/$prefix-client" python3 "$talk" send "$@" 3>&-; }
	# bash closes its own when the program ends, whatever waits in them.
	exec {told}<&"${talker[0]}" {telling}>&"${talker[1]}"
	read -r -t 20 answer port <&"$told"
	[[ $answer == connected ]] || fail "$answer $port"
}

tell() {
	echo "$*" >&"$telling"
	read -r -t 20 answer <&"$told"
	[[ $answer == ok ]]
}

hang_up() {
	local pid=${talker_PID:-}
	[[ -n $pid ]] || return 0
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	exec {told}<&- {telling}>&-
}

# The server's end of such connections.
sink_up() { # ADDRESS PORT
	spawn -n "$prefix-server" "sink-$1-$2" python3 "$talk" serve "$1" "$2"
	wait_until 10 listens "$prefix-server" "$2"
}

# --- streams ---

# Subscribes; returns when records flow. The records are in $bed/NAME.out.
stream_up() { # NAME OPTIONS...
	local name=$1
	shift
	rm -f "$bed/$name.ready"
	spawn "$name" "$cdgctl" --pin-dir "$pin_dir" -j stream --ready-file "$bed/$name.ready" "$@"
	wait_until 10 test -e "$bed/$name.ready" || fail "$(said "$name")"
}

# Ends a stream in peace and checks that it lost nothing.
stream_down() { # NAME
	kill -INT "$(pid_of "$1")"
	ended "$1" || fail "stream $1 ended with $?: $(said "$1")" || return 1
	jq -se 'last | .type == "bye" and .lost == 0 and .invalid == 0' "$bed/$1.out" >/dev/null ||
		fail "stream $1 lost records: $(tail -n 1 "$bed/$1.out")"
}

# Number of records in a stream's output that a jq filter selects.
count_of() { # NAME FILTER
	jq -c "select($2)" "$bed/$1.out" | wc -l
}

# True when at least COUNT such records have arrived, the last line perhaps half-written.
arrived() { # NAME COUNT FILTER
	[[ $(grep '}$' "$bed/$1.out" | jq -c "select($3)" | wc -l) -ge $2 ]]
}
