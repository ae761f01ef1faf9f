# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Results into a Markdown report with plots. Figures are computed by the jq programs in report/,
# plots drawn by the gnuplot scripts there.

REPORT_OUT='' REPORT_FOLDER='' REPORT_HEAD='' REPORT_FORMATS=svg,png
REPORT_RESULTS=() # folders of a sweep, or single results
REPORT_NAME=''
declare -A REPORT_NAMES=() # of plots that are drawn
declare -A REPORT_PANELS=([time]="cwnd rtt gradient" [scatter]=all [jain]=all [coin]=all [twin]="goodput queue backoffs")
declare -A REPORT_HEIGHT=([time]=620 [scatter]=460 [jain]=320 [coin]=400 [twin]=640)

report_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		-o | --out) REPORT_OUT=$(option_value "$@") ;;
		--head) REPORT_HEAD=$(option_value "$@") ;;
		--plots)
			REPORT_FORMATS=$(option_value "$@")
			[[ $REPORT_FORMATS =~ ^((svg|png)(,(svg|png))?|none)$ ]] ||
				die_usage "--plots takes svg, png, svg,png or none, not '$REPORT_FORMATS'"
			;;
		-*) die_usage "no option '$1'" ;;
		*)
			REPORT_RESULTS+=("$1")
			shift
			continue
			;;
		esac
		shift 2
	done
	[ ${#REPORT_RESULTS[@]} -gt 0 ] || die_usage "which RESULTS?"
	[ -n "$REPORT_OUT" ] || die_usage "where to? -o FILE.md"
	report_check_out
	[ -z "$REPORT_HEAD" ] || [ -r "$REPORT_HEAD" ] || die "--head $REPORT_HEAD: no such file"
	[[ $REPORT_FORMATS != none ]] || REPORT_FORMATS=
}

# The folder of plots beside the report is replaced as a whole: it must not be one of anything else.
report_check_out() {
	[[ $REPORT_OUT == *?.md && ! -d $REPORT_OUT ]] || die_usage "-o takes a file FILE.md, its plots go to FILE/; not '$REPORT_OUT'"
	REPORT_FOLDER=${REPORT_OUT%.md}
	[[ ! -e $REPORT_FOLDER ]] || { [ -d "$REPORT_FOLDER" ] && [ -z "$(find "$REPORT_FOLDER/" -mindepth 1 \
		! -name '*.svg' ! -name '*.png' -print -quit)" ]; } ||
		die "-o $REPORT_OUT: its plots would replace $REPORT_FOLDER, where other things than plots are: choose another name"
}

report_jq() { jq -L "$LAB/path" -L "$LAB/report" "$@"; }

# report_single FILE: one result of `cdglab path` as if a sweep had made it
report_single() {
	local folder
	folder=$(mktemp -d "$WORK/single.XXXXXX")
	cp "$1" "$folder/all-seed0-00000000.json" || die "$1 cannot be read, see above (or is the disk full?)"
	jq -c --arg name "$(basename "${1%.json}")" '{name: $name, title: $name, plot: "time", seeds: (.seeds | length),
		cells: ["all"], files: ["all-seed0-00000000.json"]}' "$1" >"$folder/scenario.json" || die "$1 is no result of cdglab path"
	printf '%s\n' "$folder"
}

# report_files FOLDER: of the results that the sweep planned those that are there; others in the folder are
# of other parameters
report_files() {
	local file
	while IFS= read -r file; do
		[ ! -s "$1/$file" ] || printf '%s\n' "$1/$file"
	done < <(jq -r '.files[]' "$1/scenario.json")
}

