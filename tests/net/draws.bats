#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Numbers of a file in the place of random ones.

load net

setup_file() {
	bed_up
	bottleneck_up "$prefix" 20mbit 500000
	server_up "$prefix-server" 5201
}
teardown_file() { bed_down; }
teardown() {
	end_all 'iperf3-*'
	ctl -q unload || true
}

# LINES numbers for each PORT, in turn, from a generator with a seed.
numbers() { # LINES PORT...
	awk -v lines="$1" -v ports="${*:2}" 'BEGIN {
		srand(7)
		for (count = split(ports, port, " "); n < lines; n++)
			for (i = 1; i <= count; i++)
				printf "%d %.0f\n", port[i], rand() * 4294967295
	}'
}

# One flow from a local PORT over a queue that it fills, with every round in $bed/NAME.out.
flow() { # NAME PORT
	stream_up "$1" --events round,flow_end --port "$2" --buffer 16384
	in_ns "$prefix-client" iperf3 -c 10.9.2.1 -C "$cc" --cport "$2" -t 3 >/dev/null
	stream_down "$1"
}

# "ROUND NUMBER" for each coin, rounds from 1; what the coins took, and what the file has for these.
taken() { jq -r --argjson port "$2" 'select(.type == "round" and .sport == $port and .random != null) | "\(.round) \(.random)"' "$bed/$1.out"; }
given() { # NAME PORT
	awk -v port="$2" 'FNR == NR { if ($1 == port) number[++n] = $2; next } { print $1, number[$1] }' \
		"$bed/draws" <(taken "$1" "$2")
}
rounds() { count_of "$1" ".type == \"round\" and .sport == $2"; }
missing() {
	ctl -j status | jq -r '[.notes[].text | select(startswith("coins are not random"))] | first |
		capture("; (?<n>[0-9]+) rounds found none").n'
}

@test "the coins of a flow take the numbers of its port and round, in the order of the file" {
	local coins
	# iperf3's server takes the same congestion control, and its flows draw for their first round.
	{ echo '# for a twin'; numbers 2000 40001 40011; echo 5201 0; } >"$bed/draws"
	ctl load --no-syn --name "$cc" --draws "$bed/draws" hystart_detect=0
	flow first 40001
	coins=$(taken first 40001 | wc -l)
	echo "coins: $coins in $(rounds first 40001) rounds"
	[[ $coins -ge 5 && $coins -lt $(rounds first 40001) ]]
	cmp <(taken first 40001) <(given first 40001)
	# They decide.
	jq -se 'map(select(.type == "round" and .random != null)) |
		all((.random > .threshold) == (.verdict | IN("backoff", "suppressed")))' "$bed/first.out"
	# Another port has its own, a second flow of a port begins anew.
	flow other 40011
	[[ $(taken other 40011 | wc -l) -ge 5 ]]
	cmp <(taken other 40011) <(given other 40011)
	flow again 40001
	[[ $(taken again 40001 | wc -l) -ge 5 ]]
	cmp <(taken again 40001) <(given again 40001)
	[ "$(missing)" -eq 0 ]
}

@test "where no number is left coins are random, and status counts the rounds" {
	local rounds
	{ echo 5201 0; numbers 12 40002; } >"$bed/draws"
	ctl load --no-syn --name "$cc" --draws "$bed/draws" hystart_detect=0
	flow short 40002
	rounds=$(rounds short 40002)
	echo "rounds: $rounds, without a number: $(missing)"
	[[ $rounds -gt 20 ]]
	[[ $(taken short 40002 | awk '$1 <= 12' | wc -l) -ge 1 ]]
	cmp <(taken short 40002 | awk '$1 <= 12') <(given short 40002 | awk '$1 <= 12')
	[[ $(taken short 40002 | awk '$1 > 12 { print $2 }' | sort -u | wc -l) -ge 3 ]]
	# The number of the round after the last one has been looked for, too.
	[ "$(missing)" -eq $((rounds + 1 - 12)) ]
}

@test "load and status say that coins are not random, replace keeps or changes the numbers, unload ends it" {
	printf '40004 1\n' >"$bed/draws"
	run -0 ctl load --no-syn --name "$cc" --draws "$bed/draws"
	[[ $output == *"coins are not random but take the 1 given numbers: for research only"* ]]
	run -0 ctl status
	[[ $output == *"warning: coins are not random but take the 1 numbers of 'load --draws'"*"unload"* ]]
	run -1 ctl load --no-syn --name "$cc" --draws "$bed/draws"
	[[ $output == *"--replace"* ]]
	run -0 ctl load --no-syn --name "$cc" --replace
	[[ $output == *"take the 1 given numbers"* ]]
	printf '40004 5\n40004 6\n' >"$bed/draws"
	ctl -j load --no-syn --name "$cc" --replace --draws "$bed/draws" | jq -e '.replaced and .draws == 2'
	[ "$(missing)" -eq 0 ]
	ctl unload
	ctl -j load --no-syn --name "$cc" | jq -e '.draws == 0'
	run -0 ctl status
	[[ $output != *"not random"* ]]
}

@test "without numbers there is no map of them" {
	ctl -q load --no-syn --name "$cc"
	[[ ! -e $pin_dir/draws ]]
	not bpftool map show name cdg_draws
}
