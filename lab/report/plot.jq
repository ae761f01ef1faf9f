# SPDX-License-Identifier: GPL-2.0
# Data for gnuplot: blocks of "x y ..." with a title line each and two empty lines between them. $kind
# is the plot's, $panel the part of it. Input: a result of `cdglab path` for time, a merged scenario for others.

include "stat";
include "expect";

def block($title): "\"\($title | gsub("_"; "\\\\_"))\"", (.[] | map(tostring) | join(" ")), "", "";
# Not more points than eyes can tell apart: what a file weighs is points.
def thin($most): length as $n | if $n <= $most then . else [range(0; $most) as $i | .[($i * $n / $most) | floor]] end;
def brief: if length > 34 then .[:33] + "…" else . end;

def time_series($panel):
	.runs[0].seed as $seed | [.runs[] | select(.seed == $seed)][] | . as $run |
	if $panel == "rtt" then
		[range(0; $run.series.probe.t_s | length) as $i | [$run.series.probe.t_s[$i], ($run.series.probe.rtt_us[$i] // empty) / 1000]] |
		thin(200) | block($run.name | brief)
	elif $panel == "cwnd" then
		([$run.flows | to_entries[] | select(.value.completion_s == null)][:4][]) as $flow |
		$run.series.flows[$flow.key] as $s |
		[range(0; $s.t_s | length) as $i | [$s.t_s[$i], $s.cwnd[$i]]] | thin(200) |
		block(if ($run.flows | length) > 1 then "\($flow.value.cc) in \($run.name)" | brief else $run.name end)
	else
		[$run.decisions[] | select(.grad_us and (.type == "round" or .type == "backoff"))] as $known |
		# Of the first flow that has any: it need not be the set's first.
		(first($run.flows[].port | select(. as $port | any($known[]; .port == $port))) // null) as $port |
		($known | map(select(.port == $port)) | unique_by(.ns)) as $rounds |
		[$rounds[] | [((.ns - $run.zero_ns) / 1e7 | floor / 100), .grad_us / 1000]] | thin(300) |
		# A block without points keeps the others in their sets' colours.
		if length > 0 then block($run.name | brief) else [["nan", "nan"]] | block("") end
	end;

if $kind == "time" then time_series($panel)
elif $kind == "scatter" then . as $all | range(0; .cells[0].sets | length) as $i |
	[$all.cells[].sets[$i] | select(.queue_us) | [([.queue_us.mean / 1000, 0.05] | max), .utilisation.mean * 100]] |
	block($all.cells[0].sets[$i].name)
elif $kind == "jain" then . as $all | range(0; .cells[0].sets | length) as $i |
	$all.cells[0].sets[$i] | .runs[0].jain_per_second as $j |
	[range(0; $j | length) as $s | [$s, ($j[$s] // empty)]] | block($all.cells[0].sets[$i].name)
elif $kind == "coin" then [coins | coin_bins[] | (.p * (1 - .p) / .n | sqrt * 3.29) as $e | [.p, .hits / .n, $e]] | block("observed")
else
	({"goodput": "goodput_bps", "queue": "queue_us", "backoffs": "backoffs"}[$panel]) as $figure |
	. as $all | range(0; 2) as $side |
	[range(0; $all.cells | length) as $c | $all.cells[$c].sets[$side].runs | to_entries[] |
		(if $panel == "backoffs" then .value | set_backoffs_per_s // "nan"
		 elif $panel == "queue" then .value.queue_us / 1000 else .value.goodput_bps / 1e6 end) as $y |
		[$c + $side * 0.3 - 0.15 + (.key % 10) * 0.012 - 0.05, $y]] | block($all.cells[0].sets[$side].name)
end
