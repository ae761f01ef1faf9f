#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=net

load net

setup_file() { bed_up; }
teardown_file() { bed_down; }
teardown() { bed_clean; }

load_ours() { ctl -q load --no-syn --name "$cc" "$@"; }

# Connects within a namespace of its own, as user $1 with congestion control $2.
connect_as() { # uid cc
	spawn -n "$prefix-solo" listener python3 "$talk" serve 127.0.0.1 7000
	wait_until 10 listens "$prefix-solo" 7000
	echo close | in_ns "$prefix-solo" python3 "$talk" send 127.0.0.1 7000 "$2" "$1"
}

@test "load registers cdg and cdg_bpf, says so in three lines and pins everything" {
	names_hold
	run -0 --separate-stderr ctl load --no-syn
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == "registered cdg and cdg_bpf" ]]
	[[ ${lines[1]} == "pinned in $pin_dir, build "*", default parameters" ]]
	[ -z "$stderr" ]
	listed cdg
	listed cdg_bpf
	for pin in control stats rings flow flow_ring metrics generation flows snapshot defaults ops0 ops1; do
		[ -e "$pin_dir/$pin" ]
	done
	[ -e "$(holder 0)" ]
	[ -e "$(holder 1)" ]
	[ ! -e "$pin_dir-staging" ]
	run -0 ctl -j status
	jq -e '.loaded and (.degraded | not) and [.names[] | .name, .owner] ==
		["cdg", "ours", "cdg_bpf", "ours"]' <<<"$output"
	run -0 ctl unload
	nothing_left "$pin_dir"
}

# Defaults and routes of this network namespace and another, less what only time changes.
defaults_and_routes() {
	local enter
	for enter in "" "in_ns $prefix-solo"; do
		$enter sysctl net.ipv4.tcp_congestion_control
		$enter ip route show table all | sed 's/ expires [0-9]*sec//'
	done
}

@test "load and load --replace change no default and no route" {
	ns_add solo
	before=$(defaults_and_routes)
	[[ $before == *"local 127.0.0.1 dev lo table local"* ]]
	load_ours
	[ "$(defaults_and_routes)" = "$before" ]
	load_ours --replace
	[ "$(defaults_and_routes)" = "$before" ]
}

@test "loading twice says already loaded and changes nothing" {
	load_ours backoff_factor=50
	before=$(ctl -j status | jq -c 'del(.version, .since)')
	run -0 --separate-stderr ctl load --no-syn --name "$cc"
	[[ $output == "already loaded, same build id "*": $cc" ]]
	[ "$(ctl -j status | jq -c 'del(.version, .since)')" = "$before" ]
	run -0 --separate-stderr ctl -j load --no-syn --name "$cc"
	jq -e '.already and .loaded and (.replaced | not)' <<<"$output"
}

@test "a second load with other parameters, name or rights is refused with the next step" {
	load_ours
	run -1 ctl load --no-syn --name "$cc" backoff_factor=50
	[[ $output == *"cdgctl tune"* ]]
	run -2 ctl load --no-syn --name "${cc}_b"
	[[ $output == *"already holds $cc"*"cdgctl unload"* ]]
	run -2 ctl load --no-syn --name "$cc" --restricted
	[[ $output == *"cdgctl unload"* ]]
	[ "$(ctl -j status | jq .generation)" -eq 1 ]
}

@test "two instances under names of their own live side by side" {
	load_ours
	"$cdgctl" --pin-dir "$bpffs/second" -q load --no-syn --name "${cc}_b" scavenger
	listed "$cc"
	listed "${cc}_b"
	[ "$("$cdgctl" --pin-dir "$bpffs/second" -j status | jq -r .preset)" = scavenger ]
	[ "$(ctl -j status | jq -r .preset)" = default ]
	ctl -q unload
	not listed "$cc"
	listed "${cc}_b"
}

