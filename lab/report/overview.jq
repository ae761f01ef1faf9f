# SPDX-License-Identifier: GPL-2.0
# What a report is of: machines, programs, how much of it was measured; and all verdicts.

def short: .[:12];
def several: if length > 1 then . else empty end;
def counted: map("\(.n) of \(.what)") | join(", ");

# Where no flow was ours its build is not known: it counts as the one of the same lab.
def builds:
	. as $all | map(.lab as $lab | .build = (.build // (first($all[] | select(.lab == $lab and .build).build) // null))) |
	group_by([.lab, .build]) | map({n: map(.n) | add, what:
		((.[0] | "lab \(.lab // "unknown")" + if .build then " with ours \(.build | short)" else "" end))});
def kernels: group_by(.kernel) | map({n: map(.n) | add, what: .[0].kernel});
# What no run over all of it would have left: sentences, none if all is of one build.
def mixed:
	([.[].origins[]] | builds | several | counted),
	(.[] | .title as $title | .origins | kernels | several | "\($title): \(counted)");

def remarks: [if .trusted then empty else "**not to be trusted**" end,
	(.planned_seeds as $of | .seeds | select(length > 0 and .[0] < $of) |
		"\(unique | if length > 1 then "\(.[0]) to \(.[-1])" else .[0] end) of \($of) seeds")] | join(", ");

([.[].guests[]] | unique) as $guests |
([$guests[].kernel] | unique | join(", ")) as $kernels |
([$guests[] | .build | select(.)] | unique) as $builds |
([.[].origins[].lab | select(.)] | unique) as $labs |
"Measured on Linux \($kernels) in QEMU (\([$guests[].qemu] | unique | join(", "))), " +
(if all($guests[]; .exact) then "in virtual time: each figure comes again with the same seed and build"
 else "partly in real time" end) + ". " +
"Build of ours: \(if $builds | length == 0 then "none" else $builds | map(short) | join(", ") end). " +
"Lab: \(if $labs | length == 0 then "unknown" else $labs | join(", ") end). " +
"± is half the 95 % confidence interval over the seeds (Student's t).",
([mixed] | if length > 0 then "", "**Results of several builds:** \(join("; ")). They are not to be compared." else empty end),
"",
"| scenario | experiments measured | of | |", "|---|---|---|---|",
(.[] | "| \(.title) | \(.measured) | \(.planned) | \(remarks) |"),
([$verdicts[][]] | if length > 0 then
	"", "| expected | measured | |", "|---|---|---|", (.[] | "| \(.text) | \(.shown) | \(.verdict) |") else empty end)
