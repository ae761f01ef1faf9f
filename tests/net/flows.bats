#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0

load net

setup_file() {
	bed_up
	bottleneck_up "$prefix" 50mbit 300000
	ctl -q load --no-syn --name "$cc"
	sink_up 10.9.2.1 7000
	sink_up fd09:2::1 7001
	server_up "$prefix-server" 5201
}
teardown_file() { bed_down; }
teardown() {
	local name
	for name in stream client iperf3-5203; do
		[[ ! -e $bed/pids/$name ]] || end $name KILL
	done
	hang_up
	rate 50mbit 300000
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control="$default_before"
}

# cwnd, ssthresh, rtt with its variation and minimum in ms, segments and bytes, as ss and as cdgctl know
# them; "-": none. ss has six digits of a time. iperf3's other connection runs on another congestion
# control.
by_ss() { # filter
	ss_of "$prefix-client" "$1" | grep -F " $cc " | awk '{ v["ssthresh"] = "-"
		for (i = 1; i <= NF; i++) if (split($i, p, ":") == 2) v[p[1]] = p[2] }
		END { printf "%d %s %s %s %d %d %d\n", v["cwnd"], v["ssthresh"], v["rtt"], v["minrtt"], v["segs_out"],
			v["delivered"], v["bytes_acked"] }'
}

by_cdgctl() { # filter
	ctl -n "$prefix-client" -j flows "$1" | jq -r '[.cwnd, .ssthresh // "-", .srtt_us, .rttvar_us, .min_rtt_us, .segs_out,
		.delivered, .bytes_acked] | @tsv' | awk '{ print $1, $2, $3 / 1000 "/" $4 / 1000, $5 / 1000, $6, $7, $8 }'
}

@test "a quiet flow's cwnd, ssthresh, rtt and bytes are those of ss" {
	for address in "10.9.2.1 7000" "fd09:2::1 7001"; do
		call $address "$cc"
		tell send 3000000
		tell drain
		wait_until 5 eval '[[ $(by_ss "sport = :$port") == "$(by_ss "sport = :$port")" ]]'
		ss_says=$(by_ss "sport = :$port")
		echo "$address: ss $ss_says, cdgctl $(by_cdgctl "sport = :$port")"
		[ "$(by_cdgctl "sport = :$port")" = "$ss_says" ]
		[[ $ss_says == *" 3000001" ]] # with the SYN
		hang_up
	done
}

# ss, cdgctl, ss: between two equal looks of ss nothing has happened.
agree() { # filter
	local before after
	before=$(by_ss "$1")
	looked=$(by_cdgctl "$1")
	after=$(by_ss "$1")
	[[ $before == "$after" ]] || return 1
	compared=$((compared + 1))
	[[ $looked != "$before" ]] || equal=$((equal + 1))
	[[ $compared -ge 5 ]]
}

@test "a live flow's cwnd, ssthresh and rtt agree with ss" {
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -C "$cc" -t $((60 * patience))
	wait_until 10 eval '[[ $(by_cdgctl "dport = :5201 and rounds > 2") ]]'
	# An ACK each 600 ms or more, to be able to look in between.
	rate $((20 / patience))kbit 300000
	compared=0 equal=0
	wait_until 20 agree "dport = :5201" || fail "$compared looks, last $looked"
	[ "$equal" -eq "$compared" ] || fail "$equal of $compared looks are equal, last $looked"
}

@test "flows shows the own network namespace, -n another and --all-netns all" {
	in_ns "$prefix-server" sysctl -qw net.ipv4.tcp_congestion_control="$cc"
	server_up "$prefix-server" 5203
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -p 5203 -C "$cc" -t $((60 * patience))
	count() { jq -s length; }
	wait_until 5 eval '[[ $(ctl -j flows --all-netns "dport = :5203" | count) -eq 1 ]]'
	[ "$(ctl -n "$prefix-client" -j flows | count)" -eq 1 ]
	[ "$(ctl -n "$prefix-server" -j flows "sport = :5203" | count)" -eq 2 ]
	[ "$(ctl -j flows --all-netns | count)" -eq 3 ]
	run -0 ctl -j flows
	[ -z "$output" ]
	[ "$(in_ns "$prefix-client" "$cdgctl" --pin-dir "$pin_dir" -j flows | jq .netns)" -eq "$(stat -c %i "/run/netns/$prefix-client")" ]
	run -2 ctl -n "$prefix-nowhere" flows
	[ -n "$output" ]
	end client
	end iperf3-5203
}

