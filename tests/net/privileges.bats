#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What each command needs, as SECURITY.md and the help say: refused without, in a sentence that
# names it; done with exactly that, by a user who is not root.
load net

setup_file() { bed_up; }
teardown_file() { bed_down; }

setup() {
	cp "$cdgctl" "$bed/cdgctl"
	cp "${cdgctl%/*}/cdgtop" "$bed/cdgtop"
	chmod 755 "$BATS_RUN_TMPDIR" "$bed" "$bed/cdgctl" "$bed/cdgtop"
	chown 65534:65534 "$bpffs"
	mkdir -m 777 -p "$bed/files"
}
teardown() {
	hang_up
	bed_clean
	chown 0:0 "$bpffs"
}

# cdgctl, or $program, as user 65534 with these capabilities and no others: "bpf,perfmon", or "none";
# in the network namespace $inside, if any.
with() { # CAPABILITIES ARGUMENTS...
	local caps=-all cap user=${user:-65534}
	if [[ $1 != none ]]; then
		for cap in ${1//,/ }; do caps+=,+$cap; done
	fi
	shift
	timeout -k 5 $((60 * patience)) ${inside:+nsenter "--net=/run/netns/$inside"} setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
		--inh-caps "$caps" --ambient-caps "$caps" --bounding-set "$caps" \
		"$bed/${program:-cdgctl}" --pin-dir "$pin_dir" "$@" </dev/null
}

loader=bpf,perfmon,net_admin
load_as_user() { with $loader -q load --no-syn --name "$cc"; }

@test "load needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, and names them" {
	for caps in none bpf,perfmon bpf,net_admin perfmon,net_admin; do
		run -2 with $caps load --no-syn --name "$cc"
		[[ $output == *CAP_BPF*CAP_PERFMON*CAP_NET_ADMIN*sudo* ]]
		nothing_left "$pin_dir"
	done
	load_as_user
	listed "$cc"
}

@test "load with SYNs needs no more; --all-netns says that it needs CAP_SYS_ADMIN" {
	cgroup_up
	run with $loader load --name "$cc" --cgroup "$cgroup"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"saving SYNs"* ]]
	with none syn
	with none -q unload
	run with $loader load --no-cc --cgroup "$cgroup"
	[[ $status -eq 0 && $output != *CAP_SYS_ADMIN* ]]
	with none -q unload
	run with $loader load --no-cc --cgroup "$cgroup" --all-netns
	[[ $status -eq 0 && $output == *CAP_SYS_ADMIN* ]]
}

@test "status and unload say that without CAP_SYS_ADMIN they see one network namespace only" {
	load_as_user
	run -0 with none status
	[[ $output == *CAP_SYS_ADMIN* ]]
	run -0 ctl status
	[[ $output != *CAP_SYS_ADMIN* ]]
	run -0 with none unload
	[[ $output == *CAP_SYS_ADMIN* ]]
}

@test "status, tune, flows and unload need the pins' owner and no capability" {
	load_as_user
	for command in status tune "tune use_ineff=4" flows; do
		run -0 with none $command
	done
	run -2 with none explain 1
	[[ $output == *"no flow matches"* ]]
	run -0 with none unload
	not listed "$cc"
}

@test "status --cost needs the owner of the pins, CAP_BPF and CAP_SYS_ADMIN, and names it" {
	load_as_user
	for caps in none bpf; do
		run -2 with $caps status --cost=10ms
		[[ $output == *CAP_SYS_ADMIN* ]]
		run -2 --separate-stderr with $caps -j status --cost=10ms
		jq -se 'length == 1 and .[0].code == 2' <<<"$output"
	done
	run -0 --separate-stderr with sys_admin,bpf -j status --cost=10ms
	jq -e '.cost | map(.program) | contains(["cdg_pkts_acked", "cdg_cong_avoid"])' <<<"$output"
}

