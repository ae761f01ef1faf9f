/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/flowtab.h"

#include <errno.h>
#include <string.h>

#include "user/model/chart.h"
#include "user/model/idmap.h"

struct flowtab {
	struct fields_table table;
	struct field *fields;
	bool ascii;
	struct idmap by_flow;
	struct flowtab_row **rows;
	size_t count, room;
	uint64_t snapshot; /* number of the running or last one */
	uint64_t tick_ns;
	uint64_t tick_suppressed, tick_cuts; /* events until the last tick */
	uint64_t suppressed_events, cut_events, backoff_events, tick_backoffs;
	struct flowtab_totals totals;
};

static void row_free(struct flowtab_row *row)
{
	free(row->history);
	free(row->log);
	free(row);
}

/* One table that has the fields of both: they lie in the same memory. */
static int join_tables(struct flowtab *tab)
{
	size_t count = fields_flow.count + fields_top.count;

	tab->fields = calloc(count, sizeof(*tab->fields));
	if (!tab->fields)
		return -ENOMEM;
	memcpy(tab->fields, fields_flow.fields, fields_flow.count * sizeof(*tab->fields));
	memcpy(tab->fields + fields_flow.count, fields_top.fields,
	       fields_top.count * sizeof(*tab->fields));
	tab->table = fields_top;
	tab->table.fields = tab->fields;
	tab->table.count = count;
	return 0;
}

int flowtab_new(bool ascii, struct flowtab **out)
{
	_cleanup_(flowtab_freep) struct flowtab *tab = calloc(1, sizeof(*tab));

	if (!tab || join_tables(tab))
		return -ENOMEM;
	tab->ascii = ascii;
	*out = TAKE_PTR(tab);
	return 0;
}

void flowtab_clear(struct flowtab *tab)
{
	for (size_t i = 0; i < tab->count; i++)
		row_free(tab->rows[i]);
	idmap_release(&tab->by_flow);
	tab->count = 0;
	tab->tick_ns = tab->snapshot = 0;
	tab->tick_suppressed = tab->tick_cuts = tab->tick_backoffs = 0;
	tab->suppressed_events = tab->cut_events = tab->backoff_events = 0;
	tab->totals = (struct flowtab_totals){};
}

void flowtab_free(struct flowtab *tab)
{
	flowtab_clear(tab);
	free(tab->rows);
	free(tab->fields);
	free(tab);
}

const struct fields_table *flowtab_table(const struct flowtab *tab)
{
	return &tab->table;
}

static struct flowtab_row *add_row(struct flowtab *tab, uint64_t flow)
{
	struct flowtab_row *row = calloc(1, sizeof(*row));

