# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by tests of scenarios, sweeps and reports: a lab whose machines answer at once.
ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

bats_require_minimum_version 1.5.0
load wait

cdglab() { "$ROOT/lab/cdglab" "$@"; }

setup() {
	export TMPDIR=$BATS_TEST_TMPDIR/work
	mkdir "$TMPDIR"
	cd "$BATS_TEST_TMPDIR"
}

teardown() { [[ -z $(ls -A "$TMPDIR") ]] || { echo "left: $(ls -A "$TMPDIR")"; return 1; }; }

# scenario LINES: the file s.conf
scenario() { printf '%s\n' "$@" >s.conf; }

# result SEED GOODPUT-MBIT: what a machine would print for one run of cubic and cdg_bpf each
guest_lines() {
	local cc number=0
	echo '{"setup":{"kernel":"6.12.0-'"${KERNEL_NOW:-test}"'","machine":"x86_64","clocksource":"tsc","iproute2":"tc",
		"cdg":{"build_id":"abcdef0123456789","version":"v"},"status":{"cdg_bpf":{"parameters":[]}},"qdiscs":{}}}' | tr -d '\n\t'
	echo
	for cc in cubic cdg_bpf; do
		number=$((number + 1))
		jq -nc --arg cc $cc --argjson mbit "$2" --argjson number $number '
			[range(0; 101) | . / 10] as $t |
			def probes: {t_s: $t, rtt_us: ($t | map(40000 + . * 100))};
			{run: {set: $cc, check: {idle: {probe: {sent: 90, lost: 0, mean_us: 40100, sd_us: 1, series: probes}}, rate: {rate_bps: 10000000}},
			 before: [{kind: "netem", root: true, packets: 0, bytes: 0, drops: 0}],
			 after: [{kind: "netem", root: true, packets: 100, bytes: 1000, drops: $number}],
			 sent: {zero_ns: 0, from_ns: 2000000000, end_ns: 10000000000,
				flows: [{cc: $cc, port: 21000, start_s: 0, bytes: ($mbit * 1e6 / $number), measured_s: 8, goodput_bps: ($mbit * 1e6 / $number), retransmits: 1,
					 retransmits_total: 2, delivered_ce: 0, cwnd_mean: 20, srtt_mean_us: 41000,
					 series: {t_s: $t, arrived: ($t | map(. * 1000)), cwnd: ($t | map(20)), ssthresh: ($t | map(10)),
						  srtt_us: ($t | map(41000)), retransmits: ($t | map(0))}}],
				probe: {sent: 100, lost: 0, mean_us: (40100 + 20000 / $number), sd_us: 1, min_us: 40000, p50_us: 1, p95_us: 2, p99_us: 3, max_us: 4, series: probes}},
			 decisions: ([range(1; 20) | {type: "backoff", sport: 21000, ts_ns: (. * 500000000), grad_us: 900, cwnd_prior: 20, cwnd_target: 14}] +
				[{type: "bye", lost: 0}]), cwr: []}}'
	done
}

# What QEMU would do, without it: a cdglab whose machines answer at once. MACHINE_FAILS names a seed
# whose machine breaks.
fake_lab() {
	mkdir lab
	cp -r "$ROOT/lab/." lab/
	export -f guest_lines
	cat >>lab/lib/work.sh <<-'END'
		run_prepare() { work_make; }
		run_once() {
			[[ $SEED != "${MACHINE_FAILS-}" ]] || die "the guest failed: as ordered"
			MACHINE_STATUS=0
			echo "$SEED" >>"${MACHINES_RUN:-/dev/null}"
			guest_lines "$SEED" "$((7 + SEED % 3))"
		}
		machine_qemu() { echo true; }
		kernel_list() { echo "6.12.0-${KERNEL_NOW:-test}"; }
	END
	mv lab/lib/work.sh lab/lib/zz-work.sh # after those that it replaces
	cdglab() { "$BATS_TEST_TMPDIR/lab/cdglab" "$@"; }
}

two_cells=('rate = 10mbit' 'buffer = 1bdp | 4bdp' 'flows = cubic' 'flows = cdg_bpf' 'seeds = 3' 'skip = 2s' 'duration = 10s')

# lines_through JQ: what the machines print, changed by that program
lines_through() {
	export LINES_THROUGH=$1
	# shellcheck disable=SC2016
	sed -i 's/guest_lines "$SEED".*/& | jq -c --argjson seed "$SEED" "$LINES_THROUGH"/' lab/lib/zz-work.sh
}
