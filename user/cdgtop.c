/* SPDX-License-Identifier: GPL-2.0 */
/* cdgtop: options, then the live view. */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>

#include "user/cmd/top.h"
#include "user/model/rows.h"
#include "user/util/netns.h"
#include "version.h"

#define OPTION(name_, letter_, type_, member, arg_, help_) \
	{ name_, letter_, OPTION_##type_, offsetof(struct top_options, member), arg_, help_ }

static const struct cmd_option options[] = {
	OPTION("delay", 'd', DURATION, delay_ns, "TIME", "look this often, 1s if not given"),
	OPTION("view", 0, TEXT, view, "VIEW",
	       "begin with flows, destinations, fingerprints or totals"),
	OPTION("sort", 's', TEXT, sort, "FIELD", "smallest first; -FIELD: largest first"),
	OPTION("columns", 'c', TEXT, columns, "LIST",
	       "fields to show; +LIST: besides the usual ones"),
	OPTION("replay", 0, TEXT, replay, "FILE", "a file of 'cdgctl record'; no root, no kernel"),
	OPTION("speed", 0, TEXT, speed, "FACTOR", "of the replay: 1 as it was, 10, 0.5"),
	OPTION("db", 0, TEXT, db, "FILE",
	       "signatures that go before p0f's and the built-in ones"),
	OPTION("batch", 'b', FLAG, batch, NULL, "print rows as text instead of a screen"),
	OPTION("count", 'n', NUMBER, count, "COUNT", "batch: end after so many screens"),
	OPTION("json", 'j', FLAG, json, NULL, "batch, --help, --version: one JSON object per line"),
	OPTION("ascii", 'a', FLAG, ascii, NULL, "no characters beyond ASCII"),
	OPTION("no-color", 0, FLAG, no_color, NULL, "bold and reverse only; as NO_COLOR"),
	OPTION("netns", 0, TEXT, netns, "NAME", "only flows of this network namespace"),
	OPTION("pin-dir", 0, TEXT, pin_dir, "DIR",
	       "where the instance is pinned; cdg in the BPF file system if not given"),
	OPTION("version", 'V', FLAG, version, NULL, "version of cdgtop"),
	OPTION("help", 'h', FLAG, help, NULL, "this text"),
	{},
};

/* The row that the help is printed from, as those of cdgctl's commands. */
static const struct command self = {
	.name = "cdgtop",
	.synopsis = "[OPTIONS] [FILTER]",
	.help = "Flows that CDG drives, live: which back off, why, and what it does to their "
		"delay.\n"
		"FILTER is that of 'cdgctl flows'; F1 lists the keys. Without an instance it waits "
		"for\n"
		"one. Settings are read from $XDG_CONFIG_HOME/cdgtop/config and written by the key "
		"S.\n"
		"With --batch --replay time is that of the file, so that every run prints the "
		"same.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_EVENTS,
};

static const struct field key_fields[] = {
	ROW(struct top_key, shown, "keys", TEXT, NONE, NONE, "KEYS", "Keys that do the same."),
	ROW(struct top_key, help, "help", TEXT, NONE, NONE, "MEANING", "What they do."),
};

static const struct fields_table fields_key = {
	.name = "key",
	.help = "A key of cdgtop.",
	TABLE(struct top_key, key_fields),
};

static void put_help(struct cmd_ctx *ctx)
{
	sink_begin_object(ctx->sink, NULL);
	cmd_put_help(ctx, &self);
	sink_begin_table(ctx->sink, "keys", &fields_key, NULL);
	for (size_t i = 0; i < top_key_count; i++)
		sink_record(ctx->sink, &fields_key, &top_keys[i]);
	sink_end_table(ctx->sink);
	sink_end_object(ctx->sink);
}

static int show_about(const struct top_options *o)
{
	const enum sink_kind kind = o->json ? SINK_JSON : SINK_TEXT;
	struct sink_options sink_options = { .fd = STDOUT_FILENO, .kind = kind };
	_cleanup_(sink_freep) struct sink *sink = NULL;
	struct cmd_ctx ctx = { .kind = kind };

	if (sink_new(&sink_options, &sink))
		return CMD_REFUSED;
	ctx.sink = sink;
	if (o->version && o->json)
		cmd_show_version(&ctx);
	else if (o->json)
		put_help(&ctx);
	else if (o->version)
		sink_say(sink, "cdgtop %s", CDG_VERSION);
	else
		cmd_show_usage(&ctx, "cdgtop", &self);
	return cmd_exit(sink_flush(sink));
}

int main(int argc, char **argv)
{
	_cleanup_(freep) char *filter = NULL;
	struct top_options o = {};
	int first;

	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	log_setup("cdgtop", LOG_INFOS, NULL);
	first = cmd_global_options(options, argc, argv, &o);
	if (first < 0) {
		log_err(0, "try 'cdgtop --help'");
		return CMD_USAGE;
	}
	if (o.help || o.version)
		return show_about(&o);
	o.ascii |= strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	if (o.netns && netns_enter(o.netns))
		return CMD_REFUSED;
	if (first < argc) {
		filter = cmd_join(argc - first, argv + first);
		if (!filter)
			return CMD_REFUSED;
	}
	return top_run(&o, filter);
}
