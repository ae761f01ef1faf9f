# SPDX-License-Identifier: GPL-2.0
# What path/guest.sh printed, over all seeds, into one result: $about[0] describes the path.

include "stat";

# Is the path what it should be? Loss and AQM are left to the queue's own figures. An AQM's shaper lets
# a packet that comes alone through at once.
def check($path):
	.idle.probe as $idle | .rate.rate_bps as $rate |
	($path.rtt_us + (if $path.aqm then 0 else 106 * 8e6 / $path.rate_bps end)) as $expected |
	{idle_rtt: ($idle | del(.series)), rate_bps: $rate, warnings: [
		if ($idle.mean_us // 0) < $expected * 0.99 or ($idle.mean_us // 0) > $expected * 1.02 + 300
		then "the idle RTT is \($idle.mean_us) us, not \($expected) us" else empty end,
		if ($idle.sd_us // 0) > 100 then "the idle RTT varies by \($idle.sd_us) us" else empty end,
		if $path.loss_percent == 0 and $idle.lost > 0
		then "\($idle.lost) probes of the idle path were lost" else empty end,
		if ($rate / $path.rate_bps - 1 | fabs) > 0.02
		then "the unloaded rate is \($rate) bit/s" else empty end]};

# Jain's index of each whole second in which all endless flows were sending.
def jain_over_time($skip):
	map(select(.burst == null)) | . as $flows |
	if length < 2 then [] else
		([$flows[].series.t_s[0] // 1e9] | max | if . < $skip then $skip else . end | ceil) as $from |
		([$flows[].series.t_s[-1] // 0] | min | floor) as $to |
		[range($from; $to) as $t |
			[$flows[].series | . as $s |
				(first(range(0; $s.t_s | length) | select($s.t_s[.] >= $t)) // null) as $a |
				(first(range(0; $s.t_s | length) | select($s.t_s[.] >= $t + 1)) // null) as $b |
				if $a == null or $b == null then 0 else $s.arrived[$b] - $s.arrived[$a] end] | jain]
	end;

def counter($name): [.. | objects | .[$name]? // 0] | add;
def queue_figures:
	(.after[] | select(.root)) as $a | (.before[] | select(.root)) as $b |
	{packets: ($a.packets - $b.packets), bytes: ($a.bytes - $b.bytes),
	 dropped: ($a.drops - $b.drops),
	 marked: ((.after | counter("ecn_mark")) - (.before | counter("ecn_mark")))};

# The decisions of ours, complete or not at all: each reader ends with a count of what it lost.
def decisions($readers):
	if map(select(.type == "bye" and .lost == 0)) | length < $readers
	then error("records of CDG's decisions were lost") else . end |
	map(select(.sport) | {port: .sport, ns: .ts_ns} + . | del(.sport, .ts_ns)) | sort_by(.ns);

def within($run): map(select(.ns >= $run.sent.from_ns and .ns < $run.sent.end_ns));

# Of a flow; null where they were not counted.
def cwrs($run; $port): $run.cwr | if . then within($run) | map(select(.port == $port)) | length else null end;

# Only ours says itself why it reduced. Without ECN native CDG enters CWR for nothing else.
def backoffs($run; $decisions; $about):
	. as $flow |
	if $about.ours[.cc] then
		$decisions | within($run) | map(select(.port == $flow.port and .type == "backoff")) | length
	elif .cc == "cdg" and ($about.path.ecn | not) then
		cwrs($run; .port)
	else null end;

# The RTT that a flow has of its own, from the set's words.
def own_rtt($set; $i): $set / " " | .[$i] / "~" | if .[1] then {rtt_us: (.[1] | tonumber)} else {} end;

def digest($about):
	.seed as $seed | .run as $run | $run.sent as $sent |
	($sent | (.end_ns - .from_ns) / 1e9) as $span |
	# Flows come and go: a flow's own goodput and back-offs are of its own time, shares and totals are
	# of all of it.
	([$sent.flows[] | .bytes // 0] | add) as $bytes | ($bytes * 8 / $span | round) as $total |
	([$sent.flows[].cc | select($about.ours[.])] | unique | length) as $readers |
	($run.decisions | decisions($readers)) as $decisions |
	($run.check | check($about.path)) as $check |
	(first($about.sets[] | select(.flows == $run.set)) | .name) as $name |
	{seed: $seed, name: $name, check: $check,
	 flows: [range(0; $sent.flows | length) as $i | $sent.flows[$i] | . as $flow | del(.series) +
		own_rtt($run.set; $i) + {
		share: (if $bytes > 0 then (.bytes // 0) / $bytes else null end),
		backoffs: backoffs($run; $decisions; $about),
		cwr: cwrs($run; .port)} |
		. + {backoffs_per_s: (if .backoffs and .measured_s then .backoffs / .measured_s else null end)}],
	 goodput_bps: $total, utilisation: ($total / ($about.path.rate_bps * 1448 / 1514)),
	 jain: ([$sent.flows[] | select(.burst == null) | .goodput_bps // 0] | jain),
	 jain_per_second: ($sent.flows | jain_over_time($about.skip_s)),
	 rtt: ($sent.probe | del(.series)),
	 queue_us: (if $sent.probe.mean_us and $check.idle_rtt.mean_us
		    then $sent.probe.mean_us - $check.idle_rtt.mean_us else null end),
	 queue: ($run | queue_figures),
	 draws: $run.draws,
	 series: {flows: [$sent.flows[].series], probe: $sent.probe.series},
	 decisions: $decisions, cwr: $run.cwr,
	 zero_ns: $sent.zero_ns, from_ns: $sent.from_ns, end_ns: $sent.end_ns};

$about[0] as $about | . as $lines |
([$lines[] | select(.run) | digest($about)]) as $runs |
{format: "cdglab-path", version: 2} + $about +
{guest: (first($lines[] | .setup // empty) | . + {parameters: (.status | map_values(.parameters))} | del(.status)),
 trusted: ([$runs[].check.warnings[], ($about.machine.host_time.warnings // [])[]] | length == 0),
 seeds: [$runs[].seed] | unique,
 summary: [$about.sets[].name as $name | {name: $name} + ([$runs[] | select(.name == $name)] | over_seeds)],
 runs: $runs}
