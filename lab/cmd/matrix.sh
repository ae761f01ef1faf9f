# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: the toolkit's own tests on every kernel, as one table

command_help() {
	cat <<-END
		Usage: cdglab matrix [OPTIONS] [TEST...]

		Runs bats files (default tests/net) in a machine of each kernel of lab/kernels.txt and prints
		test x kernel with PASS, SKIP and FAIL, the reasons below, and with which QEMU and toolkit that
		was. Kernels that are not in the cache are fetched, all before the first one boots; one whose
		machine fails does not end the others. For arm64 the toolkit is built by 'make arm64'. Where
		kernels.txt says "refused", 'cdgctl load' must end with 4 and a sentence that names the oldest
		kernel that is served. Ends with 1 if anything failed, 2 if a machine did.

		  --kernels LIST     versions separated by commas ("6.1,6.12 arm64"), instead of lab/kernels.txt
		  -j, --jobs N       kernels at a time, default 1; a machine keeps one of this host's processors busy
		  --filter REGEX     only tests whose name matches
		  --json FILE        the table as JSON; - for stdout, instead of the table
		  --markdown FILE    the table as Markdown; - for stdout, likewise
		  --from FILE        no machine: shows what --json has written. May be given several times: of the
		                     same kernel and test the later file counts, and all of a kernel where the
		                     later one was of the same TESTs and --filter
		  --keep DIR         the toolkit's version and what bats printed, one file per kernel
		  --cpus, --mem, --append, --timeout as in 'cdglab run'; by default 2, 1536 MB,
		                     "norandmaps mitigations=off" (an emulated kernel is faster by far), 3 hours
	END
}

command_main() {
	matrix_options "$@"
	need jq jq "the table is made with it"
	matrix_run
}
