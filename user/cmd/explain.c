/* SPDX-License-Identifier: GPL-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/snapshot.h"
#include "user/model/event.h"
#include "user/model/explain.h"
#include "user/util/log.h"

struct opts {
	const char *replay, *tuple;
};

static const struct cmd_option options[] = {
	{ "tuple", 0, OPTION_TEXT, offsetof(struct opts, tuple), "A:P-B:P",
	  "the flow from local address and port A:P to B:P; [v6]:P for IPv6" },
	{ "replay", 0, OPTION_TEXT, offsetof(struct opts, replay), "FILE",
	  "its last snapshot in a file, - for standard input" },
	{},
};

/* A number, a tuple or a filter: all of them end as a filter. NULL without memory. */
static char *filter_text(const struct opts *o, int argc, char **argv)
{
	char *text = NULL;

	if (o->tuple) {
		const char *dash = strchr(o->tuple, '-');

		return asprintf(&text, "src %.*s and dst %s", (int)(dash - o->tuple), o->tuple,
				dash + 1) < 0 ? NULL : text;
	}
	if (argc == 1 && argv[0][strspn(argv[0], "0123456789")] == 0)
		return asprintf(&text, "flow = %s", argv[0]) < 0 ? NULL : text;
	return cmd_join(argc, argv);
}

static int too_many(struct cmd_ctx *ctx, const struct snapshot *s)
{
	char list[8 * sizeof(", 18446744073709551615")] = "";
	size_t used = 0;

	for (size_t i = 0; i < s->count && i < 8; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%" PRIu64,
					 i ? ", " : "", s->flows[i].flow);
	return cmd_usage(ctx, "%zu flows match: %s%s. Name one by its number, as 'cdgctl flows -a' "
			 "shows it", s->count, list, s->count > 8 ? ", ..." : "");
}

static void show(struct cmd_ctx *ctx, const struct snapshot *s)
{
	struct explanation why;

	explain_flow(snapshot_record(s, 0), s->live ? &s->params : NULL, &why);
	if (ctx->kind == SINK_TEXT) {
		sink_begin_table(ctx->sink, NULL, &fields_flow, NULL);
		sink_record(ctx->sink, &fields_flow, snapshot_record(s, 0));
		sink_end_table(ctx->sink);
		sink_say(ctx->sink, "%s", "");
		sink_begin_table(ctx->sink, NULL, &fields_note, NULL);
	} else {
		sink_begin_object(ctx->sink, NULL);
		sink_fields(ctx->sink, &fields_flow, snapshot_record(s, 0));
		sink_begin_table(ctx->sink, "why", &fields_note, NULL);
	}
	for (size_t i = 0; i < why.count; i++)
		sink_record(ctx->sink, &fields_note, &why.note[i]);
	sink_end_table(ctx->sink);
	if (ctx->kind != SINK_TEXT)
		sink_end_object(ctx->sink);
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(snapshot_release) struct snapshot snapshot = {};
	_cleanup_(filter_freep) struct filter *filter = NULL;
	_cleanup_(freep) char *text = NULL;
	struct opts o = {};
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (!count == !o.tuple)
		return cmd_usage(ctx, "expected the number of a flow, --tuple or a filter");
	if (o.tuple && !strchr(o.tuple, '-'))
		return cmd_usage(ctx, "--tuple needs A:P-B:P, such as 10.0.0.1:443-10.0.0.2:51000");
	text = filter_text(&o, count, argv);
	r = snapshot_filter(ctx, &fields_flow, 1, &text, &filter);
	if (!r)
		r = snapshot_take(ctx, o.replay, 0, filter, &snapshot);
	if (r)
		return r;
	if (!snapshot.count) {
		log_err(0, "no flow matches '%s'; 'cdgctl flows --all-netns' lists them", text);
		return CMD_REFUSED;
	}
	if (snapshot.count > 1)
		return too_many(ctx, &snapshot);
	show(ctx, &snapshot);
	return CMD_OK;
}

const struct command cmd_explain = {
	.name = "explain",
	.run = run,
	.synopsis = "FLOW | --tuple A:P-B:P | FILTER",
	.summary = "why a flow backs off or does not, in words",
	.help = "FLOW is the number that 'cdgctl flows' and 'cdgctl stream' show; FILTER, as for\n"
		"'cdgctl flows', must match one flow. Says how long its packets wait, what the\n"
		"last decision of each kind was and why, whether back-offs are suspended, and\n"
		"what to tune.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_PINS,
};
