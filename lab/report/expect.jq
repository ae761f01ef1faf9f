# SPDX-License-Identifier: GPL-2.0
# What a scenario's "expect" lines are written with. Input: a merged scenario. CELL and SET are found by a
# part of the experiment's label and by the set's words; a figure that was not measured is an error.

include "stat";

def need($what): if . == null then error("\($what) was not measured") else . end;
def cell($cell): first(.cells[] | select(.label | contains($cell))) // null | need(if $cell == "" then "the scenario" else "the experiment \($cell)" end);
def one($set; $cell): cell($cell).sets | first(.[] | select(.name == $set)) // null | need("\($set)");
def one($set): one($set; "");

def goodput($set; $cell): one($set; $cell).goodput_bps.mean | need("a goodput");
def goodput($set): goodput($set; "");
def queue_ms($set; $cell): one($set; $cell).queue_us.mean / 1000;
def queue_ms($set): queue_ms($set; "");
def utilisation($set): one($set).utilisation.mean;
def jain($set): one($set).jain.mean | need("Jain's index");
def group($set; $cc): one($set).groups | first(.[] | select(.cc == $cc)) // null | need($cc);
def share($set; $cc): group($set; $cc).share.mean | need("a share");
def retransmits($set; $cell): one($set; $cell).retransmits.mean;
def runs($set): one($set).runs[];

def coins: [.cells[].sets[].runs[].coin[]];
def drawn: coins | if length > 0 then . else null end | need("a coin");
# Coins in ten bins of their probability: how many, how many said back off, how many were to.
def coin_bins:
	group_by(.p * 10 | floor | if . > 9 then 9 else . end) |
	map({from: (.[0].p * 10 | floor / 10), n: length, p: (map(.p) | mean), hits: (map(select(.hit)) | length),
	     expected: (map(.p) | add), sd: (map(.p * (1 - .p)) | add | sqrt)} |
	    . + {off: (if .sd > 0 then ((.hits - .expected | fabs) - 0.5 | if . < 0 then 0 else . end) / .sd else 0 end)});
# Fewer say nothing.
def judged_bins: coin_bins | map(select(.n >= 10));
def coin_draws: drawn | "\(length), \(judged_bins | length) of ten bins with 10 or more";
# 99.9 % of all binomial draws are within 3.29 standard deviations.
def coin_worst: drawn | judged_bins | map(.off) | max;
# Whenever the number drawn said so, the flow backed off or left it as ineffectual; never otherwise.
def coin_disobeyed: drawn | map(select(.hit != (.verdict == "backoff" or .verdict == "suppressed"))) | length;

# Twins: the ratio of the second set's mean to the first's, with its 95 % confidence interval.
def ratio($a; $b):
	if $a == null or $b == null or $a.n < 2 or $b.n < 2 or $a.mean == 0 then null else
		($b.mean / $a.mean) as $r |
		((($a.sd / $a.mean) * ($a.sd / $a.mean) / $a.n) + (($b.sd / $b.mean) * ($b.sd / $b.mean) / $b.n) | sqrt) as $e |
		{ratio: $r, ci95: ($r * $e * ([$a.n + $b.n - 2] | .[0] | student))}
	end;
# Of an experiment: runs of the same seed, one of each set.
def pairs: .sets as $sets | [$sets[0].runs[] as $a | ($sets[1].runs[] | select(.seed == $a.seed)) as $b | [$a, $b]];
# Where both draw the same numbers, what differs is the difference of the two runs of a seed: its mean
# over the seeds and the interval of that, by the first set's mean.
def paired_ratio(figure):
	[pairs[] | map([.] | over_seeds | figure | .mean) | select(all(. != null))] |
	(map(.[0]) | mean) as $base | (map(.[1] - .[0]) | statistic) as $d |
	if $d == null or $d.n < 2 or $base == 0 then null
	else {ratio: (1 + $d.mean / $base), ci95: ($d.ci95 / $base)} end;
def twin_ratio(figure): if .twin then paired_ratio(figure) else ratio(.sets[0] | figure; .sets[1] | figure) end;
def twins(figure): [.cells[] | {label: .label} + (twin_ratio(figure) // {})];
# Seconds until the windows of a flow of one run and of its twin differ, null if they never do. Input: a pair.
def apart_s:
	. as [$a, $b] | [range(0; $a.windows | length) as $f | $a.windows[$f] as $x | $b.windows[$f] as $y |
		first(range(0; [$x.cwnd, $y.cwnd | length] | min) | select($x.cwnd[.] != $y.cwnd[.])) | $x.t_s[.]] | min;
# Pairs of runs whose windows are the same in every sample, in words, and the first second in which one's are not.
def twins_same: [.cells[] | select(.twin) | pairs[] | apart_s] |
	if length == 0 then null | need("a pair with the same draws") else
		"\(map(select(. == null)) | length) of \(length)" + (map(select(. != null)) |
			if length > 0 then "; others from second \(min) on are not" else "" end) end;
# The largest difference of all experiments; one that could not be compared is no agreement.
def twin_worst(figure): twins(figure) | (if all(.[]; .ratio) then . else null end) | need("each pair of twins") |
	map({value: (.ratio - 1 | fabs), ci95}) | . as $all | (max_by(.value) | need("a pair of twins")) + {all: $all};
# Only an interval that lies within the limit as a whole, or beyond it, decides; of several experiments the worst does.
def within($limit):
	[.all[] | if .value + .ci95 <= $limit then 0 elif .value <= $limit then 1 elif .value - .ci95 <= $limit then 2 else 3 end] |
	[true, "holds by the means", "undecided", false][max];

# Seconds until the windows of the first flows of two sets differ, of the first seed; all
# of them if they never do.
def windows_apart_s($a; $b):
	(one($a).runs[0] | need("a run")).first as $x | one($b).runs[0].first as $y |
	([$x.cwnd, $y.cwnd | length] | min) as $n |
	(first(range(0; $n) | select($x.cwnd[.] != $y.cwnd[.])) // null) as $i |
	if $i == null then $x.t_s[$n - 1] else $x.t_s[$i] end;
def first_loss_s($set): one($set).runs[0].first | . as $f |
	(first(range(0; $f.t_s | length) | select($f.retransmits[.] > 0)) // null) | if . then $f.t_s[.] else null end | need("a loss");
