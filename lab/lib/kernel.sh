# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Kernels: fetched ones in the cache, one folder per id with vmlinuz and lib/modules/ID,
# or any image of the user's.

KERNEL_ID=      # its release, as uname -r prints it
KERNEL_IMAGE=   # file for QEMU, as it is distributed
KERNEL_ROOT=    # folder that has lib/modules/KERNEL_ID, empty: none

# kernel_match VERSION: of the ids on stdin those with that version or a part of it; 6.1 is not 6.12
kernel_match() {
	local id
	while read -r id; do
		[[ $id == "$1" || $id == "$1"[.+-]* ]] && printf '%s\n' "$id"
	done
	return 0
}

# Fetched kernels, oldest first.
kernel_list() {
	local dir
	for dir in "$CACHE"/kernels/*-cloud-"$ARCH"/; do
		[ -f "$dir/vmlinuz" ] && basename "$dir"
	done | sort -V
}

# kernel_find VERSION: the newest fetched id of that version, nothing if there is none
kernel_find() { kernel_list | kernel_match "$1" | tail -n 1; }

# kernel_arrange FROM TO ID: unpacked packages into the form that the cache has
kernel_arrange() {
	local from=$1 to=$2 id=$3 dir boot
	dir=$from/lib/modules/$id
	[ -d "$dir" ] || dir=$from/usr/lib/modules/$id
	boot=$from/boot/vmlinuz-$id
	[ -f "$boot" ] || boot=$dir/vmlinuz
	mkdir -p "$to/lib/modules" &&
		mv "$boot" "$to/vmlinuz" &&
		mv "$dir" "$to/lib/modules/$id" &&
		chmod 755 "$to" &&
		PATH=$PATH:/usr/sbin:/sbin depmod -b "$to" "$id"
}

# kernel_fetch ID: into the cache, as a whole or not at all
kernel_fetch() {
	local id=$1 new deb
	need dpkg-deb dpkg "packages are unpacked with it"
	PATH=$PATH:/usr/sbin:/sbin need depmod kmod "modules are indexed with it"
	say "fetching $id"
	work_make
	mkdir -p "$WORK/fetch/x" "$CACHE/kernels"
	archive_download "$id" "$WORK/fetch"
	for deb in "$WORK"/fetch/*.deb; do
		dpkg-deb -x "$deb" "$WORK/fetch/x" || die "cannot unpack ${deb##*/}: is the disk full?"
	done
	new=$(mktemp -d "$CACHE/kernels/.new.$$.XXXXXX")
	WORK_ALSO+=("$new")
	kernel_arrange "$WORK/fetch/x" "$new" "$id" ||
		die "cannot keep $id in $CACHE: is the disk full?"
	rm -rf "$CACHE/kernels/$id"
	mv -T "$new" "$CACHE/kernels/$id"
	rm -rf "$WORK/fetch"
}

# True if the image is one that QEMU can start: a bzImage, an ELF file, or arm64's Image.
kernel_file_is_image() {
	[ "$(dd if="$1" bs=1 skip=514 count=4 2>/dev/null)" = HdrS ] ||
		[ "$(head -c 4 "$1" | od -An -tx1)" = " 7f 45 4c 46" ] ||
		[ "$(dd if="$1" bs=1 skip=56 count=4 2>/dev/null | tr '\0' ' ')" = ARMd ]
}

# The release in a kernel image's header; empty for an image without one.
kernel_file_release() {
	local magic offset
	magic=$(dd if="$1" bs=1 skip=514 count=4 2>/dev/null)
	[ "$magic" = HdrS ] || return 0
	offset=$(od -An -tu2 -j 526 -N 2 "$1")
	dd if="$1" bs=1 skip=$((offset + 512)) count=80 2>/dev/null | tr '\0' '\n' | head -n 1 |
		cut -d' ' -f1
}

