# SPDX-License-Identifier: GPL-2.0
# Measurements of `cdglab bench` into figures: medians with the lowest and the highest, beside the ordinary machine.
# How many fit: what is available, less a tenth of all memory and what machines share, over what each has alone.
def middle: sort | if length == 0 then null elif length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def round3: if . then . * 1000 | round / 1000 else . end;
def spread: {median: (middle | round3), low: (min | round3), high: (max | round3)};
def mb: if . then . / 1024 * 10 | round / 10 else . end;
def mean: add / length;

$meta[0] as $m | . as $all |
def times($rows): ["first_s", "result_s", "exit_s", "cpu_s", "qemu_s", "load_s", "kernel_s", "user_s"] |
	map(. as $key | {($key): ($rows | map(.[$key]) | spread)}) | add;
# Each run's own ordinary machine stands beside it: load that comes and goes hits both.
def ratios($rows; $key): $rows | map(. as $row |
	first($all[] | select(.kind == "time" and .side == "ordinary" and .kernel == $row.kernel and
		.accel == $row.accel and .run == $row.run)) as $other | $row[$key] / $other[$key]) | spread;
def beyond: .pss_kb - .guest_kb - .image_pss_kb;
def memory($row): ($row.machines | map(.pss_kb - .private_kb) | add) as $shared_kb |
	($row.machines | map(.private_kb) | mean) as $private_kb |
	{beyond_mb: ($row.machines | map(beyond) | middle | mb), guest_mb: ($row.machines | map(.guest_kb) | middle | mb),
		image_mb: ($row.machines | map(.image_kb) | max | mb), each_mb: ($private_kb | mb), shared_mb: ($shared_kb | mb),
		merged_mb: (if $row.unmerged then (($row.unmerged | map(.pss_kb) | add) - ($row.machines | map(.pss_kb) | add)) /
			($row.machines | length) | mb else null end),
		fit: ([($m.available_kb - $m.total_kb / 10 - $shared_kb) / $private_kb | floor, 0] | max)};
def side($rows): ($rows | map(select(.kind == "time"))) as $times |
	{side: $rows[0].side, accel: $rows[0].accel, mem_mb: $rows[0].mem_mb, times: times($times),
		of_ordinary: {result: ratios($times; "result_s"), cpu: ratios($times; "cpu_s")},
		memory: memory($rows | map(select(.kind == "memory")) | .[0])};
def order: . as $side | $m.sides | map(.name) | index($side);

# The goals are those of machines with KVM; what is judged is the best side of the lab's own.
def goal($what; $value; $bar; $unit): {goal: "\($what): \($bar) \($unit)", value: $value,
	verdict: (if $value <= $bar then "holds" else "falls short" end)};
def verdicts: map(. as $kernel | .sides | map(select(.side != "ordinary")) |
	{kernel: $kernel.kernel} +
	if any(.[]; .accel == "kvm") then map(select(.accel == "kvm")) |
		{accel: "kvm", verdicts: [goal("first user instruction"; map(.times.first_s.median) | min * 1000; 150; "ms"),
			goal("memory beyond the guest's own"; map(.memory.beyond_mb) | min; 20; "MB")]}
	else min_by(.times.cpu_s.median) as $best |
		{accel: "tcg", verdicts: [], best: $best.side, of_ordinary: $best.of_ordinary,
			first_ms: (map(.times.first_s.median) | min * 1000 | round), beyond_mb: (map(.memory.beyond_mb) | min)} end);

{format: "cdglab-bench", version: 1, meta: $m,
	kernels: [group_by(.kernel)[] | {kernel: .[0].kernel, sides: ([group_by([.side, .accel])[] | side(.)] |
		sort_by([.accel, (.side | order)]))}] | sort_by(.kernel | [splits("[^0-9]+") | tonumber? // 0])} |
. + {verdicts: (.kernels | verdicts), runs: $all}
