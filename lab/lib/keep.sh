# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Results into files that the user names.

# keep_check OPTION FILE: refused before anything is measured, and not after; - and nothing are fine
keep_check() {
	local folder
	[[ $2 && $2 != - ]] || return 0
	folder=$(dirname "$(realpath -m "$2")")
	[[ $2 != */ && ! -d $2 ]] && [[ -e $2 || -d $folder ]] ||
		die "$1 $2: there is no folder for it, or it is one: name a file"
	if [ -e "$2" ] && keep_stays "$2"; then folder=$2; fi
	[[ -w $folder && (! -e $2 || -w $2) ]] ||
		die "$1 $2: it may not be written there: name another file"
}

# True for a device, a pipe or a link: it is written to, and not replaced.
keep_stays() { [[ -L $1 || (-e $1 && ! -f $1) ]]; }

# keep FROM TO [WORDS]: as a whole or not at all; a device, a pipe or a link stays what it is. WORDS end the
# sentence of a failure.
keep() {
	if keep_stays "$2"; then
		cat "$1" >"$2"
	else
		WORK_ALSO+=("$2.part")
		cp "$1" "$2.part" && mv "$2.part" "$2"
	fi 2>/dev/null || die "cannot write $2: may it be written, is the disk full?${3:+ $3}"
}

# keep_forms_check JSON MARKDOWN: where the two forms of a result go, before anything is measured
keep_forms_check() {
	[[ $1$2 != -- ]] || die_usage "--json - and --markdown -: only one of them can have stdout"
	keep_check --json "$1"
	keep_check --markdown "$2"
}

# keep_forms JSON TO MARKDOWN TO COMMAND...: one form to stdout, what COMMAND prints if none is to go there;
# the others to files
keep_forms() {
	local json=$1 json_to=$2 markdown=$3 markdown_to=$4
	shift 4
	if [[ $json_to == - ]]; then
		cat "$json"
	elif [[ $markdown_to == - ]]; then
		cat "$markdown"
	else
		"$@"
	fi
	[[ ${json_to:--} == - ]] || keep "$json" "$json_to"
	[[ ${markdown_to:--} == - ]] || keep "$markdown" "$markdown_to"
}
