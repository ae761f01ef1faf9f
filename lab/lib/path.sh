# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Measurements on an emulated path: options, one machine per seed, figures. What happens in the
# guest is path/guest.sh; what is made of it, path/summary.jq and path/table.jq.

PATH_RATE=20mbit PATH_RTT=40ms PATH_BUFFER=1bdp PATH_LOSS=0 PATH_AQM='' PATH_ECN=2
PATH_DURATION=30s PATH_SKIP=5s PATH_SEEDS=1 PATH_LOAD='' PATH_NATIVE='' PATH_JSON='' PATH_EXACT=1
PATH_SETS=()    # as the user wrote them
PATH_EXPANDED=() # one word CC[@START] per flow
PATH_AQMS=(fq_codel codel pie fq_pie)

# path_options ARGUMENTS...: sets the variables above and, through run_options, the machine's
path_options() {
	local machine=()
	while [ $# -gt 0 ]; do
		case $1 in
		--rate) PATH_RATE=$(option_value "$@") ;;
		--rtt) PATH_RTT=$(option_value "$@") ;;
		--buffer) PATH_BUFFER=$(option_value "$@") ;;
		--loss) PATH_LOSS=$(option_value "$@") ;;
		--aqm) PATH_AQM=$(option_value "$@") ;;
		--duration) PATH_DURATION=$(option_value "$@") ;;
		--skip) PATH_SKIP=$(option_value "$@") ;;
		--seeds) PATH_SEEDS=$(option_number "$1" "${2-}" 1 1000) ;;
		--load) PATH_LOAD=$(option_value "$@") ;;
		--native) PATH_NATIVE=$(option_value "$@") ;;
		--json) PATH_JSON=$(option_value "$@") ;;
		--flows)
			PATH_SETS+=("$(option_value "$@")")
			path_expand "${PATH_SETS[-1]}"
			;;
		--kernel | --modules | --cpus | --mem | --append | --timeout | --log)
			machine+=("$1" "$(option_value "$@")")
			;;
		--ecn | --real-time)
			[[ $1 != --ecn ]] || PATH_ECN=1
			[[ $1 != --real-time ]] || PATH_EXACT=0
			shift
			continue
			;;
		*) die_usage "no option '$1'" ;;
		esac
		shift 2
	done
	[ ${#PATH_SETS[@]} -gt 0 ] || die_usage "which flows? --flows cdg:2,cubic:1"
	((!PATH_EXACT)) || machine+=(--exact)
	path_measures
	run_options "$PATH_TIMEOUT" "${machine[@]}"
}

# "cdg:2,cubic@10" into "cdg cdg cubic@10"
path_expand() {
	local part words='' count
	for part in ${1//,/ }; do
		[[ $part =~ ^([a-zA-Z0-9_.]{1,15})(:([0-9]{1,3}))?(@[0-9]+(\.[0-9]+)?)?$ ]] ||
			die_usage "--flows: '$part' is no CC[:COUNT][@START]"
		for ((count = 10#${BASH_REMATCH[3]:-1}; count > 0; count--)); do
			words+=" ${BASH_REMATCH[1]}${BASH_REMATCH[4]}"
		done
	done
	[ -n "$words" ] || die_usage "--flows: '$1' has no flow in it"
	PATH_EXPANDED+=("${words# }")
}

# Options into the numbers that the guest gets.
path_measures() {
	local aqm=${PATH_AQM%% *}
	PATH_RATE_BPS=$(unit_rate --rate "$PATH_RATE")
	PATH_RTT_US=$(unit_time_us --rtt "$PATH_RTT")
	PATH_PACKETS=$(unit_buffer --buffer "$PATH_BUFFER" "$PATH_RATE_BPS" "$PATH_RTT_US")
	PATH_DURATION_MS=$(unit_time_ms --duration "$PATH_DURATION")
	PATH_SKIP_MS=$(unit_time_ms --skip "$PATH_SKIP")
	((PATH_RATE_BPS >= 10000)) || die_usage "--rate: at least 10kbit"
	((PATH_RTT_US >= 100 && PATH_RTT_US <= 10000000)) || die_usage "--rtt: from 100us to 10s"
	((PATH_DURATION_MS > PATH_SKIP_MS + 500)) ||
		die_usage "--duration must exceed --skip (default 5s) by more than half a second"
	[[ $PATH_LOSS =~ ^[0-9]+(\.[0-9]+)?%?$ && ${PATH_LOSS%%[.%]*} -lt 100 ]] ||
		die_usage "--loss takes a percentage below 100, as 1%, not '$PATH_LOSS'"
	PATH_LOSS=${PATH_LOSS%\%}
	[[ -z $aqm || " ${PATH_AQMS[*]} " == *" $aqm "* ]] ||
		die_usage "--aqm knows ${PATH_AQMS[*]}, not '$aqm'"
	# Only there to end a guest that hangs: machines differ in speed by more than ten.
	PATH_TIMEOUT=$((300 + (PATH_DURATION_MS / 1000 + 10) * ${#PATH_SETS[@]} * 30))
}

# The guest's part for one seed: in which order the sets run.
path_command() {
	local order=("${PATH_EXPANDED[@]}") i
	if (($1 % 2 == 0)); then
		order=()
		for i in "${PATH_EXPANDED[@]}"; do order=("$i" "${order[@]}"); done
	fi
	RUN_COMMAND=(env "RATE_BPS=$PATH_RATE_BPS" "RTT_US=$PATH_RTT_US" "PACKETS=$PATH_PACKETS"
		"LOSS=$PATH_LOSS" "AQM=$PATH_AQM" "ECN=$PATH_ECN" "LOAD=$PATH_LOAD" "NATIVE=$PATH_NATIVE"
		"DURATION=$(path_seconds "$PATH_DURATION_MS")" "SKIP=$(path_seconds "$PATH_SKIP_MS")"
		bash lab/path/guest.sh "${order[@]}")
}

path_seconds() { printf '%d.%03d\n' $(($1 / 1000)) $(($1 % 1000)); }

# The path and the machine as one JSON object, but for what the guest knows better.
path_describe() {
	jq -nc --argjson rate "$PATH_RATE_BPS" --argjson rtt "$PATH_RTT_US" \
		--argjson packets "$PATH_PACKETS" --argjson loss "$PATH_LOSS" --arg aqm "$PATH_AQM" \
		--argjson ecn "$((PATH_ECN == 1))" --argjson duration "$PATH_DURATION_MS" \
		--argjson skip "$PATH_SKIP_MS" --arg load "$PATH_LOAD" --arg native "$PATH_NATIVE" \
		--argjson exact "$EXACT" \
		--arg cpus "$CPUS" --arg mem "$MEM" --arg buffer "$PATH_BUFFER" \
		--arg qemu "$("$(machine_qemu)" --version | head -n 1)" \
		--argjson sets "$(printf '%s\n' "${PATH_SETS[@]}" | jq -Rn '[inputs]')" \
		--argjson expanded "$(printf '%s\n' "${PATH_EXPANDED[@]}" | jq -Rn '[inputs]')" '
		{path: {rate_bps: $rate, rtt_us: $rtt, buffer: $buffer, buffer_packets: $packets,
			loss_percent: $loss, aqm: (if $aqm == "" then null else $aqm end), ecn: ($ecn == 1)},
		 machine: {qemu: $qemu, exact: ($exact == 1), cpus: ($cpus | tonumber),
			   mem_mb: ($mem | tonumber)},
		 duration_s: ($duration / 1000), skip_s: ($skip / 1000), load: $load, native: $native,
		 sets: [$sets, $expanded] | transpose | map({name: .[0], flows: .[1]})}'
}

path_run() {
	local seed results
	for ((seed = 1; seed <= PATH_SEEDS; seed++)); do
		SEED=$seed
		path_command "$seed"
		run_prepare
		results=$WORK/results
		((PATH_SEEDS == 1)) || say "seed $seed of $PATH_SEEDS"
		run_once >"$WORK/result"
		((MACHINE_STATUS == 0)) || die "the measurement failed in the guest; its words are above"
		jq -c --argjson seed "$seed" '. + {seed: $seed}' "$WORK/result" >>"$results" ||
			die "the guest's results cannot be read or kept: is the disk full?"
	done
	path_describe >"$WORK/description"
	jq -cs --slurpfile about "$WORK/description" -f "$LAB/path/summary.jq" "$results" >"$WORK/summary" ||
		die "the results cannot be summed up: is the disk full?"
	jq -r '.runs[] | .seed as $seed | .name as $name | .check.warnings[] |
		"warning: not to be trusted: \($name), seed \($seed): \(.)"' "$WORK/summary" |
		while read -r line; do say "$line"; done
	if [ "$PATH_JSON" = - ]; then
		cat "$WORK/summary"
		return
	fi
	[ -z "$PATH_JSON" ] || cp "$WORK/summary" "$PATH_JSON" || die "cannot write $PATH_JSON"
	jq -r -f "$LAB/path/table.jq" "$WORK/summary"
}
