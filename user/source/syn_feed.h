/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SYNs as connections are accepted, for one subscriber. The map of SYNs is a log that all follow by
 * the numbers of the connections, so that a subscriber costs the programs nothing; one that comes
 * too late finds newer ones in their place.
 */
#ifndef SOURCE_SYN_FEED_H
#define SOURCE_SYN_FEED_H

#include "include/cdg_abi.h"
#include "user/source/source.h"

struct syn_feed;

/* Those of connections accepted from now on. dir: of the pins. Logs; as syns_open(). */
int syn_feed_open(const char *dir, struct syn_feed **out);
void syn_feed_close(struct syn_feed *feed);
static inline void syn_feed_closep(struct syn_feed **feed)
{
	if (*feed)
		syn_feed_close(*feed);
	*feed = NULL;
}

/*
 * Look again within this time, nanoseconds, at least 5 ms: so that at 100,000 accepted connections
 * per second none is driven out of 1,000 entries or more before it is read.
 */
uint64_t syn_feed_period_ns(const struct syn_feed *feed);

/*
 * Yields those that the filter wants as records of the subscription that `stat` counts. Those
 * driven out are counted as lost, whatever the filter: nobody can tell any more. Number of records,
 * or what cb returned if it was not 0.
 */
int syn_feed_take(struct syn_feed *feed, const struct cdg_sub_filter *filter,
		  struct cdg_sub_stat *stat, source_cb cb, void *ctx);

#endif