@test "load takes a preset and parameters, and refuses nonsense before it touches anything" {
	run -1 ctl load --no-syn --name "$cc" window=3
	[[ $output == *"power of two"* ]]
	run -1 ctl load --no-syn --name "$cc" nosuch=3
	[ -n "$output" ]
	run -1 ctl load --no-syn --name "$cc" rto_strict=1
	[[ $output == *use_tolerance* ]]
	not listed "$cc"
	nothing_left "$pin_dir"
	load_ours freebsd backoff_beta=700
	ctl -j status | jq -e '.preset == null and
		([.parameters[] | select(.name == "backoff_beta" or .name == "backoff_step") | .value] == [700, 1])'
}

@test "by default an unprivileged process and another network namespace may choose it" {
	load_ours
	ns_add solo
	run -0 connect_as 65534 "$cc"
	[[ ${lines[0]} == connected* ]]
	in_ns "$prefix-solo" sysctl -qw net.ipv4.tcp_congestion_control="$cc"
	[ "$(in_ns "$prefix-solo" sysctl -n net.ipv4.tcp_congestion_control)" = "$cc" ]
}

@test "load --restricted leaves it to privileged processes" {
	load_ours --restricted
	ns_add solo
	not grep -qw "$cc" /proc/sys/net/ipv4/tcp_allowed_congestion_control
	run -1 connect_as 65534 "$cc"
	[ "$output" = "error EPERM" ]
	end listener
	run -0 connect_as 0 "$cc"
	ctl -j status | jq -e .restricted
}

@test "load --dry-run lets the verifier judge and changes nothing" {
	before=$(ls "$bpffs")
	run -0 ctl load --no-syn --dry-run --name "$cc"
	[[ $output == *"nothing was changed"* ]]
	not listed "$cc"
	[ "$(ls "$bpffs")" = "$before" ]
	load_ours
	rm "$pin_dir/stats"
	run -0 ctl load --no-syn --dry-run --name "$cc"
	[[ $output == *"nothing was changed"* ]]
	[ ! -e "$pin_dir/stats" ]
	listed "$cc"
}

@test "a name that somebody else holds is refused and nothing is left" {
	load_ours
	run -2 "$cdgctl" --pin-dir "$bpffs/second" load --no-syn --name "$cc"
	[[ $output == *"$cc is taken"*"--name"* ]]
	nothing_left "$bpffs/second"
	run -2 --separate-stderr "$cdgctl" --pin-dir "$bpffs/second" -j load --no-syn --name "$cc"
	jq -e '.code == 2 and (.error | contains("taken"))' <<<"$output"
	run -3 --separate-stderr "$cdgctl" --pin-dir "$bpffs/second" -j status
	listed "$cc"
}

@test "of two loads at the same time one loads and the other finds it loaded" {
	for _ in 1 2; do
		spawn load1 "$cdgctl" --pin-dir "$pin_dir" load --no-syn --name "$cc"
		spawn load2 "$cdgctl" --pin-dir "$pin_dir" load --no-syn --name "$cc"
		ended load1
		ended load2
		[ "$(cat "$bed"/load[12].out | grep -c '^registered')" -eq 1 ]
		[ "$(cat "$bed"/load[12].out | grep -c '^already loaded')" -eq 1 ]
		ctl status >/dev/null
		ctl -q unload
		nothing_left "$pin_dir"
		not listed "$cc"
	done
}

# Runs a program where it sees no network namespace but its own: the number of its system calls is
# then always the same.
alone() {
	mkdir -p /run/netns
	unshare -mpf --mount-proc sh -c 'mount -t tmpfs tmpfs /run/netns && exec "$@"' sh "$@"
}

# Loads until the system call $1 for the $2nd time, where the kernel kills it (killed.bats has the rest).
killed_at() { # syscall count [options of load...]
	local code=0 point=$1 count=$2
	shift 2
	ASAN_OPTIONS=$traced_options alone strace -qq -o /dev/null -e trace="$point" -e inject="$point:signal=KILL:when=$count" \
		"$cdgctl" --pin-dir "$pin_dir" load --no-syn "$@" 2>/dev/null || code=$?
	[[ $code -eq 137 ]] || fail "not killed at $point $count, but ended with $code"
}

@test "unload removes what a killed load left, too" {
	names_hold
	killed_at /^rename 1
	last=$(holder 1)
	[ -e "$pin_dir-staging/${last##*/}" ]
	listed cdg
	run -3 ctl status
	[[ $output == *"staging folder"* ]]
	run -0 ctl unload
	nothing_left "$pin_dir"
	not listed cdg
}

