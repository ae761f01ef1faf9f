#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0

load net

setup_file() { bed_up; }
teardown_file() { bed_down; }
teardown() { bed_clean; }

records() { [[ $(wc -l <"$bed/$1.out") -ge $2 ]]; }

@test "coins of real flows follow the defined probability, and their numbers are uniform" {
	local factor=420
	bottleneck_up "$prefix" none 0
	# Ten times the usual factor: the gradients of an unshaped path then reach all probabilities.
	ctl -q load --no-syn --name "$cc" backoff_factor=$factor
	server_up "$prefix-server" 5201
	stream_up coins --events round,flow,restart --buffer 65536
	spawn -n "$prefix-client" client iperf3 -c 10.9.2.1 -C "$cc" -P 8 -t $((60 * patience))
	wait_until 60 records coins 30000
	end client
	stream_down coins
	python3 "$BATS_TEST_DIRNAME/audit.py" rounds "$bed/coins.out"
	python3 "$BATS_TEST_DIRNAME/audit.py" coin "$bed/coins.out" 10000 $factor
}

@test "thresholds of a path with a standing queue follow the default factor" {
	bottleneck_up "$prefix" 20mbit 500000
	ctl -q load --no-syn --name "$cc" hystart_detect=0
	server_up "$prefix-server" 5201
	stream_up coins --events round
	run -0 in_ns "$prefix-client" iperf3 -c 10.9.2.1 -C "$cc" -P 4 -t 2
	stream_down coins
	python3 "$BATS_TEST_DIRNAME/audit.py" coin "$bed/coins.out" 20 42
}
