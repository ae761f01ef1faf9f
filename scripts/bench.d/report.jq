# SPDX-License-Identifier: GPL-2.0
# What scripts/bench has measured, as Markdown.
include "row";
def machine: "Linux \(.kernel), \(.cpu), \(.date), build \(.build); "
	+ (.tools | to_entries | map("\(.key) \(.value)") | join(", "));
([.parts[].figures[] | select(.bar)]) as $bars |
([.parts[].on] | map(machine) | group_by(.) | max_by(length)[0]) as $usual |
"# What it costs",
"",
"Written by `sudo scripts/bench`; do not edit. The same as data: benchmarks.json. Figures are medians with their 95 %",
"confidence interval, of fewer than six values with their range; both sides of a comparison take turns within one run.",
"",
$usual + ".",
"",
"\([$bars[] | select(.holds)] | length) of \($bars | length) bars hold."
+ if all($bars[]; .holds) then "" else " Not these: "
	+ ([.parts[] | . as $part | select(any(.figures[]; .holds == false)) | .about] | join("; ")) + "." end,
(.parts[] |
"",
"## " + .about,
"",
(.method | sub("^\n+"; "") | sub("\n+$"; "")),
(select((.on | machine) != $usual) | "", (.on | machine) + "."),
(select(.quick) | "", "**Only tried, with two repetitions: not to be relied on.**"),
"",
"| | median | 95 % | n | bar | verdict | |",
"|---|---|---|---|---|---|---|",
(.figures[] | row))