@test "stream and record need the owner of the pins and CAP_BPF, and name it" {
	load_as_user
	for caps in none perfmon net_admin; do
		run -2 with $caps stream -n 1
		[[ $output == *CAP_BPF* ]]
		run -2 with $caps record "$bed/files/$caps.cdg"
		[[ $output == *CAP_BPF* ]]
	done
	run -0 with bpf -j stream --duration 100ms
	[[ $output == *'"bye"'* ]]
	run -0 with bpf record --duration 100ms "$bed/files/events.cdg"
	for command in "stream --replay" "flows --replay" replay; do
		run -0 with none $command "$bed/files/events.cdg"
	done
	program=cdgtop run -0 with none -b --replay "$bed/files/events.cdg"
}

@test "cdgtop needs the owner of the pins; without CAP_BPF it shows snapshots alone, and says so" {
	load_as_user
	ns_add client
	spawn -n "$prefix-client" sink python3 "$talk" serve 127.0.0.1 7000
	wait_until 10 listens "$prefix-client" 7000
	call 127.0.0.1 7000 "$cc"
	tell send 10000
	inside=$prefix-client program=cdgtop run -0 --separate-stderr with none -b -n 1
	[[ $output == *" 1 flows "* && $stderr == *"snapshots only"*CAP_BPF* ]]
	inside=$prefix-client program=cdgtop run -0 --separate-stderr with bpf -b -n 1
	[[ $output == *" 1 flows "* && $stderr != *"snapshots only"* ]]
	user=65533 program=cdgtop run -2 with bpf -b -n 1
	[[ $output == *root* ]]
}

@test "explain and metrics need the owner of the pins, another network namespace CAP_SYS_ADMIN as well" {
	load_as_user
	ns_add client
	spawn -n "$prefix-client" sink python3 "$talk" serve 127.0.0.1 7000
	wait_until 10 listens "$prefix-client" 7000
	call 127.0.0.1 7000 "$cc"
	inside=$prefix-client run -0 with none explain "sport = :$port"
	run -0 with none metrics
	[[ $output == *"cdg_up 1"* ]]
	for command in flows "explain 1"; do
		run -2 with none -n "$prefix-client" $command
		[[ $output == *CAP_SYS_ADMIN* ]]
	done
	run -0 with sys_admin -n "$prefix-client" -j flows "sport = :$port"
	[[ $output == *"\"cc\":\"$cc\""* ]]
	run -0 with none -j flows --all-netns "sport = :$port"
	if [[ $(probed storage) == ok ]]; then
		[[ $output == *"\"cc\":\"$cc\""* ]]
	else
		[[ $output == *CAP_SYS_ADMIN* && $output != *"$cc"* ]]
	fi
}

@test "stream, record and cdgtop of another network namespace need CAP_SYS_ADMIN as well" {
	load_as_user
	ns_add client
	for command in "stream --duration 100ms" "record --force --duration 100ms $bed/files/there.cdg"; do
		run -2 with bpf -n "$prefix-client" $command
		[[ $output == *CAP_SYS_ADMIN* ]]
		run -0 with bpf,sys_admin -n "$prefix-client" $command
	done
	program=cdgtop run -2 with bpf --netns "$prefix-client" -b -n 1
	[[ $output == *CAP_SYS_ADMIN* ]]
	program=cdgtop run -0 with bpf,sys_admin --netns "$prefix-client" -b -n 1
}

# Runs a script from stdin in a mount namespace of its own where no BPF file system is mounted; what it
# mounts there is gone with it. It knows $cdgctl and $cc.
without_bpffs() {
	{
		echo 'while where=$(findmnt -nt bpf -o TARGET | tail -n 1) && [ -n "$where" ]; do umount "$where" || exit 99; done'
		cat
	} >"$bed/script"
	cdgctl=$bed/cdgctl timeout -k 5 $((60 * patience)) unshare --mount --propagation private bash "$bed/script"
}

