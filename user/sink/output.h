/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where shipped records go: a file or a stream socket. An output never blocks its caller and never
 * grows: records wait in a queue of fixed size, those that find no room are dropped whole and
 * counted, and no record reaches a file or a connection in two parts.
 *
 *   file:PATH[,rotate=SIZE[,keep=N]]  appends, mode 0600 when it makes the file; at SIZE bytes the
 *                                     file becomes PATH.1, that one PATH.2, and so on up to N
 *   unix:PATH                         stream socket
 *   tcp:HOST:PORT                     names are resolved once, when it is opened
 *
 * A connection that is refused or breaks is tried again, after 0.1 s at first and 10 s at most. By
 * TCP a record waits until the receiver's kernel has acknowledged it: after a break it may come a
 * second time. Into a local socket it counts as gone when it is written.
 */
#ifndef SINK_OUTPUT_H
#define SINK_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/util/own.h"

enum output_kind {
	OUTPUT_STDOUT, /* "-": no struct output is needed for that */
	OUTPUT_FILE,
	OUTPUT_UNIX,
	OUTPUT_TCP,
};

#define OUTPUT_TEXT 1024
#define OUTPUT_KEEP_DEFAULT 5
#define OUTPUT_KEEP_MAX 1000
#define OUTPUT_BYTES_DEFAULT (8u << 20)
#define OUTPUT_BYTES_MIN (64u << 10)
#define OUTPUT_BYTES_MAX (1u << 30)

struct output_spec {
	enum output_kind kind;
	char text[OUTPUT_TEXT]; /* without its options: for messages */
	char path[OUTPUT_TEXT]; /* or the host */
	char port[16];
	uint64_t rotate; /* bytes, 0: never */
	unsigned int keep;
};

/* 0, or -EINVAL with a sentence in err. */
int output_parse(const char *text, struct output_spec *out, char *err, size_t err_len);

struct output_options {
	const struct output_spec *spec; /* copied */
	size_t bytes;			/* of the queue, OUTPUT_BYTES_MIN..MAX */
	/*
	 * Records come from a file and can wait: a put waits for room, as long as there is
	 * progress at least every five seconds.
	 */
	bool patient;
};

struct output_counts {
	uint64_t given;	  /* records, with those that were dropped */
	uint64_t dropped; /* records dropped for want of room, and at the end what was left */
};

struct output;

/*
 * Opens a file; begins to connect a socket, which may fail now and succeed later. Logs; 0 or
 * -errno: a file that cannot be opened, a name that cannot be resolved.
 */
int output_open(const struct output_options *options, struct output **out);

/* Waits for what is on its way: ten seconds at most, two without progress. */
void output_settle(struct output *output);

/* The same, then drops what is left and says how much was dropped in all. */
void output_finish(struct output *output);

/* Closes at once. */
void output_free(struct output *output);
OWN_FREEP(struct output, output)

/* bytes: whole records, each ended by a newline. */
void output_put(struct output *output, const char *bytes, size_t len);

/* Sends what can be sent now. Call it ten times a second, and when output_fd() is readable. */
void output_pump(struct output *output);
int output_fd(const struct output *output);

/* logrotate has moved the file, or the receiver is said to be back: opens or connects now. */
void output_reopen(struct output *output);

void output_counts(const struct output *output, struct output_counts *out);

#endif