kernel_use_file() {
	local file=$1 modules=$2
	[ -s "$file" ] && [ -r "$file" ] || die "$file is empty or cannot be read"
	KERNEL_IMAGE=$(realpath "$file")
	KERNEL_ID=$(kernel_file_release "$file")
	kernel_file_is_image "$file" ||
		die "$file is no kernel image: neither a bzImage nor an ELF vmlinux, nor an Image of arm64"
	if [ -n "$modules" ]; then
		modules=$(realpath "$modules")
		[[ -f $modules/modules.dep && ${modules%/*} == */lib/modules ]] ||
			die "$modules is no lib/modules/RELEASE folder with a modules.dep (run depmod)"
		[[ -z $KERNEL_ID || ${modules##*/} == "$KERNEL_ID" ]] ||
			die "$modules is of another release than $file ($KERNEL_ID)"
		KERNEL_ID=${modules##*/}
		KERNEL_ROOT=${modules%/lib/modules/*}/
	elif [ -n "$KERNEL_ID" ] && [ -f "/lib/modules/$KERNEL_ID/modules.dep" ]; then
		KERNEL_ROOT=/
	else
		say "warning: no modules for $file: give them by --modules DIR"
		KERNEL_ROOT=
	fi
	KERNEL_ID=${KERNEL_ID:-unknown}
}

# kernel_use SPEC MODULES: sets KERNEL_*; SPEC is a fetched version or a file
kernel_use() {
	local spec=$1 modules=${2-}
	arch_use_of_kernel "$spec"
	if [ -f "$spec" ]; then
		kernel_use_file "$spec" "$modules"
		return
	fi
	[ -z "$modules" ] || die_usage "--modules goes with a kernel FILE; '$spec' is none"
	KERNEL_ID=$(kernel_find "$spec")
	[ -n "$KERNEL_ID" ] || die "no kernel '$spec' here: run 'cdglab fetch$(arch_is_ours || echo " --arch $ARCH") $spec' if it is a version" \
		"('cdglab list' shows them), or name a kernel file"
	KERNEL_ROOT=$CACHE/kernels/$KERNEL_ID
	KERNEL_IMAGE=$KERNEL_ROOT/vmlinuz
}

# What a bzImage's payload may be: its first bytes, and what unpacks them from stdin to stdout.
KERNEL_PAYLOADS=(
	"28b52ffd zstd -qdc"
	"fd377a58 xz -qdc"
	"02214c18 lz4 -qdc"
	"1f8b08 gzip -qdc"
)

# kernel_number FILE OFFSET BYTES
kernel_number() { od -An -tu"$3" -j "$2" -N "$3" "$1" | tr -d ' '; }

# kernel_needs_mb FILE: memory for the kernel itself. A bzImage tells what it needs while it unpacks
# itself.
kernel_needs_mb() {
	local bytes
	bytes=$(stat -c %s "$1")
	[ "$(dd if="$1" bs=1 skip=514 count=4 2>/dev/null | tr '\0' ' ')" != HdrS ] || bytes=$(kernel_number "$1" 608 4)
	echo $((bytes / 1048576 + 1))
}

# kernel_unpack FILE: the vmlinux inside a bzImage, to stdout. The payload's place is told from the
# end of the setup sectors on; its last four bytes are the size unpacked, which gzip has as its own.
kernel_unpack() {
	local file=$1 start length first entry
	start=$(((1 + $(kernel_number "$file" 497 1)) * 512 + $(kernel_number "$file" 584 4)))
	length=$(($(kernel_number "$file" 588 4) - 4))
	first=$(od -An -tx1 -j "$start" -N 4 "$file" | tr -d ' ')
	for entry in "${KERNEL_PAYLOADS[@]}"; do
		[[ $first == "${entry%% *}"* ]] || continue
		[[ $entry != *gzip* ]] || length=$((length + 4))
		# shellcheck disable=SC2086 # words
		dd if="$file" bs=1M iflag=skip_bytes,count_bytes skip="$start" count="$length" | ${entry#* }
		return
	done
	return 1
}

# A note of the image names the entry by which QEMU starts an unpacked kernel (PVH).
kernel_has_pvh() {
	LC_ALL=C grep -qaP '\x04\0\0\0[\x04\x08]\0\0\0\x12\0\0\0Xen\0' "$1"
}

# kernel_uncompressed: path of the vmlinux of the fetched kernel KERNEL_ID, unpacked once; fails with
# a sentence where there is none to be had
kernel_uncompressed() {
	local file=$KERNEL_ROOT/vmlinux new=$KERNEL_ROOT/vmlinux.$$
	[[ $KERNEL_IMAGE == "$KERNEL_ROOT/vmlinuz" ]] || { say "$KERNEL_IMAGE is booted as it is"; return 1; }
	if [ ! -f "$file" ]; then
		if ! kernel_unpack "$KERNEL_IMAGE" 2>/dev/null >"$new"; then
			rm -f "$new"
			say "the kernel inside $KERNEL_IMAGE cannot be unpacked (are zstd, xz and lz4 there? is the disk full?)"
			return 1
		fi
		mv "$new" "$file" || return 1
	fi
	kernel_has_pvh "$file" || { say "$KERNEL_ID has no entry for an uncompressed kernel"; return 1; }
	printf '%s\n' "$file"
}
