# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What all commands that boot share: options into the description of a machine, and one run of it.

EXIT_MACHINE=125 # the machine failed; lower statuses belong to the guest's command

RUN_COMMAND=()
RUN_KERNEL='' RUN_MODULES='' RUN_LOG=''
RUN_ROOT=initramfs RUN_BOOT=auto
CPUS='' MEM=512 EXACT=0 SEED=1 SHARE='' TIMEOUT='' APPEND='' CONSOLE=0

# run_options DEFAULT-TIMEOUT ARGUMENTS...: sets the variables above
run_options() {
	TIMEOUT=$1
	shift
	while [[ ${1-} == -* ]]; do
		case $1 in
		--kernel) RUN_KERNEL=$(option_value "$@") ;;
		--arch) arch_use "$(option_value "$@")" ;;
		--modules) RUN_MODULES=$(option_value "$@") ;;
		--log) RUN_LOG=$(option_value "$@") ;;
		--cpus) CPUS=$(option_number "$1" "${2-}" 1 16) ;;
		--mem) if [[ ${2-} == least ]]; then MEM=least; else MEM=$(option_number "$1" "${2-}" 64 1048576); fi ;;
		--root) RUN_ROOT=$(option_word "$1" "${2-}" initramfs dax) ;;
		--boot) RUN_BOOT=$(option_word "$1" "${2-}" auto vmlinux vmlinuz) ;;
		--seed) SEED=$(option_number "$1" "${2-}" 0 999999999) ;;
		--share) SHARE=$(option_value "$@") ;;
		--timeout) TIMEOUT=$(option_number "$1" "${2-}" 0 10000000) ;;
		--append) APPEND=$(option_value "$@") ;;
		--exact)
			EXACT=1
			shift
			continue
			;;
		--)
			shift
			break
			;;
		*) die_usage "no option '$1'" ;;
		esac
		shift 2
	done
	RUN_COMMAND=("$@")
	[ -n "$RUN_KERNEL" ] || die_usage "which kernel? --kernel VERSION|FILE"
	arch_use_of_kernel "$RUN_KERNEL"
	((!EXACT)) || arch_is_ours || die_usage "--exact counts instructions of amd64 only"
	((!EXACT)) || [[ ${CPUS:-1} == 1 ]] ||
		die_usage "--exact counts the instructions of one CPU: leave out --cpus"
	# Figures of exact runs are those of one way to boot.
	((!EXACT)) || [[ $RUN_ROOT$RUN_BOOT == initramfsauto ]] || die_usage "--exact knows no --root and no --boot"
	CPUS=${CPUS:-$((2 - EXACT))}
	[[ $RUN_LOG != - ]] || die_usage "--log takes a file: stdout is the command's"
	keep_check --log "$RUN_LOG"
	[ -z "$SHARE" ] || [ -d "$SHARE" ] || die "--share $SHARE: no such folder"
}

# run_least_mb: what KERNEL_IMAGE needs with the files in MACHINE_INITRD. They are in memory twice while
# the kernel unpacks them; and the file system they go to takes no more than half of what is free then.
# Measured on 6.1, 6.12 and 7.3, with a few MB to spare.
run_least_mb() {
	local files
	files=$(($(stat -c %s "$MACHINE_INITRD") / 1048576 + 1))
	if [ -n "$MACHINE_IMAGE" ]; then
		echo $((2 * files + $(kernel_needs_mb "$KERNEL_IMAGE") + 24))
	else
		echo $((3 * files + $(kernel_needs_mb "$KERNEL_IMAGE") + 4))
	fi
}

run_check_memory() {
	local least
	least=$(run_least_mb)
	[ "$MEM" != least ] || MEM=$least MACHINE_CODE_MB=$MACHINE_CODE_LEAST_MB
	((MEM >= least)) || die "--mem $MEM is too little for what the guest is given:" \
		"at least $least MB"
}

# run_use_kernel: the kernel to be booted of KERNEL_*. Uncompressed is faster on all of lab/kernels.txt
# (docs/micro.md).
run_use_kernel() {
	local file
	((!EXACT)) && arch_is_ours && [ "$RUN_BOOT" != vmlinuz ] || return 0
	[[ $RUN_BOOT == vmlinux || $KERNEL_IMAGE == "$KERNEL_ROOT/vmlinuz" ]] || return 0
	if file=$(kernel_uncompressed); then
		KERNEL_IMAGE=$file
	elif [ "$RUN_BOOT" = vmlinux ]; then
		die "--boot vmlinux: see above; --boot vmlinuz takes the kernel as it is"
	fi
}

# All that one or more runs of RUN_COMMAND need.
run_prepare() {
	machine_need
	work_make
	kernel_use "$RUN_KERNEL" "$RUN_MODULES"
	MACHINE_INITRD=$WORK/initrd
	run_use_kernel
	if [ "$RUN_ROOT" = dax ]; then
		dax_need
		MACHINE_KIND=slim
		dax_make_run "$SHARE" "${RUN_COMMAND[@]}"
	else
		image_make_run "$SHARE" "${RUN_COMMAND[@]}"
	fi
	run_check_memory
}

# Runs RUN_COMMAND in a machine; its exit status is MACHINE_STATUS. Fails when the machine does,
# which then has said why.
run_try() {
	machine_run
	if [ -z "$MACHINE_STATUS" ]; then
		machine_explain
		run_keep_log
		return 1
	fi
	machine_take_share
	run_keep_log
}

# Last: what the command did is worth more. A QEMU that did not start has no log.
run_keep_log() {
	[[ -z $RUN_LOG || ! -e $WORK/log ]] ||
		keep "$WORK/log" "$RUN_LOG" "${MACHINE_STATUS:+The command ended with $MACHINE_STATUS.}"
}

# The same, where the machine's failure is the end.
run_once() { run_try || exit "$EXIT_MACHINE"; }
