# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Results into files that the user names.

# keep_check OPTION FILE: refused before anything is measured, and not after; - and nothing are fine
keep_check() {
	[[ -z $2 || $2 == - ]] || { [ -d "$(dirname "$2")" ] && [ ! -d "$2" ]; } ||
		die "$1 $2: there is no folder for it, or it is one: name a file"
}

# keep FROM TO: as a whole or not at all; a device, a pipe or a link stays what it is
keep() {
	if [ -L "$2" ] || [[ -e $2 && ! -f $2 ]]; then
		cat "$1" >"$2"
	else
		WORK_ALSO+=("$2.part")
		cp "$1" "$2.part" && mv "$2.part" "$2"
	fi 2>/dev/null || die "cannot write $2: may it be written, is the disk full?"
}