@test "status tells of a stale staging folder, and load removes it" {
	load_ours
	mkdir "$pin_dir-staging"
	bpftool map create "$pin_dir-staging/control" type array key 4 value 4 entries 1 name stale
	run -5 ctl status
	[[ $output == *"staging folder"* ]]
	run -0 ctl load --no-syn --name "$cc"
	[ ! -e "$pin_dir-staging" ]
	run -0 ctl status
}

# Writes another ABI version into the head of the control map.
forge_version() {
	local bytes
	mapfile -t bytes < <(bpftool -j map lookup pinned "$pin_dir/control" key 0 0 0 0 | jq -r '.value[]')
	bytes[4]=0x63
	bpftool map update pinned "$pin_dir/control" key 0 0 0 0 value "${bytes[@]}"
}

@test "what another version has loaded can be replaced and unloaded, and nothing else" {
	load_ours
	forge_version
	for command in status tune stream flows "load --no-syn --name $cc window=16"; do
		run --separate-stderr ctl $command
		[ "$status" -ge 1 ]
		echo "$command: $status $stderr"
		[[ $stderr == *"--replace"* || $stderr == *"cdgctl unload"* || $stderr == *"cdgctl tune"* ]]
	done
	run -0 ctl load --no-syn --name "$cc" --replace
	[[ $output == *"in place of the build before"* ]]
	run -0 ctl status
	forge_version
	run -0 ctl unload
	not listed "$cc"
	nothing_left "$pin_dir"
}

@test "a pin folder must lie in a BPF file system and have no dot" {
	run -1 "$cdgctl" --pin-dir "$bed/cdg" load --no-syn --name "$cc"
	[[ $output == *"not in a BPF file system"*"mount -t bpf"* ]]
	run -1 "$cdgctl" --pin-dir "$bpffs/c.d" load --no-syn --name "$cc"
	[[ $output == *"without dots"* ]]
	run -1 "$cdgctl" --pin-dir "$bpffs/no/such/folder" load --no-syn --name "$cc"
	[[ $output == *"must exist, in a BPF"* ]]
	not listed "$cc"
}

@test "names are checked before the kernel sees them" {
	for name in a.b "" 0123456789abcdef a/b "a b" ümlaut; do
		run -1 ctl load --no-syn --name "$name"
		[[ $output == *"a name of a congestion control"* ]]
	done
	nothing_left "$pin_dir"
	longest=${cc}_0123456789
	ctl -q load --no-syn --name "${longest:0:15}"
	listed "${longest:0:15}"
}

@test "without privileges load says what is missing" {
	chmod 755 "$bed"
	run -2 setpriv --reuid 65534 --regid 65534 --clear-groups "$cdgctl" --pin-dir "$pin_dir" load --no-syn --name "$cc"
	[[ $output == *CAP_BPF*sudo* ]]
	load_ours
	for command in status tune flows stream unload; do
		run -2 setpriv --reuid 65534 --regid 65534 --clear-groups "$cdgctl" --pin-dir "$pin_dir" "$command"
		echo "$command: $output"
		[[ $output == *root* ]]
	done
	listed "$cc"
}

@test "on a kernel without type information load names what it lacks and ends with 4" {
	run -4 unshare -m sh -c "mount -t tmpfs tmpfs /sys/kernel && exec '$cdgctl' --pin-dir '$pin_dir' load --no-syn --name $cc"
	[[ $output == *"type information"*CONFIG_DEBUG_INFO_BTF* ]]
	run -4 unshare -m sh -c "mount -t tmpfs tmpfs /sys/kernel && exec '$cdgctl' probe"
	[[ $output == *"usable: no"* ]]
}

@test "a registration that was taken away behind our back is told by status and repaired by load" {
	load_ours
	unregister
	run -5 ctl status
	[[ $output == *"not registered any more"*"cdgctl load"* ]]
	run -0 ctl load --no-syn --name "$cc"
	run -0 ctl status
	listed "$cc"
	linux_from 6.4 || return 0 # a lost pin is another matter: kernels.bats
	rm "$(holder 0)"
	run -5 ctl -j status
	jq -e '.degraded and .code == 5' <<<"$output"
	run -0 ctl load --no-syn --name "$cc"
	run -0 ctl status
}