@test "without a BPF file system load mounts one for its user alone, and unload works" {
	mounts=$(</proc/mounts)
	run -0 without_bpffs <<-'END'
		"$cdgctl" load --no-syn --name "$cc" || exit
		# The kernel adds the sticky bit.
		stat -c '%a %u' /sys/fs/bpf
		findmnt -no OPTIONS /sys/fs/bpf
		ls -d /sys/fs/bpf/cdg
		"$cdgctl" -j status | jq -c '.names[0] | [.name, .owner]'
		"$cdgctl" -q unload || exit
		[ ! -e /sys/fs/bpf/cdg ]
	END
	echo "$output"
	[[ $output == *"mounted a BPF file system at /sys/fs/bpf"* ]]
	[[ $output == *$'\n1700 0\n'*nosuid,nodev,noexec*$'\n/sys/fs/bpf/cdg\n["'"$cc"$'","ours"]' ]]
	not listed "$cc"
	[ "$(</proc/mounts)" = "$mounts" ]
}

@test "mounting a BPF file system needs CAP_SYS_ADMIN, and load says what to do without" {
	mounts=$(</proc/mounts)
	run without_bpffs <<-'END'
		as_loader() {
			setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --inh-caps -all,+bpf,+perfmon,+net_admin \
				--ambient-caps -all,+bpf,+perfmon,+net_admin "$cdgctl" "$@" </dev/null
		}
		as_loader load --no-syn --name "$cc"
		echo "ended with $?"
		[ -z "$(findmnt -nt bpf)" ] || exit
		mount -t bpf bpf "$bpffs" && chown 65534:65534 "$bpffs" || exit
		as_loader --pin-dir "$bpffs/cdg" load --no-syn --name "$cc" && as_loader --pin-dir "$bpffs/cdg" -q unload
	END
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"cannot mount a BPF file system at /sys/fs/bpf"*"mount -t bpf bpf DIR"*"--pin-dir DIR/cdg"*"ended with 2"* ]]
	not listed "$cc"
	[ "$(</proc/mounts)" = "$mounts" ]
}

@test "run needs what load needs" {
	run -2 with bpf,perfmon run --no-syn --name "$cc" --duration 100ms
	[[ $output == *CAP_NET_ADMIN* ]]
	run -0 with $loader run --no-syn --name "$cc" --duration 100ms
	not listed "$cc"
}

@test "pins are open to nobody but the one who loaded, whatever the capabilities" {
	load_as_user
	run find "$pin_dir" -perm /077
	[ -z "$output" ]
	run find "$pin_dir" ! -uid 65534
	[ -z "$output" ]
	for command in status tune flows "explain 1" "stream -n 1" "record $bed/files/no.cdg" unload; do
		user=65533 run -2 with $loader $command
		echo "$command: $output"
		[[ $output == *"run as root"* ]]
	done
	listed "$cc"
}

@test "files, fields, help, version and probe's report need nothing" {
	run -0 with none version
	run -0 with none help
	run -0 with none fields
	run -0 with none help load
	[[ $output == *CAP_BPF,\ CAP_PERFMON\ and\ CAP_NET_ADMIN* ]]
	linux=4500003c123440004006000029000201c00002029c4000500102030400000000
	run -0 with none fingerprint "${linux}a002faf000000000020405b40402080a000000090000000001030307"
	run -4 with none probe
	[[ $output == *CAP_BPF* ]]
	run -0 with $loader probe
}

@test "a recording has mode 0644 less the umask" {
	load_as_user
	(umask 077; with bpf -q record --duration 10ms "$bed/files/mine.cdg")
	[ "$(stat -c %a "$bed/files/mine.cdg")" = 600 ]
	(umask 022; with bpf -q record --duration 10ms "$bed/files/all.cdg")
	[ "$(stat -c %a "$bed/files/all.cdg")" = 644 ]
}

# In a mount namespace whose /proc shows to no user the processes of others.
hidden() { unshare -m bash -c 'mount -t proc -o hidepid=2 proc /proc && "$@"' bash "$@"; }

@test "a subscriber of another user is not taken for gone where its process is hidden" {
	load_as_user
	stream_up stream --events all
	hidden setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all \
		bash -c '[ ! -e /proc/1/stat ] && "$@"' bash "$bed/cdgctl" --pin-dir "$pin_dir" -q tune use_ineff=4
	ctl -j status | jq -e '.subscribers | length == 1'
	runs stream
	end stream INT
	grep -q '"reason":"signal"' "$bed/stream.out"
}
