# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Debian's kernel packages, fetched by apt with a state of its own: the machine's sources, lists
# and installed packages are only read. apt checks signatures and checksums.

ARCHIVE_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
ARCHIVE_MAX_AGE_MIN=1440

archive_dir() { printf '%s/apt-%s\n' "$CACHE" "$ARCH"; }

archive_apt() {
	local tool=$1
	shift
	"$tool" -c "$(archive_dir)/apt.conf" "$@"
}

# The address that the machine's own configuration gives for the archive with that label.
archive_address() {
	# shellcheck disable=SC2016 # apt replaces the names
	apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
		awk -v label="$1" '$1 == "Debian" && $2 == label { print $3; exit }'
}

archive_write_sources() {
	local label suites address found=0
	while read -r label suites; do
		[[ $label && $label != \#* ]] || continue
		address=$(archive_address "$label")
		[ -n "$address" ] || continue
		found=1
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
			"$address" "$suites" "$ARCHIVE_KEYRING"
	done <"$LAB/suites.txt"
	((found)) || die "the machine's apt knows no Debian archive (or has no lists yet: run" \
		"'apt-get update'); a kernel of your own needs none: --kernel FILE --modules DIR"
}

archive_configure() {
	local dir
	dir=$(archive_dir)
	mkdir -p "$dir"/state/lists/partial "$dir"/cache/archives/partial
	: >"$dir/state/status"
	archive_write_sources >"$dir/debian.sources"
	cat >"$dir/apt.conf" <<-END
		Dir::State "$dir/state";
		Dir::State::status "$dir/state/status";
		Dir::Cache "$dir/cache";
		Dir::Etc::sourcelist "$dir/debian.sources";
		Dir::Etc::sourceparts "-";
		APT::Architecture "$ARCH";
		APT::Sandbox::User "$(id -un)";
		Acquire::Languages "none";
		#clear APT::Architectures;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	END
}

# Kernel ids (6.1.0-56-cloud-amd64) in the lists, oldest first.
archive_kernels() {
	[ -f "$(archive_dir)/apt.conf" ] || return 0
	archive_apt apt-cache pkgnames linux-image- |
		sed -n "s/^linux-image-\([0-9]*\.[0-9]*\.[0-9].*-cloud-$ARCH\)\$/\1/p" | sort -V
}

# A suite may have left the archive, so apt's failure is one only if there are no kernels then;
# without a network apt only warns.
archive_update() {
	local log
	say "reading the lists of Debian's suites"
	archive_configure
	if ! log=$(archive_apt apt-get -q update 2>&1) || [ -z "$(archive_kernels)" ]; then
		grep '^[EW]:' <<<"$log" | head -n 5 >&2 || true
		if [ -z "$(archive_kernels)" ]; then
			rm -rf "$(archive_dir)"
			die "apt could not read the lists of Debian's suites; its reasons are above"
		fi
		say "warning: some of Debian's suites could not be read; apt's reasons are above"
	fi
	touch "$(archive_dir)/updated"
}

archive_is_fresh() {
	[ -n "$(find "$(archive_dir)/updated" -mmin "-$ARCHIVE_MAX_AGE_MIN" 2>/dev/null)" ]
}

# archive_renew: the lists of today, read by one cdglab at a time
archive_renew() {
	local lock
	! archive_is_fresh || return 0
	need flock util-linux "the suites' lists are locked with it"
	mkdir -p "$CACHE" && exec {lock}>"$(archive_dir).lock" || die "the cache folder $CACHE cannot be written"
	flock -n "$lock" || {
		say "another cdglab reads the lists of Debian's suites; waiting for it"
		flock "$lock"
	}
	archive_is_fresh || archive_update
	exec {lock}>&-
}

# archive_find VERSION: the newest kernel id of that version, empty if there is none
archive_find() {
	archive_kernels | kernel_match "$1" | tail -n 1
}

# archive_download ID FOLDER: the packages that make up the kernel, newer ones being split
archive_download() {
	local id=$1 part packages=()
	for part in image base binary modules; do
		packages+=("linux-$part-$id")
	done
	mapfile -t packages < <(archive_apt apt-cache pkgnames linux- |
		grep -Fx "$(printf '%s\n' "${packages[@]}")")
	(cd "$2" && archive_apt apt-get -qq download "${packages[@]}") ||
		die "apt could not fetch ${packages[*]} (its words are above; is the disk full?)"
}
