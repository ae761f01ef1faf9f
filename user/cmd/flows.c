/* SPDX-License-Identifier: GPL-2.0 */
#include <string.h>

#include "user/cmd/snapshot.h"
#include "user/model/event.h"

struct opts {
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
	{},
};

struct order {
	const struct field *field;
	bool descending;
};

static int compare(const void *a, const void *b, void *arg)
{
	const struct order *order = arg;
	const struct cdg_rec_flow *x = a, *y = b;
	struct value value;
	int r;

	/* Absent values stay at the end, whichever way round. */
	bool absent = !field_get(order->field, a, &value) || !field_get(order->field, b, &value);

	r = field_compare(order->field, a, b);
	if (r)
		return order->descending && !absent ? -r : r;
	return x->conn.head.flow < y->conn.head.flow ? -1 : 1;
}

static int parse_sort(struct cmd_ctx *ctx, const char *text, struct order *out)
{
	const char *near;

	out->descending = *text == '-';
	text += out->descending;
	out->field = fields_lookup(&fields_flow, text, strlen(text));
	if (out->field)
		return 0;
	near = fields_suggest(&fields_flow, text, strlen(text));
	return cmd_usage(ctx, "--sort: there is no field '%s'%s%s%s", text,
			 near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void show(struct cmd_ctx *ctx, const struct snapshot *snapshot,
		 const struct columns *columns)
{
	sink_begin_table(ctx->sink, NULL, &fields_flow, columns);
	for (size_t i = 0; i < snapshot->count; i++)
		sink_record(ctx->sink, &fields_flow, &snapshot->flows[i]);
	sink_end_table(ctx->sink);
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(snapshot_release) struct snapshot snapshot = {};
	_cleanup_(filter_freep) struct filter *filter = NULL;
	struct opts o = {};
	struct order order = {};
	struct columns columns;
	char err[256];
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (o.sort && parse_sort(ctx, o.sort, &order))
		return CMD_USAGE;
	if (o.columns && columns_parse(&fields_flow, o.columns, &columns, err, sizeof(err)))
		return cmd_usage(ctx, "--columns: %s", err);
	r = snapshot_filter(ctx, count, argv, &filter);
	if (r)
		return r;
	r = snapshot_take(ctx, o.replay, o.all_netns || o.replay ? 0 : snapshot_netns(), filter,
			  &snapshot);
	if (order.field && snapshot.count)
		qsort_r(snapshot.flows, snapshot.count, sizeof(*snapshot.flows), compare, &order);
	if (!r || snapshot.count)
		show(ctx, &snapshot, o.columns ? &columns : NULL);
	return r;
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
		"            address\n"
		"\n"
		"'cdgctl fields flow' lists the fields; units may be left out of their names.",
	.options = options,
	.root = true,
};
