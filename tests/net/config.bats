#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=net
# What cdg.service types: load --config, again as a reload, unload.

load net

setup_file() { bed_up; }
teardown_file() { bed_down; }
teardown() { bed_clean; }

conf() { printf '%s\n' "name = $cc" "syn = no" "$@" >"$bed/cdg.conf"; }

@test "load --config registers the file's name with its parameters" {
	conf restricted=yes preset=scavenger window=16
	run -0 ctl load --config "$bed/cdg.conf"
	[[ ${lines[0]} == "registered $cc" ]]
	run -0 ctl -j status
	jq -e --arg cc "$cc" '.restricted and .names[0].name == $cc and
		(.parameters | map({(.name): .value}) | add |
		.window == 16 and .backoff_step == 1 and .use_ineff == 0)' <<<"$output"
}

@test "the same file again changes nothing, a changed one tunes" {
	conf window=16
	ctl -q load --config "$bed/cdg.conf"
	run -0 ctl load --config "$bed/cdg.conf"
	[[ $output == "already loaded"* && $output != *"in force"* ]]
	[ "$(ctl -j status | jq .generation)" -eq 1 ]
	conf backoff_factor=60
	run -0 ctl load --config "$bed/cdg.conf"
	[[ $output == *"already loaded"*"the parameters of the file are in force now"* ]]
	run -0 ctl -j status
	jq -e '.generation == 2 and (.parameters | map({(.name): .value}) | add |
		.window == 8 and .backoff_factor == 60)' <<<"$output"
}

@test "a file that names something else is refused and leaves what is loaded" {
	conf
	ctl -q load --config "$bed/cdg.conf"
	printf 'name = %s_b\nsyn = no\nwindow = 32\n' "$cc" >"$bed/cdg.conf"
	run -2 ctl load --config "$bed/cdg.conf"
	[[ $output == *"already holds $cc"*"cdgctl unload"* ]]
	conf bogus=1
	run -1 ctl load --config "$bed/cdg.conf"
	[[ $output == *"cdg.conf:3: there is no key 'bogus'"* ]]
	[ "$(ctl -j status | jq .generation)" -eq 1 ]
}

@test "the group of the file may open the pins, also after load --replace; others may not" {
	conf group=nogroup
	ctl -q load --config "$bed/cdg.conf"
	[ "$(stat -c %a:%G "$pin_dir" "$pin_dir/control" | paste -sd ' ')" = "750:nogroup 660:nogroup" ]
	ctl -q load --replace --no-syn --name "$cc"
	[ "$(stat -c %a:%G "$pin_dir" "$pin_dir/control" | paste -sd ' ')" = "750:nogroup 660:nogroup" ]
	ctl -q unload
	conf
	ctl -q load --config "$bed/cdg.conf"
	[ "$(stat -c %a:%G "$pin_dir" "$pin_dir/control" | paste -sd ' ')" = "700:root 600:root" ]
	run -1 ctl load --no-syn --name "$cc" --group no.such
	[[ $output == *"there is no group 'no.such'"*groupadd* ]]
}

# cdgctl, or $program, as a user whose only right is the group that the pins are shared with.
member() { setpriv --reuid 65533 --regid nogroup --clear-groups --bounding-set -all \
	--inh-caps -all "${program:-$bed/cdgctl}" "$@"; }

@test "a member of the group looks and tunes, and cannot take the instance away" {
	cgroup_up
	cp "$cdgctl" "$bed/cdgctl"
	chmod 755 "$BATS_RUN_TMPDIR" "$bed" "$bed/cdgctl"
	ctl -q load --name "$cc" --group nogroup --cgroup "$cgroup"
	for command in status flows syn "tune backoff_factor=50"; do
		run -0 member --pin-dir "$pin_dir" $command
		echo "$command: $output"
	done
	member --pin-dir "$pin_dir" -j status | jq -e '.names[0].owner == "ours" and .syn.attached and (.degraded | not)'
	ctl -j tune | jq -e '.parameters[] | select(.name == "backoff_factor").value == 50'
	run -2 member --pin-dir "$pin_dir" unload
	[[ $output == *"only the owner"*"root"* ]]
	for pin in "$pin_dir"/{ops,syn_link,syn_prog,syn_restore}*; do
		[ "$(stat -c %a "$pin")" = 600 ]
	done
	# Before Linux 6.4 there is none.
	[ -z "$(find "$pin_dir" -name 'link*' ! -perm 600)" ]
	[ ! -e "$pin_dir/link0" ] || not program=bpftool member link detach pinned "$pin_dir/link0"
	not program=bpftool member link detach pinned "$pin_dir/syn_link"
	not program=bpftool member map delete pinned "$pin_dir/ops0" key 0 0 0 0
	run -0 ctl status
	listed "$cc"
}

@test "a repair leaves the pins to the group" {
	conf group=nogroup
	ctl -q load --config "$bed/cdg.conf"
	rm "$pin_dir/metrics"
	run -5 ctl status
	ctl -q load --no-syn --name "$cc"
	[ "$(stat -c %a:%G "$pin_dir" "$pin_dir/metrics" | paste -sd ' ')" = "750:nogroup 660:nogroup" ]
}

@test "load --replace --config puts the file's parameters in the place of the old ones" {
	conf window=16
	ctl -q load --config "$bed/cdg.conf"
	conf window=32
	run -0 ctl load --replace --config "$bed/cdg.conf"
	ctl -j status | jq -e '.parameters[] | select(.name == "window").value == 32'
	ctl -q load --replace --config "$bed/cdg.conf" --dry-run
}
