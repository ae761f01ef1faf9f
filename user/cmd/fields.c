/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/model/config.h"
#include "user/model/event.h"
#include "user/model/flow_syn.h"
#include "user/model/flowtab.h"
#include "user/model/state.h"
#include "user/model/whatif.h"

#define VALUES_LEN 256

/* Rows of other commands, behind the records of streams. */
static const struct fields_table *const state_tables[] = {
	&fields_summary, &fields_name,	     &fields_param, &fields_default,
	&fields_route,	 &fields_subscriber, &fields_probe, &fields_note, &fields_field,
	&fields_setting,
	&fields_syn,	 &fields_syn_count,  &fields_state_syn,
	&fields_whatif, &fields_whatif_summary, &fields_top, &fields_group, &fields_totals,
};

static const struct fields_table *table_at(size_t i)
{
	return i < event_table_count ? event_tables[i] : state_tables[i - event_table_count];
}

#define TABLES (event_table_count + ARRAY_SIZE(state_tables))

static const struct fields_table *find(const char *name)
{
	for (size_t i = 0; i < TABLES; i++)
		if (!strcmp(table_at(i)->name, name))
			return table_at(i);
	return NULL;
}

static void show_fields(struct cmd_ctx *ctx, const struct fields_table *table,
			const struct fields_table *from)
{
	for (size_t i = 0; i < from->count; i++) {
		struct field_row row;
		char values[VALUES_LEN];

		field_row(table, &from->fields[i], values, sizeof(values), &row);
		sink_record(ctx->sink, &fields_field, &row);
	}
}

static void show(struct cmd_ctx *ctx, const struct fields_table *table)
{
	show_fields(ctx, table, table);
	for (size_t i = 0; i < EVENT_KERNEL_TABLES; i++)
		if (event_tables[i] == table)
			show_fields(ctx, table, &fields_flow_syn);
}

static const char *table_name_at(size_t i, const void *ctx)
{
	(void)ctx;
	return table_at(i)->name;
}

static int unknown(struct cmd_ctx *ctx, const char *name)
{
	const char *near = name_suggest(name, strlen(name), table_name_at, TABLES, NULL);

	return cmd_usage(ctx, "there is no record '%s'%s%s%s", name,
			 near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	int count = cmd_options(ctx, argc, argv, NULL);
	const struct fields_table *table = NULL;

	if (count < 0)
		return CMD_USAGE;
	if (count > 1)
		return cmd_usage(ctx, "expected one record");
	if (count == 1) {
		table = find(argv[0]);
		if (!table)
			return unknown(ctx, argv[0]);
		sink_say(ctx->sink, "%s: %s\n", table->name, table->help);
	}
	sink_begin_table(ctx->sink, NULL, &fields_field, NULL);
	if (table)
		show(ctx, table);
	for (size_t i = 0; !table && i < TABLES; i++)
		show(ctx, table_at(i));
	sink_end_table(ctx->sink);
	return cmd_exit(sink_flush(ctx->sink));
}

const struct command cmd_fields = {
	.name = "fields",
	.run = run,
	.synopsis = "[RECORD]",
	.summary = "what records hold: names, types, units, meaning",
	.help = "Lists the fields of one record, or of all. These names are the keys of JSON,\n"
		"the words of filters and the columns of tables. Records of streams: round,\n"
		"backoff, suppressed, cut, undo, slow_start_exit, restart, flow_start, flow_end,\n"
		"flow, hello, stats, bye. Rows of other commands: status, name, param, default,\n"
		"route, subscriber, probe, note, setting.",
};
