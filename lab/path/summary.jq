# SPDX-License-Identifier: GPL-2.0
# What path/guest.sh printed, over all seeds, into one result: $about[0] describes the path.

def mean: if length == 0 then null else add / length end;
# Two-sided 95 % quantiles of Student's t by degrees of freedom; beyond 30 the normal one is near.
def student: [null, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201,
	2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
	2.060, 2.056, 2.052, 2.048, 2.045, 2.042][.] // 1.96;
def statistic:
	map(select(. != null)) |
	if length == 0 then null else
		length as $n | mean as $mean |
		(if $n < 2 then null else (map((. - $mean) * (. - $mean)) | add / ($n - 1) | sqrt) end) as $sd |
		{n: $n, mean: $mean, sd: $sd, min: min, max: max,
		 ci95: (if $sd == null then null else (($n - 1) | student) * $sd / ($n | sqrt) end)}
	end;
def jain: if length == 0 or (map(. * .) | add) == 0 then null
	else (add * add) / (length * (map(. * .) | add)) end;

# Jain's index of each whole second in which all flows were sending.
def jain_over_time($skip):
	. as $flows |
	if length < 2 then [] else
		([$flows[].series.t_s[0] // 1e9] | max | if . < $skip then $skip else . end | ceil) as $from |
		([$flows[].series.t_s[-1] // 0] | min | floor) as $to |
		[range($from; $to) as $t |
			[$flows[].series | . as $s |
				(first(range(0; $s.t_s | length) | select($s.t_s[.] >= $t)) // null) as $a |
				(first(range(0; $s.t_s | length) | select($s.t_s[.] >= $t + 1)) // null) as $b |
				if $a == null or $b == null then 0 else $s.acked[$b] - $s.acked[$a] end] | jain]
	end;

def counter($name): [.. | objects | .[$name]? // 0] | add;
def queue_figures:
	(.after[] | select(.root)) as $a | (.before[] | select(.root)) as $b |
	{packets: ($a.packets - $b.packets), bytes: ($a.bytes - $b.bytes),
	 dropped: ($a.drops - $b.drops),
	 marked: ((.after | counter("ecn_mark")) - (.before | counter("ecn_mark")))};

def within($run): map(select(.ns >= $run.from_ns and .ns < $run.end_ns));

# Only ours says itself why it reduced. Without ECN native CDG enters CWR for nothing else.
def backoffs($run; $ecn):
	. as $flow |
	if .cc == "cdg_bpf" then
		$run.decisions | within($run) | map(select(.port == $flow.port and .type == "backoff")) | length
	elif .cc == "cdg" and ($ecn | not) then
		$run.cwr | within($run) | map(select(.port == $flow.port)) | length
	else null end;

def digest($about):
	.seed as $seed | .run as $run |
	($run | (.end_ns - .from_ns) / 1e9) as $span |
	([$run.flows[].goodput_bps // 0] | add) as $total |
	($about.sets[] | select(.flows == $run.set) | .name) as $name |
	{seed: $seed, name: $name, check: $run.check,
	 flows: [$run.flows[] | . as $flow | del(.series) + {
		share: (if $total > 0 then (.goodput_bps // 0) / $total else null end),
		backoffs: backoffs($run; $about.path.ecn),
		cwr: ($run.cwr | within($run) | map(select(.port == $flow.port)) | length)} |
		. + {backoffs_per_s: (if .backoffs == null then null else .backoffs / $span end)}],
	 goodput_bps: $total, utilisation: ($total / ($about.path.rate_bps * 1448 / 1514)),
	 jain: ([$run.flows[].goodput_bps // 0] | jain),
	 jain_per_second: ($run.flows | jain_over_time($about.skip_s)),
	 rtt: ($run.probe | del(.series)),
	 queue_us: (if $run.probe.mean_us and $run.check.idle_rtt.mean_us
		    then $run.probe.mean_us - $run.check.idle_rtt.mean_us else null end),
	 queue: ($run.qdiscs | queue_figures),
	 series: {flows: [$run.flows[].series], probe: $run.probe.series},
	 decisions: $run.decisions, cwr: $run.cwr, zero_ns: $run.zero_ns, from_ns: $run.from_ns,
	 end_ns: $run.end_ns};

def over_seeds:
	{goodput_bps: map(.goodput_bps) | statistic, utilisation: map(.utilisation) | statistic,
	 queue_us: map(.queue_us) | statistic, rtt_mean_us: map(.rtt.mean_us) | statistic,
	 rtt_p50_us: map(.rtt.p50_us) | statistic, rtt_p95_us: map(.rtt.p95_us) | statistic,
	 rtt_p99_us: map(.rtt.p99_us) | statistic, dropped: map(.queue.dropped) | statistic,
	 marked: map(.queue.marked) | statistic, jain: map(.jain) | statistic,
	 groups: ([.[].flows[]] | group_by(.cc) | map({cc: .[0].cc,
		goodput_bps: map(.goodput_bps) | statistic, share: map(.share) | statistic,
		retransmits: map(.retransmits) | statistic, delivered_ce: map(.delivered_ce) | statistic,
		backoffs_per_s: map(.backoffs_per_s) | statistic, cwnd: map(.cwnd_mean) | statistic}))};

$about[0] as $about | . as $lines |
([$lines[] | select(.run) | digest($about)]) as $runs |
{format: "cdglab-path", version: 1} + ($about | del(.sets)) +
{guest: (first($lines[] | .setup // empty)),
 trusted: ([$runs[].check.warnings[]] | length == 0),
 seeds: [$runs[].seed] | unique,
 summary: [$about.sets[].name as $name | {name: $name} + ([$runs[] | select(.name == $name)] | over_seeds)],
 runs: $runs}
