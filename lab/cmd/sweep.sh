# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: measure scenarios: many paths, parameters and seeds

command_help() {
	cat <<-END
		Usage: cdglab sweep [OPTIONS] SCENARIO...

		Measures every combination of values that the SCENARIO files list (lab/scenarios/README.md),
		one machine for each of them and each seed, results as JSON below DIR/SCENARIO. A result of this
		build and kernel that is there is kept, so that an interrupted sweep goes on where it was; one of
		another is measured anew. Those of other parameters (--full, --set) are measured beside it.
		'cdglab report DIR/*' makes text and plots of what the last sweep of each SCENARIO asked for.

		  -o, --out DIR        where results are, default results/sweep
		  -j, --jobs N         so many machines at a time, default 1
		  --set KEY=VALUE      instead of what the files say; "A | B" tries both. Repeat it for lists
		  --kernel VERSION     another kernel than the files say
		  --full               with the files' full.KEY values
		  --again              measures what is there, too; the old result is removed before
		  --any-build          takes results of other builds and kernels as they are
		  --only REGEX         of the experiments only those whose names match
		  --for TIME           starts no more machines after that time, such as 4m
		  --through COMMAND    is put before each machine's command, as "nice -n 19"
		  --list               prints the experiments' names, measures nothing
	END
}

command_main() {
	sweep_options "$@"
	need jq jq "results are computed with it"
	sweep_run
	sweep_end
}
