# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What `cdglab bench` has measured, as figures for programs and for people.

# What the figures depend on, as JSON.
bench_meta() {
	jq -nc --arg date "$(date -u +%F)" --arg qemu "$(machine_qemu_version)" \
		--arg cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" --argjson cpus "$(nproc)" \
		--arg host "$(uname -r)" --argjson available_kb "$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo)" \
		--argjson total_kb "$(sed -n 's/^MemTotal: *\([0-9]*\).*/\1/p' /proc/meminfo)" \
		--arg build "$("$BUILD/cdgctl" version 2>/dev/null | head -n 1)" --arg command "${RUN_COMMAND[*]}" \
		--argjson runs "$BENCH_RUNS" --argjson code_mb "$MACHINE_CODE_MB" --arg ksm "$(memory_ksm_state)" \
		--arg kvm "$(bench_kvm_state)" --argjson host_time "$(host_since "$BENCH_TICKS")" --argjson load "$(cut -d' ' -f1 /proc/loadavg)" \
		'$ARGS.named + {sides: ($ARGS.positional | map(split(" ") | {name: .[0], what: (.[4:] | join(" "))}))}' \
		--args "${BENCH_SIDES[@]}"
}

# Why there is nothing with KVM, nothing if there is.
bench_kvm_state() {
	if [[ ${BENCH_ACCELS[0]} == kvm ]]; then
		:
	elif [ -e /dev/kvm ]; then
		echo "no kernel of Debian's boots with the /dev/kvm that is here, or it may not be used"
	else
		echo "this machine has no /dev/kvm"
	fi
}

bench_figures() {
	bench_meta >"$WORK/meta"
	jq -s --slurpfile meta "$WORK/meta" -f "$LAB/lib/bench.jq" "$WORK/bench" >"$WORK/report" ||
		die "the figures cannot be computed: is the disk full?"
}

# bench_text MARKDOWN: the figures for people; true or false
bench_text() { jq -r --argjson markdown "$1" -f "$LAB/lib/bench-text.jq" "$WORK/report"; }

bench_report() {
	bench_text true >"$WORK/markdown" || die "the report cannot be written: is the disk full?"
	keep_forms "$WORK/report" "$BENCH_JSON" "$WORK/markdown" "$BENCH_MARKDOWN" bench_text false
}

# The same report from a file of --json.
bench_again() {
	work_make
	jq -e 'if .format == "cdglab-bench" then . else null end' "$BENCH_FROM" >"$WORK/report" 2>/dev/null ||
		die "--from $BENCH_FROM: no file that 'cdglab bench --json' wrote"
	bench_report
}
