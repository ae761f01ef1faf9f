# SPDX-License-Identifier: GPL-2.0
# What a report is of: machines, programs, how much of it was measured; and all verdicts.

([.[].guests[]] | unique) as $guests |
([$guests[].kernel] | unique | join(", ")) as $kernels |
([$guests[] | .build | select(.)] | unique) as $builds |
"Measured on Linux \($kernels) in QEMU (\([$guests[].qemu] | unique | join(", "))), " +
(if all($guests[]; .exact) then "in virtual time: each figure comes again with the same seed and build"
 else "partly in real time" end) + ". " +
"Build of ours: \(if $builds | length == 0 then "none" else $builds | map(.[:12]) | join(", ") end). " +
"± is half the 95 % confidence interval over the seeds (Student's t).",
"",
"| scenario | experiments measured | of |", "|---|---|---|",
(.[] | "| \(.title // .name) | \(.measured) | \(.planned) |"),
([$verdicts[][]] | if length > 0 then
	"", "| expected | measured | |", "|---|---|---|", (.[] | "| \(.text) | \(.shown) | \(.verdict) |") else empty end)
