# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: this list, or the help of one command

command_help() {
	local name
	if [ $# -gt 0 ]; then
		COMMAND=$(command_find "$1")
		# shellcheck source=/dev/null
		. "$LAB/cmd/$COMMAND.sh"
		[[ $COMMAND == help ]] || command_help
		return
	fi
	echo "Usage: cdglab [--cache DIR] COMMAND [OPTIONS]"
	echo
	for name in "${COMMANDS[@]}"; do
		printf '  %-8s %s\n' "$name" "$(sed -n 's/^# about: //p' "$LAB/cmd/$name.sh")"
	done
	cat <<-END

		'cdglab COMMAND help' tells more. Kernels and packed tools are kept in --cache DIR, by default
		\$CDGLAB_CACHE, \$XDG_CACHE_HOME/cdglab or ~/.cache/cdglab. The toolkit is taken from build/ (or \$CDG_BUILD).
	END
}

command_main() { command_help "$@"; }
