# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# User space of another architecture than this machine's: the Debian packages of packages.txt and
# all that they depend on, unpacked into one folder of the cache. Nothing is installed here. It is
# what guests of that architecture get, and what the toolkit is built against for them.

root_dir() { printf '%s/roots/%s\n' "$CACHE" "$ARCH"; }

# What it was made of and how.
root_made() { cat "$LAB/packages.txt" && declare -f root_finish; }

root_there() { [ -f "$(root_dir)/made" ] && root_made | cmp -s - "$(root_dir)/made"; }

root_packages() { sed 's/#.*//' "$LAB/packages.txt"; }

# The suite of this machine, as the tools of its own guests are from there; else the newest stable.
root_suite() {
	local suite
	suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	grep -qw "${suite:-none}" "$LAB/suites.txt" || suite=trixie
	printf '%s\n' "$suite"
}

# What packages leave to their scripts.
root_finish() {
	local dir=$1 link
	# From outside these would lead to this machine's files, or to none and so to static libraries.
	find "$dir/usr/lib" -name '*.so' -type l -lname '/*' | while read -r link; do
		ln -sfr "$dir$(readlink "$link")" "$link"
	done
	ln -sf bash "$dir/usr/bin/sh"
	[ -e "$dir/usr/bin/awk" ] || ln -s mawk "$dir/usr/bin/awk"
	mkdir -p "$dir/var/lib/nginx"
	root_made >"$dir/made"
}

# root_fetch: into the cache, as a whole or not at all
root_fetch() {
	local new deb name
	say "fetching user space for $ARCH (about 100 MB, once)"
	work_make
	mkdir -p "$WORK/debs/partial" "$CACHE/roots"
	# shellcheck disable=SC2046 # words
	archive_apt apt-get -qq -y -o "APT::Default-Release=$(root_suite)" -o APT::Install-Recommends=false \
		-o "Dir::Cache::archives=$WORK/debs" -o Debug::NoLocking=true \
		--download-only install $(root_packages) >"$WORK/apt" 2>&1 || {
		tail -n 5 "$WORK/apt" >&2
		die "apt could not fetch user space for $ARCH (its words are above; is the disk full?)"
	}
	new=$(mktemp -d "$CACHE/roots/.new.$$.XXXXXX")
	WORK_ALSO+=("$new")
	chmod 755 "$new"
	mkdir -p "$new"/usr/{bin,sbin,lib}
	for name in bin sbin lib; do ln -s "usr/$name" "$new/$name"; done
	for deb in "$WORK"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink --no-same-owner -C "$new" ||
			die "cannot unpack ${deb##*/}: is the disk full?"
	done
	root_finish "$new"
	rm -rf "$(root_dir)" "$WORK/debs"
	mv -T "$new" "$(root_dir)"
}
