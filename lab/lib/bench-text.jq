# SPDX-License-Identifier: GPL-2.0
# The figures of bench.jq as text, or as Markdown with $markdown.
def pad($n): tostring | . + (" " * ([$n - length, 0] | max) // "");
def lpad($n): tostring | (" " * ([$n - length, 0] | max) // "") + .;
def fixed($digits): if . == null then "-" else . * pow(10; $digits) | round | tostring |
	if $digits == 0 then . else ("0" * ([$digits + 1 - length, 0] | max) // "") + . |
	.[:length - $digits] + "." + .[length - $digits:] end end;
def range($digits): "\(.median | fixed($digits)) (\(.low | fixed($digits))-\(.high | fixed($digits)))";
# rows of words, the first one being the head
def table: if $markdown then
		"| " + (.[0] | join(" | ")) + " |", "|" + (.[0] | to_entries | map(if .key == 0 then "---" else "---:" end) | join("|")) + "|",
		(.[1:][] | "| " + join(" | ") + " |")
	else . as $rows | [range(0; .[0] | length) as $i | $rows | map(.[$i] | length) | max] as $width |
		.[] | to_entries | map(.value as $v | .key as $k | if $k == 0 then $v | pad($width[$k]) else $v | lpad($width[$k]) end) |
		"  " + join("  ") end;
def heading($level): if $markdown then "\("#" * $level) \(.)" else . end;
def name: if .accel == "kvm" then "\(.side), KVM" else .side end;

def times: [["", "first user instruction", "result", "exit", "processor", "result, of ordinary", "processor, of ordinary"]] +
	map([name, (.times.first_s | range(2)), (.times.result_s | range(2)), (.times.exit_s | range(2)), (.times.cpu_s | range(2)),
		(.of_ordinary.result | range(2)), (.of_ordinary.cpu | range(2))]);
def parts: [["", "QEMU", "loading", "kernel", "user space"]] +
	map([name, (.times.qemu_s, .times.load_s, .times.kernel_s, .times.user_s | range(3))]);
def memory: [["", "--mem", "beyond the guest's own", "guest's own", "image, once", "each alone", "merged by KSM", "machines that fit"]] +
	map([name, (.mem_mb | tostring), (.memory.beyond_mb | fixed(1)), (.memory.guest_mb | fixed(1)),
		(if .memory.image_mb > 0 then .memory.image_mb | fixed(1) else "-" end),
		(.memory.each_mb | fixed(1)), (.memory.merged_mb | fixed(1)), (.memory.fit | tostring)]);
def verdict: if .accel == "kvm" then
		.kernel as $k | .verdicts[] | "\($k), KVM: \(.goal) \(.verdict): \(.value | fixed(1))"
	else "\(.kernel): 150 ms and 20 MB are goals for KVM, their verdict needs a machine that has it. Emulated: \(.first_ms) ms and " +
		"\(.beyond_mb | fixed(1)) MB at the best; '\(.best)' takes \(.of_ordinary.cpu.median | fixed(2)) of the ordinary machine's " +
		"processor time, \(.of_ordinary.result.median | fixed(2)) of its time to the result." end;

.meta as $m |
(if $markdown then "# What a machine of the lab takes", "",
	"Written by `cdglab bench --kernel \([.kernels[].kernel | [scan("[0-9]+")][:2] | join(".")] | join(",")) --runs \($m.runs) --markdown FILE`; " +
	"`cdglab bench help` tells how each figure is measured.", "" else empty end),
"QEMU \($m.qemu), \($m.cpus) processors \($m.cpu), Linux \($m.host), \($m.date), load \($m.load). \($m.command): \($m.build).",
"Medians of runs in which the sides take turns (lowest-highest), \($m.runs) of each, seconds and MB. One CPU each, the least memory that does" +
	(if $m.kvm == "" then "." else "; emulated: \($m.kvm)." end),
(($m.host_time.warnings // [])[] | "Times are not to be trusted: \(.)."),
(if $m.ksm == "" then "Memory is that after KSM has merged what is equal." else "Not merged: \($m.ksm)." end), "",
($m.sides[] | if $markdown then "- \(.name): \(.what)" else "  \(.name | pad(10))  \(.what)" end),
(.kernels[] | "", ("Linux \(.kernel)" | heading(2)), "", (.sides | times | table), "", (.sides | parts | table), "", (.sides | memory | table)),
"", ("Verdict" | heading(2)), "", (.verdicts[] | (if $markdown then "- " else "  " end) + verdict)
