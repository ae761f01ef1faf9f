/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Capture files, pcap and pcapng in any byte order and time resolution, read by libpcap: yields the
 * IP packets in them. Not named pcap, because libpcap's own functions are.
 */
#ifndef SOURCE_CAPTURE_H
#define SOURCE_CAPTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "user/util/own.h"

struct capture_packet {
	const uint8_t *ip; /* from the IP header on; valid until the next call */
	size_t captured;   /* bytes at ip */
	size_t wire;	   /* bytes that the packet had */
	uint64_t ts_ns;	   /* CLOCK_REALTIME of the capturing machine */
};

struct capture_counts {
	uint64_t frames; /* read */
	uint64_t not_ip; /* of them skipped: no IP in them */
};

struct capture;

/*
 * Takes over file, also when it fails. name: for messages, must outlive the capture. Logs; 0,
 * -EBADMSG (no capture file), -EPROTONOSUPPORT (a link type that linklayer.h does not know) or
 * -ENOMEM.
 */
int capture_new(FILE *file, const char *name, struct capture **out);
void capture_free(struct capture *capture);
OWN_FREEP(struct capture, capture)

/* 1 with a packet, 0 at the end; -EBADMSG, logged, where the file is cut off or corrupt. */
int capture_next(struct capture *capture, struct capture_packet *packet);

const struct capture_counts *capture_counts(const struct capture *capture);

#endif
