# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The same tests on several kernels. Each machine's TAP becomes lines of JSON, those the table.

MATRIX_KERNELS=() # lines of kernels.txt
MATRIX_REFUSED=0
MATRIX_TESTS=() MATRIX_FILTER='' MATRIX_JSON='' MATRIX_KEEP=''

matrix_options() {
	local machine=() line
	while [[ ${1-} == -* && $1 != -- ]]; do
		case $1 in
		--kernels)
			IFS=, read -ra MATRIX_KERNELS <<<"$(option_value "$@")"
			;;
		--filter) MATRIX_FILTER=$(option_value "$@") ;;
		--json) MATRIX_JSON=$(option_value "$@") ;;
		--keep) MATRIX_KEEP=$(option_value "$@") ;;
		--cpus | --mem | --append | --timeout) machine+=("$1" "$(option_value "$@")") ;;
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
	run_options 3600 --kernel "${MATRIX_KERNELS[0]%% *}" --mem 1536 "${machine[@]}"
	[ -z "$MATRIX_KEEP" ] || mkdir -p "$MATRIX_KEEP" || die "cannot make $MATRIX_KEEP"
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

# Where loading must be refused: one result, with the sentence.
matrix_read_refusal() { # kernel output
	local verdict=FAIL sentence
	sentence=$(tail -n 1 "$2")
	((MACHINE_STATUS == 0)) || [ -z "$sentence" ] || verdict=PASS
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

matrix_one() { # version [arch] [refused]
	local id version=$1 tap=$WORK/tap read=matrix_read_tap MATRIX_REFUSED=0
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
		jq -nc --arg kernel "$id" --arg why "$MACHINE_FAULT" \
			'{kernel: $kernel, test: "the machine", verdict: "FAIL", reason: $why}' >>"$WORK/cells"
	fi
	[ -z "$MATRIX_KEEP" ] || cp "$tap" "$MATRIX_KEEP/$id" || die "cannot write to $MATRIX_KEEP"
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
	for line in "${MATRIX_KERNELS[@]}"; do
		read -ra words <<<"$line"
		matrix_one "${words[@]}"
	done
	jq -s '{format: "cdglab-matrix", version: 1,
		kernels: ([.[].kernel] | unique_by(split("[.-]"; null) | map(tonumber? // .))),
		counts: (group_by(.verdict) | map({(.[0].verdict): length}) | add),
		cells: .}' "$WORK/cells" >"$WORK/matrix"
	if [ "$MATRIX_JSON" = - ]; then
		cat "$WORK/matrix"
	else
		[ -z "$MATRIX_JSON" ] || cp "$WORK/matrix" "$MATRIX_JSON" || die "cannot write $MATRIX_JSON"
		jq -r -f "$LAB/lib/matrix.jq" "$WORK/matrix"
	fi
	! grep -q '"test":"the machine"' "$WORK/cells" || exit 2
	! grep -q '"verdict":"FAIL"' "$WORK/cells" || exit 1
}
