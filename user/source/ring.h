/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live events: a ring buffer of our own, subscribed to a loaded instance; and SYNs, if they are
 * wanted and saved, out of their map.
 */
#ifndef SOURCE_RING_H
#define SOURCE_RING_H

#include "user/kern/session.h"
#include "user/source/source.h"

#define RING_BYTES_DEFAULT (4u << 20)
#define RING_BYTES_MIN (64u << 10)
#define RING_BYTES_MAX (256u << 20)

struct ring;

/*
 * Subscribes. bytes: RING_BYTES_MIN..MAX, rounded up to a power of two. The session must outlive
 * the ring. Logs; 0 or -errno.
 */
int ring_open(struct session *s, const struct cdg_sub_filter *filter, size_t bytes,
	      struct ring **out);
void ring_close(struct ring *ring);
static inline void ring_closep(struct ring **ring)
{
	if (*ring)
		ring_close(*ring);
	*ring = NULL;
}

/* Readable when much waits; look at least every ring_period_ns(), as single records do not wake. */
int ring_fd(const struct ring *ring);
uint64_t ring_period_ns(const struct ring *ring);

/* Yields what waits. Number of records, or what cb returned if it was not 0, or -errno. */
int ring_consume(struct ring *ring, source_cb cb, void *ctx);

/* Sent and lost so far. */
void ring_stat(const struct ring *ring, struct cdg_sub_stat *out);

/* False once the slot was taken away, or the instance was unloaded or another took its place. */
bool ring_alive(const struct ring *ring);

#endif
