# SPDX-License-Identifier: GPL-2.0
# The result of `cdglab matrix` as a table: a row per test, a column per kernel, reasons below, then what was
# measured with what. With $markdown as a document.

def pad($n): . + " " * ($n - length | if . < 0 then 0 else . end);
def short: (capture("-(?<arch>arm64)$").arch // "") as $arch |
	sub("-cloud-.*"; "") | sub("\\+.*"; "") + (if $arch == "" then "" else " \($arch)" end);
def plain: gsub("(?<c>[\\\\`*_<>|\\[\\]])"; "\\\(.c)"); # no Markdown
def lines: rtrimstr("\n") / "\n" | map(sub("[ \t]+$"; ""));
def tool: "\(.date), QEMU \(.qemu), \(.cdgctl // "no toolkit that told its version")";

. as $m |
([.cells[] | select(.reason) | {verdict, reason}] | unique) as $reasons |
(reduce .cells[] as $c ([]; if any(.[]; . == $c.test) then . else . + [$c.test] end)) as $tests |
([$tests[] | length] | max | if . > 90 then 90 else . end) as $width |
def verdict($test; $kernel): (first($m.cells[] | select(.test == $test and .kernel == $kernel)) // null) as $cell |
	if $cell == null then "-" elif $cell.reason == null then $cell.verdict
	else "\($cell.verdict) \(($reasons | index([$cell | {verdict, reason}])) + 1)" end;
# What ran with the same tools: of each kernel all that was not filtered as one list, kernels of the same list together.
def asked: group_by([.kernel, .filter])[] |
	{kernel: (.[0].kernel | short), what: ((map(.tests | split(" ")[]) | unique | join(" ")) +
		if .[0].filter != "" then ", of these '\(.[0].filter)'" else "" end)};
def measured: [.kernels[] as $kernel | ((.measured // {})[$kernel] // [])[] | . + {kernel: $kernel}] | group_by(tool)[] |
	{tool: (.[0] | tool), runs: ([asked] | group_by(.what) | map("\(map(.kernel) | join(", ")): \(.[0].what)"))};
def counts: "\(.counts.PASS // 0) passed, \(.counts.FAIL // 0) failed, \(.counts.SKIP // 0) skipped";

# A reason of several lines is what a test printed.
def reason_md: "\(.key + 1). " as $number | (.value.reason | lines) as $lines |
	if $lines | length == 1 then $number + "\(.value.verdict): \($lines[0] | plain)"
	else $number + "\(.value.verdict):", "",
		($lines[] | if . == "" then . else " " * (($number | length) + 4) + . end), "" end;

if $markdown then
	"# The toolkit's tests on each kernel", "",
	"Written by `cdglab matrix --markdown FILE`; a column per kernel, reasons below, - where a test was not run.", "",
	(measured | "\(.tool | plain):", "", (.runs[] | "- " + plain), ""),
	"\(counts).", "",
	"| | " + ([.kernels[] | short] | join(" | ")) + " |",
	"|---|" + ("---|" * (.kernels | length)),
	($tests[] as $test | "| \($test | plain) | " + ([$m.kernels[] | verdict($test; .)] | join(" | ")) + " |"),
	(if $reasons == [] then empty else "" end),
	($reasons | to_entries[] | reason_md)
else
	(("" | pad($width)) + ([.kernels[] | "  " + (short | pad(14))] | add)),
	($tests[] as $test |
		($test[:90] | pad($width)) + ([$m.kernels[] | "  " + (verdict($test; .) | pad(14))] | add)),
	($reasons | to_entries[] | "", "\(.key + 1): \(.value.verdict): \(.value.reason | rtrimstr("\n") | gsub("\n"; "\n   "))"),
	"", (measured | .tool + ":", (.runs[] | "  " + .), ""),
	counts
end
