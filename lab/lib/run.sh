# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What all commands that boot share: options into the description of a machine, and one run of it.

EXIT_MACHINE=125 # the machine failed; lower statuses belong to the guest's command

RUN_COMMAND=()
RUN_KERNEL='' RUN_MODULES='' RUN_LOG=''
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
		--mem) MEM=$(option_number "$1" "${2-}" 64 1048576) ;;
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
	CPUS=${CPUS:-$((2 - EXACT))}
	[ -z "$SHARE" ] || [ -d "$SHARE" ] || die "--share $SHARE: no such folder"
}

# The kernel unpacks the archives, so for a moment they are in memory twice.
run_check_memory() {
	local least
	least=$((2 * $(stat -c %s "$WORK/initrd") / 1048576 + 128))
	((MEM >= least)) || die "--mem $MEM is too little for what the guest is given:" \
		"at least $least MB"
}

# All that one or more runs of RUN_COMMAND need.
run_prepare() {
	machine_need
	work_make
	kernel_use "$RUN_KERNEL" "$RUN_MODULES"
	image_make_run "$SHARE" "${RUN_COMMAND[@]}"
	run_check_memory
}

# Runs RUN_COMMAND in a machine; its exit status is MACHINE_STATUS. Fails when the machine does,
# which then has said why.
run_try() {
	machine_run
	[ -z "$RUN_LOG" ] || cp "$WORK/log" "$RUN_LOG" || die "cannot write $RUN_LOG"
	if [ -z "$MACHINE_STATUS" ]; then
		machine_explain
		return 1
	fi
	machine_take_share
}

# The same, where the machine's failure is the end.
run_once() { run_try || exit "$EXIT_MACHINE"; }
