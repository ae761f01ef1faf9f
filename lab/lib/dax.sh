# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The root file system as an image that all machines map from the host's page cache: /usr with tools
# and modules, and the toolkit at /cdg, read-only. A small initramfs has the rest of the root, which can
# be written, and the modules by which the image is reached (guest/root.c).

DAX_MODULES=(virtio_pci virtio_pmem nd_pmem ext4)
DAX_LABELS=(-U 9d3c1d1e-0cd9-4c0c-8c0d-cd9000000001 -E hash_seed=9d3c1d1e-0cd9-4c0c-8c0d-cd9000000002)
# No journal and no checksums: nobody ever writes.
DAX_FEATURES=^has_journal,^metadata_csum,^resize_inode,^64bit

# dax_missing: why KERNEL_ID cannot have its root from an image, nothing if it can
dax_missing() {
	local name
	arch_is_ours || { echo "images are mapped by machines of amd64 only"; return; }
	[ -n "$KERNEL_ROOT" ] || { echo "there are no modules for $KERNEL_IMAGE, give them by --modules DIR"; return; }
	for name in "${DAX_MODULES[@]}"; do
		image_module_needs "$name" >/dev/null ||
			{ echo "$KERNEL_ID has no $name, by which the image is reached"; return; }
	done
}

dax_need() {
	local why
	why=$(dax_missing)
	[ -z "$why" ] || die "--root dax: $why; --root initramfs needs nothing"
	PATH=$PATH:/usr/sbin:/sbin need mke2fs e2fsprogs "the image is made with it"
}

# dax_format STAGE FILE: the folder as a file system, with as much room as it needs
dax_format() {
	local stage=$1 file=$2 kb nodes
	kb=$(du -sk --apparent-size "$stage" | cut -f1)
	nodes=$(find "$stage" | wc -l)
	# What is lost in last blocks, nodes, the tables; the device is made of pieces of 2 MB.
	kb=$(((kb + nodes * 5 + kb / 50 + 4096) / 2048 * 2048))
	E2FSPROGS_FAKE_TIME=1767225600 PATH=$PATH:/usr/sbin:/sbin mke2fs -q -t ext4 -b 4096 -m 0 \
		-N $((nodes + 64)) -O "$DAX_FEATURES" "${DAX_LABELS[@]}" -d "$stage" "$file" "${kb}k" \
		>"$WORK/mke2fs" 2>&1 || {
		tail -n 3 "$WORK/mke2fs" >&2
		die "the root image cannot be made: is the disk full?"
	}
}

# dax_make_image: path of the image for KERNEL_* and the toolkit as it is
dax_make_image() {
	local stage=$WORK/root key file tools modules part
	mkdir -p "$stage"
	image_stage_toolkit "$stage"
	image_pack "$stage" "$WORK/toolkit.cpio"
	rm -rf "$stage"
	tools=$(image_make_tools)
	modules=$(image_make_modules)
	key=$({
		echo "$tools $modules"
		cat "$WORK/toolkit.cpio" "$LAB/lib/dax.sh"
	} | sha256sum | cut -c1-16)
	file=$CACHE/images/root-$KERNEL_ID-$key.ext4
	if [ ! -f "$file" ]; then
		say "packing the root image of $KERNEL_ID (once, until the toolkit changes)"
		mkdir -p "$stage"
		for part in "$tools" "$modules" "$WORK/toolkit.cpio"; do
			cpio --quiet -i -d -u -m --no-absolute-filenames -D "$stage" 'usr/*' 'cdg/*' cdg <"$part" ||
				die "cannot unpack ${part##*/}: is the disk full?"
		done
		dax_format "$stage" "$WORK/new.ext4"
		rm -rf "$stage"
		image_store "$WORK/new.ext4" "$file"
	fi
	rm -f "$WORK/toolkit.cpio"
	touch "$file"
	printf '%s\n' "$file"
}

# dax_stage_modules STAGE: the modules and the list of them for init
dax_stage_modules() {
	local stage=$1 name path list
	for name in "${DAX_MODULES[@]}"; do image_module_needs "$name"; done | awk '!seen[$0]++' >"$WORK/list"
	: >"$stage/lab/modules"
	while read -r path; do
		list=${path##*/}
		list=/lab/${list%%.ko*}.ko
		image_add_module "$path" "$stage$list${path##*.ko}"
		echo "$list" >>"$stage/lab/modules"
	done <"$WORK/list"
	rm -f "$WORK/list"
}

# dax_make_run SHARE COMMAND...: $WORK/initrd, and the image in MACHINE_IMAGE
dax_make_run() {
	local stage=$WORK/run share=$1
	shift
	MACHINE_IMAGE=$(dax_make_image)
	image_base_files "$stage"
	cpio --quiet -i -d -u -m --no-absolute-filenames -D "$stage" 'etc/*' <"$(image_make_tools)" ||
		die "cannot unpack the guest's tools: is the disk full?"
	image_stage_run "$stage" "$share" "$@"
	dax_stage_modules "$stage"
	image_pack "$stage" "$WORK/initrd"
	rm -rf "$stage"
}
