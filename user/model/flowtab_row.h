/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of the table of flows, for flowtab*.c only: one row, and the totals of all. */
#ifndef MODEL_FLOWTAB_ROW_H
#define MODEL_FLOWTAB_ROW_H

#include "user/model/flowtab.h"

/* Events seen, of all rows together. */
struct flowtab_events {
	uint64_t started, ended, backoffs, suppressed, cuts;
};

void row_free(struct flowtab_row *row);

/* A record of this flow. snapshot: number of the one that is being taken. 0 or -ENOMEM. */
int row_apply(struct flowtab_row *row, const struct event *event, uint64_t snapshot,
	      struct flowtab_events *events);

/* What happened since the tick `seconds` before, 0: there was none. */
void row_tick(struct flowtab_row *row, uint64_t now_ns, double seconds, bool ascii);

/* Of one row after another, then with the events between two ticks. */
void totals_add(struct flowtab_totals *sum, const struct flowtab_row *row);
void totals_end(struct flowtab_totals *sum, const struct flowtab_events *now,
		const struct flowtab_events *before, double seconds);

#endif
