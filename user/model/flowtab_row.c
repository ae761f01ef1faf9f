/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/flowtab_row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/chart.h"

void row_free(struct flowtab_row *row)
{
	free(row->history);
	free(row->log);
	free(row);
}

/* 16 samples at first, twice as many when they are full: most flows are short or many. */
static int history_room(struct flowtab_row *row)
{
	uint32_t room = row->history_room ? 2 * row->history_room : 16;
	struct flowtab_sample *ring;

	if (row->history_count < row->history_room || row->history_room == FLOWTAB_HISTORY)
		return 0;
	ring = calloc(room, sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	for (uint32_t i = 0; i < row->history_count; i++)
		ring[i] = *flowtab_history(row, i);
	free(row->history);
	row->history = ring;
	row->history_room = room;
	row->history_next = row->history_count;
	return 0;
}

/* A round is known from its event or, where nobody listened, from the snapshot behind it. */
static int add_sample(struct flowtab_row *row, uint64_t ts_ns)
{
	size_t n = row->history_count;
	const struct cdg_round *last = &row->flow.last;
	struct flowtab_sample sample = {
		.ts_ns = ts_ns,
		.rtt_min_us = last->rtt_min_us,
		.rtt_max_us = last->rtt_max_us,
		.grad_us = last->grad_us,
		.cwnd = row->flow.conn.cwnd,
		.shadow = row->flow.conn.shadow,
	};

	if (!ts_ns || (n && flowtab_history(row, n - 1)->ts_ns >= ts_ns))
		return 0;
	if (history_room(row))
		return -ENOMEM;
	row->history[row->history_next] = sample;
	row->history_next = (row->history_next + 1) % row->history_room;
	if (row->history_count < row->history_room)
		row->history_count++;
	return 0;
}

size_t flowtab_history_count(const struct flowtab_row *row)
{
	return row->history_count;
}

const struct flowtab_sample *flowtab_history(const struct flowtab_row *row, size_t i)
{
	size_t first = row->history_next + row->history_room - row->history_count;

	return &row->history[(first + i) % row->history_room];
}

static int add_decision(struct flowtab_row *row, const struct event *event)
{
	struct flowtab_decision *d;

	if (!row->log) {
		row->log = calloc(FLOWTAB_LOG, sizeof(*row->log));
		if (!row->log)
			return -ENOMEM;
	}
	d = &row->log[row->log_next];
	d->table = event->table;
	memcpy(&d->record, event->conn,
	       event->table->size < sizeof(d->record) ? event->table->size : sizeof(d->record));
	row->log_next = (row->log_next + 1) % FLOWTAB_LOG;
	if (row->log_count < FLOWTAB_LOG)
		row->log_count++;
	return 0;
}

size_t flowtab_log_count(const struct flowtab_row *row)
{
	return row->log_count;
}

const struct flowtab_decision *flowtab_log(const struct flowtab_row *row, size_t i)
{
	return &row->log[(row->log_next + FLOWTAB_LOG - 1 - i) % FLOWTAB_LOG];
}

/* What an event says about the connection; what it does not say stays as the snapshot said. */
static void follow(struct flowtab_row *row, const struct cdg_rec_conn *conn)
{
	uint16_t type = CDG_REC_FLOW, len = sizeof(row->flow);

	row->flow.conn = *conn;
	row->flow.conn.head.type = type;
	row->flow.conn.head.len = len;
	row->flow.conn.head.seq = 0;
}

static int on_round(struct flowtab_row *row, const struct cdg_rec_round *rec)
{
	struct cdg_seen *seen = &row->flow.seen;
	int32_t rtt = rec->round.rtt_min_us;

	row->flow.last = rec->round;
	row->flow.round_ts_ns = rec->conn.head.ts_ns;
	if (rec->number > seen->rounds) {
		seen->rounds = rec->number;
		seen->draws += rec->round.drawn;
	}
	if (rtt > 0 && (!seen->rtt_lowest_us || (uint32_t)rtt < seen->rtt_lowest_us))
		seen->rtt_lowest_us = (uint32_t)rtt;
	return add_sample(row, rec->conn.head.ts_ns);
}

static void on_start(struct flowtab_row *row, const struct cdg_rec_start *rec)
{
	row->flow.start_ns = rec->conn.head.ts_ns;
	row->flow.window = rec->window;
	row->flow.tcp.mss = rec->mss;
	row->flow.tcp.tcp_state = 1; /* established */
	memcpy(row->flow.cc, rec->cc, sizeof(row->flow.cc));
}

static void on_cut(struct cdg_totals *t, const struct cdg_rec_cut *rec)
{
	static const uint16_t counter[CDG_CAUSE_MAX] = {
		[CDG_CAUSE_LOSS] = offsetof(struct cdg_totals, cuts_loss),
		[CDG_CAUSE_RTO] = offsetof(struct cdg_totals, cuts_rto),
		[CDG_CAUSE_ECN] = offsetof(struct cdg_totals, cuts_ecn),
		[CDG_CAUSE_LOCAL] = offsetof(struct cdg_totals, cuts_local),
		[CDG_CAUSE_TLP] = offsetof(struct cdg_totals, cuts_tlp),
	};

	if (rec->cause > CDG_CAUSE_NONE && rec->cause < CDG_CAUSE_MAX)
		++*(uint32_t *)((char *)t + counter[rec->cause]);
	t->tolerated += rec->tolerated != 0;
}

/* Everything that is neither a snapshot nor a round. */
static int on_event(struct flowtab_row *row, const struct event *event,
		    struct flowtab_events *events)
{
	struct cdg_totals *t = &row->flow.totals;

	switch (event->conn->head.type) {
	case CDG_REC_FLOW_START:
		events->started++;
		on_start(row, (const struct cdg_rec_start *)event->conn);
		return 0;
	case CDG_REC_BACKOFF:
		t->backoffs++;
		events->backoffs++;
		break;
	case CDG_REC_SUPPRESSED:
		t->suppressed++;
		events->suppressed++;
		break;
	case CDG_REC_CUT:
		events->cuts++;
		on_cut(t, (const struct cdg_rec_cut *)event->conn);
		break;
	case CDG_REC_UNDO:
		t->undos++;
		break;
	case CDG_REC_RESTART:
		t->restarts++;
		break;
	case CDG_REC_SLOW_START_EXIT:
		t->slow_start_exits++;
		break;
	}
	return add_decision(row, event);
}

/* One that the snapshot's totals hold already: for the log, and what the rates are made from. */
static int on_counted(struct flowtab_row *row, const struct event *event,
		      struct flowtab_events *events)
{
	const struct cdg_totals totals = row->flow.totals;
	int r = on_event(row, event, events);

	row->flow.totals = totals;
	return r;
}

int row_apply(struct flowtab_row *row, const struct event *event, uint64_t snapshot,
	      struct flowtab_events *events)
{
	uint64_t now = event->conn->head.ts_ns;

	switch (event->conn->head.type) {
	case CDG_REC_FLOW:
	case CDG_REC_FLOW_END:
		row->flow = *(const struct cdg_rec_flow *)event->conn;
		row->flow.conn.head.type = CDG_REC_FLOW;
		row->seen = snapshot;
		row->counted_ns = now;
		if (event->conn->head.type == CDG_REC_FLOW_END) {
			events->ended += !row->ended;
			row->ended = 1;
			row->ended_ns = now;
		}
		return add_sample(row, row->flow.round_ts_ns);
	case CDG_REC_ROUND:
		/* One that comes late tells of its round only. */
		if (row->flow.conn.head.ts_ns <= now)
			follow(row, event->conn);
		return on_round(row, (const struct cdg_rec_round *)event->conn);
	default:
		if (now < row->counted_ns)
			return on_counted(row, event, events);
		follow(row, event->conn);
		return on_event(row, event, events);
	}
}

static uint64_t sum_cuts(const struct cdg_totals *t)
{
	return (uint64_t)t->cuts_loss + t->cuts_rto + t->cuts_ecn + t->cuts_local + t->cuts_tlp;
}

static void set_rates(struct flowtab_row *row, uint64_t now_ns, double seconds)
{
	const struct cdg_rec_flow *flow = &row->flow;
	uint64_t bytes = flow->tcp.bytes_acked, delivered = flow->conn.delivered;
	uint32_t backoffs = flow->totals.backoffs;

	if (row->snap_ns && seconds > 0) {
		double more = bytes > row->snap_bytes ? (double)(bytes - row->snap_bytes) : 0;

		/* Between snapshots, as in replays, only segments are known. */
		if (more == 0 && delivered > row->tick_delivered)
			more = (double)(delivered - row->tick_delivered) * flow->tcp.mss;
		more = more / seconds + 0.5;
		row->rate_bytes = row->ended ? 0 : more < 9e18 ? (uint64_t)more : (uint64_t)9e18;
		row->backoffs_rate = backoffs > row->tick_backoffs ?
					     (backoffs - row->tick_backoffs) / seconds : 0;
		row->has_rates = 1;
	}
	row->snap_ns = now_ns;
	row->snap_bytes = bytes;
	row->tick_delivered = delivered;
	row->tick_backoffs = backoffs;
}

static void set_spark(struct flowtab_row *row, bool ascii)
{
	size_t n = row->history_count, count = n < FLOWTAB_SPARK ? n : FLOWTAB_SPARK;
	int32_t values[FLOWTAB_SPARK];

	for (size_t i = 0; i < count; i++)
		values[i] = flowtab_history(row, n - count + i)->grad_us;
	chart_spark(values, count, ascii, row->spark);
}

void row_tick(struct flowtab_row *row, uint64_t now_ns, double seconds, bool ascii)
{
	row->cuts = sum_cuts(&row->flow.totals);
	set_rates(row, now_ns, seconds);
	set_spark(row, ascii);
}
