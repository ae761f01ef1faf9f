# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Quantities as people write them, into whole numbers of one unit.

# unit_take OPTION WORD FACTORS: WORD is a decimal number and one of FACTORS' units ("ms 1000 s
# 1000000"); prints it times the unit's factor, rounded
unit_take() {
	local option=$1 word=$2 unit factors value
	[[ $word =~ ^([0-9]+(\.[0-9]+)?)([a-z%]*)$ ]] ||
		die_usage "$option: '$word' is no number with a unit"
	value=${BASH_REMATCH[1]} unit=${BASH_REMATCH[3]}
	read -ra factors <<<"$3"
	while ((${#factors[@]})); do
		if [[ ${factors[0]} == "$unit" ]]; then
			awk -v v="$value" -v f="${factors[1]}" 'BEGIN { printf "%.0f\n", v * f }'
			return
		fi
		factors=("${factors[@]:2}")
	done
	die_usage "$option: the unit of '$word' is none of those known here (see the help)"
}

unit_rate() { unit_take "$1" "$2" "kbit 1000 mbit 1000000 gbit 1000000000"; }
unit_time_us() { unit_take "$1" "$2" "us 1 ms 1000 s 1000000"; }
unit_time_ms() { unit_take "$1" "$2" "ms 1 s 1000 m 60000 min 60000"; }

# unit_buffer OPTION WORD RATE-BPS RTT-US: full frames (1514 bytes) of "1.5bdp", "100ms" or "66p"
unit_buffer() {
	local packets amount
	case $2 in
	*bdp)
		amount=$(unit_take "$1" "$2" "bdp 1000")
		packets=$((amount * $3 / 8000 * $4 / 1514000000))
		;;
	*p | *packets) packets=$(unit_take "$1" "$2" "p 1 packets 1") ;;
	*)
		amount=$(unit_time_us "$1" "$2")
		packets=$((amount * $3 / 8000000 / 1514))
		;;
	esac
	((packets >= 1)) || die_usage "$1: '$2' is less than one packet"
	printf '%d\n' "$packets"
}
