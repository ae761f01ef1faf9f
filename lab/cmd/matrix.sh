# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: the toolkit's own tests on every kernel, as one table

command_help() {
	cat <<-END
		Usage: cdglab matrix [OPTIONS] [TEST...]

		Runs bats files (default tests/net) in a machine of each kernel of lab/kernels.txt and prints
		test x kernel with PASS, SKIP and FAIL, the reasons below. Kernels that are not in the cache
		are fetched. For arm64 the toolkit is built by 'make arm64'. Where kernels.txt says "refused",
		loading must fail with a sentence why. Ends with 1 if anything failed, 2 if a machine did.

		  --kernels LIST     versions separated by commas ("6.1,6.12 arm64"), instead of lab/kernels.txt
		  -j, --jobs N       kernels at a time, default 1; a machine keeps one of this host's processors busy
		  --filter REGEX     only tests whose name matches
		  --json FILE        the table as JSON; - for stdout, instead of the table
		  --keep DIR         what bats printed, one file per kernel
		  --cpus, --mem, --append, --timeout as in 'cdglab run'; by default 2, 1536 MB, nothing, an hour
	END
}

command_main() {
	matrix_options "$@"
	need jq jq "the table is made with it"
	matrix_run
}
