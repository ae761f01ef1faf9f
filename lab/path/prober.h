/* SPDX-License-Identifier: GPL-2.0 */
/* Small datagrams at a steady pace through the same queue as the flows: what anyone else feels. */
#ifndef LAB_PATH_PROBER_H
#define LAB_PATH_PROBER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prober {
	int fd;
	struct probe_times {
		uint64_t sent_ns, rtt_ns; /* rtt_ns 0: not back */
	} *times;
	size_t sent, back, room;
};

/* room: probes it will send at most. Exits with a sentence on failure. */
void prober_open(struct prober *prober, const struct sockaddr_in *to, size_t room);
void prober_send(struct prober *prober);
void prober_receive(struct prober *prober);
bool prober_complete(const struct prober *prober);
/* JSON object about the probes sent within [from_ns, to_ns) and the RTT of all. */
void prober_print(const struct prober *prober, uint64_t zero_ns, uint64_t from_ns,
		  uint64_t to_ns);

#endif
