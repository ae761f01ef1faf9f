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
