# SPDX-License-Identifier: GPL-2.0
# Results of `cdglab matrix`, an array of them, into one. Of the same kernel and test the later one counts; all of
# a kernel where the later one was asked for the same tests, as what ended then has not ended now.
# Files of before there was "measured" are without it.

def runs($kernel): (.measured // {})[$kernel] // [];
def asked: map({tests, filter}) | unique;

def join($new): . as $old |
	reduce ($new.cells | map(.kernel) | unique[]) as $kernel (.;
		($new | runs($kernel)) as $later | ($old | runs($kernel)) as $earlier |
		(($earlier | length > 0) and (($earlier | asked) - ($later | asked) | length == 0)) as $whole |
		($new.cells | map(select(.kernel == $kernel) | {(.test): true}) | add) as $again |
		.cells |= map(select(.kernel != $kernel or (($whole or $again[.test]) | not))) |
		.measured[$kernel] = ($earlier | map(select([{tests, filter}] - ($later | asked) | length > 0))) + $later) |
	.cells += $new.cells;

# The place of each among those that came first.
def places: reduce .[] as $name ({}; if has($name) then . else .[$name] = length end);
def in_order($kernels; $tests): sort_by($kernels[.kernel], $tests[.test]);

(map(.cells[].test) | places) as $came |
reduce .[] as $new ({cells: [], measured: {}}; join($new)) |
([.cells[].kernel] | unique_by(split("[.-]"; null) | map(tonumber? // .))) as $versions | ($versions | places) as $kernels |
# What comes out stays as it is when it goes in again: tests as the first kernel has them, then what only later ones have.
(.cells | in_order($kernels; $came)) as $cells |
{format: "cdglab-matrix", version: 1, kernels: $versions,
	counts: (.cells | group_by(.verdict) | map({(.[0].verdict): length}) | add),
	measured: (.measured as $runs | [$versions[] | select($runs[.] // [] | length > 0) | {(.): $runs[.]}] | add // {}),
	cells: ($cells | in_order($kernels; map(.test) | places))}
