# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Scenarios into experiments, one machine and one result file for each and every seed. A result that is there
# and that today's lab and kernel measured is not measured again; so an interrupted sweep goes on where it was.

SWEEP_OUT=results/sweep SWEEP_JOBS=1 SWEEP_AGAIN=0 SWEEP_FULL=0 SWEEP_FOR_S='' SWEEP_THROUGH=() SWEEP_KERNEL=''
SWEEP_ONLY='' SWEEP_LIST=0 SWEEP_ANY_BUILD=0
SWEEP_NONE='^$' # for --only: measures nothing, but what the files say now goes beside the results
SWEEP_SET=()   # KEY=VALUE instead of what the files say
SWEEP_FILES=()
SWEEP_SEP=$'\x1f' # no blank: read takes several of those for one, and a value may be empty
SWEEP_PLAN=()  # per experiment: result's name, seed, options of `cdglab path`, with SWEEP_SEP between them
SWEEP_FAILED=0 SWEEP_DONE=0
declare -A SWEEP_RUNNING=() # pid -> plan

sweep_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		-o | --out) SWEEP_OUT=$(option_value "$@") ;;
		-j | --jobs) SWEEP_JOBS=$(option_number "$1" "${2-}" 1 256) ;;
		--for) SWEEP_FOR_S=$(($(unit_time_ms "$1" "$(option_value "$@")") / 1000)) ;;
		--through) read -ra SWEEP_THROUGH <<<"$(option_value "$@")" ;;
		--kernel) SWEEP_KERNEL=$(option_value "$@") ;;
		--only)
			SWEEP_ONLY=$(option_value "$@")
			[[ '' =~ $SWEEP_ONLY|^ ]] || die_usage "--only: '$SWEEP_ONLY' is no regular expression"
			;;
		--set)
			[[ $(option_value "$@") == *=* ]] || die_usage "--set takes KEY=VALUE, not '${2-}'"
			SWEEP_SET+=("${2/=/ = }")
			;;
		--again | --full | --list | --any-build)
			case $1 in
			--again) SWEEP_AGAIN=1 ;;
			--full) SWEEP_FULL=1 ;;
			--list) SWEEP_LIST=1 ;;
			--any-build) SWEEP_ANY_BUILD=1 ;;
			esac
			shift
			continue
			;;
		-*) die_usage "no option '$1'" ;;
		*)
			SWEEP_FILES+=("$1")
			shift
			continue
			;;
		esac
		shift 2
	done
	[ ${#SWEEP_FILES[@]} -gt 0 ] || die_usage "which SCENARIO files?"
}

# Everything is read and checked before anything is measured.
sweep_read() {
	local line key
	local -A given=()
	scenario_read "$1"
	((!SWEEP_FULL)) || scenario_make_full
	[ -z "$SWEEP_KERNEL" ] || SCENARIO[kernel]=$SWEEP_KERNEL
	for line in "${SWEEP_SET[@]}"; do
		key=${line%% =*}
		[[ ${given[$key]-} ]] || unset "SCENARIO[$key]" # a list is replaced, not lengthened
		given[$key]=1
		scenario_line "--set" "$line"
	done
	[ -n "${SCENARIO[flows]-}" ] || die "$1: which flows? 'flows = cdg_bpf:2,cubic'"
}

# The options of `cdglab path` for one experiment, one per line. What is not in them does not change
# the figures, so they also name the result.
sweep_arguments() { # key=value...
	local key pair
	printf '%s\n' --kernel "${SCENARIO[kernel]}"
	for key in duration skip events; do
		[ -z "${SCENARIO[$key]-}" ] || printf '%s\n' "--$key" "${SCENARIO[$key]}"
	done
	[[ ${SCENARIO[twin]} == no ]] || printf '%s\n' --twin
	for pair; do
		if [[ $pair != ecn=* ]]; then
			printf '%s\n' "--${pair%%=*}" "${pair#*=}"
		elif [[ $pair == *yes ]]; then
			printf '%s\n' --ecn
		fi
	done
	for key in flows ours; do
		scenario_lines $key | sed "s/^/--$key\n/"
	done
}

# sweep_plan FILE: adds the scenario's experiments, and writes what reports need to know of it
sweep_plan() {
	local cell label pairs seed name words key seeds=() cells=() files=()
	sweep_read "$1"
	mapfile -t cells < <(scenario_cells)
	mapfile -t seeds < <(seq 1 "${SCENARIO[seeds]}")
	for cell in "${cells[@]}"; do
		IFS=$'\t' read -ra pairs <<<"$cell"
		label=${pairs[0]}
		words=$(sweep_arguments "${pairs[@]:1}")
		sweep_check "$1" "$words"
		key=$(sha256sum <<<"$words")
		for seed in "${seeds[@]}"; do
			name=$SCENARIO_NAME/$label-seed$seed-${key:0:8}.json
			files+=("${name#*/}")
			SWEEP_PLAN+=("$name$SWEEP_SEP$seed$SWEEP_SEP${words//$'\n'/$SWEEP_SEP}")
		done
	done
	((SWEEP_LIST)) || sweep_note "${SCENARIO[seeds]}" "$(printf '%s\n' "${files[@]}")" "${cells[@]%%$'\t'*}"
}

# The same look at the options that `cdglab path` takes, in a shell of its own: that dies with the sentence.
sweep_check() { # file, arguments
	local words status=0
	mapfile -t words <<<"$2"
	set +e # as a condition the shell would not end at its first error
	(
		set -e
		COMMAND=path
		path_options "${words[@]}"
	)
	status=$?
	set -e
	((status == 0)) || die "$1 describes an experiment that cannot be, see above"
}

sweep_note() { # seeds, names of results with newlines between them, labels...
	local folder=$SWEEP_OUT/$SCENARIO_NAME count=$1 names=$2
	shift 2
	mkdir -p "$folder" 2>/dev/null || die "the folder $folder cannot be made"
	WORK_ALSO+=("$folder/scenario.part")
	{ scenario_describe | jq -cS --argjson seeds "$count" --arg names "$names" \
		'. + {seeds: $seeds, cells: $ARGS.positional, files: ($names / "\n")}' --args "$@" >"$folder/scenario.part" &&
		mv "$folder/scenario.part" "$folder/scenario.json"; } 2>/dev/null ||
		die "cannot write $folder/scenario.json: is the disk full?"
}

sweep_start() { # plan
	local words name=${1%%"$SWEEP_SEP"*}
	((!SWEEP_AGAIN)) || results_forget "$SWEEP_OUT/$name"
	IFS=$SWEEP_SEP read -ra words <<<"$1"
	setpriv --pdeathsig TERM "${SWEEP_THROUGH[@]}" "$LAB/cdglab" --cache "$CACHE" path "${words[@]:2}" --seed "${words[1]}" \
		--json "$SWEEP_OUT/$name" >/dev/null 2>"$WORK/${name//\//_}.err" 3>&- &
	SWEEP_RUNNING[$!]=$1
	WORK_PIDS+=("$!")
}

# Waits for one machine to end. Results of other parameters under the same label stay: the files that
# scenario.json names are those of the parameters now.
sweep_reap() {
	local pid='' status=0 name
	wait -n -p pid "${!SWEEP_RUNNING[@]}" || status=$?
	[ -n "$pid" ] || return 0
	name=${SWEEP_RUNNING[$pid]%%"$SWEEP_SEP"*}
	unset "SWEEP_RUNNING[$pid]"
	WORK_PIDS=("${!SWEEP_RUNNING[@]}")
	if ((status)); then
		SWEEP_FAILED=$((SWEEP_FAILED + 1))
		say "$name failed:"
		sed 's/^cdglab: //; s/^/    /' "$WORK/${name//\//_}.err" >&2
		return
	fi
	SWEEP_DONE=$((SWEEP_DONE + 1))
	grep '^cdglab: warning' "$WORK/${name//\//_}.err" >&2 || true
	say "$name"
}

# What there is to do, in SWEEP_PLAN.
sweep_select() {
	local plan name chosen=()
	for plan in "${SWEEP_PLAN[@]}"; do
		name=${plan%%"$SWEEP_SEP"*}
		[[ -n $SWEEP_ONLY && ! $name =~ $SWEEP_ONLY ]] || chosen+=("$plan")
	done
	((${#chosen[@]})) || [[ $SWEEP_ONLY == "$SWEEP_NONE" ]] ||
		die "--only: no experiment's name matches '$SWEEP_ONLY'; 'cdglab sweep --list' prints them"
	((SWEEP_LIST || SWEEP_AGAIN)) || results_look "${chosen[@]}"
	SWEEP_PLAN=()
	for plan in "${chosen[@]}"; do
		[[ ${RESULTS_COUNT[${plan%%"$SWEEP_SEP"*}]+x} ]] || SWEEP_PLAN+=("$plan")
	done
}

# Each file once. Two of one name would write over each other's results.
sweep_files() {
	local file name files=()
	local -A named=()
	for file in "${SWEEP_FILES[@]}"; do
		name=$(scenario_name "$file")
		if [ -z "${named[$name]-}" ]; then
			named[$name]=$file
			files+=("$file")
		elif ! [ "$file" -ef "${named[$name]}" ]; then
			die "${named[$name]} and $file are both called '$name', as the folder of their results is:" \
				"give one of them another name, or sweep it into another folder by --out"
		fi
	done
	SWEEP_FILES=("${files[@]}")
}

sweep_run() {
	local file plan started=$SECONDS all anew=
	work_make
	WORK_SIGNAL=TERM
	sweep_files
	for file in "${SWEEP_FILES[@]}"; do sweep_plan "$file"; done
	all=${#SWEEP_PLAN[@]}
	sweep_select
	if ((SWEEP_LIST)); then
		printf '%s\n' "${SWEEP_PLAN[@]%%"$SWEEP_SEP"*}"
		return
	fi
	((RESULTS_ANEW == 0)) || anew=", $RESULTS_ANEW of them anew: other build or kernel"
	say "experiments to be measured: ${#SWEEP_PLAN[@]} of $all$anew"
	for plan in "${SWEEP_PLAN[@]}"; do
		[[ -z $SWEEP_FOR_S ]] || ((SECONDS - started < SWEEP_FOR_S)) || break
		sweep_start "$plan"
		((${#SWEEP_RUNNING[@]} < SWEEP_JOBS)) || sweep_reap
	done
	while ((${#SWEEP_RUNNING[@]})); do sweep_reap; done
	sweep_left
}

sweep_left() {
	local left=$((${#SWEEP_PLAN[@]} - SWEEP_DONE)) what="the same command goes on with them"
	((!SWEEP_AGAIN)) || what="those that were not begun keep their old result; --only chooses some"
	((left == 0)) || say "experiments left: $left; $what"
}

# Last, when all is written that can be: the exit status.
sweep_end() { ((SWEEP_FAILED == 0)) || die "experiments failed: $SWEEP_FAILED, see above"; }
