#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=lab
# Which results count as measured.

load fake

other_lab() { echo "# changed" >>lab/path/guest.sh; }
measured() { wc -l <"$MACHINES_RUN"; }

one_cell=("${two_cells[@]/ | 4bdp/}")

@test "a result says which lab measured it, and what is only for people is none of it" {
	local words=(path --kernel none --flows cubic --duration 10s --skip 2s --json one.json)
	fake_lab
	cdglab "${words[@]}"
	jq -e '.machine.lab | test("^[0-9a-f]{12}$")' one.json
	cp one.json first.json
	echo "# changed" >>lab/path/table.jq
	cdglab "${words[@]}"
	cmp one.json first.json
	for name in lab/path/pathsend.c lab/guest/init.c lab/modules-path.txt lab/tools-path.txt scripts/bottleneck build/bpf/cdg.bpf.o; do
		mkdir -p "${name%/*}"
		echo "changed" >>"$name"
		cp one.json before.json
		cdglab "${words[@]}"
		jq -se 'map(.machine.lab) | unique | length == 2' before.json one.json || { echo "$name changed nothing"; return 1; }
	done
}

@test "results of another lab are measured anew, unless --any-build takes them" {
	fake_lab
	export MACHINES_RUN=$BATS_TEST_TMPDIR/machines
	scenario "${two_cells[@]}"
	cdglab sweep -o out --only 1bdp s.conf
	other_lab
	run -0 cdglab sweep -o out --any-build s.conf
	[[ $output == *"experiments to be measured: 3 of 6"$'\n'* ]]
	run -0 cdglab sweep -o out s.conf
	[[ $output == *"experiments to be measured: 3 of 6, 3 of them anew: other build or kernel"* ]]
	[ "$(measured)" -eq 9 ]
	run -0 cdglab sweep -o out s.conf
	[[ $output == *"experiments to be measured: 0 of 6" ]]
	# Only those that were asked for.
	other_lab
	run -0 cdglab sweep -o out --only seed2 s.conf
	[[ $output == *"experiments to be measured: 2 of 6, 2 of them anew"* ]]
}

@test "results of another kernel than the one that would be booted are measured anew" {
	fake_lab
	scenario "${one_cell[@]}"
	cdglab sweep -o out s.conf
	export KERNEL_NOW=newer
	run -0 cdglab sweep -o out --only seed1 s.conf
	[[ $output == *"experiments to be measured: 1 of 3, 1 of them anew"* ]]
	jq -e '.guest.kernel == "6.12.0-newer"' out/s/all-seed1-*.json
	# The report says so.
	cdglab report --plots none out/s -o report.md
	grep -F '**Results of several builds:** s: 1 of 6.12.0-newer, 2 of 6.12.0-test. They' report.md
}

@test "a broken result is measured anew, and those beside it are not" {
	fake_lab
	scenario "${two_cells[@]}"
	cdglab sweep -o out s.conf
	truncate -s 1000 out/s/1bdp-seed2-*.json
	echo '[]' >"$(echo out/s/4bdp-seed1-*.json)"
	echo 'nonsense' >"$(echo out/s/4bdp-seed3-*.json)"
	run -0 cdglab sweep -o out s.conf
	[[ $output == *"experiments to be measured: 3 of 6, 3 of them anew"* ]]
	run -0 cdglab sweep -o out s.conf
	[[ $output == *"experiments to be measured: 0 of 6" ]]
}

@test "--again removes the old result before its machine starts" {
	fake_lab
	scenario "${one_cell[@]}"
	cdglab sweep -o out s.conf
	MACHINE_FAILS=2 run -2 cdglab sweep --again -o out s.conf
	cdglab report --plots none out/s -o report.md
	grep -F '| s | 2 | 3 | 2 of 3 seeds |' report.md
	run -0 cdglab sweep -o out s.conf
	[[ $output == *"experiments to be measured: 1 of 3"$'\n'* ]]
	# Those that were not begun keep theirs.
	run -0 cdglab sweep --again --for 0s -o out s.conf
	run -0 cdglab sweep -o out s.conf
	[[ $output == *"experiments to be measured: 0 of 3" ]]
}

@test "results of several builds are told with how many there are of each" {
	local labs
	fake_lab
	scenario "${one_cell[@]}"
	cdglab sweep -o out s.conf
	cdglab report --plots none out/s -o report.md
	[ -z "$(grep -F 'several builds' report.md)" ]
	labs=$(jq -r .machine.lab out/s/all-seed1-*.json)
	grep -F "Lab: $labs. " report.md
	other_lab
	cdglab sweep -o out --only seed1 s.conf
	cdglab report --plots none out/s -o report.md
	labs=$(jq -r .machine.lab out/s/all-seed1-*.json)
	grep -E "^\*\*Results of several builds:\*\* .*\b1 of lab $labs with ours abcdef012345" report.md
	grep -E '^\*\*Results of several builds:\*\* .*\b2 of lab [0-9a-f]* with ours' report.md
	# And of another build of ours in the same lab.
	sed -i 's/"abcdef0123456789"/"fedcba9876543210"/' out/s/all-seed1-*.json
	sed -i "s/\"lab\":\"[0-9a-f]*\"/\"lab\":\"$labs\"/" out/s/all-seed?-*.json
	cdglab report --plots none out/s -o report.md
	grep -F "2 of lab $labs with ours abcdef012345, 1 of lab $labs with ours fedcba987654. They" report.md
	# A run without ours is of any.
	sed -i 's/"build_id":"fedcba9876543210"/"build_id":null/' out/s/all-seed1-*.json
	cdglab report --plots none out/s -o report.md
	[ -z "$(grep -F 'several builds' report.md)" ]
}

@test "the first table says which scenarios are not to be trusted" {
	fake_lab
	lines_through 'if .run and $seed == 3 then .run.check.rate.rate_bps = 5e6 else . end'
	scenario "${one_cell[@]}"
	cdglab sweep -o out s.conf
	cdglab report --plots none out/s -o report.md
	grep -F '| s | 3 | 3 | **not to be trusted** |' report.md
	cdglab report --plots none "$(echo out/s/all-seed1-*)" -o report.md
	grep -E '\| 1 \| 1 \|  \|$' report.md
}
