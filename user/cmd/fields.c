/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/cmd/json_schema.h"
#include "user/model/config.h"
#include "user/model/event.h"
#include "user/model/flow_syn.h"
#include "user/model/flowtab.h"
#include "user/model/state.h"
#include "user/model/whatif.h"
#include "user/util/log.h"

struct opts {
	bool json_schema;
};

/* Records that are lines, behind those of streams; then rows of documents and of lists. */
static const struct fields_table *const line_tables[] = {
	&fields_syn, &fields_syn_count, &fields_whatif, &fields_whatif_summary,
	&fields_group, &fields_totals,
};

static const struct fields_table *const row_tables[] = {
	&fields_summary, &fields_name,	     &fields_param, &fields_default,
	&fields_route,	 &fields_subscriber, &fields_probe, &fields_state_syn,
	&fields_field,	 &fields_top,	     &fields_note,
	&fields_setting, &fields_cost,
};

#define LINES (event_table_count + ARRAY_SIZE(line_tables))
#define TABLES (LINES + ARRAY_SIZE(row_tables))

static const struct fields_table *table_at(size_t i)
{
	return i < event_table_count ? event_tables[i] :
	       i < LINES	     ? line_tables[i - event_table_count] :
				       row_tables[i - LINES];
}

/* Place of a table, TABLES if there is none of that name. */
static size_t find(const char *name)
{
	size_t i = 0;

	while (i < TABLES && strcmp(table_at(i)->name, name))
		i++;
	return i;
}

/* What its records are joined with, or NULL. */
static const struct fields_table *joined_with(const struct fields_table *table)
{
	for (size_t i = 0; i < EVENT_KERNEL_TABLES; i++)
		if (event_tables[i] == table)
			return &fields_flow_syn;
	return NULL;
}

static void show_fields(struct cmd_ctx *ctx, const struct fields_table *table,
			const struct fields_table *from)
{
	for (size_t i = 0; from && i < from->count; i++) {
		struct field_texts texts;
		struct field_row row;

		field_row(table, &from->fields[i], &texts, &row);
		sink_record(ctx->sink, &fields_field, &row);
	}
}

static void show(struct cmd_ctx *ctx, const struct fields_table *table)
{
	show_fields(ctx, table, table);
	show_fields(ctx, table, joined_with(table));
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

/* Of the tables [from, to), for people indented. */
static int show_schemas(struct cmd_ctx *ctx, size_t from, size_t to)
{
	_cleanup_(sink_freep) struct sink *pretty = NULL;
	struct sink_options options = { .kind = SINK_PRETTY, .fd = STDOUT_FILENO };
	struct sink *sink = ctx->sink;
	int r;

	if (ctx->kind == SINK_TEXT) {
		if (sink_new(&options, &pretty))
			return CMD_REFUSED;
		sink = pretty;
	}
	for (size_t i = from; i < to; i++)
		json_schema_put(sink, table_at(i), joined_with(table_at(i)));
	r = sink_flush(sink);
	if (pretty && r && r != -EPIPE)
		log_err(r, "cannot write to standard output");
	return cmd_exit(r);
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct opts o = {};
	int count = cmd_options(ctx, argc, argv, &o);
	size_t from = 0, to = TABLES;

	if (count < 0)
		return CMD_USAGE;
	if (count > 1)
		return cmd_usage(ctx, "expected one record");
	if (count == 1) {
		from = find(argv[0]);
		if (from == TABLES)
			return unknown(ctx, argv[0]);
		to = from + 1;
	}
	if (o.json_schema && from >= LINES)
		return cmd_usage(ctx, "'%s' is a row of a document or a list, not a record that "
				 "is shipped", argv[0]);
	if (o.json_schema)
		return show_schemas(ctx, from, to < LINES ? to : LINES);
	if (count == 1)
		sink_say(ctx->sink, "%s: %s\n", table_at(from)->name, table_at(from)->help);
	sink_begin_table(ctx->sink, NULL, &fields_field, NULL);
	for (; from < to; from++)
		show(ctx, table_at(from));
	sink_end_table(ctx->sink);
	return cmd_exit(sink_flush(ctx->sink));
}

static const struct cmd_option options[] = {
	{ "json-schema", 0, OPTION_FLAG, offsetof(struct opts, json_schema), NULL,
	  "JSON Schema (2020-12) of the record, or of all that are lines of JSON" },
	{},
};

const struct command cmd_fields = {
	.name = "fields",
	.run = run,
	.synopsis = "[--json-schema] [RECORD]",
	.summary = "what records hold: names, types, units, meaning",
	.help = "Lists the fields of one record, or of all. These names are the keys of JSON,\n"
		"the words of filters and the columns of tables; with -j also their names under\n"
		"--schema=ecs and otel. Records of streams: round, backoff, suppressed, cut,\n"
		"undo, slow_start_exit, restart, flow_start, flow_end, syn, parameters, hello,\n"
		"stats, bye. Of other commands: flow, syn_count, whatif, group, totals.\n"
		"Rows of documents and lists: status, name, param, default, route, subscriber,\n"
		"probe, top, note, setting.",
	.options = options,
};
