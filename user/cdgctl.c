/* SPDX-License-Identifier: GPL-2.0 */
/* cdgctl: global options, then one command out of the table. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/source/source.h"
#include "user/util/log.h"
#include "user/util/netns.h"
#include "version.h"

struct globals {
	bool json, pretty, version, help, debug, quiet, no_color;
	const char *color, *netns, *pin_dir;
};

#define GLOBAL(name_, letter_, type_, member, arg_, help_) \
	{ name_, letter_, OPTION_##type_, offsetof(struct globals, member), arg_, help_ }

static const struct cmd_option global_options[] = {
	GLOBAL("json", 'j', FLAG, json, NULL, "JSON on stdout, errors too"),
	GLOBAL("pretty", 'p', FLAG, pretty, NULL, "the same, indented"),
	GLOBAL("netns", 'n', TEXT, netns, "NAME", "act in this network namespace (name or path)"),
	GLOBAL("pin-dir", 0, TEXT, pin_dir, "DIR",
	       "where the instance is pinned; cdg in the BPF file system if not given"),
	GLOBAL("quiet", 'q', FLAG, quiet, NULL, "no talk, only results and errors"),
	GLOBAL("debug", 'd', FLAG, debug, NULL, "say more, with the logs of libbpf and verifier"),
	GLOBAL("color", 'c', MAYBE, color, "WHEN", "always (also without WHEN), auto or never"),
	GLOBAL("no-color", 0, FLAG, no_color, NULL, "as --color=never"),
	GLOBAL("version", 'V', FLAG, version, NULL,
	       "version of cdgctl, its BPF objects and libbpf"),
	GLOBAL("help", 'h', FLAG, help, NULL, "this overview"),
	{},
};

static const struct command *const commands[] = {
	&cmd_probe,   &cmd_load,   &cmd_unload, &cmd_run,    &cmd_status,
	&cmd_tune,    &cmd_stream, &cmd_record, &cmd_replay, &cmd_flows,
	&cmd_explain, &cmd_syn,
	&cmd_fingerprint,
	&cmd_config,
	&cmd_metrics, &cmd_serve,
	&cmd_fields,
	&cmd_version, &cmd_help,   NULL,
};

/* --color, then NO_COLOR, then whether a terminal is there. */
static int choose_colour(const struct globals *g, bool *out)
{
	static const struct {
		const char *word;
		int when; /* 1 always, 0 never, -1 auto */
	} words[] = { { "", 1 }, { "always", 1 }, { "never", 0 }, { "auto", -1 } };
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	int when = -1;

	for (size_t i = 0; g->color && i <= ARRAY_SIZE(words); i++) {
		if (i == ARRAY_SIZE(words)) {
			log_err(0, "--color knows always, auto and never, not '%s'", g->color);
			return -EINVAL;
		}
		if (!strcmp(words[i].word, g->color)) {
			when = words[i].when;
			break;
		}
	}
	if (g->no_color)
		when = 0;
	*out = when >= 0 ? when
			 : isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
				   !(term && !strcmp(term, "dumb"));
	return 0;
}

/* `cdgctl stream help`, but `cdgctl help help` is the command's own business. */
static bool wants_help(const struct command *command, int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "help") && command != &cmd_help)
		return true;
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static int run_command(struct cmd_ctx *ctx, const struct globals *g, int argc, char **argv)
{
	if (g->version) {
		cmd_show_version(ctx);
		return CMD_OK;
	}
	if (g->help) {
		cmd_show_help(ctx, NULL);
		return CMD_OK;
	}
	if (!argc) {
		log_err(0, "no command is given; 'cdgctl help' lists them");
		return CMD_USAGE;
	}
	ctx->self = cmd_find(commands, argv[0]);
	if (!ctx->self)
		return CMD_USAGE;
	if (wants_help(ctx->self, argc, argv)) {
		cmd_show_help(ctx, ctx->self);
		return CMD_OK;
	}
	if (g->netns && netns_enter(g->netns))
		return CMD_REFUSED;
	return ctx->self->run(ctx, argc, argv);
}

/* Errors become one object behind whatever whole values were printed before. */
static void show_errors(struct sink *sink, const struct log_errors *errors, int code)
{
	sink_discard(sink);
	sink_begin_object(sink, NULL);
	sink_text(sink, "error", errors->text);
	sink_uint(sink, "code", (uint64_t)code);
	sink_end_object(sink);
}

/* argc, argv: behind the global options; bad: these made no sense, which is logged already. */
static int run(const struct globals *g, bool bad, int argc, char **argv,
	       const struct log_errors *errors)
{
	struct source_origin here;
	struct sink_options options = {
		.kind = g->pretty ? SINK_PRETTY : g->json ? SINK_JSON : SINK_TEXT,
		.fd = STDOUT_FILENO,
	};
	struct cmd_ctx ctx = {
		.table = commands,
		.globals = global_options,
		.pin_dir = g->pin_dir,
		.netns = g->netns,
		.kind = options.kind,
		.quiet = g->quiet,
		.debug = g->debug,
	};
	_cleanup_(sink_freep) struct sink *sink = NULL;
	int code, err;

	bad |= choose_colour(g, &options.colour) != 0;
	source_origin_here(&here, CDG_VERSION, CDG_BUILD_ID);
	err = sink_new(&options, &sink);
	if (err)
		return CMD_REFUSED;
	cmd_set_origin(sink, &here);
	ctx.sink = sink;
	ctx.colour = options.colour;
	code = bad ? CMD_USAGE : run_command(&ctx, g, argc, argv);
	if (code && errors->used)
		show_errors(sink, errors, code);
	err = sink_flush(sink);
	if (err && err != -EPIPE) {
		/* stdout is what fails: stderr is the only place left, also under -j. */
		log_setup("cdgctl", LOG_ERRORS, NULL);
		log_err(err, "cannot write to standard output");
		code = code ? code : CMD_REFUSED;
	}
	return code;
}

/* The next word is the value of this global option. */
static bool takes_next(const char *word)
{
	for (const struct cmd_option *o = global_options; word[1] == '-' && o->name; o++)
		if (o->type == OPTION_TEXT && !strcmp(word + 2, o->name))
			return true;
	word += word[1] == '-' ? strlen(word) : strcspn(word, "nc");
	return *word == 'n' && !word[1];
}

/* -j decides where errors go, so it is looked for before anything can fail. */
static bool wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && argv[i][0] == '-'; i += takes_next(argv[i]) ? 2 : 1) {
		bool letters = argv[i][1] != '-';

		if (!strcmp(argv[i], "--json") || !strcmp(argv[i], "--pretty"))
			return true;
		if (letters && argv[i][strcspn(argv[i], "jpnc")] &&
		    strchr("jp", argv[i][strcspn(argv[i], "jpnc")]))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct log_errors errors = {};
	struct globals g = {};
	bool json = wants_json(argc, argv);
	int first;

	signal(SIGPIPE, SIG_IGN);
	log_setup("cdgctl", LOG_INFOS, json ? &errors : NULL);
	first = cmd_global_options(global_options, argc, argv, &g);
	g.json |= json;
	json = g.json || g.pretty;
	log_setup("cdgctl", g.debug ? LOG_DEBUGS : g.quiet ? LOG_ERRORS : LOG_INFOS,
		  json ? &errors : NULL);
	if (first < 0)
		return run(&g, true, 0, NULL, &errors);
	return run(&g, false, argc - first, argv + first, &errors);
}
