/* SPDX-License-Identifier: GPL-2.0 */
/* A TCP flow, endless, of some bytes, or in bursts; and what the kernel says of it over time. */
#ifndef LAB_PATH_FLOW_H
#define LAB_PATH_FLOW_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow_sample {
	uint64_t ns;
	uint64_t acked;	  /* bytes that have reached the peer in order */
	uint64_t arrived; /* and those that it holds behind a gap, by its selective ACKs */
	uint32_t cwnd, ssthresh, srtt_us, retransmits, ce;
};

struct flow {
	char cc[16];
	uint64_t start_ns;  /* after the run's start */
	uint64_t burst;	    /* bytes; 0: always something to send */
	uint64_t pause_ns;  /* after a burst has arrived; 0: one burst, then the end */
	uint64_t left;	    /* of the burst, not given to the socket yet */
	uint64_t resume_ns; /* absolute; 0: not waiting */
	uint64_t begun_ns, done_ns; /* absolute; connect, and the peer's end of a single burst */
	uint32_t bursts;    /* begun */
	bool connected, sending; /* the latter of a flow that is held back until a tick */
	uint16_t port;	    /* local */
	int fd;		    /* -1: not started yet, or done */
	struct flow_sample *samples;
	size_t count, room;
};

/*
 * CC[@START][+BYTES[%PAUSE]]: seconds after the run's start, bytes of a burst, seconds between
 * bursts. False if it is none of that or the name does not fit.
 */
bool flow_parse(struct flow *flow, const char *words);
/* Exits with a sentence if the socket cannot be had, as when the kernel lacks flow->cc. */
void flow_start(struct flow *flow, const struct sockaddr_in *to);
/* True while there is more to send than the socket takes; a single burst is closed behind it. */
bool flow_fill(struct flow *flow);
/* True if a pause has just ended, so that flow_fill() has something to send again. */
bool flow_resume(struct flow *flow);
/* The peer has all of a single burst. */
void flow_done(struct flow *flow);
/* Does nothing before the flow has started, or when there is no room. */
void flow_sample(struct flow *flow);
/* At once: what is queued in the socket is not sent any more. */
void flow_abort(struct flow *flow);
/*
 * JSON object of what happened from_ns (absolute) on, and the samples of all the time. Goodput is
 * what arrived in the flow's own time, measured_s, from then or its begin to its end.
 */
void flow_print(const struct flow *flow, uint64_t zero_ns, uint64_t from_ns);

#endif
