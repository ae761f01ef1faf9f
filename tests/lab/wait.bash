# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Also for the tests of parts that need no kernel.

# wait_until SECONDS COMMAND...: until it succeeds
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || { echo "not within the time: $*"; return 1; }
		read -rt 0.05 <> <(:) || true
	done
}
