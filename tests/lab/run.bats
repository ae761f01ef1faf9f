#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=lab

load lab

@test "a command's output, its errors and its exit status come back, the kernel is the chosen one" {
	run -7 --separate-stderr cdglab run --kernel "$KERNEL" -- \
		bash -c 'uname -r; modprobe tcp_cdg && cdgctl version >/dev/null && id -u; echo oh >&2; exit 7'
	[ "${lines[0]}" = "$KERNEL" ]
	[ "${lines[1]}" = 0 ]
	[ "${#lines[@]}" -eq 2 ]
	# shellcheck disable=SC2154 # set by run
	[[ $stderr == *oh* ]]
}

@test "a command that is not in the guest ends with 127" {
	run -127 cdglab run --kernel "$KERNEL" -- no-such-command
	[[ $output == *"cannot run no-such-command"* ]]
}

@test "children that go on writing when their command has ended are not waited for; what it wrote is there" {
	local status=0 out=$BATS_TEST_TMPDIR/out
	# shellcheck disable=SC2016
	cdglab run --kernel "$KERNEL" --timeout 120 -- bash -c 'echo error >&2
		for i in 1 2 3; do yes | tee /run/$i & done
		until [ -s /run/1 ] && [ -s /run/2 ] && [ -s /run/3 ]; do :; done
		echo; echo end; exit 3' >"$out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
	[ "$status" -eq 3 ]
	grep -qx end "$out"
	grep -qx error "$BATS_TEST_TMPDIR/err"
	# What was in the pipe then and not what they put there while it was read, which is megabytes.
	[ "$(sed '1,/^end$/d' "$out" | wc -c)" -lt 500000 ]
}

@test "a shared folder goes in, and what changed there comes back" {
	local share=$BATS_TEST_TMPDIR/share
	mkdir -p "$share/deep"
	echo in >"$share/deep/file"
	echo same >"$share/untouched"
	touch -d 2020-01-01 "$share/untouched"
	cdglab run --kernel "$KERNEL" --share "$share" -- \
		bash -c 'cat /share/deep/file; echo out >/share/new; echo more >>/share/deep/file'
	[ "$(<"$share/new")" = out ]
	[ "$(<"$share/deep/file")" = $'in\nmore' ]
	[ "$(date -r "$share/untouched" +%Y)" = 2020 ]
}

@test "a kernel that is not there is refused with the next step" {
	run -125 cdglab run --kernel 9.99 -- true
	[[ $output == *"cdglab fetch 9.99"* ]]
	echo "no kernel" >"$BATS_TEST_TMPDIR/file"
	run -125 cdglab run --kernel "$BATS_TEST_TMPDIR/file" -- true
	[[ $output == *"is no kernel image"* ]]
	run -125 cdglab run -- true
	[[ $output == *"--kernel"* ]]
	run -125 cdglab shell --kernel "$KERNEL" --log "$BATS_TEST_TMPDIR/log"
	[[ $output == *"--log and --exact are for"* ]]
}

@test "a place where no log can be is refused before anything boots" {
	local place
	mkdir "$BATS_TEST_TMPDIR/folder"
	for place in /nowhere/log "$BATS_TEST_TMPDIR/folder" "$BATS_TEST_TMPDIR/log/" -; do
		run -125 cdglab run --kernel "$KERNEL" --log "$place" -- echo booted
		[[ $output == *"--log"*file* && $output != *booted* ]] || { echo "$place: $output"; return 1; }
	done
	[ ! -e - ]
}

@test "a log that cannot be kept at the end costs neither what is shared nor the command's status" {
	cp -r "$ROOT/lab" "$BATS_TEST_TMPDIR"
	cat >"$BATS_TEST_TMPDIR/lab/lib/zz-machine.sh" <<-'END'
		run_prepare() { work_make; }
		machine_run() {
			MACHINE_STATUS=3
			echo words >"$WORK/log"
			mkdir "$WORK/guest" && echo out >"$WORK/guest/new"
			(cd "$WORK/guest" && echo new | cpio --quiet -o -H newc >"$WORK/share")
			rm -r "${RUN_LOG%/*}"
		}
	END
	cd "$BATS_TEST_TMPDIR"
	mkdir share logs
	run -125 lab/cdglab run --kernel any --share share --log logs/log -- true
	[ "$(<share/new)" = out ]
	[[ $output == *"cannot write logs/log"*"ended with 3"* ]]
}

# A cache of the test's own, with what has been fetched and packed already.
own_cache() {
	local cache=${CDGLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cdglab}
	export CDGLAB_CACHE=$BATS_TEST_TMPDIR/cache
	mkdir -p "$CDGLAB_CACHE/images" "$BATS_TEST_TMPDIR/bin"
	ln -s "$cache/kernels" "$CDGLAB_CACHE/kernels"
	cp -s "$cache"/images/tools-*.cpio "$CDGLAB_CACHE/images" || true # nothing is packed yet
}