@test "missing pins are told by status and repaired by load" {
	pins=(control stats rings flow flows metrics generation defaults)
	! linux_from 6.4 || pins+=(ops0) # before, its loss is not to be repaired: kernels.bats
	for pin in "${pins[@]}"; do
		load_ours
		rm "$pin_dir/$pin"
		run ctl status
		echo "without $pin: $status $output"
		[ "$status" -eq 5 ]
		load_ours
		run -0 ctl status
		[ -e "$pin_dir/$pin" ]
		listed "$cc"
	done
}

@test "a repair keeps name, rights and parameters, or is refused and destroys nothing" {
	load_ours --restricted backoff_factor=50
	rm "$pin_dir/metrics"
	run -2 ctl load --no-syn --name "${cc}_b" --restricted
	[[ $output == *"already holds $cc"*"cdgctl unload"* ]]
	run -2 ctl load --no-syn --name "$cc"
	[[ $output == *"loaded restricted"*"--restricted, too"* ]]
	listed "$cc"
	[ -e "$pin_dir/stats" ]
	run -0 ctl load --no-syn --name "$cc" --restricted
	[[ $output == *"own parameters"* ]]
	run -0 ctl -j status
	jq -e '.restricted and (.degraded | not)' <<<"$output"
	[ "$(ctl -j tune | jq '.parameters[] | select(.name == "backoff_factor").value')" -eq 50 ]
}

@test "load --replace keeps the rights, and refuses others" {
	load_ours
	run -2 ctl load --no-syn --name "$cc" --replace --restricted
	[[ $output == *"for every process"* ]]
	ctl -q unload
	load_ours --restricted
	load_ours --replace
	ctl -j status | jq -e .restricted
	! grep -qw "$cc" /proc/sys/net/ipv4/tcp_allowed_congestion_control || return 1
	run -2 ctl load --config - <<<"name = $cc
syn = no
"
	[[ $output == *"loaded restricted"* ]]
}

@test "load --replace tells the parameters that are in force" {
	load_ours
	ctl -q tune scavenger
	run -0 ctl load --no-syn --name "$cc" --replace
	[[ $output == *"scavenger parameters"* ]]
	run -0 ctl load --no-syn --name "$cc" --replace freebsd
	[[ $output == *"freebsd parameters"* ]]
}

@test "a folder with pins of others is refused by load and unload, and keeps them" {
	mkdir "$bpffs/others"
	bpftool map create "$bpffs/others/theirs" type array key 4 value 4 entries 1 name theirs
	for command in "load --no-syn --name $cc" "load --no-syn --name $cc --replace" unload; do
		run -2 "$cdgctl" --pin-dir "$bpffs/others" $command
		[[ $output == *"theirs, which is not cdgctl's: nothing was removed"*"--pin-dir"* ]]
		[ -e "$bpffs/others/theirs" ]
	done
	not listed "$cc"
}

# A copy of cdgctl whose programs end in a register that nobody has set.
spoiled() {
	/usr/bin/python3 - "$cdgctl" "$bed/spoiled" <<-'END'
		import sys
		end = bytes.fromhex("b400000000000000" "9500000000000000")  # w0 = 0; exit
		data = open(sys.argv[1], "rb").read()
		assert end in data
		open(sys.argv[2], "wb").write(data.replace(end, bytes.fromhex("bc90000000000000") + end[8:]))
	END
	chmod +x "$bed/spoiled"
}

@test "what the verifier said last is told when it refuses, and nothing is left" {
	spoiled
	run -2 "$bed/spoiled" --pin-dir "$pin_dir" load --no-syn --name "$cc"
	[[ $output == *"verifier: processed "*"the kernel refused"*"cdgctl -d load"* ]]
	[ "$(grep -c 'verifier: ' <<<"$output")" -eq 20 ]
	nothing_left "$pin_dir"
	not listed "$cc"
	run -2 --separate-stderr "$bed/spoiled" --pin-dir "$pin_dir" -j load --no-syn --name "$cc"
	jq -e '.code == 2' <<<"$output"
}

