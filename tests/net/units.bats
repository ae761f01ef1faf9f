#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=net
# What cdg.service and cdg-exporter.service do, with the privileges that they leave and no more.

load net

setup_file() {
	bed_up
	# As tmpfiles.d/cdg.conf: the group may look for the pins. Others cannot enter the tests' folder.
	chgrp nogroup "$bpffs"
	chmod 0750 "$bpffs"
	cgroup_up
	export open=/run/$prefix-units
	mkdir -p "$open/bpf"
	mount --bind "$bpffs" "$open/bpf"
	cp "$cdgctl" "$open/cdgctl"
	chmod 755 "$open/cdgctl"
	printf '%s\n' "name = $cc" "group = nogroup" "cgroup = $cgroup" "all_netns = yes" >"$bed/cdg.conf"
}

teardown_file() {
	local code=0
	umount "$open/bpf" && rm -r "$open" || code=1
	bed_down && return $code
}

teardown() { bed_clean; }

# The bounding set of a unit, as setpriv wants it.
caps_of() { # UNIT
	sed -n 's/^CapabilityBoundingSet=//p' "$root/dist/systemd/$1.in" | tr 'A-Z' 'a-z' | sed 's/cap_/,+/g; s/ //g; s/^/-all/'
}

# As ExecStart and the others of cdg.service: root with the unit's capabilities.
as_service() {
	timeout -k 5 $((60 * patience)) setpriv --no-new-privs --inh-caps=-all "--bounding-set=$(caps_of cdg.service)" \
		"$cdgctl" --pin-dir "$pin_dir" "$@"
}

# As cdg-exporter.service: neither root nor a capability; $1 are the groups.
as_exporter() { # GROUP COMMAND...
	local group=$1
	shift
	exec setpriv --reuid=nobody --regid=61234 --groups="$group" --no-new-privs --inh-caps=-all \
		--ambient-caps=-all --bounding-set=-all "$open/cdgctl" --pin-dir "$open/bpf/cdg" "$@"
}
export -f as_exporter

default_of() { in_ns "$prefix-own" sysctl -n net.ipv4.tcp_congestion_control; }

@test "start, reload and stop of cdg.service need no more than its capabilities" {
	ns_add own
	before=$(default_of)
	run -0 as_service load --replace --config "$bed/cdg.conf"
	in_ns "$prefix-own" sysctl -qw "net.ipv4.tcp_congestion_control=$cc"
	run -0 as_service load --replace --config "$bed/cdg.conf"
	[[ $output == *"defaults renewed: 1"* ]]
	run -0 as_service load --config "$bed/cdg.conf"
	run -0 --separate-stderr as_service unload
	[ -z "$stderr" ]
	[ "$(default_of)" = "$before" ]
	nothing_left "$pin_dir"
}

@test "stop finds nothing: exit code 3, which the unit takes for success" {
	run -3 as_service unload
	grep -qx "SuccessExitStatus=3" "$root/dist/systemd/cdg.service.in"
}

@test "the exporter is nobody without any capability, and tells what root is told" {
	as_service -q load --config "$bed/cdg.conf"
	spawn exporter bash -c "as_exporter nogroup serve --listen 127.0.0.1:0 --ready-file '$open/ready'"
	chmod 777 "$open"
	wait_until 10 test -e "$open/ready" || fail "$(cat "$bed/exporter.err")"
	rm "$open/ready"
	port=$(sed -n 's|.*answering http://127.0.0.1:\([0-9]*\)/metrics.*|\1|p' "$bed/exporter.err")
	grep -qP '^Uid:\t65534\t65534' "/proc/$(pid_of exporter)/status"
	[ "$(grep -cE '^Cap(Eff|Prm|Bnd|Amb|Inh):.*[1-9a-f]' "/proc/$(pid_of exporter)/status")" -eq 0 ]
	curl -sf "http://127.0.0.1:$port/metrics" >"$bed/nobody"
	grep -qx "cdg_up 1" "$bed/nobody"
	curl -sf -o /dev/null "http://127.0.0.1:$port/-/ready"
	# Series of the exporter itself and of labels are its own.
	diff <(sed -n 's/^\(cdg_[^ ]*\) .*/\1/p' "$bed/nobody" | grep -vE '^cdg_(exporter|syn_labels)' | sort) \
		<(ctl metrics | sed -n 's/^\(cdg_[^ ]*\) .*/\1/p' | grep -vE '^cdg_(exporter|syn_labels)' | sort)
}

@test "who is not in the group learns nothing" {
	as_service -q load --config "$bed/cdg.conf"
	run bash -c "as_exporter 61234 status"
	[ "$status" -ne 0 ]
	[[ $output == *"run as root"* ]]
	run bash -c "as_exporter 61234 metrics"
	[ "$status" -ne 0 ]
	grep -qx "cdg_up 0" <<<"$output"
}

@test "an exporter that is killed changes nothing about what is loaded" {
	as_service -q load --config "$bed/cdg.conf"
	before=$(ctl -j status | jq -c 'del(.version, .since, .syn)')
	spawn exporter bash -c "as_exporter nogroup serve --listen 127.0.0.1:0 --ready-file '$open/ready'"
	chmod 777 "$open"
	wait_until 10 test -e "$open/ready" || fail "$(cat "$bed/exporter.err")"
	rm "$open/ready"
	end exporter KILL
	[ "$(ctl -j status | jq -c 'del(.version, .since, .syn)')" = "$before" ]
	listed "$cc"
	run -0 ctl status
}

@test "the services make no system call that their units refuse" {
	command -v strace >/dev/null || skip "strace is not installed"
	[[ ${SAN:-} != 1 ]] || skip "sanitizers make system calls of their own"
	command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
	ns_add own
	rm -f "$bed/ready" "$bed/trace"
	trace() { strace -f -qq -o "$bed/trace" -A "$cdgctl" --pin-dir "$pin_dir" "$@" >/dev/null 2>"$bed/err"; }
	trace load --replace --config "$bed/cdg.conf"
	in_ns "$prefix-own" sysctl -qw "net.ipv4.tcp_congestion_control=$cc"
	trace load --replace --config "$bed/cdg.conf"
	trace load --config "$bed/cdg.conf"
	spawn exporter strace -f -qq -o "$bed/exporter.trace" "$cdgctl" --pin-dir "$pin_dir" serve \
		--listen 127.0.0.1:0 --ready-file "$bed/ready"
	wait_until 20 test -e "$bed/ready"
	port=$(sed -n 's|.*answering http://127.0.0.1:\([0-9]*\)/metrics.*|\1|p' "$bed/exporter.err")
	curl -sf -o "$bed/scrape" "http://127.0.0.1:$port/metrics"
	kill -TERM "$(cat "$bed/ready")"
	ended exporter
	trace unload
	run -0 /usr/bin/python3 "$BATS_TEST_DIRNAME/unit_syscalls.py" "$root/dist/systemd/cdg.service.in" "$bed/trace"
	[ -z "$output" ]
	run -0 /usr/bin/python3 "$BATS_TEST_DIRNAME/unit_syscalls.py" "$root/dist/systemd/cdg-exporter.service.in" "$bed/exporter.trace"
	[ -z "$output" ]
}
