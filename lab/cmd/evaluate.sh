# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: measure all of lab/scenarios, write docs/evaluation.md

command_help() {
	cat <<-END
		Usage: cdglab evaluate [OPTIONS]

		'cdglab sweep' over all scenario files in lab/scenarios, then 'cdglab report' of their results to
		docs/evaluation.md and docs/evaluation/, whether or not a machine failed. Results are in
		results/evaluation, so that the command goes on where it was interrupted, and are kept beside the
		report in docs/evaluation-data/, an archive for each scenario; those that are only there are
		unpacked first. So --report-only writes the report anew wherever the repository is.

		  --report-only        no measuring: the report of what is there, of whatever build
		  -o, --out FILE.md    the report, instead of docs/evaluation.md; results are kept in FILE-data/
		  --results DIR        instead of results/evaluation
		  --full, --again, --any-build, --kernel, -j, --for, --through as in 'cdglab sweep'
	END
}

command_main() {
	local sweep=() measure=1 results=$ROOT/results/evaluation out=$ROOT/docs/evaluation.md file
	while [ $# -gt 0 ]; do
		case $1 in
		--report-only | --full | --again | --any-build)
			if [[ $1 == --report-only ]]; then measure=0; else sweep+=("$1"); fi
			shift
			continue
			;;
		-o | --out) out=$(option_value "$@") ;;
		--results) results=$(option_value "$@") ;;
		--kernel | -j | --jobs | --for | --through) sweep+=("$1" "$(option_value "$@")") ;;
		*) die_usage "no option '$1'" ;;
		esac
		shift 2
	done
	need jq jq "figures are computed with it"
	REPORT_OUT=$out REPORT_HEAD=$LAB/scenarios/evaluation.md REPORT_FORMATS=svg
	report_check_out
	evaluation_use "$out"
	((measure)) || sweep+=(--only "$SWEEP_NONE")
	sweep_options "${sweep[@]}" -o "$results" "$LAB"/scenarios/*.conf
	for file in "${SWEEP_FILES[@]}"; do REPORT_RESULTS+=("$results/$(scenario_name "$file")"); done
	evaluation_run
}
