# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: what a machine takes: time and memory, beside QEMU's ordinary pc

command_help() {
	cat <<-END
		Usage: cdglab bench [OPTIONS] [--] [COMMAND [ARGUMENTS]]

		Boots machines that run COMMAND (default: cdgctl version) and are gone, in turns: the lab's microvm with the
		kernel as distributed and uncompressed, one whose root is an image shared by DAX, and
		QEMU's pc with firmware and its default devices. Each emulated, and with KVM where a kernel boots by it.

		  --kernel LIST      versions of the cache, separated by commas; default the newest there
		  --runs N           default 5
		  --mem MB|least     of all sides; default the least for the files and kernel of each
		  --timeout SECONDS  a machine that is silent for so long has failed, default 300
		  --json FILE        all figures and measurements; - for stdout, no table then
		  --markdown FILE    the same as text, as in docs/micro.md; - for stdout, likewise
		  --from FILE        no measuring: shows what --json has written

		Times are the host's, from the exec of QEMU to the first user instruction (init tells before it does
		anything else), to the result (the command has ended and what it wrote is here) and to the exit
		(QEMU's process is gone). Their parts: QEMU is its own start, before the guest's first
		instruction, and its end after the result; loading is firmware, unpacking of the kernel and its first
		steps, until its clock runs; kernel is that clock at the first user instruction; user space is
		from there to the result. The guest's cycle counter, which begins with the guest, tells QEMU's start
		from loading. Processor is what QEMU's process used in all, which load of others disturbs least. Where
		the host lost processor time (steal), or had so much other work that hardly any was idle, the text says so.

		Memory is looked at with three machines at once whose command has ended: pages that they share count in part.
		"Beyond the guest's own" is what QEMU adds to the pages that the guest has touched and to the image.
		How many fit: available memory, less a tenth of all and what is shared, by what each has alone.
		What KSM merges is measured where KSM is on; bench does not switch it.
	END
}

command_main() {
	bench_options "$@"
	need jq jq "figures are computed with it"
	bench_run
}
