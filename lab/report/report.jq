# SPDX-License-Identifier: GPL-2.0
# One merged scenario as a section of a report. $verdicts[0] is what became of its expectations,
# $plots the list of its plots without folder and ending, $folder the folder as the report names it.

include "stat";
include "expect";

def fixed($digits): . as $v | ([1, 10, 100, 1000][$digits]) as $f | ($v * $f | round) as $n |
	(if $n < 0 then "-" else "" end) + (($n | fabs) / $f | floor | tostring) +
	(if $digits == 0 then "" else "." + (($n | fabs) % $f | tostring |
		"0" * ($digits - length | if . < 0 then 0 else . end) + .) end);
def figure($scale; $digits): if . == null then "" else
	(.mean / $scale | fixed($digits)) + (if .ci95 then " ± " + (.ci95 / $scale | fixed($digits)) else "" end) end;
def row: "| " + join(" | ") + " |";

def path_words:
	"\(.path.rate_bps / 1e6) Mbit/s, \(.path.rtt_us / 1000) ms, buffer \(.path.buffer_packets) packets" +
	(if .path.aqm then " of \(.path.aqm)" else "" end) +
	(if .path.loss_percent > 0 then ", \(.path.loss_percent) % loss" else "" end) +
	(if .path.ecn then ", ECN" else "" end);

def group_name: .cc + (if .rtt_us then " \(.rtt_us / 1000) ms" else "" end) +
	(if .burst then ", \(.burst / 1000) kB" else "" end);
def is_short: .transfers != null;
def transfers_words: [(.completion_s // empty | figure(1; 3) + " s each"),
	(.transfers | select(.finished < .all) | "\(.finished) of \(.all) finished")] | join(", ");

def set_rows:
	. as $set | (.groups | length) as $n |
	([.name, (.goodput_bps | figure(1e6; 2)), "", (.queue_us | figure(1e3; 2)),
	  (.rtt_p95_us | figure(1e3; 1)), (.retransmits | figure(1; 1)),
	  (if $n == 1 then (.backoffs_per_s | figure(1; 2)) else "" end), (.jain | figure(1; 3))] | row),
	(.groups[] | select($n > 1) |
		["&nbsp;&nbsp;each " + group_name,
		 (if is_short then transfers_words else (.goodput_bps | figure(1e6; 2)) end),
		 (if is_short then "" else (.share | figure(1; 2)) end), "", "",
		 (.retransmits | figure(1; 1)), (.backoffs_per_s | figure(1; 2)), ""] | row);

def head_rows($first): ([$first, "goodput, Mbit/s", "share", "queue, ms", "RTT p95, ms", "retransmits",
	"back-offs/s", "Jain"] | row), "|---|---|---|---|---|---|---|---|";

def table: .scenario.seeds as $seeds | .cells[] | "",
	"**" + path_words + "**; \(.duration_s) s without the first \(.skip_s), \(.seeds) of \($seeds) seeds", "",
	head_rows("flows"), (.sets[] | set_rows);

# One row per path, one column per set: for wide grids.
def grid_of($title; figure; $scale; $digits):
	"", $title, "", (["path"] + [.cells[0].sets[].name] | row), ("|---" * (.cells[0].sets | length + 1)) + "|",
	(.cells[] | [.label | gsub("_"; ", ")] + [.sets[] | figure | figure($scale; $digits)] | row);
def grid: "", "\(.cells[0].path.rate_bps / 1e6) Mbit/s; \(.cells[0].duration_s) s without the first \(.cells[0].skip_s), \([.cells[].seeds] | min) of \(.scenario.seeds) seeds.",
	grid_of("Goodput, Mbit/s:"; .goodput_bps; 1e6; 2), grid_of("Mean queueing delay, ms:"; .queue_us; 1e3; 1),
	grid_of("Packets dropped by the queue, in all of the run:"; .dropped; 1; 0);

def twin_row($name; figure; $scale; $digits; $limit):
	.cells[] | . as $cell | twin_ratio(figure) as $r |
	[(.label | gsub("_"; ", ")), $name, (.sets[0] | figure | figure($scale; $digits)), (.sets[1] | figure | figure($scale; $digits)),
	 (if $r then ($r.ratio | fixed(3)) + " ± " + ($r.ci95 | fixed(3)) else "" end), "\($limit * 100) %",
	 (if $r == null then "not measured" elif ($r.ratio - 1 | fabs) - $r.ci95 > $limit then "**differs**"
	  elif ($r.ratio - 1 | fabs) > $limit then "undecided"
	  elif ($r.ratio - 1 | fabs) + $r.ci95 <= $limit then "holds" else "holds by the means" end)] | row;
def twin_table: "", "\(.cells[0].duration_s) s without the first \(.cells[0].skip_s); \([.cells[].seeds] | min) to \([.cells[].seeds] | max) of \(.scenario.seeds) seeds each." +
	(if .cells[0].twin then " Both draw the same numbers: the ratio and its interval are of differences between the two runs of each seed." else "" end), "",
	(["path", "mean over the seeds", .cells[0].sets[0].name, .cells[0].sets[1].name, "ratio", "limit", ""] | row), "|---|---|---|---|---|---|---|",
	twin_row("goodput, Mbit/s"; .goodput_bps; 1e6; 3; 0.05), twin_row("queue, ms"; .queue_us; 1e3; 3; 0.05),
	twin_row("back-offs/s"; .backoffs_per_s; 1; 3; 0.1);

(.scenario.plot // "" | . / " ") as $kinds |
"", "## \(.scenario.title // .scenario.name)", "",
(.scenario.about // [] | if length > 0 then join(" "), "" else empty end),
(if .trusted then empty else "**Not to be trusted: a path was not as ordered, or the host disturbed a run in real time.**", "" end),
(if $verdicts[0] | length > 0 then (["expected", "measured", ""] | row), "|---|---|---|",
	($verdicts[0][] | [.text, .shown, .verdict] | row) else empty end),
(if .cells | length == 0 then "", "Not measured yet." elif $kinds | index(["scatter"]) then grid
 elif $kinds | index(["twin"]) then twin_table else table end),
($plots[] | "", "![\(.)](\($folder)/\(.).svg)")
