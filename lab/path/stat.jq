# SPDX-License-Identifier: GPL-2.0
# Figures over seeds, for the results of one `cdglab path` and of many.

def mean: if length == 0 then null else add / length end;

# Two-sided 95 % quantiles of Student's t by degrees of freedom; beyond 30 from the normal one by the
# expansion of Cornish and Fisher, right to the third digit.
def student: [null, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201,
	2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
	2.060, 2.056, 2.052, 2.048, 2.045, 2.042][.] //
	(1.959964 as $z | ($z * $z * $z) as $z3 | $z + ($z3 + $z) / (4 * .) + (5 * $z3 * $z * $z + 16 * $z3 + 3 * $z) / (96 * . * .));

def statistic:
	map(select(. != null)) |
	if length == 0 then null else
		length as $n | mean as $mean |
		(if $n < 2 then null else (map((. - $mean) * (. - $mean)) | add / ($n - 1) | sqrt) end) as $sd |
		{n: $n, mean: $mean, sd: $sd, min: min, max: max,
		 ci95: (if $sd == null then null else (($n - 1) | student) * $sd / ($n | sqrt) end)}
	end;

# Of one flow it would be 1 whatever it gets.
def jain: if length < 2 or (map(. * .) | add) == 0 then null
	else (add * add) / (length * (map(. * .) | add)) end;

# What is known of several flows together, null if it is of none.
def total: map(values) | if length == 0 then null else add end;

# Flows grouped by congestion control, RTT of their own, and whether they are endless. Flows of one seed
# share a path and are no samples of their own: of a group their mean counts.
def group_key: [.cc, .rtt_us, .burst];
# Transfers of some bytes that end: how many there were and how many were over before the run was.
def transfers: map(select(.burst and (.pause_s // 0) == 0)) | {all: length, finished: map(.completion_s | values) | length};
def flow_means: group_by(group_key) | map(. as $flows | (.[0] | {cc, rtt_us, burst}) +
	(["goodput_bps", "share", "retransmits", "delivered_ce", "backoffs_per_s", "cwnd_mean", "completion_s"] |
		map({(.): (. as $name | $flows | map(.[$name] | values) | mean)}) | add) + {transfers: ($flows | transfers)});

# Of all flows of a run together, in all the time that is measured: flows come and go.
def set_backoffs_per_s: (.flows | map(.backoffs) | total) as $n |
	if $n == null then null else $n * 1e9 / (.end_ns - .from_ns) end;

# Digests of the same set of flows with several seeds into one summary: figures of all its flows
# together, and of a flow of each group.
def over_seeds:
	{goodput_bps: map(.goodput_bps) | statistic, utilisation: map(.utilisation) | statistic,
	 queue_us: map(.queue_us) | statistic, rtt_mean_us: map(.rtt.mean_us) | statistic,
	 rtt_p50_us: map(.rtt.p50_us) | statistic, rtt_p95_us: map(.rtt.p95_us) | statistic,
	 rtt_p99_us: map(.rtt.p99_us) | statistic, dropped: map(.queue.dropped) | statistic,
	 marked: map(.queue.marked) | statistic, jain: map(.jain) | statistic,
	 retransmits: map(.flows | map(.retransmits) | total) | statistic,
	 backoffs_per_s: map(set_backoffs_per_s) | statistic,
	 groups: ([.[].flows | flow_means[]] | group_by(group_key) | map({cc: .[0].cc} +
		(.[0] | {rtt_us, burst} | with_entries(select(.value))) +
		{goodput_bps: map(.goodput_bps) | statistic, share: map(.share) | statistic,
		retransmits: map(.retransmits) | statistic, delivered_ce: map(.delivered_ce) | statistic,
		backoffs_per_s: map(.backoffs_per_s) | statistic, cwnd: map(.cwnd_mean) | statistic,
		completion_s: map(.completion_s) | statistic} +
		(map(.transfers) | {all: map(.all) | add, finished: map(.finished) | add} |
			if .all > 0 then {transfers: .} else {} end)))};
