#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# What others do to the same cgroup, pins, names and namespaces: a flow goes on, status tells what
# is, and the next command works.

load net
load syn
load pulse

setup_file() {
	bed_up
	cgroup_up
	bottleneck_up "$prefix" none 0
	export foreign
	foreign=$(built foreign.bpf.o)
}

teardown_file() { bed_down; }

setup() { pulse_up; }

teardown() {
	pulse_down
	foreign_off
	end_all
	while mountpoint -q "$bed/second"; do umount "$bed/second"; done
	while [[ $(grep -cF " $bpffs bpf " /proc/mounts) -gt 1 ]]; do umount "$bpffs"; done
	unload_rest
	[[ ! -d $cgroup/child ]] || wait_until 5 rmdir "$cgroup/child"
}

# The pulse's listener is there already: the load is made where it is seen.
load_both() { in_ns "$prefix-server" "$cdgctl" --pin-dir "$pin_dir" -q load --name "$cc" --cgroup "$cgroup" "$@"; }

status_is() { # CODE TEXT
	run -"$1" ctl status
	[[ $output == *"$2"* ]] || fail "not in the status: $2: $output" || return 1
	lives
}

# Names, programs at the cgroup and the listener's option are gone.
all_gone() {
	nothing_left "$pin_dir"
	wait_until 5 not listed "$cc"
	[[ $(attached) == "$1" ]] || fail "at the cgroup: $(bpftool cgroup show "$cgroup"), expected $1"
	lives
	[[ $saves -eq 0 ]] || fail "the listener still saves SYNs"
}

# Number of programs at the cgroup.
attached() { bpftool cgroup show "$cgroup" | grep -c sock_ops || true; }

foreign_on() { # FLAGS...
	bpftool prog load "$foreign" "$bpffs/foreign" type sockops
	bpftool cgroup attach "$cgroup" sock_ops pinned "$bpffs/foreign" "$@"
}

foreign_off() {
	[[ -e $bpffs/foreign ]] || return 0
	bpftool cgroup detach "$cgroup" sock_ops pinned "$bpffs/foreign" || true
	rm "$bpffs/foreign"
} 2>/dev/null

captures() {
	local known
	known=$(total ok)
	flow_on "$cc" && lives || return 1
	[[ $(total ok) -eq $((known + 1)) ]] || fail "a connection was not accounted for: $(ctl -j status | jq -c .syn)"
}

@test "another program at the same cgroup, before and after ours" {
	foreign_on multi
	load_both
	captures
	status_is 0 "$cc"
	foreign_off
	captures
	foreign_on multi
	captures
	status_is 0 "$cc"
	ctl -q unload
	all_gone 1
}

# Options that the other program has written: by clients, by servers, on SYN-ACKs.
written() { # 0|1|2
	local id
	for id in $(bpftool -j prog show pinned "$bpffs/foreign" | jq '.map_ids[]'); do
		bpftool -j map dump id "$id"
	done | jq -s "[.. | objects | .written // empty][0][$1]"
}

wrote_more() { # 0|1|2 THAN
	[[ $(written "$1") -gt $2 ]]
}

# A connection both of whose ends are in the cgroup, through a listener that stays for the next one.
talk_up() { # CC
	[[ -e $bed/pids/sink ]] || spawn -n "$prefix-server" sink "$bed/inside" python3 "$talk" serve 10.9.2.1 7001
	wait_until 10 listens "$prefix-server" 7001
	rm -f "$bed/feed"
	mkfifo "$bed/feed"
	exec {feed}<>"$bed/feed"
	spawn -n "$prefix-client" talker "$bed/inside" sh -c "exec python3 '$talk' send 10.9.2.1 7001 '$1' <'$bed/feed'"
	wait_until 10 grep -q connected "$bed/talker.out"
}
talk_down() {
	exec {feed}>&-
	end talker
}

# The options of each of these go on with the connection's data.
options_go_on() { # WHEN 0|1...
	local who when=$1 before
	shift
	for who; do
		before=$(written "$who")
		echo "send 1000" >&"$feed"
		wait_until 5 wrote_more "$who" "$before" || fail "$when: none by $who"
	done
}

