# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Whether the host left a measurement in real time alone: processor time that its own hypervisor took
# away (steal), and other work on it, that of interrupts included.

HOST_STEAL_MOST=2 # per cent of its processors' time; more is told
HOST_IDLE_LEAST=10 # less is told if other work took as much: it may have made the measurement wait

# Ticks since the host started: of all processors, idle, stolen, and used by this process and those
# of its children that have ended, a machine's among them.
host_ticks() {
	local user nice system idle iowait irq softirq steal own
	read -r _ user nice system idle iowait irq softirq steal _ </proc/stat
	own=$(</proc/$$/stat)
	read -ra own <<<"${own##*) }" # from the third field on
	echo $((user + nice + system + idle + iowait + irq + softirq + steal)) $((idle + iowait)) "$steal" \
		$((own[11] + own[12] + own[13] + own[14]))
}

# host_since TICKS: JSON of the processors' time since host_ticks printed TICKS
host_since() {
	jq -nc --arg before "$1" --arg after "$(host_ticks)" --argjson steal_most "$HOST_STEAL_MOST" \
		--argjson idle_least "$HOST_IDLE_LEAST" '
		[$before, $after | split(" ") | map(tonumber)] | transpose | map(.[1] - .[0]) as [$all, $idle, $steal, $own] |
		def percent: if $all > 0 then [., 0] | max * 1000 / $all | round / 10 else 0 end;
		{steal_percent: ($steal | percent), idle_percent: ($idle | percent), others_percent: ($all - $idle - $steal - $own | percent)} |
		. + {warnings: [
			if .steal_percent > $steal_most
			then "the host lost \(.steal_percent) % of its processor time to other machines (steal)" else empty end,
			if .idle_percent < $idle_least and .others_percent >= $idle_least
			then "the host had other work: it took \(.others_percent) % of the processor time and left \(.idle_percent) % idle"
			else empty end]}'
}
