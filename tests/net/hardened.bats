#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Kernels whose hardening refuses the iterator over socket storage: there a snapshot comes from one
# over the TCP sockets of each network namespace. Where the kernel allows it, strace refuses.

load net

setup_file() {
	bed_up
	bottleneck_up "$prefix" 50mbit 300000
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control=reno
	sink_up 10.9.2.1 7000
}
teardown_file() { bed_down; }
setup() { refused load --no-syn --name "$cc"; }
teardown() {
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control=reno
	hang_up
	end_all 'sink*'
	unload_rest
}

traced() { ASAN_OPTIONS=$traced_options strace -qq "$@"; }

# A cdgctl command that finds its trial of that iterator refused.
refused() { # COMMAND...
	local trial
	traced -o "$bed/calls" -e trace=bpf "$cdgctl" --pin-dir "$pin_dir" -q "$@" --dry-run
	trial=$(grep -n 'PROG_LOAD.*TRACING, insn_cnt=2,' "$bed/calls" | cut -d: -f1)
	traced -o /dev/null -e trace=bpf -e inject="bpf:error=EPERM:when=$trial" \
		"$cdgctl" --pin-dir "$pin_dir" -q "$@"
}

walks() { bpftool -j link show pinned "$pin_dir/flows" | jq -r .target_name; }

count() { jq -s length; }

# A flow at both ends of one connection, so in two namespaces.
two_flows() {
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control="$cc"
	call 10.9.2.1 7000 "$cc"
	tell send 300000
	tell drain
}

@test "flows of every network namespace are found, and those of one" {
	[ "$(walks)" = tcp ]
	two_flows
	wait_until 5 eval '[[ $(ctl -j flows --all-netns "sport = :7000 or dport = :7000" | count) -eq 2 ]]'
	[ "$(ctl -j flows -a | jq .netns | sort -u | wc -l)" -eq 2 ]
	[ "$(ctl -n "$prefix-client" -j flows | jq .bytes_acked)" -ge 300000 ]
	[ "$(ctl -n "$prefix-server" -j flows | jq .sport)" -eq 7000 ]
	[ "$(in_ns "$prefix-client" "$cdgctl" --pin-dir "$pin_dir" -j flows | count)" -eq 1 ]
	run -0 ctl -j flows
	[ -z "$output" ]
	ctl -j status | jq -e '.flows == 2'
	run -0 "${cdgctl%/*}/cdgtop" --pin-dir "$pin_dir" -b -n 1
	[[ $output == *" 2 flows "* ]]
	ctl -j unload | jq -e '.flows_left == 2'
}

@test "without CAP_SYS_ADMIN the own network namespace alone is seen, and that is said" {
	two_flows
	run -0 --separate-stderr in_ns "$prefix-client" setpriv --inh-caps -all --bounding-set -all \
		"$cdgctl" --pin-dir "$pin_dir" -j flows --all-netns
	[ "$(count <<<"$output")" -eq 1 ]
	[ "$(grep -c CAP_SYS_ADMIN <<<"$stderr")" -eq 1 ]
	# Who asks for no other misses nothing.
	run -0 --separate-stderr in_ns "$prefix-client" setpriv --inh-caps -all --bounding-set -all \
		"$cdgctl" --pin-dir "$pin_dir" -j flows
	[ "$(count <<<"$output")" -eq 1 ]
	[ -z "$stderr" ]
	run -0 --separate-stderr in_ns "$prefix-client" setpriv --inh-caps -all,+bpf --bounding-set -all,+bpf \
		"${cdgctl%/*}/cdgtop" --pin-dir "$pin_dir" -b -n 1
	[[ $output == *" 1 flows "* ]]
	[ "$(grep -c CAP_SYS_ADMIN <<<"$stderr")" -eq 1 ]
	# Nor does it subscribe to flows that no snapshot would show: they would seem to have ended.
	spawn -n "$prefix-client" top setpriv --inh-caps -all,+bpf --bounding-set -all,+bpf \
		"${cdgctl%/*}/cdgtop" --pin-dir "$pin_dir" -b -n 1000
	wait_until 5 eval 'ctl -j status | jq -e ".subscribers | length == 1" >/dev/null'
	ctl -j status | jq -e --arg own " netns=$(stat -Lc %i "/run/netns/$prefix-client")" '.subscribers[0].filter | endswith($own)'
	end top
}

@test "more flows than are mapped at first come once each, with the place and without" {
	local held=1000
	spawn -n "$prefix-client" client "$(built hold)" $held "$cc" "$bed/held" 3600000
	wait_until 30 test -e "$bed/held"
	numbers() { ctl -j flows -a | jq -r .flow; }
	numbers >"$bed/by-place"
	[ "$(wc -l <"$bed/by-place")" -ge $held ]
	[ "$(sort -u "$bed/by-place" | wc -l)" -eq "$(wc -l <"$bed/by-place")" ]
	spawn stream flock -F "$pin_dir/flows" tail -f /dev/null
	wait_until 10 not flock -n "$pin_dir/flows" true
	numbers >"$bed/by-bytes"
	end stream KILL
	cmp <(sort "$bed/by-place") <(sort "$bed/by-bytes")
}

@test "load --replace takes the better iterator where the kernel has it, and keeps the flows" {
	local better=bpf_sk_storage_map
	[[ $(probed storage) == ok ]] || better=tcp
	two_flows
	ctl -q load --no-syn --name "$cc" --replace
	[ "$(walks)" = "$better" ]
	[ "$(ctl -j flows -a "sport = :7000 or dport = :7000" | count)" -eq 2 ]
	refused load --no-syn --name "$cc" --replace
	[ "$(walks)" = tcp ]
	[ "$(ctl -j flows -a "sport = :7000 or dport = :7000" | count)" -eq 2 ]
}