go_on_all_along() { # SOURCE...
	local source order on_synacks
	for source; do
		for order in ${orders:-before after}; do
			[[ $order == after ]] || foreign_on multi
			load_both --syn-source="$source"
			[[ $order == before ]] || foreign_on multi
			on_synacks=$(written 2)
			talk_up "$cc"
			options_go_on "$source, $order ours" 0 1 0 1
			wait_until 5 wrote_more 2 "$on_synacks" || fail "$source, $order ours: none on the SYN-ACK"
			ctl -q unload
			options_go_on "$source, $order ours, which is unloaded" 0 1 0 1
			talk_down
			on_synacks=$(written 2)
			talk_up -
			options_go_on "$source, $order ours, a connection after it is unloaded" 0 1 0 1
			wait_until 5 wrote_more 2 "$on_synacks" || fail "$source, $order ours: none on a SYN-ACK after unload"
			talk_down
			end sink
			foreign_off
		done
	done
}

@test "another program's TCP options go on, with each --syn-source, also when ours leaves" {
	foreign=$(built option.bpf.o)
	go_on_all_along auto synack save
}

# Loaded once each: what is left at the pulse's listener would tell the next load of the other program.
@test "so they do where only the listener has the flag, and its connections inherit it" {
	foreign=$(built inherited.bpf.o)
	orders=after go_on_all_along auto
}

@test "the same with --syn-source=synack" {
	foreign=$(built inherited.bpf.o)
	orders=after go_on_all_along synack
}

@test "a program at the same cgroup that allows no others" {
	foreign_on
	run -2 load_both
	[[ $output == *"allows no others"*"--cgroup"* ]]
	all_gone 1
	status_is 3 "not loaded"
	ctl -q load --no-syn --name "$cc"
	flow_on "$cc"
	lives
	ctl -q unload
	lives
	foreign_off
	load_both
	captures
	# Where ours is, there is no place for such a one.
	not foreign_on 2>/dev/null
	rm "$bpffs/foreign"
	status_is 0 "$cc"
}

@test "somebody detaches the program from the cgroup" {
	load_both
	flow_on "$cc"
	bpftool link detach pinned "$pin_dir/syn_link"
	status_is 5 "detached the program"
	load_both
	status_is 0 "$cc"
	captures
	[ "$saves" -eq 1 ]
	bpftool link detach pinned "$pin_dir/syn_link"
	ctl -q unload
	all_gone 0
}

@test "the cgroup is removed" {
	mkdir "$cgroup/child"
	in_ns "$prefix-server" "$cdgctl" --pin-dir "$pin_dir" -q load --name "$cc" --cgroup "$cgroup/child"
	flow_on "$cc"
	rmdir "$cgroup/child"
	wait_until 5 eval '! ctl status >/dev/null'
	status_is 5 "cgroup"
	run -1 ctl load --name "$cc" --cgroup "$cgroup/child"
	[[ $output == *"cannot open the cgroup"* ]]
	listed "$cc"
	status_is 5 "another --cgroup"
	load_both
	status_is 0 "$cc"
	captures
	ctl -q unload
	all_gone 0
}

# What no pin holds is registered no more, before Linux 6.4 after a word of load's has been followed.
free_lost() { # [NAME]
	local name=${1:-$cc}
	if ! linux_from 6.4; then
		run -2 "$cdgctl" --pin-dir "$bpffs/lost" load --no-syn --name "$name"
		[[ $output =~ "'bpftool struct_ops unregister id "([0-9]+)"' frees it" ]] || fail "$output"
		bpftool struct_ops unregister id "${BASH_REMATCH[1]}"
	fi
	wait_until 5 not listed "$name"
}

@test "somebody deletes any one pin" {
	load_both
	pins=("$pin_dir"/*)
	pins=("${pins[@]##*/}")
	flow_on "$cc"
	for pin in "${pins[@]}"; do
		rm "$pin_dir/$pin"
		run ctl status
		[ "$status" -eq 5 ] || fail "without $pin: $status $output"
		load_both || fail "without $pin"
		run -0 ctl status
		captures || fail "without $pin"
	done
	for pin in "${pins[@]}"; do
		rm "$pin_dir/$pin"
		ctl -q unload || fail "without $pin"
		nothing_left "$pin_dir"
		wait_until 5 not listed "$cc"
		[ "$(attached)" -eq 0 ]
		load_both
		flow_on "$cc"
		lives
	done
}

