/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All flows that are there now, with their recent past: fed with the kernel's records in whatever
 * order they come, snapshots and events alike. Times are those of the records.
 */
#ifndef MODEL_FLOWTAB_H
#define MODEL_FLOWTAB_H

#include "include/cdg_abi.h"
#include "user/model/event.h"
#include "user/model/flow_syn.h"
#include "user/model/hist.h"
#include "user/util/own.h"

#define FLOWTAB_HISTORY 512 /* rounds of a flow, at most */
#define FLOWTAB_SPARK 12    /* gradients in a sparkline */
#define FLOWTAB_LOG 12	    /* decisions of a flow, at most */
#define FLOWTAB_LINGER_NS 3000000000ull /* a flow that ended is shown this long */

struct flowtab_sample {
	uint64_t ts_ns;
	int32_t rtt_min_us, rtt_max_us, grad_us;
	uint32_t cwnd, shadow;
};

struct flowtab_decision {
	const struct fields_table *table;
	union {
		struct cdg_rec_conn conn;
		struct cdg_rec_backoff backoff;
		struct cdg_rec_cut cut;
		struct cdg_rec_undo undo;
		struct cdg_rec_ss_exit exit;
	} record;
};

/* One flow: its last snapshot, brought up to date by events, and what it does now. */
struct flowtab_row {
	union { /* first, so that its fields are those of the row */
		struct joined joined;
		struct cdg_rec_flow flow;
	};
	uint64_t rate_bytes;	  /* per second, since the last tick */
	double backoffs_rate;	  /* per second, since the last tick */
	uint64_t cuts;		  /* of every cause */
	uint8_t has_rates;
	uint8_t ended;
	char spark[3 * FLOWTAB_SPARK + 1];

	/* Private to flowtab*.c from here on. */
	uint64_t syn_cookie;	  /* that its SYN was asked for by, 0: not yet */
	struct flowtab_sample *history; /* ring */
	uint32_t history_room, history_count, history_next;
	struct flowtab_decision *log; /* ring */
	uint32_t log_count, log_next;
	uint64_t seen;		  /* number of the snapshot that it was in */
	uint64_t counted_ns;	  /* time of that snapshot, whose totals hold what was before */
	uint64_t ended_ns;
	uint64_t snap_ns, snap_bytes; /* at the tick before */
	uint64_t tick_delivered;
	uint32_t tick_backoffs;
};

/* Of all flows, for the header and the view of totals. */
struct flowtab_totals {
	uint64_t ts_ns; /* of the last tick */
	uint64_t flows;
	uint64_t started; /* seen to start and to end */
	uint64_t ended;
	uint64_t backoffs, suppressed, cuts, tolerated, undos, retrans; /* of the flows now there */
	uint64_t rate_bytes;
	double backoffs_rate, suppressed_rate, cuts_rate;
	uint64_t limited;  /* flows limited by their window */
	uint64_t reducing; /* flows in a back-off */
	uint64_t records, lost, invalid, unknown;
	uint64_t rtt_p50_us, rtt_p95_us, queue_p50_us, queue_p95_us;
	struct hist rtt, queue;
};

/* Flows that have a value in common. */
struct flowtab_group {
	const char *name; /* the value; owned by the group */
	uint64_t flows;
	uint64_t rate_bytes;
	double backoffs_rate;
	uint64_t backoffs, cuts, retrans;
	uint64_t rtt_us;      /* mean of the smoothed RTTs, 0: none known */
	uint64_t lowest_us;
	uint64_t queue_us;    /* mean */
	uint64_t queue_max_us;
	uint64_t rtt_sum_us, queue_sum_us, rtt_flows, queue_flows; /* for the means */
};

/* Fields of a row beside those of a flow; `cdgctl fields top` shows them. */
extern const struct fields_table fields_top;
extern const struct fields_table fields_group;
extern const struct fields_table fields_totals;

struct flowtab;

/* ascii: of sparklines. 0 or -ENOMEM. */
int flowtab_new(bool ascii, struct flowtab **out);
void flowtab_free(struct flowtab *tab);
OWN_FREEP(struct flowtab, flowtab)

/* Forgets all flows and counts. */
void flowtab_clear(struct flowtab *tab);

/* Fields of a flow, of its SYN and of fields_top together; lives as long as tab. */
const struct fields_table *flowtab_table(const struct flowtab *tab);

/* One record as a source yields it; aligned to 8. Bad and unknown ones are counted. 0 or -ENOMEM.
 */
int flowtab_record(struct flowtab *tab, const void *data, size_t len);

/* Around the records of one whole snapshot: flows that are not in it are gone. */
void flowtab_snapshot_begin(struct flowtab *tab);
void flowtab_snapshot_end(struct flowtab *tab);

/* Works out rates since the last tick and drops what ended; keep: a flow to keep all the same. */
void flowtab_tick(struct flowtab *tab, uint64_t now_ns, uint64_t keep);

/* True until flowtab_join() has asked for the SYN of this connection. */
bool flowtab_lacks_syn(const struct flowtab_row *row);

/* Asks once for the SYN of each connection that may have one; what `out` points to must last. */
void flowtab_join(struct flowtab *tab,
		  void (*find)(void *ctx, const struct cdg_rec_conn *conn, struct flow_syn *out),
		  void *ctx);

size_t flowtab_count(const struct flowtab *tab);
const struct flowtab_row *flowtab_at(const struct flowtab *tab, size_t i); /* in order of arrival */
const struct flowtab_row *flowtab_find(const struct flowtab *tab, uint64_t flow);
const struct flowtab_totals *flowtab_totals(const struct flowtab *tab);
void flowtab_set_lost(struct flowtab *tab, uint64_t lost);

/* History, oldest first; i < the count that is returned by the first. */
size_t flowtab_history_count(const struct flowtab_row *row);
const struct flowtab_sample *flowtab_history(const struct flowtab_row *row, size_t i);

/* Decisions, latest first. */
size_t flowtab_log_count(const struct flowtab_row *row);
const struct flowtab_decision *flowtab_log(const struct flowtab_row *row, size_t i);

/*
 * Groups by the value of a field, in order of first appearance. by: ends with NULL; the first one
 * that a flow has a value of. Flows without any are in no group.
 */
int flowtab_groups(const struct flowtab *tab, const struct field *const *by,
		   struct flowtab_group **out, size_t *count);
void flowtab_groups_free(struct flowtab_group *groups, size_t count);

#endif
