# SPDX-License-Identifier: GPL-2.0
# The result of `cdglab matrix` as a table: a row per test, a column per kernel, reasons below.

def pad($n): . + " " * ($n - length | if . < 0 then 0 else . end);
def short: (capture("-(?<arch>arm64)$").arch // "") as $arch |
	sub("-cloud-.*"; "") | sub("\\+.*"; "") + (if $arch == "" then "" else " \($arch)" end);

. as $m |
([.cells[] | select(.reason) | {verdict, reason}] | unique | to_entries) as $reasons |
(reduce .cells[] as $c ([]; if any(.[]; . == $c.test) then . else . + [$c.test] end)) as $tests |
([$tests[] | length] | max | if . > 90 then 90 else . end) as $width |
(("" | pad($width)) + ([.kernels[] | "  " + (short | pad(14))] | add)),
($tests[] | . as $test |
	($test[:90] | pad($width)) + ([$m.kernels[] | . as $kernel |
		(first($m.cells[] | select(.test == $test and .kernel == $kernel)) // null) as $cell |
		"  " + (if $cell == null then "-" else $cell.verdict +
			(if $cell.reason then " " + ($reasons[] |
				select(.value == ($cell | {verdict, reason})) | .key + 1 | tostring) else "" end)
			end | pad(14))] | add)),
($reasons[] | "", "\(.key + 1): \(.value.verdict): \(.value.reason | rtrimstr("\n") | gsub("\n"; "\n   "))"),
"",
"\(.counts.PASS // 0) passed, \(.counts.FAIL // 0) failed, \(.counts.SKIP // 0) skipped"
