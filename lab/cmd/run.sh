# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: run a command in a machine of its own and end with its exit status

command_help() {
	cat <<-END
		Usage: cdglab run --kernel VERSION|FILE [OPTIONS] [--] COMMAND [ARGUMENTS]

		Boots the kernel in a micro-VM, runs COMMAND there as root in the toolkit's tree (/cdg), passes
		its output on and ends with its exit status. 125 means that the machine failed, and why stands
		on stderr. In the guest are the toolkit from build/, bash, coreutils, iproute2, iperf3, bats, jq,
		bpftool and what lab/tools.txt names, the kernel's network modules (modprobe finds them), bpffs
		and cgroup2. There is no network to the outside and no disk.

		  --kernel VERSION|FILE  a kernel of the cache ('cdglab fetch'), or a vmlinuz or vmlinux
		  --arch amd64|arm64     the guest's processor: --kernel 6.12 is Debian's kernel for it
		  --modules DIR          lib/modules/RELEASE of a kernel FILE
		  --cpus N               1 to 16, default 2; 1 with --exact
		  --mem MB|least         default 512; least: what the files and the kernel need, no more,
		                         and QEMU's cache of translated code is small
		  --root initramfs|dax   dax: /usr and /cdg, read-only, from an image that all machines share in
		                         the host's memory; less memory each, no unpacking (default initramfs)
		  --boot vmlinux|vmlinuz the kernel unpacked before, or by itself (default: unpacked, where it is
		                         of the cache and can be; never with --exact)
		  --exact                count instructions as time: slower, but the same figures every time
		  --seed N               of all random numbers in an exact run, default 1
		  --share DIR            DIR is copied to /share; what COMMAND changes there is copied back
		  --timeout SECONDS      for COMMAND, in real time, default 600; 0 means none
		  --append WORDS         added to the kernel's command line
		  --log FILE             keep the kernel's log
	END
}

command_main() {
	EXIT_USAGE=$EXIT_MACHINE EXIT_REFUSED=$EXIT_MACHINE
	run_options 600 "$@"
	[ ${#RUN_COMMAND[@]} -gt 0 ] || die_usage "which COMMAND?"
	run_prepare
	run_once
	exit "$MACHINE_STATUS"
}
