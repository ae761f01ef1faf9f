#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# bats file_tags=lab
# What a machine takes, and the ways to take less: a root shared by DAX, an uncompressed kernel.

load lab

@test "bench: every side is measured, its times are in order, and all forms tell the same" {
	local json=$BATS_TEST_TMPDIR/json markdown=$BATS_TEST_TMPDIR/markdown
	cdglab bench --kernel "$KERNEL" --runs 1 --json "$json" --markdown "$markdown" >"$BATS_TEST_TMPDIR/text"
	jq -e --arg kernel "$KERNEL" '.format == "cdglab-bench" and [.kernels[].kernel] == [$kernel] and
		([.kernels[0].sides[] | select(.accel == "tcg").side] == ["initramfs", "unpacked", "dax", "ordinary"])' "$json"
	jq -e '[.runs[] | select(.kind == "time") | select((0 < .first_s and .first_s <= .result_s and .result_s <= .exit_s and
		.kernel_s > 0 and .load_s > 0 and .user_s >= 0 and .qemu_s > 0 and .cpu_s > 0 and
		(.qemu_s + .load_s + .kernel_s + .user_s - .exit_s | fabs) < 0.001) | not)] == []' "$json"
	jq -e '[.kernels[0].sides[] | .memory | select((.beyond_mb > 0 and .guest_mb > 10 and .each_mb > .guest_mb and .fit >= 0) | not)] == []' "$json"
	# The shared root is there once, and what lies in it is not in the guest's own memory.
	jq -e '[.kernels[0].sides[] | select(.accel == "tcg") | {(.side): .}] | add |
		.dax.memory.image_mb > 0 and .initramfs.memory.image_mb == 0 and .dax.memory.guest_mb < .unpacked.memory.guest_mb and
		.dax.mem_mb < .initramfs.mem_mb and .dax.memory.beyond_mb < .ordinary.memory.beyond_mb' "$json"
	jq -e 'if .meta.kvm == "" then [.verdicts[0].verdicts[].verdict] | length == 2
		else .verdicts[0].accel == "tcg" and .verdicts[0].verdicts == [] end' "$json"
	for word in initramfs unpacked dax ordinary "Linux $KERNEL" Verdict "150 ms"; do
		grep -qF "$word" "$markdown"
		grep -qF "$word" "$BATS_TEST_TMPDIR/text"
	done
	cdglab bench --from "$json" | cmp - "$BATS_TEST_TMPDIR/text"
	cdglab bench --from "$json" --json - | cmp - "$json"
	# What the host did meanwhile is there, and told when it was too much.
	jq -e '.meta.host_time | .steal_percent >= 0 and .others_percent >= 0 and .idle_percent >= 0 and
		.steal_percent + .others_percent + .idle_percent < 100' "$json"
	jq '.meta.host_time.warnings = ["the host lost 5 % (steal)"]' "$json" >"$json.5"
	cdglab bench --from "$json.5" | grep -Fx 'Times are not to be trusted: the host lost 5 % (steal).'
}

@test "a root shared by DAX: toolkit, modules and tools are there, what all share cannot be changed" {
	local share=$BATS_TEST_TMPDIR/share
	mkdir "$share"
	run -7 --separate-stderr cdglab run --kernel "$KERNEL" --root dax --mem least --share "$share" -- bash -c '
		set -e
		grep -q "^/dev/pmem0 /usr ext4 ro,.*dax" /proc/mounts
		cdgctl version >/share/version
		modprobe tcp_cdg && ss -V >/dev/null && ip link add type dummy
		if touch /usr/file /cdg/file 2>/dev/null; then exit 1; fi
		touch /etc/file /root/file /tmp/file
		uname -r
		exit 7'
	[ "$output" = "$KERNEL" ]
	grep -q cdgctl "$share/version"
}

@test "--boot: the kernel starts both ways" {
	local protocol
	# That of the header in a bzImage, or what Linux itself fills in when it was entered as PVH.
	protocol=$(cdglab run --kernel "$KERNEL" --boot vmlinuz -- cat /sys/kernel/boot_params/version)
	[ "$protocol" != 0x020c ]
	protocol=$(cdglab run --kernel "$KERNEL" --boot vmlinux -- cat /sys/kernel/boot_params/version)
	[ "$protocol" = 0x020c ]
	run -125 cdglab run --kernel "$KERNEL" --exact --boot vmlinuz -- true
	[[ $output == *"--exact knows no"* ]]
}

@test "a root by DAX is refused where the kernel's modules are not there" {
	local cache=${CDGLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cdglab}
	cp "$cache/kernels/$KERNEL/vmlinuz" "$BATS_TEST_TMPDIR/vmlinuz"
	run -125 cdglab run --kernel "$BATS_TEST_TMPDIR/vmlinuz" --root dax -- true
	[[ $output == *"--root dax: there are no modules"*"--root initramfs"* ]]
	run -125 cdglab run --kernel "$KERNEL" --root disk -- true
	[[ $output == *"--root is one of initramfs dax"* ]]
}

