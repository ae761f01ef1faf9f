# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Scenario files: lines "key = value", # begins a comment line. lab/scenarios/README.md tells the keys.

# Keys with one value per experiment: "A | B" makes one experiment of each.
SCENARIO_GRID=(rate rtt buffer loss aqm ecn native load)
SCENARIO_SINGLE=(kernel duration skip seeds events twin title plot)
SCENARIO_LIST=(flows ours about expect) # each line adds one
declare -A SCENARIO=()
SCENARIO_NAME=''

scenario_known() { [[ " ${SCENARIO_GRID[*]} ${SCENARIO_SINGLE[*]} ${SCENARIO_LIST[*]} " == *" $1 "* ]]; }

# scenario_set KEY VALUE: full.KEY is what --full puts in the place of KEY
scenario_set() {
	local key=$1
	if [[ " ${SCENARIO_LIST[*]} " == *" $key "* && ${SCENARIO[$key]+x} ]]; then
		SCENARIO[$key]+=$'\n'$2
	else
		SCENARIO[$key]=$2
	fi
}

# scenario_line WHERE LINE: one "key = value"
scenario_line() {
	[[ $2 =~ ^[[:space:]]*([a-z.]+)[[:space:]]*=[[:space:]]*(.*[^[:space:]])?[[:space:]]*$ ]] ||
		die "$1: no 'key = value': '$2'"
	scenario_known "${BASH_REMATCH[1]#full.}" ||
		die "$1: no key '${BASH_REMATCH[1]}'; there are ${SCENARIO_GRID[*]}" \
			"${SCENARIO_SINGLE[*]} ${SCENARIO_LIST[*]}"
	scenario_set "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

# scenario_name FILE: without folder and .conf
scenario_name() {
	local name=${1##*/}
	printf '%s\n' "${name%.conf}"
}

# scenario_read FILE: into SCENARIO, and its name into SCENARIO_NAME
scenario_read() {
	local line number=0
	SCENARIO=([kernel]=6.12 [seeds]=1 [twin]=no)
	SCENARIO_NAME=$(scenario_name "$1")
	[ -f "$1" ] && [ -r "$1" ] || die "no scenario file $1: those at hand are in lab/scenarios"
	[[ $SCENARIO_NAME =~ ^[a-zA-Z0-9_.-]+$ ]] || die "$1: a scenario's file name has only letters, digits, - and _"
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		[[ $line =~ ^[[:space:]]*(#|$) ]] || scenario_line "$1:$number" "$line"
	done <"$1"
	[[ ${SCENARIO[seeds]} =~ ^[1-9][0-9]{0,2}$ ]] || die "$1: seeds: a number from 1 to 999"
	[[ ${SCENARIO[twin]} == yes || ${SCENARIO[twin]} == no ]] || die "$1: twin: yes or no"
}

# What --full adds.
scenario_make_full() {
	local key
	for key in "${!SCENARIO[@]}"; do
		[[ $key != full.* ]] || SCENARIO[${key#full.}]=${SCENARIO[$key]}
	done
}

# scenario_lines KEY: the lines of a list
scenario_lines() { [ -z "${SCENARIO[$1]-}" ] || printf '%s\n' "${SCENARIO[$1]}"; }

# scenario_values KEY: the alternatives, one per line
scenario_values() {
	awk -v all="${SCENARIO[$1]}" 'BEGIN {
		n = split(all, part, "|")
		for (i = 1; i <= n; i++) {
			gsub(/^[ \t]+|[ \t]+$/, "", part[i])
			print part[i]
		}
	}'
}

# Every combination, one per line: label, then "key=value" with tabs between them. The label names
# what differs between the experiments, blanks and the like replaced.
scenario_cells() {
	local key cells=('') next cell value varied label
	for key in "${SCENARIO_GRID[@]}"; do
		[[ ${SCENARIO[$key]+x} ]] || continue
		next=()
		[[ ${SCENARIO[$key]} == *'|'* ]] && varied=1 || varied=0
		for cell in "${cells[@]}"; do
			while IFS= read -r value; do
				label=${cell%%$'\t'*}
				((!varied)) || label+=${label:+_}${value//[^a-zA-Z0-9.]/-}
				[[ $varied == 0 || $key != loss ]] || label+=-loss
				[[ $cell == *$'\t'* ]] || cell+=$'\t'
				next+=("$label"$'\t'"${cell#*$'\t'}$key=$value"$'\t')
			done < <(scenario_values "$key")
		done
		cells=("${next[@]}")
	done
	printf '%s\n' "${cells[@]/%$'\t'/}" | sed 's/^\t/all\t/; s/^$/all/'
}

# The file as JSON, for reports.
scenario_describe() {
	local key pairs=()
	for key in "${!SCENARIO[@]}"; do
		[[ $key == full.* ]] || pairs+=("$key" "${SCENARIO[$key]}")
	done
	jq -nc --arg name "$SCENARIO_NAME" --arg lists "${SCENARIO_LIST[*]}" '
		($lists / " ") as $lists | $ARGS.positional as $pairs |
		[range(0; $pairs | length; 2) as $i | $pairs[$i] as $key |
			{$key, value: ($pairs[$i + 1] | if $lists | index([$key]) then . / "\n" else . end)}] |
		{name: $name} + from_entries' --args "${pairs[@]}"
}
