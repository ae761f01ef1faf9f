# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What a machine takes: time from exec to the first user instruction, to the result, to the exit, and
# memory. Every line of $WORK/bench is one machine as JSON; bench.jq makes the figures of them.

# Sides that are compared, in turns: name, kind of machine, kernel, root, what it is.
BENCH_SIDES=(
	"initramfs micro vmlinuz initramfs microvm, kernel as distributed, root unpacked from an initramfs"
	"unpacked micro vmlinux initramfs microvm, uncompressed kernel (PVH), root unpacked from an initramfs"
	"dax slim vmlinux dax pc without extras, uncompressed kernel, root shared by DAX (virtio-pmem)"
	"ordinary ordinary vmlinuz initramfs QEMU's pc with firmware and default devices, the first side's kernel and root"
)
BENCH_KERNELS=() BENCH_RUNS=5 BENCH_JSON='' BENCH_MARKDOWN='' BENCH_MEM=least BENCH_TIMEOUT=300
BENCH_FROM=''         # a file that --json wrote: shown again, not measured
BENCH_ACCELS=(tcg)
BENCH_AT_ONCE=3      # machines whose memory is looked at
BENCH_FDS=()         # what they report
BENCH_TICKS=''       # of the host, when measuring began

bench_options() {
	while [[ ${1-} == -* && $1 != -- ]]; do
		case $1 in
		--kernel | --kernels) IFS=, read -ra BENCH_KERNELS <<<"$(option_value "$@")" ;;
		--runs) BENCH_RUNS=$(option_number "$1" "${2-}" 1 1000) ;;
		--mem) [[ ${2-} == least ]] || BENCH_MEM=$(option_number "$1" "${2-}" 64 1048576) ;;
		--timeout) BENCH_TIMEOUT=$(option_number "$1" "${2-}" 1 86400) ;;
		--from) BENCH_FROM=$(option_value "$@") ;;
		--json) BENCH_JSON=$(option_value "$@") ;;
		--markdown) BENCH_MARKDOWN=$(option_value "$@") ;;
		--arch)
			[[ $(option_value "$@") == amd64 ]] ||
				die_usage "bench compares machines of amd64: arm64's virt machine has no other beside it"
			;;
		*) die_usage "no option '$1'" ;;
		esac
		shift 2
	done
	[[ ${1-} != -- ]] || shift
	keep_forms_check "$BENCH_JSON" "$BENCH_MARKDOWN"
	[ $# -gt 0 ] || set -- cdgctl version
	RUN_COMMAND=("$@")
	CPUS=1 EXACT=0
}