@test "bench: kernels that are not there or not to be compared are refused before anything is measured" {
	run -2 cdglab bench --kernel "$KERNEL,9.99"
	[[ $output == *"cdglab fetch 9.99"* && $output != *"run 1"* ]]
	run -1 cdglab bench --arch arm64
	[[ $output == *"amd64"* ]]
	run -2 cdglab bench --kernel "$KERNEL" --json "$BATS_TEST_TMPDIR/nowhere/json"
	[[ $output == *"no folder"* && $output != *"run 1"* ]]
	run -1 cdglab bench --kernel "$KERNEL" --json - --markdown -
	[[ $output == *"only one of them"* && $output != *"run 1"* ]]
	echo '{}' >"$BATS_TEST_TMPDIR/json"
	run -2 cdglab bench --from "$BATS_TEST_TMPDIR/json"
	[[ $output == *"no file that"* ]]
}

# measured FILE: what --json writes, of no kernel
measured() {
	echo '{"format":"cdglab-bench","version":1,"meta":{"kvm":"","ksm":"","runs":1,"sides":[]},"kernels":[],"verdicts":[],"runs":[]}' >"$1"
}

@test "bench: a report goes to stdout or to a file, whole or not at all" {
	cd "$BATS_TEST_TMPDIR"
	measured json
	cdglab bench --from json --markdown - | grep '^# What a machine'
	[ ! -e - ]
	cdglab bench --from json --markdown one.md --json two.json | grep '^QEMU'
	grep '^# What a machine' one.md
	jq -e '.format == "cdglab-bench"' two.json
	run -2 cdglab bench --from json --json nowhere/json
	[[ $output == *"no folder for it"* ]]
	run -2 cdglab bench --from json --markdown nowhere/x.md
	[[ $output == *"no folder for it"* ]]
	[[ $EUID -eq 0 ]] || return 0 # mounting a small disk needs root
	mkdir small
	# shellcheck disable=SC2016
	run -2 unshare -m bash -c 'mount -t tmpfs -o size=4k small small && echo old >small/old.md &&
		! "$1" bench --from json --markdown small/old.md && cat small/old.md && ls small && exit 2' - "$ROOT/lab/cdglab"
	[[ $output == *"is the disk full?"*$'\n'"old"$'\n'"old.md" ]]
}

@test "the stopwatch ends a machine that is silent, but not one that is held when its command has ended" {
	local watch=$ROOT/build/lab/stopwatch pid
	cd "$BATS_TEST_TMPDIR"
	mkfifo held silent
	# The limit of the first one would be over before that of the second, which begins later.
	# shellcheck disable=SC2016
	timeout --foreground 60 "$watch" --hold held 1 bash -c 'echo "exit 0" >held; exec tail -f /dev/null' >held.out 3>&- &
	pid=$!
	wait_until 30 grep -q 'exit 0' held.out
	# shellcheck disable=SC2016
	"$watch" silent 1 bash -c 'echo "exit 0" >silent; exec tail -f /dev/null' >silent.out 3>&-
	grep -q 'fault nothing after 1 s' silent.out
	grep -q 'end 137' silent.out
	kill -TERM $pid
	wait $pid
	[[ $(<held.out) == *pid*"exit 0"*"end 137"* && $(<held.out) != *fault* ]]
}

@test "bench: a guest that does not answer and a command that fails end it with the reason" {
	run -2 cdglab bench --kernel "$KERNEL" --runs 1 --timeout 1
	[[ $output == *"nothing after 1 s"* ]]
	run -2 cdglab bench --kernel "$KERNEL" --runs 1 -- bash -c 'echo sorry >&2; exit 3'
	[[ $output == *sorry*"ended with 3"* ]]
}

@test "a bench that is terminated, or killed, leaves no machine and no file" {
	local pid status=0 signal
	for signal in TERM KILL; do
		"$ROOT/lab/cdglab" bench --kernel "$KERNEL" 3>&- 2>/dev/null >&2 &
		pid=$!
		wait_until 120 machine_there
		kill -"$signal" "$pid"
		wait "$pid" || status=$?
		wait_until 10 no_machine
		[[ $signal == KILL || $status -eq 143 ]]
	done
	[ -n "$(ls -A "$TMPDIR")" ]
	run -125 cdglab run --kernel 9.99 -- true # sweeps what a killed one left
}

machine_there() { ! no_machine; }

@test "bench: a full disk is told in a sentence" {
	[[ $EUID -eq 0 ]] || skip "mounting a small disk needs root"
	# shellcheck disable=SC2016
	run -2 unshare -m bash -c 'mount -t tmpfs -o size=8m small "$TMPDIR" && shift && exec "$@"' - \
		"" "$ROOT/lab/cdglab" bench --kernel "$KERNEL"
	[[ $output == *"is the disk full?"* ]]
}
