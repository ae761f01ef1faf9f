/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Capture files, pcap and pcapng in any byte order and time resolution, read by libpcap: yields
 * frames and decodes nothing. Not named pcap, because libpcap's own functions are.
 */
#ifndef SOURCE_CAPTURE_H
#define SOURCE_CAPTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "user/util/own.h"

struct capture_frame {
	const uint8_t *bytes; /* from the link-layer header on; valid until the next call */
	size_t captured;
	size_t wire;	      /* bytes that the frame had, at least captured */
	uint64_t ts_ns;	      /* CLOCK_REALTIME of the capturing machine */
};

struct capture;

/*
 * Takes over file, also when it fails. name: for messages, must outlive the capture. Logs; 0,
 * -EBADMSG (no capture file) or -ENOMEM.
 */
int capture_new(FILE *file, const char *name, struct capture **out);
void capture_free(struct capture *capture);
OWN_FREEP(struct capture, capture)

/* Link type of all frames, as libpcap numbers it (DLT_*), and its name. */
int capture_type(const struct capture *capture);
const char *capture_type_name(const struct capture *capture);

/* 1 with a frame, 0 at the end; -EBADMSG, logged, where the file is cut off or corrupt. */
int capture_next(struct capture *capture, struct capture_frame *frame);

#endif
