/* SPDX-License-Identifier: GPL-2.0 */
/* A TCP flow that always has something to send, and what the kernel says of it over time. */
#ifndef LAB_PATH_FLOW_H
#define LAB_PATH_FLOW_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow_sample {
	uint64_t ns;
	uint64_t acked; /* bytes that have reached the peer in order */
	uint32_t cwnd, ssthresh, srtt_us, retransmits, ce;
};

struct flow {
	char cc[16];
	uint64_t start_ns; /* after the run's start */
	uint16_t port;	   /* local */
	int fd;		   /* -1: not started yet */
	struct flow_sample *samples;
	size_t count, room;
};

/* CC[@SECONDS], of which the second is the start; false: neither that nor a name that fits. */
bool flow_parse(struct flow *flow, const char *words);
/* Exits with a sentence if the socket cannot be had, as when the kernel lacks flow->cc. */
void flow_start(struct flow *flow, const struct sockaddr_in *to);
void flow_fill(struct flow *flow);
/* Does nothing before the flow has started, or when there is no room. */
void flow_sample(struct flow *flow);
/* At once: what is queued in the socket is not sent any more. */
void flow_abort(struct flow *flow);
/* JSON object of what happened from_ns (absolute) on, and the samples of all the time. */
void flow_print(const struct flow *flow, uint64_t zero_ns, uint64_t from_ns);

#endif
