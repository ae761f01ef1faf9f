# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What `cdglab matrix` has measured: what machines said as cells of a table, and the table. Every line of
# $WORK/parts is one kernel's result as JSON, or one file's; matrix-join.jq makes one of them.

MATRIX_REFUSES=4 # exit status of cdgctl: this kernel lacks a feature

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

# The oldest kernel that is served.
matrix_oldest() { awk '!/^#/ && !/refused/ { print $1; exit }' "$LAB/kernels.txt"; }

# Where loading must be refused: one result, with the sentence, which names the kernel to be had instead. A
# cdgctl that is not there, or fails for another reason, has refused nothing.
matrix_read_refusal() { # kernel output
	local sentence oldest why
	oldest=$(matrix_oldest)
	sentence=$(sed '1{/^# /d}' "$2" | tail -n 1)
	if ((MACHINE_STATUS == MATRIX_REFUSES)) && [[ $sentence =~ (^|[^0-9.])${oldest//./\\.}($|[^0-9.]|\.($|[^0-9])) ]]; then
		matrix_cell "$1" "$MATRIX_REFUSAL" PASS "$sentence"
	else
		why="cdgctl load ended with $MACHINE_STATUS, refused is $MATRIX_REFUSES and a sentence that names $oldest"
		matrix_cell "$1" "$MATRIX_REFUSAL" FAIL "$why: ${sentence:-it said nothing}"
	fi
}
MATRIX_REFUSAL="loading is refused with the reason"

matrix_cell() { # kernel test verdict reason
	jq -nc --arg kernel "$1" --arg test "$2" --arg verdict "$3" --arg reason "$4" '$ARGS.named'
}

# matrix_part KERNEL [TAP]: of $WORK/cells the kernel's result. The machine itself tells its toolkit in the first
# line of TAP.
matrix_part() {
	local toolkit='' tests=${MATRIX_TESTS[*]} filter=$MATRIX_FILTER
	((!MATRIX_REFUSED)) || tests="cdgctl load" filter=
	[ -z "${2-}" ] || toolkit=$(sed -n '1s/^# \(cdgctl .*\)/\1/p' "$2")
	jq -sc --arg kernel "$1" --arg date "$(date -u +%F)" --arg qemu "$(machine_qemu_version)" --arg cdgctl "$toolkit" \
		--arg tests "$tests" --arg filter "$filter" '{cells: ., measured: {($kernel): [
			{date: $date, qemu: $qemu, cdgctl: (if $cdgctl == "" then null else $cdgctl end), tests: $tests, filter: $filter}]}}' \
		"$WORK/cells" >>"$WORK/parts" || die "the results of $1 cannot be kept: is the disk full?"
}

# What earlier ones have measured, in the order of --from.
matrix_again() {
	local file
	for file in "${MATRIX_FROM[@]}"; do
		jq -ce 'if .format == "cdglab-matrix" and (.cells | length > 0) then . else null end' "$file" >>"$WORK/parts" 2>/dev/null ||
			die "--from $file: no file that 'cdglab matrix --json' wrote"
	done
}

# matrix_text MARKDOWN: the table for people; true or false
matrix_text() { jq -r --argjson markdown "$1" -f "$LAB/lib/matrix.jq" "$WORK/matrix"; }

# Ends with the status that the table makes.
matrix_report() {
	jq -s -f "$LAB/lib/matrix-join.jq" "$WORK/parts" >"$WORK/matrix" && matrix_text true >"$WORK/markdown" ||
		die "the table cannot be made, see above (or is the disk full?)"
	keep_forms "$WORK/matrix" "$MATRIX_JSON" "$WORK/markdown" "$MATRIX_MARKDOWN" matrix_text false
	! jq -e 'any(.cells[]; .test == "the machine")' "$WORK/matrix" >/dev/null || exit 2
	! jq -e 'any(.cells[]; .verdict == "FAIL")' "$WORK/matrix" >/dev/null || exit 1
}
