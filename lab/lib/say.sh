# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Talk goes to stderr: stdout belongs to results and to the guest's command.

# Exit statuses of cdglab itself; `run` and `shell` replace both (run.sh).
EXIT_USAGE=1
EXIT_REFUSED=2

say() { printf 'cdglab: %s\n' "$*" >&2; }

die() {
	say "$*"
	exit "$EXIT_REFUSED"
}

die_usage() {
	say "$*"
	say "see 'cdglab help${COMMAND:+ $COMMAND}'"
	exit "$EXIT_USAGE"
}

# need PROGRAM PACKAGE WHAT-FOR
need() {
	command -v "$1" >/dev/null || die "$1 is missing, $3: run 'apt-get install $2'"
}

# option_value NAME [VALUE]: refuses an option at the end of the line
option_value() {
	[ $# -ge 2 ] || die_usage "$1 needs a value"
	printf '%s\n' "$2"
}

# option_number NAME VALUE LOWEST HIGHEST
option_number() {
	[[ ${2-} =~ ^[0-9]{1,9}$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)) ||
		die_usage "$1 takes a whole number from $3 to $4, not '${2-}'"
	printf '%d\n' "$((10#$2))"
}

# option_word NAME VALUE WORD...: VALUE is one of WORDs
option_word() {
	[[ -n ${2-} && " ${*:3} " == *" $2 "* ]] || die_usage "$1 is one of ${*:3}, not '${2-}'"
	printf '%s\n' "$2"
}
