# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # variables of net.bash
# A memory control group of the bed's own, of the first version or of the second.

# Sets $memory to its folder, empty where there is no memory controller; $limit_file, $peak_file.
memory_up() {
	memory=$(findmnt -nt cgroup -O memory -o TARGET | head -n 1)
	export memory limit_file=memory.limit_in_bytes peak_file=memory.max_usage_in_bytes
	if [[ -z $memory ]]; then
		memory=$(findmnt -nt cgroup2 -o TARGET | head -n 1)
		limit_file=memory.max peak_file=memory.peak
		grep -qw memory "$memory/cgroup.subtree_control" 2>/dev/null || memory=
	fi
	[[ -n $memory ]] || return 0
	memory=$memory/cdg-$prefix-memory
	mkdir "$memory"
}

memory_down() { [[ -z $memory || ! -d $memory ]] || wait_until 10 rmdir "$memory"; }

# Makes $bed/charged, which runs a command in it: what maps and the storage of sockets take is charged to
# whom loaded them.
charged_up() {
	memory_up
	export account=$memory
	cat >"$bed/charged" <<-'END'
		#!/bin/sh
		[ -z "$account" ] || echo $$ >"$account/cgroup.procs" || exit 1
		exec "$@"
	END
	chmod +x "$bed/charged"
}

# Bytes of the kernel that are charged to it; nothing where that is not known.
kernel_memory() {
	[[ -n $account ]] || return 0
	cat "$account/memory.kmem.usage_in_bytes" 2>/dev/null || awk '/^kernel / { print $2 }' "$account/memory.stat"
}

# Nothing is charged to it any more.
memory_anew() {
	memory_down
	mkdir "$memory"
}