# instead PROGRAM...: a script from stdin takes their places
instead() {
	cat >"$BATS_TEST_TMPDIR/script"
	for name; do install "$BATS_TEST_TMPDIR/script" "$BATS_TEST_TMPDIR/bin/$name"; done
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

@test "a program that the guest needs and this machine lacks is named, and nothing is packed" {
	own_cache
	cp -r "$ROOT/lab" "$BATS_TEST_TMPDIR"
	echo no-such-program >>"$BATS_TEST_TMPDIR/lab/tools.txt"
	CDG_BUILD=$ROOT/build run -125 "$BATS_TEST_TMPDIR/lab/cdglab" run --kernel "$KERNEL" -- true
	[[ $output == *"no-such-program is missing"*"scripts/deps lab"* && $output != *packing* ]]
}

@test "modules that cannot be unpacked: a sentence, and no archive without them" {
	own_cache
	instead xz zstd gzip <<<'exit 1'
	run -2 cdglab path --kernel "$KERNEL" --flows cubic
	[[ $output == *"cannot unpack "*.ko.* ]]
	[ -z "$(find "$CDGLAB_CACHE/images" -name 'modules-*')" ]
}

@test "a command that is too long is refused, and not cut" {
	own_cache
	run -125 cdglab run --kernel "$KERNEL" -- echo "$(printf '%066000d' 1)"
	[[ $output == *"too long"*"--share DIR"* ]]
}

@test "KVM is not taken for working when QEMU fails, nor after a trial that was interrupted" {
	[[ -r /dev/kvm && -w /dev/kvm ]] || skip "this machine has no /dev/kvm"
	local verdict
	own_cache
	verdict=$CDGLAB_CACHE/kvm-$(</proc/sys/kernel/random/boot_id)
	: >"$verdict"
	# As QEMU does when it cannot have KVM.
	instead qemu-system-x86_64 <<-'END'
		#!/bin/sh
		[ "$1" != --version ] || { echo "QEMU emulator version 9.0"; exit; }
		echo "$@" >>"$BATS_TEST_TMPDIR/calls"
		exit 1
	END
	run -125 cdglab path --real-time --kernel "$KERNEL" --flows cubic
	[ "$(<"$verdict")" = tcg ]
	[ "$(grep -c -e '-accel kvm' "$BATS_TEST_TMPDIR/calls")" -eq 1 ]
	[[ $(tail -n 1 "$BATS_TEST_TMPDIR/calls") == *"-accel tcg"* ]]
}

@test "an image that QEMU cannot start: QEMU's reason and 125" {
	local image=$BATS_TEST_TMPDIR/vmlinux
	cp /bin/true "$image" # an ELF file, but no kernel
	run -125 cdglab run --kernel "$image" -- true
	[[ $output == *"QEMU failed"* ]]
}

@test "a kernel that does not come up: its panic and 125" {
	run -125 cdglab run --kernel "$KERNEL" --append "rdinit=/nowhere" -- true
	[[ $output == *"did not boot: kernel panic"* ]]
}

@test "a command that hangs is ended after --timeout, with 125" {
	run -125 cdglab run --kernel "$KERNEL" --timeout 2 -- tail -f /dev/null
	[[ $output == *"nothing after 2 s"* ]]
}

@test "a terminated run ends at once and leaves nothing" {
	local pid status=0
	"$ROOT/lab/cdglab" run --kernel "$KERNEL" -- bash -c 'echo up; tail -f /dev/null' >"$BATS_TEST_TMPDIR/out" 3>&- &
	pid=$!
	wait_until 120 grep -q up "$BATS_TEST_TMPDIR/out"
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
}

@test "a killed run takes its machine along, and the next one sweeps its files" {
	local pid
	"$ROOT/lab/cdglab" run --kernel "$KERNEL" -- bash -c 'echo up; tail -f /dev/null' >"$BATS_TEST_TMPDIR/out" 3>&- &
	pid=$!
	wait_until 120 grep -q up "$BATS_TEST_TMPDIR/out"
	kill -KILL "$pid"
	wait "$pid" || true
	wait_until 10 no_machine
	[ -n "$(ls -A "$TMPDIR")" ]
	run -125 cdglab run --kernel 9.99 -- true
}

@test "a reader that leaves ends the run quietly" {
	local first
	first=$(cdglab run --kernel "$KERNEL" -- bash -c 'while :; do echo line; done' \
		2>"$BATS_TEST_TMPDIR/err" | head -n 1)
	[ "$first" = line ]
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
}

@test "a full disk is told in a sentence" {
	[[ $EUID -eq 0 ]] || skip "mounting a small disk needs root"
	# shellcheck disable=SC2016
	run -125 unshare -m bash -c 'mount -t tmpfs -o size=8m small "$TMPDIR" && shift && exec "$@"' - \
		"" "$ROOT/lab/cdglab" run --kernel "$KERNEL" -- true
	[[ $output == *"is the disk full?"* ]]
}
