# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The memory of machines that run at once, by what the kernel tells of their mappings.

MEMORY_SCANS=2       # of KSM, after which what can be merged is
MEMORY_SCAN_S=120

# memory_of PID MB: one machine's memory as JSON, in kB. The guest's own is the one mapping of MB; pss
# counts a page that is shared by n machines as 1/n, private those that no other has.
memory_of() {
	awk -v guest_kb=$(($2 * 1024)) -v image="${MACHINE_IMAGE:-none}" '
		/^[0-9a-f]+-[0-9a-f]+ / { file = $6; size = 0 }
		$1 == "Size:" { size = $2 }
		$1 == "Pss:" {
			pss += $2
			if (file == image) image_pss += $2
			else if (size == guest_kb) guest += $2
		}
		$1 == "Rss:" && file == image { image_rss += $2 }
		$1 ~ /^Private_(Clean|Dirty):$/ { private += $2 }
		END {
			if (!guest) exit 1
			printf "{\"pss_kb\":%d,\"guest_kb\":%d,\"image_pss_kb\":%d,\"image_kb\":%d,\"private_kb\":%d}\n",
				pss, guest, image_pss, image_rss, private
		}' "/proc/$1/smaps" || die "the memory of QEMU (process $1) cannot be told apart: its guest's is not one mapping"
}

# memory_ksm_state: why merging is not measured, nothing if it is on
memory_ksm_state() {
	local file=/sys/kernel/mm/ksm/run
	if [ ! -r $file ]; then
		echo "this machine's kernel has no KSM"
	elif [ "$(<$file)" != 1 ]; then
		echo "KSM is off on this machine (echo 1 >$file turns it on), so nothing is merged"
	fi
}

# Waits until all that is there has been looked at; fails if that takes too long.
memory_ksm_wait() {
	local file=/sys/kernel/mm/ksm/full_scans until end=$((SECONDS + MEMORY_SCAN_S))
	until=$(($(<$file) + MEMORY_SCANS))
	while (($(<$file) < until)); do
		((SECONDS < end)) || return 1
		read -rt 0.2 <> <(:) || true
	done
}

# bench_memory SIDE: some machines at once, each looked at when its command has ended
bench_memory() {
	local i before=null after
	local -a pids=()
	for ((i = 0; i < BENCH_AT_ONCE; i++)); do bench_start "$i"; done
	for ((i = 0; i < BENCH_AT_ONCE; i++)); do
		bench_read "$i" exit
		pids+=("${BENCH_SEEN[pid]#* }")
	done
	after=$(memory_all "${pids[@]}")
	if [ -z "$(memory_ksm_state)" ]; then
		before=$after
		memory_ksm_wait || say "warning: KSM has not come round in $MEMORY_SCAN_S s, it would save more"
		after=$(memory_all "${pids[@]}")
	fi
	bench_note "$1" "$(jq -nc --argjson unmerged "$before" --argjson machines "$after" \
		'{kind: "memory", machines: $machines, unmerged: $unmerged}')"
	bench_stop
}

memory_all() {
	local pid
	for pid; do memory_of "$pid" "$MEM"; done | jq -sc .
}
