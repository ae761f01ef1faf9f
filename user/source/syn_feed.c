// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>

#include "user/source/syn_feed.h"
#include "user/source/syns.h"
#include "user/util/clock.h"
#include "user/util/own.h"

#define PERIOD_MIN_NS 5000000ull
#define CONNECTION_NS 10000ull /* 100,000 per second */
#define PATIENCE_NS 100000000ull /* for a slot that is being written */

struct syn_feed {
	struct syns *syns;
	uint64_t next;	     /* number of the connection that comes next */
	uint64_t stalled_ns; /* since when it is waited for; 0: it is not */
};

int syn_feed_open(const char *dir, struct syn_feed **out)
{
	_cleanup_(syn_feed_closep) struct syn_feed *feed = calloc(1, sizeof(*feed));
	int r = feed ? syns_open(dir, &feed->syns) : -ENOMEM;

	if (r)
		return r;
	feed->next = syns_accepted(feed->syns);
	*out = TAKE_PTR(feed);
	return 0;
}

void syn_feed_close(struct syn_feed *feed)
{
	syns_closep(&feed->syns);
	free(feed);
}

uint64_t syn_feed_period_ns(const struct syn_feed *feed)
{
	uint64_t period = syns_entries(feed->syns) / 2 * CONNECTION_NS;

	return period < PERIOD_MIN_NS ? PERIOD_MIN_NS : period;
}

/* A gap of the subscription's numbers tells of lost records, in a file also later. */
static void lose(struct cdg_sub_stat *stat, uint64_t count)
{
	__atomic_fetch_add(&stat->seq, count, __ATOMIC_RELAXED);
	__atomic_fetch_add(&stat->lost, count, __ATOMIC_RELAXED);
}

static void skip_driven_out(struct syn_feed *feed, uint64_t accepted, struct cdg_sub_stat *stat)
{
	uint64_t entries = syns_entries(feed->syns);

	if (accepted - feed->next <= entries)
		return;
	lose(stat, accepted - entries - feed->next);
	feed->next = accepted - entries;
	feed->stalled_ns = 0;
}

/* Whoever writes the next one is at it on another processor: true while it is worth waiting. */
static bool wait_for(struct syn_feed *feed)
{
	if (!feed->stalled_ns)
		feed->stalled_ns = monotonic_ns();
	return monotonic_ns() - feed->stalled_ns < PATIENCE_NS;
}

int syn_feed_take(struct syn_feed *feed, const struct cdg_sub_filter *filter,
		  struct cdg_sub_stat *stat, source_cb cb, void *ctx)
{
	uint64_t accepted = syns_accepted(feed->syns);
	struct cdg_rec_syn rec;
	int r, count = 0;

	for (skip_driven_out(feed, accepted, stat); feed->next < accepted; feed->next++) {
		r = syns_get(feed->syns, feed->next, &rec);
		if ((r == -EAGAIN || (!r && syns_unfinished(feed->syns, &rec))) && wait_for(feed))
			break;
		feed->stalled_ns = 0;
		if (r) {
			lose(stat, 1);
			continue;
		}
		if (!cdg_filter_passes(filter, 0, rec.conn.netns, rec.conn.sport, rec.conn.dport))
			continue;
		rec.conn.head.seq = (uint32_t)__atomic_add_fetch(&stat->seq, 1, __ATOMIC_RELAXED);
		count++;
		r = cb(ctx, &rec, sizeof(rec));
		if (r) {
			feed->next++;
			return r;
		}
	}
	return count;
}
