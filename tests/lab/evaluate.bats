#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=lab
# Which results count as measured, and how an evaluation keeps them beside its report.

load fake

# evaluation LINES: a lab with one scenario, s, as the only one
evaluation() {
	fake_lab
	rm lab/scenarios/*.conf
	printf '%s\n' "$@" >lab/scenarios/s.conf
}
evaluate() { cdglab evaluate --results out -o docs/all.md "$@"; }
other_lab() { echo "# changed" >>lab/path/guest.sh; }
measured() { wc -l <"$MACHINES_RUN"; }
unpacked() { tar -xOJf docs/all-data/s.tar.xz "$@"; }

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

@test "the same source in another folder is the same build: programs do not name theirs" {
	local programs=("$ROOT"/build/cdgctl "$ROOT"/build/lab/{init,pathsend,pathsink,pathtwin} "$ROOT"/build/{bpf,lab}/*.bpf.o)
	[[ -f ${programs[0]} && -f ${programs[-1]} ]] || skip "they are not built: run 'make all lab'"
	run -1 grep -alF "$ROOT/" "${programs[@]}"
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

@test "an evaluation whose machine fails writes its report and its archives all the same, and ends with that" {
	evaluation "${one_cell[@]}"
	MACHINE_FAILS=2 run -2 evaluate
	[[ $output == *"as ordered"*"experiments failed: 1, see above" ]]
	grep -F '| s | 2 | 3 | 2 of 3 seeds |' docs/all.md
	tar -tJf docs/all-data/s.tar.xz >names
	[ "$(grep -c seed names)" -eq 2 ]
	grep -Fx scenario.json names
}

@test "archives of an evaluation: whole, the same bytes for the same results, left alone when nothing changed" {
	local file
	evaluation "${one_cell[@]}"
	evaluate
	[ "$(ls docs/all-data)" = s.tar.xz ]
	for file in out/s/*; do unpacked "${file##*/}" | cmp - "$file"; done
	tar --numeric-owner -tvJf docs/all-data/s.tar.xz | awk '$1 != "-rw-r--r--" || $2 != "0/0" { exit 1 }'
	[ "$(tar -tJf docs/all-data/s.tar.xz | wc -l)" -eq 4 ]
	cp -p docs/all-data/s.tar.xz first
	touch -d 2001-01-01 docs/all-data/s.tar.xz
	touch out/s/*
	(umask 077 && evaluate --report-only)
	[ "$(stat -c %Y docs/all-data/s.tar.xz)" -eq "$(date -d 2001-01-01 +%s)" ]
	# Made anew they are the same, and in place of a broken one.
	rm -r docs/all-data
	touch -d 2002-02-02 out/s/*seed1*
	evaluate --report-only
	cmp docs/all-data/s.tar.xz first
	# Other results change them; those of other parameters are not in them.
	sed -i 's/10s/11s/' lab/scenarios/s.conf
	evaluate
	[ "$(tar -tJf docs/all-data/s.tar.xz | wc -l)" -eq 4 ]
	unpacked --wildcards 'all-seed1-*' | jq -e '.duration_s == 11'
	# Where nothing is of today's parameters what is kept stays.
	cp docs/all-data/s.tar.xz first
	sed -i 's/11s/12s/' lab/scenarios/s.conf
	evaluate --report-only
	cmp docs/all-data/s.tar.xz first
}

@test "an evaluation in a fresh folder goes on with what was kept, and what is there is never written over" {
	evaluation "${one_cell[@]}"
	export MACHINES_RUN=$BATS_TEST_TMPDIR/machines
	MACHINE_FAILS=3 run -2 evaluate
	cp docs/all.md first.md
	rm -r out
	evaluate --report-only
	cmp docs/all.md first.md
	[ "$(measured)" -eq 2 ]
	rm -r out
	run -0 evaluate
	[[ $output == *"experiments to be measured: 1 of 3"$'\n'* ]]
	[ "$(measured)" -eq 3 ]
	[ "$(tar -tJf docs/all-data/s.tar.xz | grep -c seed)" -eq 3 ]
	# Another lab measured them: all anew.
	rm -r out
	other_lab
	run -0 evaluate
	[[ $output == *"experiments to be measured: 3 of 3, 3 of them anew"* ]]
	# Of two results the one in the folder is the newer.
	sed -i 's/"mean_us":60100/"mean_us":61100/g' out/s/all-seed1-*.json
	cp out/s/all-seed1-*.json newer.json
	rm out/s/all-seed2-*.json
	evaluate --report-only
	cmp newer.json out/s/all-seed1-*.json
	[ "$(ls out/s | wc -l)" -eq 4 ]
	unpacked --wildcards 'all-seed1-*' | cmp - newer.json
}

@test "a result that --again removed does not come back from the archive" {
	evaluation "${one_cell[@]}"
	evaluate
	MACHINE_FAILS=1 run -2 cdglab sweep --again -o out lab/scenarios/s.conf
	evaluate --report-only
	grep -F '| s | 2 | 3 |' docs/all.md
	run -0 evaluate
	[[ $output == *"experiments to be measured: 1 of 3"$'\n'* ]]
}

@test "an archive with anything but results is refused, and nothing of it is unpacked" {
	evaluation "${one_cell[@]}"
	mkdir -p docs/all-data x/s
	echo '{}' >x/evil.json
	echo '{}' >x/s/a.json
	echo '{}' >x/a.sh
	ln -s /etc/passwd x/link.json
	for words in "-C x/s -P ../evil.json" "-C x s/a.json" "-C x a.sh" "-C x link.json" "-C x s" "-P $PWD/x/evil.json" "-C x/s --transform s/a/-a/ a.json"; do
		# shellcheck disable=SC2086
		tar -cJf docs/all-data/s.tar.xz $words
		run -2 evaluate --report-only
		[[ $output == *"s.tar.xz is no archive of results"* && ! -e out/s && ! -e out/evil.json ]] || { echo "$words: $output"; return 1; }
	done
	head -c 100 /dev/urandom >docs/all-data/s.tar.xz
	run -2 evaluate --report-only
	[[ $output == *"s.tar.xz is no archive of results"* ]]
	rm -r docs/all-data
	echo >docs/all-data
	run -2 evaluate
	[[ $output == *"all-data is no folder"* && ! -e out ]]
}
