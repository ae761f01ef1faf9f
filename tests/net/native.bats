#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=net
# Linux's own tcp_cdg and ours want the same name: who comes first has it, and status, probe and load
# tell whose it is.

load net

setup_file() {
	bed_up
	native=$(modinfo -F filename tcp_cdg 2>/dev/null || true)
	export native
	[[ $native == /* ]] || return 0
	names_hold
	ns_add client
	spawn -n "$prefix-client" sink python3 "$talk" serve 127.0.0.1 7000
	wait_until 10 listens "$prefix-client" 7000
}
teardown_file() { bed_down; }

setup() { [[ $native == /* ]] || skip "Linux $(uname -r) has no module tcp_cdg"; }
teardown() {
	hang_up
	unload_rest
	native_off
	not listed cdg || fail "the name cdg is still registered"
}

native_on() {
	modprobe tcp_cdg
	listed cdg
}
# Only while it is registered, which needs ours to be unloaded: see the last test.
native_off() { not listed cdg || wait_until 10 rmmod tcp_cdg; }

# A connection that sends with NAME, which says who drives it.
driven_by() { # NAME FLOWS-OF-OURS
	call 127.0.0.1 7000 "$1"
	tell send 100000
	tell drain
	[[ $(ss_of "$prefix-client" "sport = :$port") == *" $1 "* ]]
	[ "$(ctl -n "$prefix-client" -j flows "sport = :$port" | wc -l)" -eq "$2" ]
	hang_up
}

owners() { ctl -j status | jq -c '[.names[] | .owner]'; }

refused() {
	run -2 ctl load --no-syn "$@"
	[[ $output == *"the kernel's own tcp_cdg holds the name cdg. Run 'rmmod tcp_cdg', or 'cdgctl load --name cdg_bpf'"* ]] ||
		fail "$output"
}

@test "the module has the name: load is refused with the next step, status and probe say whose it is" {
	[ "$(probed native)" = ok ]
	[ "$(probed module)" = degraded ]
	native_on
	[ "$(probed native)" = degraded ]
	refused
	nothing_left "$pin_dir"
	run -3 ctl status
	[[ $output == *"the kernel's own tcp_cdg"* ]]
	run -3 ctl -j status
	jq -e '.names[0] | .name == "cdg" and .registered and .owner == "native"' <<<"$output"
}

@test "the module has the name: ours works beside it by another one, and by cdg after rmmod" {
	native_on
	ctl -q load --no-syn --name "$cc"
	run -0 ctl status
	driven_by cdg 0
	driven_by "$cc" 1
	ctl -q unload
	# The other step that load names.
	ctl -q load --no-syn --name cdg_bpf
	driven_by cdg_bpf 1
	ctl -q unload
	rmmod tcp_cdg
	ctl -q load --no-syn
	[ "$(owners)" = '["ours","ours"]' ]
	driven_by cdg 1
}

@test "the module takes a name that ours has lost: status says so, load is refused until rmmod" {
	ctl -q load --no-syn
	cc=cdg unregister
	native_on
	run -5 ctl status
	[[ $output == *"the kernel's own tcp_cdg"* ]]
	[ "$(owners)" = '["native","ours"]' ]
	refused
	driven_by cdg 0
	rmmod tcp_cdg
	ctl -q load --no-syn
	run -0 ctl status
	[ "$(owners)" = '["ours","ours"]' ]
	driven_by cdg 1
}

# tcp_cdg_register() does not look at what became of its registration, and removing the module then takes
# off the kernel's list what is not on it: the kernel stops with the list's lock held. So this comes last,
# the module stays, and the machine must be one that is thrown away.
@test "ours has the name: the module loads all the same, but without the name, and ours goes on" {
	[[ -n ${CDGLAB:-} ]] || skip "who removes Linux's tcp_cdg after that stops the kernel: only in a machine of the lab"
	ctl -q load --no-syn
	modprobe tcp_cdg
	run -0 ctl status
	[ "$(owners)" = '["ours","ours"]' ]
	driven_by cdg 1
	run -0 ctl load --no-syn
	ctl -q load --no-syn --replace
	driven_by cdg 1
	# Whoever was told to remove it would stop the kernel.
	run -2 "$cdgctl" --pin-dir "$bpffs/second" load --no-syn
	[[ $output == *"cdg is taken"* && $output != *rmmod* ]] || fail "$output"
	[ "$(probed native)" = ok ]
	"$cdgctl" --pin-dir "$bpffs/second" -j status | jq -e '.names[0].owner == "foreign"'
	ctl -q unload
	not listed cdg
}