# Everything that can be refused is refused before anything is measured.
bench_check() {
	local kernel
	[ ${#BENCH_KERNELS[@]} -gt 0 ] || mapfile -t BENCH_KERNELS < <(kernel_list | tail -n 1)
	[ ${#BENCH_KERNELS[@]} -gt 0 ] || die "no kernel here: run 'cdglab fetch 6.12'"
	for kernel in "${BENCH_KERNELS[@]}"; do
		kernel_use "$kernel"
		arch_is_ours || die_usage "bench compares machines of amd64: $KERNEL_ID is none of these"
		[ "$KERNEL_IMAGE" = "$KERNEL_ROOT/vmlinuz" ] || die "bench takes kernels of the cache: 'cdglab fetch VERSION'"
	done
	machine_need
	work_make
	[ "$(machine_accelerator)" != kvm ] || BENCH_ACCELS=(kvm tcg)
}

# bench_start NUMBER: starts a machine with the options of the side; adds to BENCH_FDS, and its
# process to WORK_PIDS
bench_start() {
	local fd hold=()
	[[ $APPEND != *LAB_HOLD* ]] || hold=(--hold)
	MACHINE_DIR=$WORK/machine$1
	rm -rf "$MACHINE_DIR"
	mkdir -p "$MACHINE_DIR" && mkfifo "$MACHINE_DIR"/{control,times} || die "no room in $WORK: is the disk full?"
	machine_arguments
	exec {fd}<>"$MACHINE_DIR/times"
	setpriv --pdeathsig KILL "$BUILD/lab/stopwatch" "${hold[@]}" "$MACHINE_DIR/control" "$BENCH_TIMEOUT" \
		"$(machine_qemu)" "${MACHINE_ARGS[@]}" </dev/null >"$MACHINE_DIR/times" 2>"$MACHINE_DIR/qemu" &
	BENCH_FDS+=("$fd")
	WORK_PIDS+=("$!")
}

# bench_read NUMBER WORD: reads what machine NUMBER reports until WORD has come, into BENCH_SEEN. Fails
# with the reason if it never does.
declare -A BENCH_SEEN=() # word -> "TIME words"
bench_read() {
	local time word rest
	BENCH_SEEN=()
	while IFS=' ' read -r -t $((BENCH_TIMEOUT + MACHINE_END_S)) -u "${BENCH_FDS[$1]}" time word rest; do
		BENCH_SEEN[$word]="$time $rest"
		[[ $word != "$2" ]] || return 0
		[[ $word != end ]] || break
	done
	bench_fail "$1"
}

# bench_fail NUMBER: that machine ends all, with the reason
bench_fail() {
	MACHINE_DIR=$WORK/machine$1 MACHINE_READY=0 MACHINE_FAULT=${BENCH_SEEN[fault]-}
	MACHINE_FAULT=${MACHINE_FAULT#* }
	[ -z "${BENCH_SEEN[ready]-}" ] || MACHINE_READY=1
	machine_explain
	exit "$EXIT_REFUSED"
}

bench_stop() {
	local fd pid
	for pid in "${WORK_PIDS[@]}"; do work_kill "$pid"; done
	for fd in "${BENCH_FDS[@]}"; do exec {fd}<&-; done
	WORK_PIDS=() BENCH_FDS=()
	rm -rf "$WORK"/machine*
}

# The command must have done what it was to do, else its time means nothing.
bench_check_exit() {
	[[ ${BENCH_SEEN[exit]#* } == 0 ]] && return
	tail -n 3 "$WORK/machine0/err" >&2 || true
	die "the command '${RUN_COMMAND[*]}' ended with ${BENCH_SEEN[exit]#* } in the guest, its last words are above"
}

# bench_time SIDE RUN: one machine from exec to exit
bench_time() {
	local first exit end row
	bench_start 0
	bench_read 0 end
	[[ ${BENCH_SEEN[exit]-} && ${BENCH_SEEN[first]-} ]] || bench_fail 0
	bench_check_exit
	read -ra first <<<"${BENCH_SEEN[first]}"
	read -ra exit <<<"${BENCH_SEEN[exit]}"
	read -ra end <<<"${BENCH_SEEN[end]}"
	row=$(jq -nc --argjson run "$2" --argjson first_s "${first[0]}" --argjson uptime_s "${first[1]}" \
		--argjson ticks "${first[2]}" --argjson result_s "${exit[0]}" --argjson exit_s "${end[0]}" \
		--argjson cpu_s "${end[2]}" --argjson khz "$("$BUILD/lab/tsckhz")" '
		($ticks / $khz / 1000) as $guest_s | ([$first_s - $guest_s, 0] | max) as $start_s |
		{kind: "time", run: $run, first_s: $first_s, result_s: $result_s, exit_s: $exit_s, cpu_s: $cpu_s,
			qemu_s: ($start_s + $exit_s - $result_s), load_s: ($guest_s - $uptime_s),
			kernel_s: $uptime_s, user_s: ($result_s - $first_s)} |
		map_values(if type == "number" then . * 1e6 | round / 1e6 else . end)') ||
		die "the guest's report makes no sense: ${BENCH_SEEN[first]}"
	bench_note "$1" "$row"
	bench_stop
}

# bench_note SIDE JSON: keeps a measurement
bench_note() {
	jq -c --arg kernel "$KERNEL_ID" --arg side "$1" --arg accel "$MACHINE_ACCEL" --argjson mem_mb "$MEM" \
		'{kernel: $kernel, side: $side, accel: $accel, mem_mb: $mem_mb} + .' <<<"$2" >>"$WORK/bench" ||
		die "the measurements cannot be kept: is the disk full?"
}

# bench_prepare KERNEL: the files of all sides
bench_prepare() {
	local missing
	kernel_use "$1"
	BENCH_VMLINUX=$(kernel_uncompressed) || BENCH_VMLINUX=
	image_make_run "" "${RUN_COMMAND[@]}"
	mv "$WORK/initrd" "$WORK/initrd-initramfs"
	BENCH_IMAGE=
	missing=$(dax_missing)
	if [ -n "$missing" ]; then
		say "no side with DAX: $missing"
	else
		dax_need
		dax_make_run "" "${RUN_COMMAND[@]}"
		mv "$WORK/initrd" "$WORK/initrd-dax"
		BENCH_IMAGE=$MACHINE_IMAGE
	fi
}

# bench_side NAME KIND KERNEL ROOT: the options of its machine; fails if this kernel has no such side
bench_side() {
	MACHINE_KIND=$2 MACHINE_INITRD=$WORK/initrd-$4 MACHINE_IMAGE='' KERNEL_IMAGE=$KERNEL_ROOT/vmlinuz
	[[ $4 != dax ]] || MACHINE_IMAGE=$BENCH_IMAGE
	[[ $4 != dax || $BENCH_IMAGE ]] || return 1
	[[ $3 != vmlinux || $BENCH_VMLINUX ]] || return 1
	[[ $3 != vmlinux ]] || KERNEL_IMAGE=$BENCH_VMLINUX
	MEM=$BENCH_MEM
	run_check_memory
}

# bench_kernel KERNEL: in every run all sides take turns, every other time backwards
bench_kernel() {
	local run i side accel words count=${#BENCH_SIDES[@]}
	bench_prepare "$1"
	for ((run = 1; run <= BENCH_RUNS; run++)); do
		say "$KERNEL_ID: run $run of $BENCH_RUNS"
		for ((i = 0; i < count; i++)); do
			side=${BENCH_SIDES[$((run % 2 ? i : count - 1 - i))]}
			read -ra words <<<"$side"
			bench_side "${words[@]:0:4}" || continue
			for accel in "${BENCH_ACCELS[@]}"; do
				MACHINE_ACCEL=$accel APPEND="LAB_TIMES=1"
				bench_time "${words[0]}" "$run"
			done
		done
	done
	for side in "${BENCH_SIDES[@]}"; do
		read -ra words <<<"$side"
		bench_side "${words[@]:0:4}" || continue
		for accel in "${BENCH_ACCELS[@]}"; do
			MACHINE_ACCEL=$accel APPEND="LAB_TIMES=1 LAB_HOLD=1"
			bench_memory "${words[0]}"
		done
	done
}

bench_run() {
	local kernel
	[ -z "$BENCH_FROM" ] || { bench_again; return; }
	bench_check
	WORK_SIGNAL=TERM # the stopwatch then waits for its machine's end
	BENCH_TICKS=$(host_ticks)
	for kernel in "${BENCH_KERNELS[@]}"; do bench_kernel "$kernel"; done
	bench_figures
	bench_report
}
