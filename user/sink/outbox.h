/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes on their way: a queue of whole records, one line each, of a size that never changes. What
 * was sent stays until it is known to have arrived, so that a connection that breaks costs no
 * record that is still here. Positions count bytes since the queue was made.
 */
#ifndef SINK_OUTBOX_H
#define SINK_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct outbox {
	char *data;
	size_t size;   /* a power of two */
	uint64_t head; /* begin of the oldest record that has not wholly arrived */
	uint64_t sent; /* what follows has not been sent on this connection */
	uint64_t tail; /* end */
};

/* size is rounded up to a power of two, at least 4096. 0 or -ENOMEM. */
int outbox_init(struct outbox *box, size_t size);
void outbox_release(struct outbox *box);

/*
 * Takes as many whole records as there is room for; bytes: whole records. Returns the bytes that
 * were taken.
 */
size_t outbox_put(struct outbox *box, const char *bytes, size_t len);

static inline bool outbox_empty(const struct outbox *box)
{
	return box->head == box->tail;
}

static inline uint64_t outbox_unsent(const struct outbox *box)
{
	return box->tail - box->sent;
}

/* The first `len` unsent bytes, in one or two pieces. Returns how many pieces. */
int outbox_pieces(const struct outbox *box, uint64_t len, struct iovec pieces[2]);

/* Bytes of whole records among the first `room` unsent ones, counted from a record's begin. */
uint64_t outbox_whole(const struct outbox *box, uint64_t room);

/* So many more bytes were sent. */
void outbox_sent(struct outbox *box, uint64_t len);

/* Of what was sent, all but the last `pending` bytes has arrived: forgets records that have. */
void outbox_arrived(struct outbox *box, uint64_t pending);

/* The connection is lost: the next one begins with the oldest record that has not arrived. */
void outbox_rewind(struct outbox *box);

/* Records in the queue. */
uint64_t outbox_records(const struct outbox *box);

/* Lines in a piece of memory. */
uint64_t outbox_lines(const char *bytes, size_t len);

#endif
