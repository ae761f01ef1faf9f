# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: an interactive shell in a machine of its own

command_help() {
	cat <<-END
		Usage: cdglab shell --kernel VERSION|FILE [OPTIONS] [COMMAND [ARGUMENTS]]

		As 'cdglab run', with this terminal as the guest's and bash, or COMMAND, in it. Ends when the
		shell does ('exit' or Ctrl-D). Ctrl-C goes to the guest; there is no time limit unless
		--timeout is given. 'cdglab run help' tells the options; --log and --exact are for run only.
	END
}

command_main() {
	EXIT_USAGE=$EXIT_MACHINE EXIT_REFUSED=$EXIT_MACHINE
	run_options 0 "$@"
	[ -z "$RUN_LOG" ] && ((!EXACT)) || die_usage "--log and --exact are for 'cdglab run'"
	[ -t 0 ] && [ -t 1 ] || die "shell needs a terminal; for a pipe there is 'cdglab run'"
	[ ${#RUN_COMMAND[@]} -gt 0 ] || RUN_COMMAND=(bash -l)
	CONSOLE=1
	WORK_TTY=$(stty -g)
	run_prepare
	run_once
	exit "$MACHINE_STATUS"
}
