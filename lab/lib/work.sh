# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# One work folder per cdglab process; its removal and that of the processes started is tied to the
# end of the process. Of a killed one (-9) the processes end by setpriv --pdeathsig, and its files the
# next one sweeps.

WORK=
WORK_PIDS=()
WORK_SIGNAL=KILL # what ends them; TERM for processes that have something to clear away
WORK_TTY=    # terminal settings to give back
WORK_ALSO=() # unfinished files elsewhere, removed too

# Unfinished files and folders are named by their owner's process id.
work_sweep() {
	local path
	for path in "${TMPDIR:-/tmp}"/cdglab.*.?????? "$CACHE"/{kernels,roots}/.new.*.?????? \
		"$CACHE"/{images/*,kernels/*/vmlinux,kvm-*}.[0-9]*; do
		[ -O "$path" ] && [[ $path =~ \.([0-9]+)(\.[a-zA-Z0-9]{6})?$ ]] || continue
		[ -d "/proc/${BASH_REMATCH[1]}" ] || rm -rf "$path"
	done
}

work_make() {
	[ -z "$WORK" ] || return 0
	work_sweep
	trap work_end EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/cdglab.$$.XXXXXX") ||
		die "no work folder in ${TMPDIR:-/tmp}: set TMPDIR to a folder with some 300 MB free"
}

# work_kill PID: ends a process that this one started
work_kill() {
	kill -"$WORK_SIGNAL" "$1" 2>/dev/null || return 0
	wait "$1" 2>/dev/null || return 0
}

work_end() {
	local status=$? pid
	trap - EXIT
	trap '' HUP INT TERM
	for pid in "${WORK_PIDS[@]}"; do work_kill "$pid"; done
	[ -z "$WORK_TTY" ] || stty "$WORK_TTY" 2>/dev/null || true
	# What is being written into the cache bears the process id, too.
	rm -rf "$WORK" "${WORK_ALSO[@]}" "$CACHE"/{images/*,kernels/*/vmlinux,kvm-*}".$$"
	exit "$status"
}
