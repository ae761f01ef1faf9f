# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# about: congestion controls on an emulated path, measured

command_help() {
	cat <<-END
		Usage: cdglab path --kernel VERSION|FILE --flows SET [OPTIONS]

		A sender, a router and a receiver in one machine; SET of TCP flows shares the router's queue
		with small probes, 50 a second. Counts instructions as time (see 'cdglab run help'), so the same
		line gives the same figures every time. Before each run the path checks itself: idle RTT and
		unloaded rate; a run on a path that is not as ordered says so.

		SET is CC[:COUNT][@START][+BYTES[/PERIOD or %PAUSE]][~RTT],...: cdg is Linux's own module,
		cdg_bpf is ours, others are what the kernel has. START is when they begin, in seconds. +100k
		ends a flow after 100 kB, +100k/2 transfers as much every 2 s on new connections, +1M%4 again
		and again on one connection with pauses of 4 s. ~80ms is an RTT of its own. With several --flows
		each SET has a run of its own in the same machine, in reverse order for every second seed.

		  --rate RATE         of the bottleneck, as 20mbit (kbit, mbit, gbit; default 20mbit)
		  --rtt TIME          of the idle path, as 40ms (default); all of it lies on the way back
		  --buffer SIZE       of the queue, as 1bdp (default), 100ms or 66p, in frames of 1514 bytes
		  --loss PERCENT      of the packets, at random, before the queue
		  --aqm QDISC         instead of drop tail: fq_codel, codel, pie, fq_pie with tc's options, or none
		  --ecn               both ends ask for ECN
		  --duration TIME     of each run, default 30s
		  --skip TIME         left out of the figures at the beginning, default 5s, rounded up to tenths of a second
		  --seeds N           as many machines, each with other random numbers (1 to N); default 1
		  --seed N            only the one with these random numbers
		  --load "WORDS"      for 'cdgctl load' of cdg_bpf, as "scavenger" or "use_tolerance=1"
		  --ours "NAME: WORDS"  one more instance of ours, to be named in a SET; may be repeated
		  --native "WORDS"    for 'modprobe tcp_cdg', as "backoff_factor=0"
		  --events rounds     record every round of ours and not only its decisions
		  --twin              two sets, the second with ours where the first has cdg: ours takes the
		                      numbers that cdg drew for its coins, and the same packets are lost
		  --scenario FILE     a scenario of one experiment (lab/scenarios/README.md); other options, wherever
		                      they stand, take the places of its values; --flows and --ours those of all its lines
		  --json FILE         everything, with time series and metadata; - for stdout, no table then
		  --real-time         no counting: faster, only to try things out; not to be trusted when the host lost more
		                      than 2 % of its processor time (steal), or other work left less than 10 % of it idle
		  --cpus, --mem, --modules, --append, --timeout, --log as in 'cdglab run'

		The table: mean over the seeds, +- half the 95 % confidence interval. A set's row is of all its
		flows together, "each" of one, the mean of its kind. Goodput is what reached the receiver,
		each byte once, back-offs are those of CDG for the delay: both of a set, as its shares, over all the
		time measured, of a flow over its own. Queue is the probes' mean RTT under load less that of the idle path.
	END
}

command_main() {
	path_options "$@"
	need jq jq "results are computed with it"
	path_run
}
