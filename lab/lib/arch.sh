# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The processor of a machine, by Debian's names. amd64 is this machine's own; guests of another one
# get user space and a toolkit of theirs (root.sh, 'make arm64').

ARCHES=(amd64 arm64)
ARCH=amd64
BUILD=${CDG_BUILD:-$ROOT/build}

# arch_use NAME: for the machines that follow
arch_use() {
	[[ " ${ARCHES[*]} " == *" $1 "* ]] || die_usage "--arch is one of ${ARCHES[*]}, not '$1'"
	ARCH=$1
	BUILD=${CDG_BUILD:-$ROOT/build}
	[ "$ARCH" = amd64 ] || BUILD+=/$ARCH
}

arch_is_ours() { [ "$ARCH" = amd64 ]; }

# A kernel's release may name it: 6.12.117+deb13-cloud-arm64.
arch_use_of_kernel() {
	local name
	for name in "${ARCHES[@]}"; do
		[[ $1 != *-"$name" ]] || arch_use "$name"
	done
}
