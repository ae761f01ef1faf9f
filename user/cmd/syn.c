/* SPDX-License-Identifier: GPL-2.0 */
/* `syn`: what the maps hold, as a list; and its words `get` and `top`. */
#include <errno.h>
#include <string.h>

#include "user/cmd/snapshot.h"
#include "user/cmd/syn_look.h"
#include "user/kern/namespaces.h"
#include "user/util/log.h"

/* The last `count` that pass, 0: all; *first: where they begin, by marks for what passes. */
static size_t first_of(const bool *passes, size_t count, uint64_t wanted)
{
	size_t first = count;

	if (!wanted)
		return 0;
	while (first && wanted)
		wanted -= passes[--first];
	return first;
}

/* columns: NULL for the usual ones. */
static int show_list(struct syn_look *l, const struct filter *filter, const struct columns *columns)
{
	_cleanup_(freep) bool *passes = calloc(l->recs.count + 1, sizeof(*passes));
	struct syn_report report;

	if (!passes)
		return cmd_exit(log_err(-ENOMEM, "syn"));
	for (size_t i = 0; i < l->recs.count; i++) {
		syn_look_fill(l, syn_look_at(l, i), &report);
		passes[i] = filter_match(filter, &fields_syn, &report);
	}
	sink_begin_table(l->ctx->sink, NULL, &fields_syn, columns);
	for (size_t i = first_of(passes, l->recs.count, l->opts->count); i < l->recs.count; i++) {
		if (!passes[i])
			continue;
		syn_look_fill(l, syn_look_at(l, i), &report);
		syn_view_hide(&l->view, &report);
		sink_record(l->ctx->sink, &fields_syn, &report);
	}
	sink_end_table(l->ctx->sink);
	return cmd_exit(sink_flush(l->ctx->sink));
}

static int run_list(struct syn_look *l, int argc, char **argv)
{
	_cleanup_(filter_freep) struct filter *filter = NULL;
	_cleanup_(freep) char *text = argc ? cmd_join(argc, argv) : NULL;
	const char *list = l->opts->columns;
	struct columns columns;
	char err[256];
	int r;

	if (list && columns_parse(&fields_syn, list, &columns, err, sizeof(err)))
		return cmd_usage(l->ctx, "--columns: %s", err);
	r = text ? syn_look_filter(l->ctx, text, &filter) : CMD_OK;
	if (!r)
		r = syn_look_open(l);
	if (r)
		return r;
	l->recs.netns = l->opts->all_netns ? 0 : namespace_own();
	r = syn_look_syns(l);
	return r ? cmd_exit(r) : show_list(l, filter, list ? &columns : NULL);
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*run)(struct syn_look *l, int argc, char **argv);
	} words[] = { { "get", syn_get }, { "top", syn_top } }, *word = NULL;
	struct syn_opts o = {};
	_cleanup_(syn_look_release) struct syn_look l = { .ctx = ctx, .opts = &o };
	int count = cmd_options(ctx, argc, argv, &o);

	if (count < 0 || ship_schema(ctx, o.ship.schema))
		return CMD_USAGE;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		word = count && !strcmp(argv[0], words[i].word) ? &words[i] : word;
	if ((o.cookie || o.tuple || o.raw) && (!word || word->run != syn_get))
		return cmd_usage(ctx, "--cookie, --tuple and --raw go with 'syn get'");
	if (o.columns && word)
		return cmd_usage(ctx, "--columns goes with the list alone");
	if (o.count && word && word->run == syn_get)
		return cmd_usage(ctx, "get shows one connection: --count does not go with it");
	return word ? word->run(&l, count - 1, argv + 1) : run_list(&l, count, argv);
}

static const struct cmd_option options[] = {
	{ "all-netns", 'a', OPTION_FLAG, offsetof(struct syn_opts, all_netns), NULL,
	  "of all network namespaces, not of this one only" },
	{ "count", 'n', OPTION_NUMBER, offsetof(struct syn_opts, count), "COUNT",
	  "the latest so many; with top: so many rows, 20 if not given" },
	{ "columns", 'c', OPTION_TEXT, offsetof(struct syn_opts, columns), "LIST",
	  "fields to show; +LIST: besides the usual ones; all" },
	{ "half-open", 0, OPTION_FLAG, offsetof(struct syn_opts, half_open), NULL,
	  "handshakes that are not complete (load --syn-source=synack)" },
	{ "cookie", 0, OPTION_NUMBER, offsetof(struct syn_opts, cookie), "N",
	  "get: the connection with this socket cookie" },
	{ "tuple", 0, OPTION_TEXT, offsetof(struct syn_opts, tuple), "A:P-B:P",
	  "get: the latest connection between these ends" },
	{ "raw", 0, OPTION_TEXT, offsetof(struct syn_opts, raw), "FILE",
	  "get: write the bytes of the headers into this file" },
	SCHEMA_OPTION(struct syn_opts, ship),
	SYN_HEADER_OPTION(struct syn_opts, view),
	SYN_VIEW_OPTIONS(struct syn_opts, view),
	{},
};

const struct command cmd_syn = {
	.name = "syn",
	.run = run,
	.synopsis = "[OPTIONS] [FILTER] | get --cookie N | get --tuple A:P-B:P | top [FILTER]",
	.summary = "SYNs of accepted connections: fingerprints, labels, why one is missing",
	.help = "One row per connection that servers have accepted, oldest first: the signature\n"
		"of its SYN, the system it speaks for, distance and path MTU; of a connection\n"
		"that CDG drives RTT, retransmissions and window, too (-c +srtt_us,cwnd).\n"
		"  get   one of them; exit code 3 and the reason if there is no SYN\n"
		"  top   counted by signature; what is not shown is counted as other\n"
		"FILTER is like that of 'cdgctl flows': 'dport = 443 and label = \"Linux\"'.\n"
		"Live: 'cdgctl stream --events syn'. A label is a hint: any sender can forge it.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_PINS,
};
