/* SPDX-License-Identifier: GPL-2.0 */
#include <string.h>

#include "user/cmd/ship.h"
#include "user/cmd/snapshot.h"
#include "user/kern/namespaces.h"
#include "user/model/event.h"

struct opts {
	struct syn_view_options view;
	struct ship_options ship;
	const char *replay, *sort, *columns;
	bool all_netns;
};

static const struct cmd_option options[] = {
	{ "all-netns", 'a', OPTION_FLAG, offsetof(struct opts, all_netns), NULL,
	  "of all network namespaces, not of this one only" },
	{ "sort", 's', OPTION_TEXT, offsetof(struct opts, sort), "FIELD",
	  "smallest first; -FIELD: largest first" },
	{ "columns", 'c', OPTION_TEXT, offsetof(struct opts, columns), "LIST",
	  "fields to show; +LIST: besides the usual ones; all" },
	{ "replay", 0, OPTION_TEXT, offsetof(struct opts, replay), "FILE",
	  "last snapshot of each flow in a file, - for standard input" },
	SCHEMA_OPTION(struct opts, ship),
	SYN_VIEW_OPTIONS(struct opts, view),
	{},
};

struct order {
	const struct snapshot *snapshot;
	const struct field *field;
	bool descending;
};

/* What holds the field: the record, or *joined, of which only the SYN is filled in. */
static const void *holder(const struct order *order, const struct snapshot_flow *flow,
			  struct joined *joined)
{
	const struct flow_syn *syn = snapshot_syn(order->snapshot, flow);

	if (order->field->offset < sizeof(joined->flow))
		return &order->snapshot->records[flow->record];
	joined->syn = syn ? *syn : (struct flow_syn){};
	return joined;
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct snapshot_flow *x = a, *y = b;
	const struct order *order = arg;
	struct joined joined[2];
	const void *at[2] = { holder(order, x, &joined[0]), holder(order, y, &joined[1]) };
	struct value value;
	int r;

	/* Absent values stay at the end, whichever way round. */
	bool absent = !field_get(order->field, at[0], &value) ||
		      !field_get(order->field, at[1], &value);

	r = field_compare(order->field, at[0], at[1]);
	if (r)
		return order->descending && !absent ? -r : r;
	return x->flow < y->flow ? -1 : 1;
}

static int parse_sort(struct cmd_ctx *ctx, const struct fields_table *table, const char *text,
		      struct order *out)
{
	const char *near;

	out->descending = *text == '-';
	text += out->descending;
	out->field = fields_lookup(table, text, strlen(text));
	if (out->field)
		return 0;
	near = fields_suggest(table, text, strlen(text));
	return cmd_usage(ctx, "--sort: there is no field '%s'%s%s%s", text,
			 near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* With the label behind the usual columns where SYNs are known. */
static void choose_columns(const struct snapshot *snapshot, struct columns *out)
{
	char err[64];

	for (size_t i = 0; i < snapshot->count; i++)
		if (snapshot->flows[i].syn) {
			columns_parse(snapshot->table, "+label", out, err, sizeof(err));
			return;
		}
	columns_default(snapshot->table, out);
}

static void show(struct cmd_ctx *ctx, struct snapshot *snapshot, const struct columns *columns)
{
	struct joined joined = {};

	sink_begin_table(ctx->sink, NULL, snapshot->table, columns);
	for (size_t i = 0; i < snapshot->count; i++) {
		snapshot_joined(snapshot, i, &joined);
		syn_view_hide_conn(snapshot->view, &joined.conn);
		sink_record(ctx->sink, snapshot->table, &joined);
	}
	sink_end_table(ctx->sink);
}

static int list(struct cmd_ctx *ctx, const struct opts *o, struct snapshot *snapshot, int argc,
		char **argv)
{
	_cleanup_(filter_freep) struct filter *filter = NULL;
	struct order order = { .snapshot = snapshot };
	struct columns columns;
	char err[256];
	int r;

	if (o->sort && parse_sort(ctx, snapshot->table, o->sort, &order))
		return CMD_USAGE;
	if (o->columns && columns_parse(snapshot->table, o->columns, &columns, err, sizeof(err)))
		return cmd_usage(ctx, "--columns: %s", err);
	r = snapshot_filter(ctx, snapshot->table, argc, argv, &filter);
	if (r)
		return r;
	r = snapshot_take(ctx, o->replay, o->all_netns || o->replay ? 0 : namespace_own(), filter,
			  snapshot);
	if (order.field && snapshot->count)
		qsort_r(snapshot->flows, snapshot->count, sizeof(*snapshot->flows), compare,
			&order);
	/* JSON has all fields unless some are asked for. */
	if (!o->columns && ctx->kind == SINK_TEXT)
		choose_columns(snapshot, &columns);
	if (!r || snapshot->count)
		show(ctx, snapshot, o->columns || ctx->kind == SINK_TEXT ? &columns : NULL);
	return r;
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(joined_tables_freep) struct joined_tables *tables = NULL;
	_cleanup_(snapshot_release) struct snapshot snapshot = {};
	_cleanup_(syn_view_release) struct syn_view view = {};
	struct opts o = {};
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	/* A file that was named must be right even if no SYN is known. */
	r = o.view.db ? syn_view_open(ctx, &o.view, &view) :
			syn_view_begin(ctx, &o.view, &view);
	if (!r)
		r = ship_schema(ctx, o.ship.schema);
	if (r)
		return r;
	if (joined_tables_new(&tables))
		return CMD_REFUSED;
	snapshot.view = &view;
	snapshot.table = joined_table(tables, &fields_flow);
	return list(ctx, &o, &snapshot, count, argv);
}

const struct command cmd_flows = {
	.name = "flows",
	.run = run,
	.synopsis = "[OPTIONS] [FILTER]",
	.summary = "flows that use CDG now, with their delay, windows and totals",
	.help = "One row per flow of this network namespace (see also -n NAME and --all-netns);\n"
		"with -j one JSON object per line. FILTER is like that of ss:\n"
		"\n"
		"  cdgctl flows 'dst 10.0.0.0/8:443 and (rtt > 50ms or backoffs >= 3)'\n"
		"\n"
		"  terms     src ADDRESS, dst ADDRESS, FIELD, FIELD OPERATOR VALUE;\n"
		"            not, and, or, ( )\n"
		"  ADDRESS   10.0.0.1, 10.0.0.0/8, [2001:db8::]/32, 10.0.0.1:443, :443\n"
		"  OPERATOR  = != < > <= >=, also eq ne lt gt le ge\n"
		"  VALUE     a number with a unit that fits (us ms s m h, k m g, %), a name, an\n"
		"            address; with blanks in \"quotes\"\n"
		"\n"
		"'cdgctl fields flow' lists the fields; units may be left out of their names.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_PINS,
};
