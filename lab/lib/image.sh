# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The guest's root file system: cpio archives that the kernel unpacks one after another. Tools are
# packed once per machine, modules once per kernel, the toolkit and the command for each run.

IMAGE_TOOLS=(tools.txt) # the lists whose programs go in
IMAGE_PROGRAMS=('*' 'tests/*' 'tests/net/*' 'lab/path*') # what goes in of build/: patterns
IMAGE_PARTS=(tests scripts lab include dist share Makefile) # and of the source tree
IMAGE_MODULES=modules.txt
IMAGE_COMMAND_MAX=65534 # what guest/init.c takes

# image_pack FOLDER FILE: the same files give the same bytes, whenever and by whomever they are
# packed: an exact run sees every difference, as instructions of the kernel that unpacks them.
image_pack() {
	(cd "$1" && find . -exec touch -h -d 2026-01-01T00:00:00Z {} + && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible) >"$2" ||
		die "cannot write ${2##*/}: is the disk full?"
}

# Debian's /bin and /lib are links into /usr; the archives name the real place only, so that they
# do not overwrite each other's links.
image_place() {
	case $1 in
	/bin/* | /sbin/* | /lib/* | /lib64/*) printf '/usr%s\n' "$1" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# image_add STAGE PATH...: files as they are, links replaced by what they lead to
image_add() {
	local stage=$1 path place
	shift
	for path; do
		place=$stage$(image_place "$path")
		[ ! -e "$place" ] || continue
		mkdir -p "${place%/*}"
		cp -rL "$path" "$place" || die "cannot copy $path: is the disk full?"
	done
}

# The shared libraries of programs, the loader included.
image_libraries() {
	arch_is_ours || return 0
	{ ldd "$@" 2>/dev/null || true; } |
		awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && $2 ~ /^\(/ { print $1 }' | sort -u
}

# The paths that the lists of tools stand for.
image_tools() {
	local words word path paths PATH=$PATH:/usr/sbin:/sbin
	PATH=${PATH#*/bats-core:} # inside of bats that is not where bats itself is
	while read -ra words; do
		for word in "${words[@]}"; do
			[[ $word != \#* ]] || break
			path=${word#\?}
			# nullglob: a pattern that fits nothing is gone
			# shellcheck disable=SC2206
			[[ $path == /* ]] && paths=($path) || mapfile -t paths < <(type -P "$path")
			if [ -e "${paths[0]-}" ]; then
				printf '%s\n' "${paths[@]}"
			elif [[ $word != \?* ]]; then
				die "$word is missing, the guest needs it: run '$ROOT/scripts/deps lab'"
			fi
		done
	done < <(cat "${IMAGE_TOOLS[@]/#/$LAB/}")
}

# Python holds its compiled modules against the times of their sources, which image_pack changes:
# every import would compile anew, for seconds on an emulated processor.
image_compile_python() {
	local stage=$1 python
	for python in "$stage"/usr/bin/python3.[0-9] "$stage"/usr/bin/python3.[0-9][0-9]; do
		rm -rf "$stage/usr/lib/${python##*/}"/{test,idlelib,lib2to3}
		# That of this machine, as the guest's may be for another processor.
		[ -x "/usr/bin/${python##*/}" ] || continue
		"/usr/bin/${python##*/}" -m compileall -q -f -s "$stage" --invalidation-mode unchecked-hash \
			"$stage/usr/lib/${python##*/}" "$stage/usr/lib/python3" ||
			die "the guest's Python cannot be compiled: is the disk full?"
	done
}

image_busybox_links() {
	local stage=$1 name
	for name in $(busybox --list); do
		[ -e "$stage/usr/bin/$name" ] || [ -e "$stage/usr/sbin/$name" ] ||
			ln -s busybox "$stage/usr/bin/$name"
	done
}

image_base_files() {
	local stage=$1 name
	mkdir -p "$stage"/{etc,root,proc,sys,dev,run,tmp,share,cdg,lab,var/tmp} \
		"$stage"/usr/{bin,sbin,lib,lib64}
	for name in bin sbin lib lib64; do
		ln -s "usr/$name" "$stage/$name"
	done
	ln -s /run "$stage/var/run"
	cp "$BUILD/lab/init" "$stage/init"
	image_base_texts "$stage"
}

image_base_texts() {
	local stage=$1
	# Debian's tcpdump goes on as a user of its own.
	printf '%s\n' root:x:0:0:root:/root:/bin/bash nobody:x:65534:65534:nobody:/:/bin/sh \
		tcpdump:x:100:100::/:/bin/sh >"$stage/etc/passwd"
	printf '%s\n' root:x:0: nogroup:x:65534: tcpdump:x:100: >"$stage/etc/group"
	printf 'passwd: files\ngroup: files\nhosts: files\nprotocols: files\nservices: files\n' \
		>"$stage/etc/nsswitch.conf"
	printf '127.0.0.1 localhost cdglab\n::1 localhost\n' >"$stage/etc/hosts"
}

# Of another architecture's user space what tools-tests.txt stands for.
IMAGE_TESTS_ONLY=('bin/prom*' bin/mlr 'bin/python3*' 'lib/python3*' 'lib/*/libpython*' bin/perl sbin/nginx
	sbin/rsyslogd bin/wrk bin/openssl sbin/p0f 'lib/*/libunbound*' 'lib/*/libsqlite*')

# User space of another architecture, whole but for what nobody runs.
image_stage_root() {
	local stage=$1 root tests=()
	root=$(root_dir)
	root_there || die "user space for $ARCH is missing or of another list: run 'cdglab fetch --arch $ARCH VERSION'"
	[[ " ${IMAGE_TOOLS[*]} " == *" tools-tests.txt "* ]] || tests=("${IMAGE_TESTS_ONLY[@]/#/--exclude=./usr/}")
	tar -c -C "$root" "${tests[@]}" --exclude='*.a' --exclude=./usr/include --exclude='./usr/share/[a-oq-su-z]*' \
		--exclude=./usr/share/perl --exclude='./usr/lib/*/perl*' --exclude=./usr/lib/systemd \
		--exclude=./usr/lib/udev --exclude='./usr/lib/*/gconv' --exclude=./var --exclude=./dev . |
		tar -x --keep-directory-symlink -C "$stage" || die "cannot copy user space: is the disk full?"
	mkdir -p "$stage/var/lib/nginx"
}

image_make_root() {
	local key file stage
	key=$({
		echo "${IMAGE_TOOLS[*]}"
		cat "$LAB/packages.txt" "$LAB/lib/image.sh" "$BUILD/lab/init"
	} | sha256sum | cut -c1-16)
	file=$CACHE/images/tools-$ARCH-$key.cpio
	if [ ! -f "$file" ]; then
		say "packing the guest's tools (once, until they change)"
		stage=$WORK/tools
		image_base_files "$stage"
		image_stage_root "$stage"
		image_base_texts "$stage"
		image_compile_python "$stage"
		image_busybox_links "$stage"
		image_keep "$stage" "$file"
	fi
	touch "$file"
	printf '%s\n' "$file"
}

# image_make_tools: path of the archive, made if the cache has none for these very files
image_make_tools() {
	local key file stage tools
	arch_is_ours || { image_make_root; return; }
	tools=$(image_tools)
	key=$({
		cat "${IMAGE_TOOLS[@]/#/$LAB/}" "$LAB/lib/image.sh" "$BUILD/lab/init"
		xargs -d '\n' stat -L -c '%n %s %Y' <<<"$tools"$'\n/etc/ld.so.cache'
	} | sha256sum | cut -c1-16)
	file=$CACHE/images/tools-$key.cpio
	if [ ! -f "$file" ]; then
		say "packing the guest's tools (once, until they change)"
		stage=$WORK/tools
		image_base_files "$stage"
		mapfile -t tools <<<"$tools"
		image_add "$stage" "${tools[@]}"
		mapfile -t tools < <(image_libraries "${tools[@]}")
		image_add "$stage" "${tools[@]}"
		ln -sf bash "$stage/usr/bin/sh"
		image_compile_python "$stage"
		image_busybox_links "$stage"
		image_keep "$stage" "$file"
	fi
	touch "$file"
	printf '%s\n' "$file"
}

# image_keep STAGE FILE: packed, into the cache
image_keep() {
	image_pack "$1" "$WORK/new.cpio"
	rm -rf "$1"
	image_store "$WORK/new.cpio" "$2"
}

# image_store NEW FILE: into the cache, as a whole or not at all; forgets what is long unused
image_store() {
	if ! mkdir -p "${2%/*}" || ! cp --sparse=always "$1" "$2.$$" || ! mv "$2.$$" "$2"; then
		rm -f "$2.$$"
		die "cannot keep ${2##*/} in $CACHE: is the disk full?"
	fi
	rm -f "$1"
	find "${2%/*}" -maxdepth 1 -ignore_readdir_race \( -name '*.cpio' -mtime +14 -o -name '*.ext4*' -mtime +3 -o \
		-name '*.cpio.*' -mtime +3 \) -delete
}

# The paths of the modules in IMAGE_MODULES and of all that they depend on.
image_module_files() {
	local words word tree=$KERNEL_ROOT/lib/modules/$KERNEL_ID names=()
	while read -ra words; do
		for word in "${words[@]}"; do
			[[ $word != \#* ]] || break
			if [[ $word != */ ]]; then
				names+=("$word")
			elif [ -d "$tree/kernel/$word" ]; then
				mapfile -t -O "${#names[@]}" names < <(find "$tree/kernel/$word" -name '*.ko*' \
					-printf '%f\n' | sed 's/\.ko.*//')
			fi
		done
	done <"$LAB/$IMAGE_MODULES"
	for word in "${names[@]}"; do
		image_module_needs "$word" || true
	done | sort -u
}

# image_module_needs NAME: paths of a module and what it depends on, in the order of loading; nothing
# if it is built in. Fails if the kernel has it not.
image_module_needs() {
	PATH=$PATH:/usr/sbin:/sbin modprobe -C /dev/null -d "$KERNEL_ROOT" -S "$KERNEL_ID" --show-depends "$1" \
		2>/dev/null | awk '$1 == "insmod" { print $2 }'
}

# Uncompressed: not every guest program that loads modules can unpack them.
image_add_module() {
	local from=$1 to=$2
	mkdir -p "${to%/*}"
	case $from in
	*.xz) xz -dc "$from" >"${to%.xz}" ;;
	*.zst) zstd -qdc "$from" >"${to%.zst}" ;;
	*.gz) gzip -dc "$from" >"${to%.gz}" ;;
	*) cp "$from" "$to" ;;
	esac || die "cannot unpack ${from##*/}, see above: is the program there, is the disk full?"
}

# image_make_modules: path of the archive with the modules of KERNEL_*; nothing if it has none
image_make_modules() {
	local key file stage tree path
	[ -n "$KERNEL_ROOT" ] || return 0
	tree=$(realpath "$KERNEL_ROOT/lib/modules/$KERNEL_ID")
	key=$({
		cat "$LAB/$IMAGE_MODULES" "$LAB/lib/image.sh"
		stat -c '%n %Y' "$tree/modules.dep"
	} | sha256sum | cut -c1-16)
	file=$CACHE/images/modules-$KERNEL_ID-$key.cpio
	if [ ! -f "$file" ]; then
		say "packing the modules of $KERNEL_ID (once)"
		stage=$WORK/modules
		mkdir -p "$stage/usr/lib/modules/$KERNEL_ID"
		image_module_files | while read -r path; do
			path=$(realpath "$path")
			image_add_module "$path" \
				"$stage/usr/lib/modules/$KERNEL_ID/${path#"$tree/"}"
		done
		for path in "$tree"/modules.{order,builtin}*; do
			cp "$path" "$stage/usr/lib/modules/$KERNEL_ID/" || die "cannot copy $path: is the disk full?"
		done
		PATH=$PATH:/usr/sbin:/sbin depmod -b "$stage/usr" "$KERNEL_ID" ||
			die "cannot index the modules of $KERNEL_ID"
		image_keep "$stage" "$file"
	fi
	touch "$file"
	printf '%s\n' "$file"
}

# image_copy FROM TO: a file or folder, and the folders above TO
image_copy() {
	{ mkdir -p "${2%/*}" && cp -r "$1" "$2"; } 2>/dev/null || die "cannot copy $1: is the disk full?"
}

# The toolkit as it was built, tests and scripts beside it, at /cdg in the guest.
image_stage_toolkit() {
	local stage=$1 part programs=()
	# shellcheck disable=SC2068 # patterns
	for part in $(cd "$BUILD" && printf '%s\n' ${IMAGE_PROGRAMS[@]}); do
		part=$BUILD/$part
		[[ -f $part && (-x $part || $part == *.bpf.o) ]] || continue
		programs+=("$part")
		image_copy "$part" "$stage/cdg/build/${part#"$BUILD/"}"
	done
	for part in "${IMAGE_PARTS[@]}"; do
		[ ! -e "$ROOT/$part" ] || image_copy "$ROOT/$part" "$stage/cdg/$part"
	done
	if [ -x "$BUILD/cdgctl" ]; then
		mapfile -t programs < <(image_libraries "${programs[@]}")
		image_add "$stage" "${programs[@]}"
	else
		say "warning: $BUILD/cdgctl is not built: no toolkit in the guest (run 'make')"
	fi
}

# image_make_run SHARE COMMAND...: everything in one file, $WORK/initrd
image_make_run() {
	local share=$1 stage=$WORK/run tools modules
	shift
	image_stage_run "$stage" "$share" "$@"
	image_stage_toolkit "$stage"
	image_pack "$stage" "$WORK/run.cpio"
	rm -rf "$stage"
	tools=$(image_make_tools)
	modules=$(image_make_modules)
	# shellcheck disable=SC2086 # empty if there are no modules
	cat "$tools" ${modules:+"$modules"} "$WORK/run.cpio" >"$WORK/initrd" ||
		die "cannot write the guest's files: is the disk full?"
	rm -f "$WORK/run.cpio"
}

# image_stage_run STAGE SHARE COMMAND...: what differs from run to run
image_stage_run() {
	local stage=$1 share=$2
	shift 2
	mkdir -p "$stage/lab" "$stage/share"
	printf '%s\0' "$@" >"$stage/lab/command"
	(($(stat -c %s "$stage/lab/command") <= IMAGE_COMMAND_MAX)) ||
		die "the command is too long: at most $IMAGE_COMMAND_MAX bytes; longer ones go into a script below --share DIR"
	[ -z "$share" ] || cp -a "$share/." "$stage/share/" ||
		die "cannot copy $share: is the disk full?"
}
