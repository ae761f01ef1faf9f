/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/flowtab.h"

#include <errno.h>
#include <string.h>

#include "user/model/flowtab_row.h"
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
	struct flowtab_events events, tick_events; /* ever, and until the last tick */
	struct flowtab_totals totals;
};

/* One table that has the fields of all three: they lie in the same memory. */
static int join_tables(struct flowtab *tab)
{
	const struct fields_table *const parts[] = { &fields_flow, &fields_flow_syn, &fields_top };
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		count += parts[i]->count;
	tab->fields = calloc(count, sizeof(*tab->fields));
	if (!tab->fields)
		return -ENOMEM;
	count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		memcpy(tab->fields + count, parts[i]->fields,
		       parts[i]->count * sizeof(*tab->fields));
		count += parts[i]->count;
	}
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
	tab->events = tab->tick_events = (struct flowtab_events){};
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
	return row_apply(row, &event, tab->snapshot, &tab->events);
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

void flowtab_tick(struct flowtab *tab, uint64_t now_ns, uint64_t keep)
{
	double seconds = tab->tick_ns && now_ns > tab->tick_ns ? (now_ns - tab->tick_ns) / 1e9 : 0;
	struct flowtab_totals sum = { .ts_ns = now_ns, .records = tab->totals.records,
				      .lost = tab->totals.lost, .invalid = tab->totals.invalid,
				      .unknown = tab->totals.unknown };

	drop(tab, lingered, now_ns, keep);
	for (size_t i = 0; i < tab->count; i++) {
		row_tick(tab->rows[i], now_ns, seconds, tab->ascii);
		totals_add(&sum, tab->rows[i]);
	}
	totals_end(&sum, &tab->events, &tab->tick_events, seconds);
	tab->totals = sum;
	tab->tick_events = tab->events;
	tab->tick_ns = now_ns;
}

bool flowtab_lacks_syn(const struct flowtab_row *row)
{
	return row->flow.conn.cookie && row->syn_cookie != row->flow.conn.cookie;
}

void flowtab_join(struct flowtab *tab,
		  void (*find)(void *ctx, const struct cdg_rec_conn *conn, struct flow_syn *out),
		  void *ctx)
{
	for (size_t i = 0; i < tab->count; i++) {
		struct flowtab_row *row = tab->rows[i];

		if (!flowtab_lacks_syn(row))
			continue;
		find(ctx, &row->flow.conn, &row->joined.syn);
		row->syn_cookie = row->flow.conn.cookie;
	}
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