@test "a filter selects, columns and order are as asked" {
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -C "$cc" -P 3 -t $((60 * patience))
	there() { ctl -n "$prefix-client" -j flows "$@" | jq -s length; }
	wait_until 10 eval '[[ $(there "dport = :5201 and bytes_acked > 10000") -eq 3 ]]'
	one=$(ctl -n "$prefix-client" -j flows | jq -s '.[0]')
	sport=$(jq .sport <<<"$one")
	flow=$(jq .flow <<<"$one")
	[ "$(there "sport = :$sport")" -eq 1 ]
	[ "$(there "not sport = :$sport")" -eq 2 ]
	[ "$(there "sport = :$sport or flow = $flow")" -eq 1 ]
	[ "$(there "dst 10.9.2.0/24 and (cwnd >= 1 and rtt < 10s)")" -eq 3 ]
	run -0 ctl -n "$prefix-client" -j flows "dst 10.9.3.0/24"
	[ -z "$output" ]
	[ "$(there "cc = $cc state = established")" -eq 3 ]
	ctl -n "$prefix-client" -j flows --sort -sport | jq -se 'map(.sport) as $p | $p == ($p | sort | reverse)'
	ctl -n "$prefix-client" -j flows --columns sport,cwnd | jq -se 'all(keys - ["schema", "type"] == ["cwnd", "sport"])'
	run -0 ctl -n "$prefix-client" flows --columns peer,cwnd
	[[ ${lines[0]} == *PEER*CWND* ]]
	[ "${#lines[@]}" -eq 4 ]
	run -1 ctl flows "nosuch = 1"
	[[ $output == *nosuch* ]]
	end client
}

@test "totals only grow, and the state tells of the connection" {
	call 10.9.2.1 7000 "$cc"
	tell send 2000000
	tell drain
	ctl -n "$prefix-client" -j flows "sport = :$port" >"$bed/first"
	tell send 2000000
	tell drain
	ctl -n "$prefix-client" -j flows "sport = :$port" >"$bed/second"
	jq -se '.[0] as $a | .[1] as $b | $b.rounds > $a.rounds and $b.bytes_acked - $a.bytes_acked == 2000000 and
		$b.segs_out > $a.segs_out and $a.flow == $b.flow and $a.start_ns == $b.start_ns and
		$b.state == "established" and $b.rtt_lowest_us <= $a.rtt_lowest_us and $b.draws >= $b.backoffs + $b.suppressed' \
		"$bed/first" "$bed/second"
	hang_up
	wait_until 5 eval '[[ -z $(ctl -n "$prefix-client" -j flows "sport = :$port") ]]'
}

@test "explain names the numbers of the last back-off" {
	ctl -q tune backoff_factor=400000
	stream_up stream --events backoff,flow
	call 10.9.2.1 7000 "$cc"
	tell send 5000000
	tell drain
	run -0 ctl -n "$prefix-client" explain "sport = :$port"
	explained=$output
	flow=$(ctl -n "$prefix-client" -j flows "sport = :$port" | jq .flow)
	run -0 ctl -j explain "$flow"
	json=$output
	ctl -n "$prefix-client" -j flows "sport = :$port" >"$bed/flow"
	stream_down stream
	hang_up
	ctl -q tune default
	last=$(jq -c "select(.type == \"backoff\" and .flow == $flow)" "$bed/stream.out" | tail -n 1)
	echo "stream: $last"
	echo "explain: $explained"
	[ -n "$last" ]
	jq -se '.[0] as $last | .[1] | .backoff_random == $last.random and .backoff_threshold == $last.threshold and
		.backoff_cwnd_prior == $last.cwnd_prior and .backoff_cwnd_target == $last.cwnd_target and
		.backoff_grad_us == $last.grad_us' <(echo "$last") "$bed/flow"
	[[ $explained == *"backed off, cwnd $(jq .cwnd_prior <<<"$last") to $(jq .cwnd_target <<<"$last"): gradient "* ]]
	jq -se '.[0] as $last | .[1] | .backoff_random == $last.random and .backoff_grad_us == $last.grad_us and
		(.why | length > 2)' <(echo "$last") <(echo "$json")
	run -1 ctl explain
	[ -n "$output" ]
}

@test "a reader who finds the iterator's lock taken sees the same flows, one who dies gives it back" {
	local count=600
	hold=$(built hold)
	ip -n "$prefix-client" link set lo up
	spawn -n "$prefix-client" client "$hold" $count "$cc" "$bed/held" 3600000
	wait_until 30 test -e "$bed/held"
	numbers() { ctl -j flows -a | jq -c '[.flow, .saddr, .sport, .cc, .window, .generation]'; }
	# Who has the place tells the program so, by a flag of the descriptor.
	placed() {
		ASAN_OPTIONS=$traced_options strace -qq -o "$bed/calls" -e trace=fcntl "$cdgctl" --pin-dir "$pin_dir" -j flows -a >/dev/null
		grep -q F_SETFL "$bed/calls"
	}
	placed
	numbers >"$bed/by-place"
	[ "$(wc -l <"$bed/by-place")" -ge $count ]
	[ "$(sort -u "$bed/by-place" | wc -l)" -eq "$(wc -l <"$bed/by-place")" ]
	# The lock's holder has only opened it, so whoever writes into his place would go unseen.
	spawn stream flock -F "$pin_dir/flows" tail -f /dev/null
	wait_until 10 not flock -n "$pin_dir/flows" true
	not placed
	numbers >"$bed/by-bytes"
	cmp "$bed/by-place" "$bed/by-bytes"
	end stream KILL
	wait_until 10 flock -n "$pin_dir/flows" true
	placed
	# Many at once: one has the place, the others do without.
	for i in 1 2 3 4 5 6; do
		numbers >"$bed/by.$i" &
		local reader[i]=$!
	done
	for i in 1 2 3 4 5 6; do
		wait ${reader[i]}
		cmp "$bed/by-place" "$bed/by.$i"
	done
	end client
}