@test "somebody deletes the whole folder under a stream, a recording and an exporter" {
	load_both
	flow_on "$cc"
	stream_up stream --events all
	rm -f "$bed/recording"
	spawn record "$cdgctl" --pin-dir "$pin_dir" -j record --ready-file "$bed/record.ready" "$bed/recording"
	wait_until 10 test -e "$bed/record.ready" || fail "$(said record)"
	spawn serve "$cdgctl" --pin-dir "$pin_dir" -q serve --listen 127.0.0.1:0 --ready-file "$bed/serve.ready"
	wait_until 10 test -e "$bed/serve.ready"
	rm -rf "$pin_dir"
	free_lost
	status_is 3 "not loaded"
	run -3 ctl unload
	ended stream
	tail -n 1 "$bed/stream.out" | jq -e '.type == "bye" and .lost == 0'
	ended record || fail "$(said record)"
	"$cdgctl" -j stream -e all --replay "$bed/recording" | tail -n 1 | jq -e '.type == "bye" and .lost == 0'
	runs serve
	load_both
	status_is 0 "$cc"
	captures
	rm -f "$bed/recording"
}

@test "bpftool unregisters the names" {
	load_both
	flow_on "$cc"
	# What holds by a link cannot be unregistered behind it, and stays.
	bpftool struct_ops unregister id "$(bpftool -j map show pinned "$pin_dir/ops0" | jq .id)" || true
	run ctl status
	if [[ -e $pin_dir/link0 ]]; then
		[ "$status" -eq 0 ]
		bpftool link detach pinned "$pin_dir/link0"
	fi
	wait_until 5 not listed "$cc"
	status_is 5 "not registered any more"
	load_both
	status_is 0 "$cc"
	captures
	[[ ! -e $pin_dir/link0 ]] || bpftool link detach pinned "$pin_dir/link0"
	ctl -q unload
	all_gone 0
}

@test "a second BPF file system, beside ours and over it" {
	mkdir -p "$bed/second"
	mount -t bpf bpf "$bed/second"
	load_both
	flow_on "$cc"
	run -3 "$cdgctl" --pin-dir "$bed/second/cdg" status
	run -2 "$cdgctl" --pin-dir "$bed/second/cdg" load --no-syn --name "$cc"
	[[ $output == *"taken by another"* ]]
	"$cdgctl" --pin-dir "$bed/second/cdg" -q load --no-syn --name "${cc}_b"
	flow_on "${cc}_b"
	lives
	# Gone with all its pins, under a flow of it.
	umount "$bed/second"
	free_lost "${cc}_b"
	lives
	status_is 0 "$cc"
	mount -t bpf bpf "$bpffs"
	status_is 3 "not loaded"
	run -2 load_both
	[[ $output == *"taken by another"* ]]
	umount "$bpffs"
	status_is 0 "$cc"
	captures
}

@test "network namespaces vanish under their flows" {
	load_both
	flow_on "$cc"
	stream_up stream --events flow
	for _ in 1 2 3; do
		ns_add gone
		in_ns "$prefix-gone" sysctl -qw net.ipv4.tcp_congestion_control="$cc" net.ipv4.tcp_orphan_retries=1
		spawn -n "$prefix-gone" sink python3 "$talk" serve 127.0.0.1 7000
		wait_until 10 listens "$prefix-gone" 7000
		rm -f "$bed/feed"
		mkfifo "$bed/feed"
		exec {feed}<>"$bed/feed"
		spawn -n "$prefix-gone" talker sh -c "exec python3 '$talk' send 127.0.0.1 7000 '$cc' <'$bed/feed'"
		wait_until 10 grep -q connected "$bed/talker.out"
		rm -f "$bed/there.ready"
		spawn there "$cdgctl" --pin-dir "$pin_dir" -n "$prefix-gone" -j stream --events all --ready-file "$bed/there.ready"
		wait_until 10 test -e "$bed/there.ready"
		[ "$(ctl -n "$prefix-gone" -j flows -a | wc -l)" -ge 1 ]
		# Data on its way that nobody will acknowledge, and the processes die with it.
		in_ns "$prefix-gone" ip link set lo down
		echo "send 50000" >&"$feed"
		ip netns del "$prefix-gone"
		rm -f "$bed/ns/$prefix-gone"
		run -2 ctl -n "$prefix-gone" flows
		[[ $output == *"$prefix-gone"* ]]
		end sink KILL
		end talker KILL
		exec {feed}>&-
		end there INT
		tail -n 1 "$bed/there.out" | jq -e '.type == "bye"'
	done
	# The flows go with their namespaces, and tell so.
	wait_until 20 only_ours || fail "flows left: $(ctl -j flows -a --all-netns)"
	status_is 0 "$cc"
	stream_down stream
	ctl -q unload
	all_gone 0
}

only_ours() { [[ $(ctl -j status | jq .flows) -le 1 ]]; }
