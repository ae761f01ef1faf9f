# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: kernels in the cache, with --all also those that can be fetched

command_help() {
	cat <<-END
		Usage: cdglab list [--all] [--arch amd64|arm64]

		Prints one kernel per line, oldest first: its release and "fetched" or "available". Available
		are those in the suites' lists, which are read again once a day.
	END
}

command_main() {
	local id all=0
	while [ $# -gt 0 ]; do
		case $1 in
		--all) all=1 ;;
		--arch)
			arch_use "$(option_value "$@")"
			shift
			;;
		*) die_usage "no option '$1'" ;;
		esac
		shift
	done
	if ((all)); then
		need apt-get apt "the suites are read with it"
		work_make
		archive_renew
	fi
	{
		kernel_list
		((!all)) || archive_kernels
	} | sort -Vu | while read -r id; do
		if [ -f "$CACHE/kernels/$id/vmlinuz" ]; then
			printf '%s\tfetched\n' "$id"
		else
			printf '%s\tavailable\n' "$id"
		fi
	done
}
