# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Measurements on an emulated path: options, one machine per seed, figures. What happens in the
# guest is path/guest.sh; what is made of it, path/summary.jq and path/table.jq.

# What describes a path and what is done on it: names of options and of a scenario's keys.
declare -A PATH_OF=([rate]=20mbit [rtt]=40ms [buffer]=1bdp [loss]=0 [aqm]=none [ecn]=no [duration]=30s
	[skip]=5s [native]='' [load]='' [events]=decisions [twin]=no)
PATH_SEEDS=(1) PATH_JSON='' PATH_EXACT=1 PATH_SCENARIO=''
PATH_SETS=()     # as the user wrote them
PATH_EXPANDED=() # the same, one word CC[@START][+BYTES[%PAUSE]][~RTT_US] per flow
PATH_OURS=()     # "NAME WORDS" of further instances of ours
PATH_AQMS=(none fq_codel codel pie fq_pie)

# path_options ARGUMENTS...: sets the variables above and, through run_options, the machine's
path_options() {
	local machine=() sets=() ours=() name value i
	# The file first, so that options take its values' places wherever they stand.
	for ((i = 1; i < $#; i++)); do
		[[ ${!i} != --scenario ]] || path_scenario "${@:i+1:1}" machine
	done
	while [ $# -gt 0 ]; do
		name=${1#--}
		case $1 in
		--real-time)
			PATH_EXACT=0
			shift
			continue
			;;
		--ecn | --twin)
			PATH_OF[$name]=yes
			shift
			continue
			;;
		esac
		value=$(option_value "$@")
		case $1 in
		--scenario) ;; # read above
		--seeds)
			value=$(option_number "$1" "$value" 1 1000)
			mapfile -t PATH_SEEDS < <(seq 1 "$value")
			;;
		--seed) PATH_SEEDS=("$(option_number "$1" "$value" 0 999999999)") ;;
		--json) PATH_JSON=$value ;;
		--flows) sets+=("$value") ;;
		--ours) ours+=("$value") ;;
		--kernel | --modules | --cpus | --mem | --append | --timeout | --log) machine+=("$1" "$value") ;;
		*)
			[[ $1 == --* && ${PATH_OF[$name]+x} ]] || die_usage "no option '$1'"
			PATH_OF[$name]=$value
			;;
		esac
		shift 2
	done
	[ ${#sets[@]} -eq 0 ] || PATH_SETS=("${sets[@]}")
	[ ${#ours[@]} -eq 0 ] || PATH_OURS=()
	for value in "${ours[@]}"; do path_ours "$value"; done
	[ ${#PATH_SETS[@]} -gt 0 ] || die_usage "which flows? --flows cdg:2,cubic:1"
	keep_check --json "$PATH_JSON"
	((!PATH_EXACT)) || machine+=(--exact)
	path_measures
	run_options "$PATH_TIMEOUT" "${machine[@]}"
}

# path_scenario FILE MACHINE: the file's values, as if they were options; MACHINE is the name of the
# array of the machine's ones
path_scenario() {
	local key value
	local -n machine_of=$2
	scenario_read "$1"
	for key in "${SCENARIO_GRID[@]}"; do
		[[ ${SCENARIO[$key]-} != *'|'* ]] || die "$1 describes several experiments" \
			"('$key = ${SCENARIO[$key]}'): 'cdglab sweep $1' runs them"
	done
	for key in "${!PATH_OF[@]}"; do
		[[ ! ${SCENARIO[$key]+x} ]] || PATH_OF[$key]=${SCENARIO[$key]}
	done
	mapfile -t PATH_SETS < <(scenario_lines flows)
	while read -r value; do path_ours "$value"; done < <(scenario_lines ours)
	mapfile -t PATH_SEEDS < <(seq 1 "${SCENARIO[seeds]:-1}")
	machine_of=(--kernel "${SCENARIO[kernel]}" "${machine_of[@]}")
}

# "NAME: WORDS", one more instance of ours
path_ours() {
	[[ $1 =~ ^([a-zA-Z0-9_.]{1,15}):[[:space:]]*([a-z0-9_=\ ]*)$ ]] ||
		die_usage "--ours takes 'NAME: WORDS' as in 'cdg_step: backoff_step=1', not '$1'"
	PATH_OURS+=("${BASH_REMATCH[1]} ${BASH_REMATCH[2]}")
}

# "cdg:2,cubic@10" into "cdg cdg cubic@10"
path_expand() {
	local part words='' count flow start period
	local number='[0-9]+(\.[0-9]+)?'
	for part in ${1//,/ }; do
		[[ $part =~ ^([a-zA-Z0-9_.]{1,15})(:([0-9]{1,3}))?(@($number))?(\+([0-9]{1,9}[kM]?)([/%]($number))?)?(~([0-9a-z.]+))?$ ]] ||
			die_usage "--flows: '$part' is no CC[:COUNT][@START][+BYTES[/PERIOD|%PAUSE]][~RTT]"
		count=$((10#${BASH_REMATCH[3]:-1})) start=${BASH_REMATCH[5]:-0}
		path_check_start "$part" "$start"
		flow=${BASH_REMATCH[7]:++${BASH_REMATCH[8]}}
		flow=${flow/k/000} flow=${flow/M/000000}
		period=''
		[[ ${BASH_REMATCH[9]} != /* ]] || period=${BASH_REMATCH[10]}
		[[ ${BASH_REMATCH[9]} != %* ]] || flow+=${BASH_REMATCH[9]}
		[ -z "${BASH_REMATCH[13]}" ] || flow+="~$(unit_time_us --flows "${BASH_REMATCH[13]}")"
		words+=$(path_flows "${BASH_REMATCH[1]}" "$count" "$start" "$flow" "$period")
	done
	[ -n "$words" ] || die_usage "--flows: '$1' has no flow in it"
	PATH_EXPANDED+=("${words# }")
}

# path_check_start FLOW START: flows begin with a tenth of a second, and one of the run's
path_check_start() {
	local ms
	ms=$(unit_time_ms --flows "${2}s")
	(((ms + 99) / 100 * 100 < PATH_DURATION_MS)) ||
		die_usage "--flows: '$1' would begin when the run of $(path_seconds "$PATH_DURATION_MS") s is over"
}

# path_flows CC COUNT START REST PERIOD: one word per flow; with a PERIOD one more after each of it,
# until two seconds before the end
path_flows() {
	awk -v cc="$1" -v count="$2" -v start="$3" -v rest="$4" -v period="$5" \
		-v end="$((PATH_DURATION_MS / 1000 - 2))" 'BEGIN {
		t = start
		do {
			for (i = 0; i < count; i++)
				printf " %s%s%s", cc, (t > 0 ? "@" t : ""), rest
			t += period
		} while (period > 0 && t <= end)
	}'
}

# Options into the numbers that the guest gets.
path_measures() {
	local aqm=${PATH_OF[aqm]%% *} set
	PATH_RATE_BPS=$(unit_rate --rate "${PATH_OF[rate]}")
	PATH_RTT_US=$(unit_time_us --rtt "${PATH_OF[rtt]}")
	PATH_PACKETS=$(unit_buffer --buffer "${PATH_OF[buffer]}" "$PATH_RATE_BPS" "$PATH_RTT_US")
	PATH_DURATION_MS=$(unit_time_ms --duration "${PATH_OF[duration]}")
	PATH_SKIP_MS=$(unit_time_ms --skip "${PATH_OF[skip]}")
	((PATH_RATE_BPS >= 10000)) || die_usage "--rate: at least 10kbit"
	((PATH_RTT_US >= 100 && PATH_RTT_US <= 10000000)) || die_usage "--rtt: from 100us to 10s"
	((PATH_DURATION_MS > PATH_SKIP_MS + 500)) ||
		die_usage "--duration must exceed --skip (default 5s) by more than half a second"
	PATH_LOSS=${PATH_OF[loss]%\%}
	[[ $PATH_LOSS =~ ^[0-9]+(\.[0-9]+)?$ && ${PATH_LOSS%%.*} -lt 100 ]] ||
		die_usage "--loss takes a percentage below 100, as 1%, not '${PATH_OF[loss]}'"
	[[ " ${PATH_AQMS[*]} " == *" $aqm "* ]] || die_usage "--aqm knows ${PATH_AQMS[*]}, not '$aqm'"
	[[ ${PATH_OF[ecn]} == yes || ${PATH_OF[ecn]} == no ]] || die_usage "--ecn: yes or no"
	[[ ${PATH_OF[events]} == decisions || ${PATH_OF[events]} == rounds ]] ||
		die_usage "--events takes decisions or rounds, not '${PATH_OF[events]}'"
	for set in "${PATH_SETS[@]}"; do path_expand "$set"; done
	[[ ${PATH_OF[twin]} == yes || ${PATH_OF[twin]} == no ]] || die_usage "twin: yes or no"
	[[ ${PATH_OF[twin]} == no ]] || path_check_twins
	# Only there to end a guest that hangs: machines differ in speed by more than ten.
	PATH_TIMEOUT=$((300 + (PATH_DURATION_MS / 1000 + 10) * ${#PATH_SETS[@]} * 30))
}

# Twins: two sets, the second with ours where the first has native CDG, and alike otherwise.
path_check_twins() {
	local native ours i cc ours_cc pairs=0
	read -ra native <<<"${PATH_EXPANDED[0]}"
	read -ra ours <<<"${PATH_EXPANDED[1]-}"
	((${#PATH_EXPANDED[@]} == 2 && ${#native[@]} == ${#ours[@]})) ||
		die_usage "--twin takes two sets of as many flows, as --flows cdg:2 --flows cdg_bpf:2"
	for i in "${!native[@]}"; do
		[[ ${native[i]} != "${ours[i]}" ]] || continue
		cc=${native[i]%%[@+~]*} ours_cc=${ours[i]%%[@+~]*}
		[[ $cc == cdg && ${native[i]#"$cc"} == "${ours[i]#"$ours_cc"}" ]] &&
			[[ " cdg_bpf ${PATH_OURS[*]%% *} " == *" $ours_cc "* ]] ||
			die_usage "--twin: ${ours[i]} is no twin of ${native[i]}: the second set has ours" \
				"where the first has cdg, and the same flows otherwise"
		pairs=$((pairs + 1))
	done
	((pairs)) || die_usage "--twin: no flow of the first set is native cdg"
}

# The guest's part for one seed: in which order the sets run.
path_command() {
	local order=("${PATH_EXPANDED[@]}") i ours ecn=2 events=decisions aqm=${PATH_OF[aqm]}
	# Native goes first where ours takes its draws.
	if (($1 % 2 == 0)) && [[ ${PATH_OF[twin]} == no ]]; then
		order=()
		for i in "${PATH_EXPANDED[@]}"; do order=("$i" "${order[@]}"); done
	fi
	[[ ${PATH_OF[ecn]} != yes ]] || ecn=1
	[[ ${PATH_OF[events]} != rounds ]] || events=decisions,round
	[[ $aqm != none ]] || aqm=
	ours=$(printf '%s;' "cdg_bpf ${PATH_OF[load]}" "${PATH_OURS[@]}")
	RUN_COMMAND=(env "RATE_BPS=$PATH_RATE_BPS" "RTT_US=$PATH_RTT_US" "PACKETS=$PATH_PACKETS"
		"LOSS=$PATH_LOSS" "AQM=$aqm" "ECN=$ecn" "OURS=$ours" "NATIVE=${PATH_OF[native]}"
		"TWIN=${PATH_OF[twin]}" "SEED=$1" "EVENTS=$events" "DURATION=$(path_seconds "$PATH_DURATION_MS")"
		"SKIP=$(path_seconds "$PATH_SKIP_MS")" bash lab/path/guest.sh "${order[@]}")
}

path_seconds() { printf '%d.%03d\n' $(($1 / 1000)) $(($1 % 1000)); }

# path_describe HOST: the path and the machine as one JSON object, but for what the guest knows better.
# HOST is what host_since told, null of an exact run, which it does not touch.
path_describe() {
	jq -nc --argjson host "$1" --argjson rate "$PATH_RATE_BPS" --argjson rtt "$PATH_RTT_US" \
		--argjson packets "$PATH_PACKETS" --argjson loss "$PATH_LOSS" --arg aqm "${PATH_OF[aqm]}" \
		--arg ecn "${PATH_OF[ecn]}" --arg twin "${PATH_OF[twin]}" --argjson duration "$PATH_DURATION_MS" \
		--argjson skip "$PATH_SKIP_MS" --arg load "${PATH_OF[load]}" --arg native "${PATH_OF[native]}" \
		--argjson exact "$EXACT" --arg lab "$ORIGIN_LAB" \
		--arg cpus "$CPUS" --arg mem "$MEM" --arg buffer "${PATH_OF[buffer]}" \
		--arg qemu "$("$(machine_qemu)" --version | head -n 1)" \
		--argjson ours "$(printf '%s\n' "cdg_bpf ${PATH_OF[load]}" "${PATH_OURS[@]}" |
			jq -Rnc '[inputs | capture("^(?<key>[^ ]*) *(?<value>.*)$")] | from_entries')" \
		--argjson sets "$(printf '%s\n' "${PATH_SETS[@]}" | jq -Rnc '[inputs]')" \
		--argjson expanded "$(printf '%s\n' "${PATH_EXPANDED[@]}" | jq -Rnc '[inputs]')" '
		{path: {rate_bps: $rate, rtt_us: $rtt, buffer: $buffer, buffer_packets: $packets,
			loss_percent: $loss, aqm: (if $aqm == "none" then null else $aqm end), ecn: ($ecn == "yes")},
		 machine: ({qemu: $qemu, lab: $lab, exact: ($exact == 1), cpus: ($cpus | tonumber),
			    mem_mb: ($mem | tonumber)} + (if $host then {host_time: $host} else {} end)),
		 duration_s: ($duration / 1000), skip_s: ($skip / 1000), load: $load, native: $native,
		 ours: $ours, twin: ($twin == "yes"), sets: [$sets, $expanded] | transpose | map({name: .[0], flows: .[1]})}'
}

# Only what the measurement needs goes into the guest.
path_image() {
	IMAGE_TOOLS=(tools-path.txt)
	IMAGE_MODULES=modules-path.txt
	IMAGE_PROGRAMS=(cdgctl lab/pathsend lab/pathsink)
	IMAGE_PARTS=(lab/path/guest.sh lab/path/decisions.awk scripts/bottleneck)
	[[ ${PATH_OF[twin]} == no ]] || IMAGE_PROGRAMS+=(lab/pathtwin lab/draws.bpf.o lab/loss.bpf.o)
}

path_run() {
	local seed results host=null ticks
	path_image
	origin_lab
	ticks=$(host_ticks)
	for seed in "${PATH_SEEDS[@]}"; do
		SEED=$seed
		path_command "$seed"
		run_prepare
		results=$WORK/results
		((${#PATH_SEEDS[@]} == 1)) || say "seed $seed of ${PATH_SEEDS[-1]}"
		run_once >"$WORK/result"
		((MACHINE_STATUS == 0)) || die "the measurement failed in the guest; its words are above"
		jq -c --argjson seed "$seed" '. + {seed: $seed}' "$WORK/result" >>"$results" ||
			die "the guest's results cannot be read or kept: is the disk full?"
	done
	((PATH_EXACT)) || host=$(host_since "$ticks")
	path_describe "$host" >"$WORK/description"
	jq -L "$LAB/path" -cs --slurpfile about "$WORK/description" -f "$LAB/path/summary.jq" "$results" \
		>"$WORK/summary" || die "the results cannot be summed up (the reason is above; is the disk full?)"
	jq -r '"warning: not to be trusted: " + ((.machine.host_time.warnings // [])[],
		(.runs[] | .seed as $seed | .name as $name | .check.warnings[] | "\($name), seed \($seed): \(.)"))' "$WORK/summary" |
		while read -r line; do say "$line"; done
	if [ "$PATH_JSON" = - ]; then
		cat "$WORK/summary"
		return
	fi
	jq -r -f "$LAB/path/table.jq" "$WORK/summary"
	[ -z "$PATH_JSON" ] || keep "$WORK/summary" "$PATH_JSON"
}