# report_merge FOLDER FILE: the figures of one scenario
report_merge() {
	local folder=$1 label file strip=$WORK/stripped
	: >"$strip"
	while IFS= read -r file; do
		label=${file##*/}
		report_jq -c -f "$LAB/report/strip.jq" "$file" 2>"$WORK/words" |
			jq -c --arg tag "${label%-seed*}" '{label: $tag, result: .}' >>"$strip" ||
			die "$file is no result of cdglab path, or a broken one: remove it and sweep again" \
				"($(head -n 1 "$WORK/words"))"
	done < <(report_files "$folder")
	report_jq -cs --slurpfile about "$folder/scenario.json" -f "$LAB/report/merge.jq" "$strip" >"$2" ||
		die "the results in $folder cannot be merged (the reason is above; is the disk full?)"
}

# report_verdicts MERGED FILE: what became of "expect = TEXT :: VALUE :: CONDITION" lines
report_verdicts() {
	local text value condition line program=''
	while IFS= read -r line; do
		text=${line%% :: *} condition=${line##* :: }
		value=${line#"$text" :: }
		value=${value%" :: $condition"}
		[[ $line == *' :: '*' :: '* ]] || die "$1: an expect line is 'TEXT :: VALUE :: CONDITION', not '$line'"
		program+=", (\$all | {text: $(jq -Rn --arg t "$text" '$t')} + (try {v: ($value)} catch {why: .}) |
			. + {ok: (if .v == null then null else (.v | $condition) end)})"
	done < <(jq -r '.scenario.expect // [] | .[]' "$1")
	{
		echo 'include "expect"; def near: . * 1000 | round / 1000 | tostring;
			def short: if type == "string" then . elif type == "object" then (.value | near) + " ± " + (.ci95 | near) else near end;'
		echo ". as \$all | [${program#, }] | map(. +"
		echo '{shown: (if .v == null then .why // "" else .v | short end),
			verdict: (if .v == null then "not measured" elif .ok == null then "reported"
				elif .ok | type == "string" then .ok elif .ok then "holds" else "**fails**" end)})'
	} >"$WORK/expect.jq"
	report_jq -c -f "$WORK/expect.jq" "$1" >"$2" || die "$1: an expect line is no jq program, see above"
}

# report_plot KIND INPUT NAME TITLE: draws NAME.svg and NAME.png; INPUT is what plot.jq reads
report_plot() {
	local kind=$1 input=$2 name=$3 panel format words
	for panel in ${REPORT_PANELS[$kind]}; do
		report_jq -r --arg kind "$kind" --arg panel "$panel" -f "$LAB/report/plot.jq" "$input" >"$WORK/data.$panel" ||
			die "no data for the plot $name, see above"
	done
	words="data='$WORK/data'; title='${4//\'/}'; height=${REPORT_HEIGHT[$kind]}"
	[[ $kind != twin ]] || words+="; $(jq -r '"cells=\(.cells | length); labels=\u0027" +
		([.cells | to_entries[] | "\"\(.value.label | gsub("_"; " "))\" \(.key)"] | join(",")) + "\u0027"' "$input")"
	for format in ${REPORT_FORMATS//,/ }; do
		gnuplot -e "$words; format='$format'; out='$WORK/plots/$name.$format'" "$LAB/report/common.gp" \
			"$LAB/report/$kind.gp" 2>"$WORK/words" ||
			die "gnuplot failed for $name: $(tail -n 1 "$WORK/words")"
	done
	# Half of what gnuplot writes are groups with nothing in them.
	[ ! -f "$WORK/plots/$name.svg" ] ||
		sed -i ':a; N; $!ba; s/<g [^>]*>\n<\/g>\n//g' "$WORK/plots/$name.svg"
}

# report_name NAME: NAME for a plot of this report into REPORT_NAME, with a number when another section has it
report_name() {
	local number=1
	REPORT_NAME=$1
	while [[ ${REPORT_NAMES[$REPORT_NAME]+x} ]]; do REPORT_NAME=$1-$((++number)); done
	REPORT_NAMES[$REPORT_NAME]=1
}

# report_seed MERGED [LABEL]: of the run that is drawn where one is, of the first experiment or of that LABEL
report_seed() {
	jq --arg of "${2-}" 'first(.cells[] | select($of == "" or .label == $of)) | .sets[0].runs[0].seed' "$1"
}

# report_plots FOLDER MERGED: all plots of a scenario; prints their names
report_plots() {
	local folder=$1 merged=$2 scenario title words kind label file
	scenario=$(jq -r .scenario.name "$merged")
	title=$(jq -r '.scenario.title // .scenario.name' "$merged")
	[ -n "$REPORT_FORMATS" ] || return 0
	for kind in $(jq -r 'if .cells | length > 0 then .scenario.plot // "" else "" end' "$merged"); do
		[[ ${REPORT_PANELS[$kind]+x} ]] || die "$scenario: no plot '$kind'; there are ${!REPORT_PANELS[*]}"
		if [[ $kind != time ]]; then
			report_name "$scenario-$kind"
			words=$title
			[[ $kind != jain ]] || words+=", seed $(report_seed "$merged")"
			report_plot "$kind" "$merged" "$REPORT_NAME" "$words"
			printf '%s\n' "$REPORT_NAME"
			continue
		fi
		while IFS= read -r label; do
			file=$(report_files "$folder" | grep -F "$folder/$label-seed" | sed -n 1p)
			report_name "$scenario-$label"
			report_plot time "$file" "$REPORT_NAME" "$title: ${label//_/, }, seed $(report_seed "$merged" "$label")"
			printf '%s\n' "$REPORT_NAME"
		done < <(jq -r '.cells[].label' "$merged")
	done
}

report_section() { # folder
	local merged=$WORK/merged.json
	report_merge "$1" "$merged"
	report_verdicts "$merged" "$WORK/verdicts.json"
	report_plots "$1" "$merged" >"$WORK/plot-names"
	report_jq -r --slurpfile verdicts "$WORK/verdicts.json" --arg folder "${REPORT_FOLDER##*/}" \
		--argjson plots "$(jq -Rnc '[inputs]' "$WORK/plot-names")" -f "$LAB/report/report.jq" "$merged" \
		>>"$WORK/sections" ||
		die "the section of $1 cannot be written, see above (is the disk full?)"
	jq -c '{title: (.scenario.title // .scenario.name), measured, planned, trusted, guests, origins, planned_seeds: .scenario.seeds,
		seeds: [.cells[].seeds] | unique}' "$merged" >>"$WORK/overview"
	cat "$WORK/verdicts.json" >>"$WORK/all-verdicts"
}

