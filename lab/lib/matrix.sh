# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The same tests on several kernels. Each machine's TAP becomes lines of JSON, those the table.

MATRIX_KERNELS=() # lines of kernels.txt
MATRIX_REFUSED=0
MATRIX_TESTS=() MATRIX_FILTER='' MATRIX_JSON='' MATRIX_KEEP='' MATRIX_JOBS=1
MATRIX_MACHINE=() # options of the machines

matrix_options() {
	local line
	while [[ ${1-} == -* && $1 != -- ]]; do
		case $1 in
		--kernels)
			IFS=, read -ra MATRIX_KERNELS <<<"$(option_value "$@")"
			;;
		--filter) MATRIX_FILTER=$(option_value "$@") ;;
		--json) MATRIX_JSON=$(option_value "$@") ;;
		--keep) MATRIX_KEEP=$(option_value "$@") ;;
		-j | --jobs) MATRIX_JOBS=$(option_number "$1" "${2-}" 1 64) ;;
		--cpus | --mem | --append | --timeout) MATRIX_MACHINE+=("$1" "$(option_value "$@")") ;;
		*) die_usage "no option '$1'" ;;
		esac
		shift 2
	done
	[[ ${1-} != -- ]] || shift
	MATRIX_TESTS=("${@:-tests/net}")
	for line in "${MATRIX_TESTS[@]}"; do
		[ -e "$ROOT/$line" ] || die_usage "no test '$line': name a file or folder below $ROOT"
	done
	[ ${#MATRIX_KERNELS[@]} -gt 0 ] ||
		mapfile -t MATRIX_KERNELS < <(grep -v '^#' "$LAB/kernels.txt")
	run_options 3600 --kernel "${MATRIX_KERNELS[0]%% *}" --mem 1536 "${MATRIX_MACHINE[@]}"
	keep_check --json "$MATRIX_JSON"
	[ -z "$MATRIX_FILTER" ] || matrix_check_filter
	[ -z "$MATRIX_KEEP" ] || mkdir -p "$MATRIX_KEEP" || die "cannot make $MATRIX_KEEP"
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
	id=$(kernel_list | kernel_match "$1" | tail -n 1)
	[ -n "$id" ] || id=$("$LAB/cdglab" --cache "$CACHE" fetch --arch "$ARCH" "$1") || exit "$EXIT_REFUSED"
	printf '%s\n' "$id"
}

# Results as bats writes them: "ok 1 name", "ok 1 name # skip why", "not ok 1 name" and then the
# reasons as comments, of which the last says what was seen.
matrix_read_tap() { # kernel tap
	jq -Rnc --arg kernel "$1" '
		reduce inputs as $line ([];
			($line | capture("^(?<not>not )?ok [0-9]+ (?<name>.*?)( # skip ?(?<why>.*))?$")? // null) as $m |
			if $m then . + [{kernel: $kernel, test: $m.name, reason: $m.why,
				verdict: (if $m.not then "FAIL" elif $line | test(" # skip") then "SKIP" else "PASS" end)}]
			elif ($line | startswith("# ")) and length > 0 and .[-1].verdict == "FAIL" then
				.[-1].reason = ((.[-1].reason // "") + $line[2:] + "\n")
			else . end) | .[]' "$2"
}

# What the tests that a plan names and that have no result make: a failure, with the last words.
matrix_read_missing() { # kernel tap
	local planned told
	planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$2" | head -n 1)
	told=$(grep -cE '^(not )?ok ' "$2") || true
	[[ $planned && $told -ge $planned ]] || jq -nc --arg kernel "$1" \
		--arg why "$told of ${planned:-no} tests ended, the last words: $(tail -n 1 "$2")" \
		'{kernel: $kernel, test: "every test ends", verdict: "FAIL", reason: $why}'
}

matrix_read_tests() { # kernel tap
	matrix_read_tap "$@"
	matrix_read_missing "$@"
}

# Where loading must be refused: one result, with the sentence. A cdgctl that is not there, or cannot be
# run, has refused nothing.
matrix_read_refusal() { # kernel output
	local verdict=FAIL sentence
	sentence=$(tail -n 1 "$2")
	((MACHINE_STATUS == 0 || MACHINE_STATUS >= 126)) || [ -z "$sentence" ] || verdict=PASS
	jq -nc --arg kernel "$1" --arg verdict "$verdict" --arg why "$sentence" \
		'{kernel: $kernel, test: "loading is refused with the reason", verdict: $verdict, reason: $why}'
}

# matrix_words VERSION [ARCH] [refused]: chooses the architecture, sets MATRIX_REFUSED
matrix_words() {
	local word
	arch_use amd64
	arch_use_of_kernel "$1"
	for word in "${@:2}"; do
		if [[ $word == refused ]]; then MATRIX_REFUSED=1; else arch_use "$word"; fi
	done
}

matrix_no_machine() { # kernel reason
	jq -nc --arg kernel "$1" --arg why "$2" \
		'{kernel: $kernel, test: "the machine", verdict: "FAIL", reason: $why}' >>"$WORK/cells"
}

matrix_one() { # version [arch] [refused]
	local id version=$1 tap=$WORK/tap read=matrix_read_tests MATRIX_REFUSED=0
	matrix_words "$@"
	id=$(matrix_kernel "$version") || exit
	say "$id"
	RUN_KERNEL=$id
	RUN_COMMAND=(bats --tap ${MATRIX_FILTER:+--filter "$MATRIX_FILTER"} "${MATRIX_TESTS[@]}")
	if ((MATRIX_REFUSED)); then
		read=matrix_read_refusal
		RUN_COMMAND=(bash -c 'cdgctl load 2>&1')
	fi
	run_prepare
	: >"$tap"
	if run_try >"$tap"; then
		"$read" "$id" "$tap" >>"$WORK/cells" || die "the results of $id cannot be kept: is the disk full?"
	else
		matrix_read_tap "$id" "$tap" >>"$WORK/cells"
		matrix_no_machine "$id" "$MACHINE_FAULT"
	fi
	[ -z "$MATRIX_KEEP" ] || cp "$tap" "$MATRIX_KEEP/$id" || die "cannot write to $MATRIX_KEEP"
}

# matrix_each: one kernel after the other, in this process
matrix_each() {
	local line words
	for line in "${MATRIX_KERNELS[@]}"; do
		read -ra words <<<"$line"
		matrix_one "${words[@]}"
	done
}

# matrix_start LINE: a kernel in a process of its own; its cells come as a table of one column
matrix_start() {
	local options=("${MATRIX_MACHINE[@]}")
	[ -z "$MATRIX_FILTER" ] || options+=(--filter "$MATRIX_FILTER")
	[ -z "$MATRIX_KEEP" ] || options+=(--keep "$MATRIX_KEEP")
	setpriv --pdeathsig TERM "$LAB/cdglab" --cache "$CACHE" matrix --kernels "$1" "${options[@]}" \
		--json "$WORK/cells.${1// /-}" -- "${MATRIX_TESTS[@]}" >/dev/null 3>&- &
	WORK_PIDS+=("$!")
}

# Waits for one of them; its cells tell how it went.
matrix_reap() {
	local pid='' left=() one
	wait -n -p pid "${WORK_PIDS[@]}" || true
	for one in "${WORK_PIDS[@]}"; do [[ $one == "$pid" ]] || left+=("$one"); done
	WORK_PIDS=("${left[@]}")
}

# matrix_together: up to MATRIX_JOBS kernels at a time; the cells in the order of the kernels
matrix_together() {
	local line
	WORK_SIGNAL=TERM
	matrix_pack
	for line in "${MATRIX_KERNELS[@]}"; do
		matrix_start "$line"
		((${#WORK_PIDS[@]} < MATRIX_JOBS)) || matrix_reap
	done
	while ((${#WORK_PIDS[@]})); do matrix_reap; done
	for line in "${MATRIX_KERNELS[@]}"; do
		if [ -s "$WORK/cells.${line// /-}" ]; then
			jq -c '.cells[]' "$WORK/cells.${line// /-}" >>"$WORK/cells"
		else
			matrix_no_machine "$line" "it has no result; why stands above the table"
		fi
	done
}

# What several processes would fetch and pack at the same time.
matrix_pack() {
	local line words
	for line in "${MATRIX_KERNELS[@]}"; do
		read -ra words <<<"$line"
		matrix_words "${words[@]}"
		matrix_kernel "${words[0]}" >/dev/null || exit
		image_make_tools >/dev/null
	done
}

matrix_run() {
	local line words
	work_make
	# What is missing is told before hours have gone by.
	for line in "${MATRIX_KERNELS[@]}"; do
		read -ra words <<<"$line"
		matrix_words "${words[@]}"
		machine_need
	done
	IMAGE_TOOLS=(tools.txt tools-tests.txt)
	MACHINE_CODE_MB=1024 # what takes an hour runs a tenth faster than with the default
	if ((MATRIX_JOBS > 1 && ${#MATRIX_KERNELS[@]} > 1)); then matrix_together; else matrix_each; fi
	[ -s "$WORK/cells" ] || die "no test was run: none is in ${MATRIX_TESTS[*]}"
	jq -s '{format: "cdglab-matrix", version: 1,
		kernels: ([.[].kernel] | unique_by(split("[.-]"; null) | map(tonumber? // .))),
		counts: (group_by(.verdict) | map({(.[0].verdict): length}) | add),
		cells: .}' "$WORK/cells" >"$WORK/matrix"
	if [ "$MATRIX_JSON" = - ]; then
		cat "$WORK/matrix"
	else
		jq -r -f "$LAB/lib/matrix.jq" "$WORK/matrix"
		[ -z "$MATRIX_JSON" ] || keep "$WORK/matrix" "$MATRIX_JSON"
	fi
	! grep -q '"test":"the machine"' "$WORK/cells" || exit 2
	! grep -q '"verdict":"FAIL"' "$WORK/cells" || exit 1
}
