# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Results that are kept beside the report of an evaluation: FILE-data/SCENARIO.tar.xz with the results that the
# scenario's last sweep planned, as far as they are there. So they gather over several runs on several machines.

EVALUATION_DATA='' # folder of the archives

# evaluation_use FILE.md: where they are; refused before anything is measured
evaluation_use() {
	EVALUATION_DATA=${1%.md}-data
	[[ ! -e $EVALUATION_DATA || -d $EVALUATION_DATA ]] ||
		die "$EVALUATION_DATA is no folder: results are to be kept there, choose another name for the report"
	need tar tar "results are kept with it"
	need xz xz-utils "results are kept with it"
}

# evaluation_unpack FOLDER: what is kept of the scenario, but for results that its FOLDER has
evaluation_unpack() {
	local archive=$EVALUATION_DATA/${1##*/}.tar.xz new=$1/.new name names
	[ -f "$archive" ] || return 0
	# Plain files of plain names: an archive may come from anywhere.
	names=$(tar -tvJf "$archive" 2>/dev/null | awk '
		!/^-/ || $NF !~ /^[a-zA-Z0-9_][a-zA-Z0-9_.-]*\.json$/ || NF != 6 { exit 1 } { print $NF }') ||
		die "$archive is no archive of results: remove it, or take it from the repository again"
	WORK_ALSO+=("$new")
	rm -rf "$new"
	mkdir -p "$new" && tar -xJf "$archive" --no-same-owner --no-same-permissions -C "$new" 2>/dev/null ||
		die "$archive cannot be unpacked into $1: is the disk full?"
	for name in $names; do
		[ -e "$1/$name" ] || mv "$new/$name" "$1/$name"
	done
	rm -rf "$new"
}

# evaluation_keep FOLDER: archived anew if anything changed. The same files give the same bytes.
evaluation_keep() {
	local archive=$EVALUATION_DATA/${1##*/}.tar.xz new=$WORK/results.tar files
	mapfile -t files < <(report_files "$1")
	# None is left of these parameters: what is kept is of others.
	((${#files[@]})) || return 0
	printf '%s\n' scenario.json "${files[@]##*/}" | sort -u >"$WORK/names"
	tar -cf "$new" -C "$1" --format=gnu --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rw,go=r \
		-T "$WORK/names" || die "the results in $1 cannot be packed, see above (is the disk full?)"
	if ! { [ -f "$archive" ] && xz -dc "$archive" 2>/dev/null | cmp -s - "$new"; }; then
		mkdir -p "$EVALUATION_DATA" 2>/dev/null || die "the folder $EVALUATION_DATA cannot be made"
		xz -9 -T1 "$new" || die "the results in $1 cannot be packed, see above (is the disk full?)"
		keep "$new.xz" "$archive"
	fi
	rm -f "$new" "$new.xz"
}

# Measures what SWEEP_FILES describe; report and archives of REPORT_RESULTS also where a machine failed.
evaluation_run() {
	local folder
	work_make
	for folder in "${REPORT_RESULTS[@]}"; do evaluation_unpack "$folder"; done
	sweep_run
	report_run
	for folder in "${REPORT_RESULTS[@]}"; do evaluation_keep "$folder"; done
	sweep_end
}