flows_in() { # namespace
	ctl -n "$prefix-$1" -j flows | grep -c '"type":"flow"' || true
}

@test "a repair reaches the namespaces whose default it is" {
	load_ours
	ns_add solo
	in_ns "$prefix-solo" sysctl -qw net.ipv4.tcp_congestion_control=reno
	ctl -q unload
	load_ours
	in_ns "$prefix-solo" sysctl -qw net.ipv4.tcp_congestion_control="$cc"
	unregister
	load_ours
	server_up "$prefix-solo" 5201
	spawn -n "$prefix-solo" client iperf3 -c 127.0.0.1 -t $((30 * patience))
	# The new programs drive it, not those whose registration is gone.
	wait_until 5 sh -c "'$cdgctl' --pin-dir '$pin_dir' -n '$prefix-solo' -j flows | grep -q '\"cc\":\"$cc\"'"
	end client
	ctl -q unload
	[ "$(in_ns "$prefix-solo" sysctl -n net.ipv4.tcp_congestion_control)" = reno ]
}

# Notes in $1 each time that the name is missing, until $1.stop exists.
watch_name() {
	local list
	while [[ ! -e $1.stop ]]; do
		read -r list <$available
		[[ " $list " == *" $cc "* ]] || echo missing >>"$1"
		looks=$((looks + 1))
		[[ $looks -ne 1 ]] || touch "$1.looking"
	done
	echo "$looks" >"$1.looks"
}

@test "load --replace under a running flow: it goes on, and from Linux 6.4 on the name is never missing" {
	bottleneck_up "$prefix" none 0
	load_ours backoff_factor=50
	server_up "$prefix-server" 5201
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -C "$cc" -t $((30 * patience))
	wait_until 10 sends 5201
	looks=0
	rm -f "$bed/missing"*
	watch_name "$bed/missing" 3>&- &
	watcher=$!
	wait_until 10 test -e "$bed/missing.looking"
	run --separate-stderr ctl -j load --no-syn --name "$cc" --replace
	touch "$bed/missing.stop"
	wait $watcher
	echo "$output $stderr; looked $(cat "$bed/missing.looks") times"
	[ "$status" -eq 0 ]
	jq -e '.replaced and .netns_renewed == 0 and .old_flows >= 1' <<<"$output"
	if linux_from 6.4; then
		[ ! -e "$bed/missing" ]
		[ "$(cat "$bed/missing.looks")" -gt $((100 / patience)) ]
	fi
	# The same maps: the flow is still seen, and the parameters are those in force before.
	before=$(acked 5201)
	wait_until 5 eval '[[ $(acked 5201) -gt before ]]'
	ctl -j tune | jq -e '.parameters[] | select(.name == "backoff_factor") | .value == 50'
	runs client
	run -0 ctl status
}

@test "after load --replace new connections by default run on the new programs" {
	bottleneck_up "$prefix" none 0
	load_ours
	in_ns "$prefix-client" sysctl -qw net.ipv4.tcp_congestion_control="$cc"
	server_up "$prefix-server" 5201
	server_up "$prefix-server" 5202
	spawn -n "$prefix-client" old iperf3 -c 10.9.2.1 -p 5201 -t $((30 * patience))
	wait_until 10 sends 5201
	# Another version's maps are not taken over: what they show ran on the new programs.
	forge_version
	run -0 --separate-stderr ctl -j load --no-syn --name "$cc" --replace
	jq -e '.replaced and .netns_renewed == 1 and .old_flows >= 1' <<<"$output"
	spawn -n "$prefix-client" new iperf3 -c 10.9.2.1 -p 5202 -t $((30 * patience))
	wait_until 10 sends 5202
	[ "$(acked 5201)" -eq 0 ]
	runs old
}

@test "load --replace where nothing is loaded loads" {
	run -0 ctl load --no-syn --name "$cc" --replace
	[[ ${lines[0]} == "registered $cc" ]]
	ctl status >/dev/null
}