	if (row && tab->count == tab->room) {
		size_t room = tab->room ? 2 * tab->room : 64;
		void *rows = realloc(tab->rows, room * sizeof(*tab->rows));

		if (rows) {
			tab->rows = rows;
			tab->room = room;
		}
	}
	if (!row || tab->count == tab->room || idmap_put(&tab->by_flow, flow, row)) {
		free(row);
		return NULL;
	}
	row->flow.conn.head.flow = flow;
	tab->rows[tab->count++] = row;
	return row;
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

static uint64_t sum_cuts(const struct cdg_totals *t)
{
	return (uint64_t)t->cuts_loss + t->cuts_rto + t->cuts_ecn + t->cuts_local + t->cuts_tlp;
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

static void on_snapshot(struct flowtab *tab, struct flowtab_row *row, const struct event *event)
{
	row->flow = *(const struct cdg_rec_flow *)event->conn;
	row->flow.conn.head.type = CDG_REC_FLOW;
	row->seen = tab->snapshot;
}

/* Everything that is neither a snapshot nor a round. */
static int on_event(struct flowtab *tab, struct flowtab_row *row, const struct event *event)
{
	struct cdg_totals *t = &row->flow.totals;

	switch (event->conn->head.type) {
	case CDG_REC_FLOW_START:
		tab->totals.started++;
		on_start(row, (const struct cdg_rec_start *)event->conn);
		return 0;
	case CDG_REC_BACKOFF:
		t->backoffs++;
		tab->backoff_events++;
		break;
	case CDG_REC_SUPPRESSED:
		t->suppressed++;
		tab->suppressed_events++;
		break;
	case CDG_REC_CUT:
		tab->cut_events++;
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

static int apply(struct flowtab *tab, struct flowtab_row *row, const struct event *event)
{
	uint64_t now = event->conn->head.ts_ns;

	switch (event->conn->head.type) {
	case CDG_REC_FLOW:
	case CDG_REC_FLOW_END:
		on_snapshot(tab, row, event);
		if (event->conn->head.type == CDG_REC_FLOW_END) {
			tab->totals.ended += !row->ended;
			row->ended = 1;
			row->ended_ns = now;
		}
		return add_sample(row, row->flow.round_ts_ns);
	case CDG_REC_ROUND:
		follow(row, event->conn);
		return on_round(row, (const struct cdg_rec_round *)event->conn);
	default:
		follow(row, event->conn);
		return on_event(tab, row, event);
	}
}

int flowtab_record(struct flowtab *tab, const void *data, size_t len)
{
	const struct cdg_rec_syn *syn;
	struct flowtab_row *row;
	struct event event;
	int r;

	if (event_params(data, len) || !event_decode_syn(data, len, &syn))
		return 0;
	r = event_decode(data, len, &event);
	tab->totals.records++;
	tab->totals.invalid += r == -EBADMSG;
	tab->totals.unknown += r == -ENOMSG;
	if (r)
		return 0;
	row = idmap_get(&tab->by_flow, event.conn->head.flow);
	/* What comes late, from a flow that ended, must not bring it back. */
	if (row && row->ended && event.conn->head.type != CDG_REC_FLOW_END)
		return 0;
	if (!row)
		row = add_row(tab, event.conn->head.flow);
	if (!row)
		return -ENOMEM;
	if (row->flow.conn.head.ts_ns > event.conn->head.ts_ns &&
	    event.conn->head.type == CDG_REC_ROUND)
		return on_round(row, (const struct cdg_rec_round *)event.conn);
	return apply(tab, row, &event);
}

void flowtab_snapshot_begin(struct flowtab *tab)
{
	tab->snapshot++;
}

/* Takes rows out, keeping the order of the others. */
static void drop(struct flowtab *tab, bool (*gone)(const struct flowtab *, struct flowtab_row *,
						   uint64_t, uint64_t),
		 uint64_t now_ns, uint64_t keep)
{
	size_t kept = 0;

	for (size_t i = 0; i < tab->count; i++) {
		struct flowtab_row *row = tab->rows[i];

		if (gone(tab, row, now_ns, keep)) {
			idmap_take(&tab->by_flow, row->flow.conn.head.flow);
			row_free(row);
		} else {
			tab->rows[kept++] = row;
		}
	}
	tab->count = kept;
}

void flowtab_snapshot_end(struct flowtab *tab)
{
	for (size_t i = 0; i < tab->count; i++) {
		struct flowtab_row *row = tab->rows[i];

		if (row->seen == tab->snapshot || row->ended)
			continue;
		row->ended = 1;
		row->ended_ns = row->flow.conn.head.ts_ns;
	}
}

static bool lingered(const struct flowtab *tab, struct flowtab_row *row, uint64_t now_ns,
		     uint64_t keep)
{
	(void)tab;
	return row->ended && row->flow.conn.head.flow != keep && now_ns > row->ended_ns &&
	       now_ns - row->ended_ns > FLOWTAB_LINGER_NS;
}

static void row_rates(struct flowtab_row *row, uint64_t now_ns, double seconds)
{
	const struct cdg_rec_flow *flow = &row->flow;
	uint64_t bytes = flow->tcp.bytes_acked, delivered = flow->conn.delivered;
	uint32_t backoffs = flow->totals.backoffs;

	if (row->snap_ns && seconds > 0) {
		double more = bytes > row->snap_bytes ? (double)(bytes - row->snap_bytes) : 0;

		/* Between snapshots, as in replays, only segments are known. */
		if (more == 0 && delivered > row->tick_delivered)
			more = (double)(delivered - row->tick_delivered) * flow->tcp.mss;
		row->rate_bytes = row->ended ? 0 : (uint64_t)(more / seconds + 0.5);
		row->backoffs_rate = backoffs > row->tick_backoffs ?
					     (backoffs - row->tick_backoffs) / seconds : 0;
		row->has_rates = 1;
	}
	row->snap_ns = now_ns;
	row->snap_bytes = bytes;
	row->tick_delivered = delivered;
	row->tick_backoffs = backoffs;
}

static void row_spark(struct flowtab_row *row, bool ascii)
{
	size_t n = row->history_count, count = n < FLOWTAB_SPARK ? n : FLOWTAB_SPARK;
	int32_t values[FLOWTAB_SPARK];

	for (size_t i = 0; i < count; i++)
		values[i] = flowtab_history(row, n - count + i)->grad_us;
	chart_spark(values, count, ascii, row->spark);
}

static void add_totals(struct flowtab_totals *sum, const struct flowtab_row *row)
{
	const struct cdg_rec_flow *flow = &row->flow;
	uint64_t queue_us;

	sum->backoffs += flow->totals.backoffs;
	sum->suppressed += flow->totals.suppressed;
	sum->cuts += row->cuts;
	sum->tolerated += flow->totals.tolerated;
	sum->undos += flow->totals.undos;
	sum->retrans += flow->tcp.total_retrans;
	sum->rate_bytes += row->rate_bytes;
	sum->limited += (flow->conn.flags & CDG_CONN_CWND_LIMITED) != 0;
	sum->reducing += (flow->conn.flags & CDG_CONN_REDUCING) != 0;
	sum->flows += !row->ended;
	if (row->ended || !flow->conn.srtt_us)
		return;
	hist_add(&sum->rtt, flow->conn.srtt_us);
	if (event_queue_delay_us(flow, &queue_us))
		hist_add(&sum->queue, queue_us);
}

static double rate(uint64_t now, uint64_t *before, double seconds)
{
	double r = seconds > 0 && now > *before ? (double)(now - *before) / seconds : 0;

	*before = now;
	return r;
}

void flowtab_tick(struct flowtab *tab, uint64_t now_ns, uint64_t keep)
{
	double seconds = tab->tick_ns && now_ns > tab->tick_ns ? (now_ns - tab->tick_ns) / 1e9 : 0;
	struct flowtab_totals *t = &tab->totals;
	struct flowtab_totals sum = { .ts_ns = now_ns, .started = t->started, .ended = t->ended,
				      .records = t->records, .lost = t->lost,
				      .invalid = t->invalid, .unknown = t->unknown };

	drop(tab, lingered, now_ns, keep);
	for (size_t i = 0; i < tab->count; i++) {
		struct flowtab_row *row = tab->rows[i];

		row->cuts = sum_cuts(&row->flow.totals);
		row_rates(row, now_ns, seconds);
		row_spark(row, tab->ascii);
		add_totals(&sum, row);
	}
	sum.backoffs_rate = rate(tab->backoff_events, &tab->tick_backoffs, seconds);
	sum.suppressed_rate = rate(tab->suppressed_events, &tab->tick_suppressed, seconds);
	sum.cuts_rate = rate(tab->cut_events, &tab->tick_cuts, seconds);
	sum.rtt_p50_us = hist_quantile_us(&sum.rtt, 0.5);
	sum.rtt_p95_us = hist_quantile_us(&sum.rtt, 0.95);
	sum.queue_p50_us = hist_quantile_us(&sum.queue, 0.5);
	sum.queue_p95_us = hist_quantile_us(&sum.queue, 0.95);
	*t = sum;
	tab->tick_ns = now_ns;
}

size_t flowtab_count(const struct flowtab *tab)
{
	return tab->count;
}

const struct flowtab_row *flowtab_at(const struct flowtab *tab, size_t i)
{
	return tab->rows[i];
}

const struct flowtab_row *flowtab_find(const struct flowtab *tab, uint64_t flow)
{
	return idmap_get(&tab->by_flow, flow);
}

const struct flowtab_totals *flowtab_totals(const struct flowtab *tab)
{
	return &tab->totals;
}

void flowtab_set_lost(struct flowtab *tab, uint64_t lost)
{
	tab->totals.lost = lost;
}
