/* SPDX-License-Identifier: GPL-2.0 */
/* What pathsend and pathsink agree on. */
#ifndef LAB_PATH_WIRE_H
#define LAB_PATH_WIRE_H

#include <stdint.h>

#define PORT_FLOWS 5201 /* TCP: read and dropped */
#define PORT_ECHO 5202	/* UDP: every datagram goes back as it came */
#define PORT_FLOOD 5203 /* UDP: struct flood is counted, FLOOD_ASK answered with the count */

#define FLOOD_ASK 0
#define FLOOD_PAYLOAD 1472 /* fills an Ethernet frame */
#define FRAME_BYTES 1514   /* what a full one weighs in a queue */

/* First bytes of a datagram to PORT_FLOOD; both ends have the same byte order. */
struct flood {
	uint32_t kind; /* FLOOD_ASK, or the number of a flood, which starts the count anew */
};

/* Since the first datagram of the flood, which itself is not counted. */
struct flood_answer {
	uint64_t datagrams;
	uint64_t span_ns;
};

/* One probe; what follows it on the wire is zero. */
struct probe {
	uint32_t number;
};

#define PROBE_BYTES 64

#endif
