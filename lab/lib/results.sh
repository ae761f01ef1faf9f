# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The results of a sweep: which of its experiments have one that counts.

declare -A RESULTS_COUNT=() # names of those
RESULTS_ANEW=0              # of those that another lab or kernel measured

# results_look PLAN...: sets the variables above. One of another lab or kernel counts with --any-build only.
results_look() {
	local plan words names=() files=() kernels=() rows=() i kernel
	local -A now=()
	for plan; do
		IFS=$SWEEP_SEP read -ra words <<<"$plan"
		[ -s "$SWEEP_OUT/${words[0]}" ] || continue
		names+=("${words[0]}") files+=("$SWEEP_OUT/${words[0]}") kernels+=("${words[3]}")
	done
	if ((!SWEEP_ANY_BUILD)); then
		origin_lab
		mapfile -t rows < <(origins_of "${files[@]}")
	fi
	for i in "${!names[@]}"; do
		kernel=${kernels[i]}
		[[ ${now[$kernel]+x} ]] || now[$kernel]=$(origin_kernel "$kernel")
		if ((SWEEP_ANY_BUILD)) || origin_is_now "${rows[i]}" "${now[$kernel]}"; then
			RESULTS_COUNT[${names[i]}]=1
		else
			RESULTS_ANEW=$((RESULTS_ANEW + 1))
		fi
	done
}

# results_forget FILE: the old result is gone before there is a new one, else the next sweep would count it when
# this one is interrupted. An empty file takes its place, so that what is kept with a report does not come back.
results_forget() {
	[ ! -s "$1" ] || : 2>/dev/null >"$1" || die "the old result $1 cannot be removed: may it be written?"
}
