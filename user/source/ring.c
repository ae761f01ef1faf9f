// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "user/kern/subs.h"
#include "user/source/ring.h"
#include "user/source/syn_feed.h"
#include "user/util/log.h"

#define PERIOD_NS 100000000ull

struct ring {
	struct session *session;
	struct syn_feed *syns; /* NULL: not wanted, or not saved */
	struct ring_buffer *buffer;
	source_cb cb;
	void *ctx;
	int result;
	int slot;
};

/* libbpf ends consuming at negative values only: what cb returned is kept beside it. */
static int sample(void *ctx, void *data, size_t len)
{
	struct ring *ring = ctx;

	ring->result = ring->cb(ring->ctx, data, len);
	return ring->result ? -ECANCELED : 0;
}

static size_t round_up(size_t bytes)
{
	size_t size = RING_BYTES_MIN;

	while (size < bytes && size < RING_BYTES_MAX)
		size <<= 1;
	return size;
}

int ring_open(struct session *s, const struct cdg_sub_filter *filter, size_t bytes,
	      struct ring **out)
{
	_cleanup_(ring_closep) struct ring *ring = calloc(1, sizeof(*ring));
	_cleanup_(closep) int fd = -1;
	size_t size = round_up(bytes);
	int r;

	if (!ring)
		return -ENOMEM;
	ring->session = s;
	ring->slot = -1;
	fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "cdg_events", 0, 0, size, NULL);
	if (fd < 0 && errno == EPERM)
		return log_err(-EPERM, "cannot create a ring buffer: run as root, or with CAP_BPF");
	if (fd < 0)
		return log_err(-errno, "cannot create a ring buffer of %zu bytes", size);
	ring->buffer = ring_buffer__new(fd, sample, ring, NULL);
	if (!ring->buffer)
		return log_err(-errno, "cannot map a ring buffer of %zu bytes", size);
	if (s->control->syn && (filter->kinds & 1u << CDG_REC_SYN)) {
		r = syn_feed_open(s->pins.dir, &ring->syns);
		if (r)
			return r;
	}
	ring->slot = subs_claim(s, filter, fd, size / 8);
	if (ring->slot < 0)
		return ring->slot;
	*out = TAKE_PTR(ring);
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring->slot >= 0)
		subs_release(ring->session, ring->slot);
	ring_buffer__free(ring->buffer);
	syn_feed_closep(&ring->syns);
	free(ring);
}

int ring_fd(const struct ring *ring)
{
	return ring_buffer__epoll_fd(ring->buffer);
}

uint64_t ring_period_ns(const struct ring *ring)
{
	uint64_t syns = ring->syns ? syn_feed_period_ns(ring->syns) : PERIOD_NS;

	return syns < PERIOD_NS ? syns : PERIOD_NS;
}

/* SYNs first: a connection is accepted before anything happens to its flow. */
int ring_consume(struct ring *ring, source_cb cb, void *ctx)
{
	int r, syns = 0;

	if (ring->syns)
		syns = syn_feed_take(ring->syns, &ring->session->control->subs[ring->slot].filter,
				     &ring->session->stats->subs[ring->slot], cb, ctx);
	if (syns < 0)
		return syns;
	ring->cb = cb;
	ring->ctx = ctx;
	ring->result = 0;
	r = ring_buffer__consume(ring->buffer);
	return ring->result ? ring->result : r < 0 ? r : r + syns;
}

void ring_stat(const struct ring *ring, struct cdg_sub_stat *out)
{
	*out = ring->session->stats->subs[ring->slot];
}

bool ring_alive(const struct ring *ring)
{
	return ring->session->control->subs[ring->slot].pid == (uint32_t)getpid() &&
	       session_is_pinned(ring->session);
}
