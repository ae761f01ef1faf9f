# SPDX-License-Identifier: GPL-2.0
# One result of `cdglab path` without its time series, and with what reports ask of its decisions.

# The first thing that ended a flow's slow start.
def slow_start_end:
	first(.[] | select(.type == "slow_start_exit" or .type == "backoff" or .type == "cut")) // null |
	if . then {type, cwnd} else null end;

# Draws of the coin: how likely a back-off was, and whether the number drawn said so.
def coin: map(select(.type == "round" and .random != null and .threshold != null) |
	{p: (1 - .threshold / 4294967296), hit: (.random > .threshold), verdict});

# What the first rounds after an idle restart look like.
def restarts:
	. as $all | [range(0; length) as $i | $all[$i] | select(.type == "restart") |
		{cwnd, shadow, ssthresh, next: (first($all[$i + 1:][] | select(.type == "round")) // null)}];

.twin as $twin | del(.summary) | .runs |= map(
	.decisions as $decisions |
	([.flows[].port] | map(. as $port | $decisions | map(select(.port == $port)))) as $by_flow |
	(.series.flows[0] | {t_s, cwnd, retransmits}) as $first |
	(if $twin then {windows: [.series.flows[] | {t_s, cwnd}]} else {} end) as $windows |
	del(.series, .decisions, .cwr) +
	$windows + {first: $first, slow_start_ends: ($by_flow | map(slow_start_end)), coin: ($decisions | coin),
	 restarts: ($by_flow | map(restarts) | add),
	 cuts: ([$decisions[] | select(.type == "cut")] | group_by(.cause) |
		map({key: .[0].cause, value: {n: length, kept: (map(select(.cwnd_target >= .cwnd_prior)) | length)}}) |
		from_entries)})
