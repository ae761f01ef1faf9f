# SPDX-License-Identifier: GPL-2.0
# Stripped results of one scenario, {label, result} each, into what is reported: for each experiment
# the figures of its sets over the seeds. $about[0] is the scenario.

include "stat";

def sets:
	[.[].result.runs[]] as $runs | .[0].result.sets |
	map(.name as $name | [$runs[] | select(.name == $name)] as $mine | {name: $name} + ($mine | over_seeds) +
		{runs: $mine});

$about[0] as $about | . as $all |
{scenario: $about,
 cells: [$about.cells[] as $tag | [$all[] | select(.label == $tag)] | select(length > 0) |
	{label: $tag, seeds: ([.[].result.seeds[]] | unique | length)} +
	(.[0].result | {path, duration_s, skip_s, native, ours, twin}) + {sets: sets}],
 measured: ([$all[] | {cell: .label, seed: .result.seeds[]}] | unique | length), planned: (($about.cells | length) * $about.seeds),
 trusted: all($all[]; .result.trusted),
 origins: ([$all[].result | {lab: .machine.lab, build: .guest.cdg.build_id?, kernel: .guest.kernel, n: (.seeds | length)}] |
	group_by(del(.n)) | map(.[0] + {n: map(.n) | add})),
 guests: ([$all[].result | {kernel: .guest.kernel, build: .guest.cdg.build_id?, version: .guest.cdg.version?, qemu: .machine.qemu,
	exact: .machine.exact, iproute2: .guest.iproute2}] | unique)}
