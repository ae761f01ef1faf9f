// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "user/cmd/instance.h"
#include "user/cmd/stream.h"
#include "user/model/params.h"
#include "user/util/log.h"
#include "user/util/loop.h"

struct opts {
	struct stream_options stream;
	struct ship_options ship;
	struct instance_options instance;
	const char *tune;
};

static const struct cmd_option options[] = {
	INSTANCE_OPTIONS(struct opts, instance),
	{ "preset", 0, OPTION_TEXT, offsetof(struct opts, tune), "PRESET",
	  "parameters: default, scavenger or freebsd" },
	STREAM_OPTIONS(struct opts, stream),
	SYN_HEADER_OPTION(struct opts, stream.view),
	SYN_VIEW_OPTIONS(struct opts, stream.view),
	SHIP_OPTIONS(struct opts, ship),
	{},
};

static int stream(struct cmd_ctx *ctx, struct stream *stream, const char *build_id)
{
	_cleanup_(session_closep) struct session *session = NULL;
	int r = session_open(ctx->pin_dir, &session);

	return r ? instance_exit(r) : stream_live(stream, session, build_id);
}

/* Somebody may have unloaded it, and loaded something else: that is left alone. */
static int end(struct cmd_ctx *ctx, const struct load_report *loaded)
{
	struct unload_report report;
	int r = unload(ctx->pin_dir, loaded->instance, false, &report);

	if (report.flows_fd >= 0)
		close(report.flows_fd);
	if (r == -ESTALE)
		log_info("somebody else has unloaded it");
	else if (!r && loaded->names[0][0])
		log_info("unregistered; %ld flows go on with it until they close",
			 report.flows > 0 ? report.flows : 0);
	return r == -ESTALE ? 0 : r;
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(stream_freep) struct stream *events = NULL;
	struct load_options load_options = { .pin_dir = ctx->pin_dir };
	struct load_report loaded;
	struct opts o = {};
	const struct preset *preset;
	int r, code, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (o.tune && o.instance.no_cc)
		return cmd_usage(ctx, "--no-cc has no parameters");
	preset = params_find_preset(o.tune ? o.tune : "default");
	if (!preset)
		return cmd_usage(ctx, "--preset knows default, scavenger and freebsd, not '%s'",
				 o.tune);
	load_options.params = preset->values;
	r = stream_new(ctx, &o.stream, &o.ship, count, argv, &events);
	if (r)
		return r;
	if (instance_options(ctx, &o.instance, &load_options))
		return CMD_USAGE;
	loop_hold_signals();
	r = load(&load_options, &loaded);
	if (r)
		return instance_exit(r);
	if (loaded.already) {
		log_err(0, "it is loaded already. Run 'cdgctl stream', which leaves it loaded");
		return CMD_REFUSED;
	}
	if (loaded.names[0][0])
		log_info("registered %s%s%s until this ends", loaded.names[0],
			 loaded.names[1][0] ? " and " : "", loaded.names[1]);
	if (loaded.syn)
		log_info("saving SYNs of connections accepted in %s until this ends",
			 loaded.syn_cgroup);
	code = stream(ctx, events, loaded.build_id);
	r = end(ctx, &loaded);
	return r ? instance_exit(r) : code;
}

const struct command cmd_run = {
	.name = "run",
	.run = run,
	.synopsis = "[OPTIONS] [FILTER]",
	.summary = "load, stream, and unload at the end: all in one terminal",
	.help = "As 'cdgctl load', 'cdgctl stream' and, at the end or when interrupted,\n"
		"'cdgctl unload'. Refuses to run when something is loaded already, as it would\n"
		"unload it.\n"
		INSTANCE_HELP "\n"
		SHIP_HELP,
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_LOAD,
};
