# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What measured a result: the lab with ours in it, and the kernel. A result of another lab or kernel has other
# figures, whatever its name says.

ORIGIN_LAB='' # id of the lab as it is now, once it was asked for
ORIGIN_NONE='- -'

# origin_lab: sets ORIGIN_LAB, over all that goes into figures: BPF objects, what sends, counts and sums up, the
# guest and what is packed into it. cdgctl is not in it: its version changes with each commit.
origin_lab() {
	local file
	[ -z "$ORIGIN_LAB" ] || return 0
	ORIGIN_LAB=$(for file in "$BUILD"/bpf/*.bpf.o "$BUILD"/lab/*.bpf.o "$LAB"/path/* "$LAB"/guest/* \
		"$LAB"/{modules,tools}-path.txt "$ROOT/scripts/bottleneck"; do
		# Only for people.
		[[ $file != */path/table.jq && -f $file ]] || continue
		printf '%s ' "${file##*/}"
		sha256sum <"$file"
	done | sha256sum | cut -c1-12)
}

# origin_kernel VERSION|FILE: the release of the kernel that would be booted; nothing if that is not known
origin_kernel() {
	if [ -f "$1" ]; then kernel_file_release "$1"; else kernel_find "$1"; fi
}

# origin_is_now "LAB KERNEL" RELEASE: whether they are today's; any kernel is if RELEASE is empty
origin_is_now() { [[ ${1%% *} == "$ORIGIN_LAB" && (-z $2 || ${1#* } == "$2") ]]; }

# origins_of FILE...: a line "LAB KERNEL" for each result, ORIGIN_NONE for what is none. jq takes all files for one
# stream, so that it goes on behind a broken one anew.
origins_of() {
	local rows
	while (($#)); do
		mapfile -t rows < <(jq -r '"\(.machine?.lab? // "-") \(.guest?.kernel? // "-")"' "$@" 2>/dev/null)
		rows=("${rows[@]:0:$#}")
		shift ${#rows[@]}
		(($# == 0)) || { rows+=("$ORIGIN_NONE") && shift; }
		printf '%s\n' "${rows[@]}"
	done
}