# What was measured on and how much of what was planned, and all verdicts.
report_overview() {
	jq -rs --slurpfile verdicts "$WORK/all-verdicts" -f "$LAB/report/overview.jq" "$WORK/overview"
}

report_run() {
	local result folder
	work_make
	[ -z "$REPORT_FORMATS" ] || need gnuplot gnuplot-nox "plots are drawn by it"
	mkdir -p "$WORK/plots"
	: >"$WORK/sections"
	: >"$WORK/overview"
	: >"$WORK/all-verdicts"
	for result in "${REPORT_RESULTS[@]}"; do
		if [ -f "$result" ]; then
			folder=$(report_single "$result")
		else
			folder=${result%/}
			[ -f "$folder/scenario.json" ] ||
				die "$result is neither a result of 'cdglab path' nor a folder of 'cdglab sweep'"
			jq -e .files "$folder/scenario.json" >/dev/null 2>&1 ||
				die "$result: an older cdglab has written its scenario.json: sweep again, results are kept"
		fi
		report_section "$folder"
	done
	{
		[ -z "$REPORT_HEAD" ] || { cat "$REPORT_HEAD" && echo; }
		report_overview
		cat "$WORK/sections"
	} >"$WORK/report.md" || die "the report cannot be written: is the disk full?"
	report_keep
}

# The report and its folder of plots, as a whole or not at all.
report_keep() {
	local old=$REPORT_FOLDER.old.$$
	WORK_ALSO+=("$REPORT_FOLDER.new" "$REPORT_OUT.new")
	rm -rf "$REPORT_FOLDER.new"
	{ mkdir -p "$(dirname "$REPORT_OUT")" && cp -r "$WORK/plots" "$REPORT_FOLDER.new" &&
		cp "$WORK/report.md" "$REPORT_OUT.new"; } 2>/dev/null ||
		die "cannot write $REPORT_OUT: is the folder writable, is the disk full?"
	[ ! -d "$REPORT_FOLDER" ] || mv -T "$REPORT_FOLDER" "$old"
	if [ -n "$REPORT_FORMATS" ]; then mv -T "$REPORT_FOLDER.new" "$REPORT_FOLDER"; fi
	mv "$REPORT_OUT.new" "$REPORT_OUT"
	rm -rf "$old"
}
