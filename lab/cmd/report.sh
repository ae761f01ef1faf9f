# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: text, tables and plots of results

command_help() {
	cat <<-END
		Usage: cdglab report [OPTIONS] RESULTS... -o FILE.md

		Writes a Markdown report: for each of RESULTS (a folder that 'cdglab sweep' made, or a file of
		'cdglab path --json') a section with its figures over the seeds, with 95 % confidence intervals,
		what became of what the scenario expects, and its plots, which go to FILE/ as SVG and PNG. A report
		and plots that were there under these names are replaced; a folder with anything else is not.

		  --head FILE           Markdown that comes first
		  --plots svg|png|svg,png|none    default svg,png; gnuplot draws them
	END
}

command_main() {
	report_options "$@"
	need jq jq "figures are computed with it"
	report_run
}
