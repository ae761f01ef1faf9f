# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The same tests on several kernels, each in a machine; matrix-report.sh makes the table.

MATRIX_KERNELS=() # lines of kernels.txt
MATRIX_REFUSED=0
MATRIX_IDS=()     # of the same kernels, as uname -r prints them
MATRIX_TESTS=() MATRIX_FILTER='' MATRIX_JSON='' MATRIX_MARKDOWN='' MATRIX_KEEP='' MATRIX_JOBS=1
MATRIX_FROM=()    # files that --json wrote: shown again, nothing is measured
MATRIX_MACHINE=() # options of the machines
# An emulator translates code per address: where each process has the same ones, a shell starts in a third of the time.
MATRIX_APPEND="norandmaps mitigations=off"

matrix_options() {
	local line measuring=()
	while [[ ${1-} == -* && $1 != -- ]]; do
		case $1 in --from | --json | --markdown) ;; *) measuring+=("$1") ;; esac
		case $1 in
		--kernels)
			IFS=, read -ra MATRIX_KERNELS <<<"$(option_value "$@")"
			;;
		--filter) MATRIX_FILTER=$(option_value "$@") ;;
		--from) MATRIX_FROM+=("$(option_value "$@")") ;;
		--json) MATRIX_JSON=$(option_value "$@") ;;
		--markdown) MATRIX_MARKDOWN=$(option_value "$@") ;;
		--keep) MATRIX_KEEP=$(option_value "$@") ;;
		-j | --jobs) MATRIX_JOBS=$(option_number "$1" "${2-}" 1 64) ;;
		--cpus | --mem | --append | --timeout) MATRIX_MACHINE+=("$1" "$(option_value "$@")") ;;
		*) die_usage "no option '$1'" ;;
		esac
		shift 2
	done
	[[ ${1-} != -- ]] || shift
	keep_forms_check "$MATRIX_JSON" "$MATRIX_MARKDOWN"
	if [ ${#MATRIX_FROM[@]} -gt 0 ]; then
		measuring+=("$@")
		[ ${#measuring[@]} -eq 0 ] || die_usage "--from shows what was measured:" \
			"it goes with --json and --markdown, not with ${measuring[0]}"
		return
	fi
	MATRIX_TESTS=("${@:-tests/net}")
	for line in "${MATRIX_TESTS[@]}"; do
		[ -e "$ROOT/$line" ] || die_usage "no test '$line': name a file or folder below $ROOT"
	done
	[ ${#MATRIX_KERNELS[@]} -gt 0 ] ||
		mapfile -t MATRIX_KERNELS < <(grep -v '^#' "$LAB/kernels.txt")
	run_options 10800 --kernel "${MATRIX_KERNELS[0]%% *}" --mem 1536 --append "$MATRIX_APPEND" "${MATRIX_MACHINE[@]}"
	[ -z "$MATRIX_FILTER" ] || matrix_check_filter
	[ -z "$MATRIX_KEEP" ] || { mkdir -p "$MATRIX_KEEP" && [ -w "$MATRIX_KEEP" ]; } ||
		die "--keep $MATRIX_KEEP: it cannot be made, or may not be written"
}

# A filter that fits no test would be a table without a failure.
matrix_check_filter() {
	need bats bats "tests are counted with it"
	(($(cd "$ROOT" && bats --count --filter "$MATRIX_FILTER" "${MATRIX_TESTS[@]}") > 0)) ||
		die_usage "--filter: no test's name matches '$MATRIX_FILTER'"
}

# matrix_kernel VERSION: id of that kernel in the cache, fetched if it is not there yet
matrix_kernel() {
	local id
	id=$(kernel_find "$1")
	[ -n "$id" ] || id=$("$LAB/cdglab" --cache "$CACHE" fetch --arch "$ARCH" "$1") || exit "$EXIT_REFUSED"
	printf '%s\n' "$id"
}

# matrix_words VERSION [ARCH] [refused]: chooses the architecture, sets MATRIX_REFUSED
matrix_words() {
	local word
	MATRIX_REFUSED=0
	arch_use amd64
	arch_use_of_kernel "$1"
	for word in "${@:2}"; do
		if [[ $word == refused ]]; then MATRIX_REFUSED=1; else arch_use "$word"; fi
	done
}

# matrix_no_machine KERNEL REASON: what there is instead of a result
matrix_no_machine() { matrix_cell "$1" "the machine" FAIL "$2" >>"$WORK/cells"; }

# In the guest: the toolkit tells itself first, as a comment of TAP.
MATRIX_SAYS='echo "# $(cdgctl version 2>&1 | head -n 1)"'

matrix_one() { # version [arch] [refused]
	local id version=$1 tap=$WORK/tap read=matrix_read_tests
	matrix_words "$@"
	id=$(matrix_kernel "$version") || exit
	say "$id"
	RUN_KERNEL=$id
	RUN_COMMAND=(bash -c "$MATRIX_SAYS; exec \"\$@\"" - bats --tap ${MATRIX_FILTER:+--filter "$MATRIX_FILTER"} "${MATRIX_TESTS[@]}")
	if ((MATRIX_REFUSED)); then
		read=matrix_read_refusal
		RUN_COMMAND=(bash -c "$MATRIX_SAYS; cdgctl load 2>&1")
	fi
	run_prepare
	: >"$tap"
	: >"$WORK/cells"
	if run_try >"$tap"; then
		"$read" "$id" "$tap" >>"$WORK/cells" || die "the results of $id cannot be kept: is the disk full?"
	else
		matrix_read_tap "$id" "$tap" >>"$WORK/cells"
		matrix_no_machine "$id" "$MACHINE_FAULT"
	fi
	[ -z "$MATRIX_KEEP" ] || cp "$tap" "$MATRIX_KEEP/$id" || die "cannot write to $MATRIX_KEEP"
	[ -s "$WORK/cells" ] || die "no test was run: none is in ${MATRIX_TESTS[*]}"
	matrix_part "$id" "$tap"
}

# matrix_start LINE: a kernel in a process of its own, whatever becomes of it; its result is a table of one column
matrix_start() {
	local options=("${MATRIX_MACHINE[@]}")
	[ -z "$MATRIX_FILTER" ] || options+=(--filter "$MATRIX_FILTER")
	[ -z "$MATRIX_KEEP" ] || options+=(--keep "$MATRIX_KEEP")
	setpriv --pdeathsig TERM "$LAB/cdglab" --cache "$CACHE" matrix --kernels "$1" "${options[@]}" \
		--json "$WORK/table.${1// /-}" -- "${MATRIX_TESTS[@]}" >/dev/null 3>&- &
	WORK_PIDS+=("$!")
}

# Waits for one of them; its result tells how it went.
matrix_reap() {
	local pid='' left=() one
	wait -n -p pid "${WORK_PIDS[@]}" || true
	for one in "${WORK_PIDS[@]}"; do [[ $one == "$pid" ]] || left+=("$one"); done
	WORK_PIDS=("${left[@]}")
}

# matrix_together: up to MATRIX_JOBS kernels at a time; the results in the order of the kernels
matrix_together() {
	local line i words
	WORK_SIGNAL=TERM
	matrix_pack
	for line in "${MATRIX_KERNELS[@]}"; do
		matrix_start "$line"
		((${#WORK_PIDS[@]} < MATRIX_JOBS)) || matrix_reap
	done
	while ((${#WORK_PIDS[@]})); do matrix_reap; done
	for i in "${!MATRIX_KERNELS[@]}"; do
		line=${MATRIX_KERNELS[i]}
		if [ -s "$WORK/table.${line// /-}" ]; then
			jq -c . "$WORK/table.${line// /-}" >>"$WORK/parts" || die "the results cannot be kept: is the disk full?"
		else
			read -ra words <<<"$line"
			matrix_words "${words[@]}"
			: >"$WORK/cells"
			matrix_no_machine "${MATRIX_IDS[i]}" "it has no result; why was said before the table"
			matrix_part "${MATRIX_IDS[i]}"
		fi
	done
}

# Before the first one boots: what cannot be had, and what several processes would fetch and pack at the same time.
matrix_pack() {
	local line words id
	for line in "${MATRIX_KERNELS[@]}"; do
		read -ra words <<<"$line"
		matrix_words "${words[@]}"
		id=$(matrix_kernel "${words[0]}") || exit
		MATRIX_IDS+=("$id")
		image_make_tools >/dev/null
	done
}

matrix_measure() {
	local line words
	# What is missing is told before hours have gone by.
	for line in "${MATRIX_KERNELS[@]}"; do
		read -ra words <<<"$line"
		matrix_words "${words[@]}"
		machine_need
	done
	IMAGE_TOOLS=(tools.txt tools-tests.txt)
	MACHINE_CODE_MB=1024 # what takes an hour runs a tenth faster than with the default
	if ((${#MATRIX_KERNELS[@]} > 1)); then matrix_together; else matrix_one "${words[@]}"; fi
}

matrix_run() {
	work_make
	if [ ${#MATRIX_FROM[@]} -gt 0 ]; then matrix_again; else matrix_measure; fi
	matrix_report
}
