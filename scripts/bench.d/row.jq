# SPDX-License-Identifier: GPL-2.0
# One figure as a row of a Markdown table: what, median, 95 % interval (of fewer than six values,
# which have none, the range), repetitions, bar, verdict.
def size: if . < 0 then -. else . end;
def digits: if size >= 100 then round
	elif size >= 10 then . * 10 | round / 10
	else . * 1000 | round / 1000 end | tostring;
def group: if (split(".")[0] | ltrimstr("-") | length) < 5 then . else
	explode | reverse | [range(0; length; 3) as $i | .[$i:$i + 3]] | map(reverse | implode) | reverse
	| join(",") | sub("^-,"; "-") end;
def show: digits | if contains(".") then . else group end;
def row: "| " + .what
+ " | " + (.median | show) + " " + .unit
+ " | " + (if .low then (.low | show) + " .. " + (.high | show) + (if .n < 6 then " (range)" else "" end) else "" end)
+ " | " + (.n | tostring)
+ " | " + (if .bar then (.bar.op | sub("<="; "at most") | sub(">="; "at least")) + " " + (.bar.value | show) else "" end)
+ " | " + (if .holds == null then "" elif .holds then "holds" else "**falls short**" end)
+ " |" + (if .note then " " + .note + " |" else "  |" end);
