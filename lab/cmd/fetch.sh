# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: get kernels of Debian's suites

command_help() {
	cat <<-END
		Usage: cdglab fetch [--arch amd64|arm64] VERSION...

		Fetches Debian's cloud kernel of each VERSION into the cache. 6.12 means the newest 6.12
		that any suite has, 7 the newest 7.x; a whole release (6.1.0-50) means that one. The archive's
		address comes from this machine's apt configuration, which is not changed; apt checks
		signatures and checksums. A kernel that is in the cache already is not fetched again.

		For another architecture than amd64 user space is fetched, too: 'make arm64' builds the toolkit
		against it, guests are made of it. Nothing is installed on this machine.
	END
}

command_main() {
	local version id arch
	while [[ ${1-} == -* ]]; do
		case $1 in
		--arch) arch_use "$(option_value "$@")" ;;
		*) die_usage "no option '$1'" ;;
		esac
		shift 2
	done
	[ $# -gt 0 ] || die_usage "which VERSION?"
	need apt-get apt "kernels are fetched with it"
	work_make
	arch=$ARCH
	for version; do
		arch_use "$arch"
		arch_use_of_kernel "$version"
		archive_renew
		arch_is_ours || root_there || root_fetch
		id=$(archive_find "$version")
		[ -n "$id" ] || die "no suite has a kernel '$version': 'cdglab list --all' shows what there is"
		[ -f "$CACHE/kernels/$id/vmlinuz" ] || kernel_fetch "$id"
		printf '%s\n' "$id"
	done
}
