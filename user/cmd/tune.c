// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "user/cmd/cmd.h"
#include "user/cmd/instance.h"
#include "user/kern/session.h"
#include "user/model/params.h"
#include "user/model/state.h"

struct opts {
	bool dry_run;
};

static const struct cmd_option options[] = {
	{ "dry-run", 'n', OPTION_FLAG, offsetof(struct opts, dry_run), NULL,
	  "check and show the set, change nothing" },
	{},
};

void instance_show_params(struct cmd_ctx *ctx, const struct cdg_params *params)
{
	struct state_param row;

	sink_begin_table(ctx->sink, "parameters", &fields_param, NULL);
	for (size_t i = 0; i < params_count; i++) {
		params_row(params, i, &row);
		sink_record(ctx->sink, &fields_param, &row);
	}
	sink_end_table(ctx->sink);
}

static void show(struct cmd_ctx *ctx, const struct cdg_params *params)
{
	sink_begin_object(ctx->sink, NULL);
	sink_text(ctx->sink, "preset", params_preset(params));
	sink_uint(ctx->sink, "generation", params->generation);
	instance_show_params(ctx, params);
	sink_end_object(ctx->sink);
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(session_closep) struct session *s = NULL;
	struct cdg_params params;
	struct opts o = {};
	char err[256];
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	/* What makes no sense to any set is told whether or not something is loaded. */
	params_default(&params);
	if (params_apply(&params, count, argv, err, sizeof(err)))
		return cmd_usage(ctx, "%s", err);
	r = session_open(ctx->pin_dir, &s);
	if (r)
		return instance_exit(r);
	do {
		params = *session_params(s);
		if (params_parse(&params, count, argv, err, sizeof(err)))
			return cmd_usage(ctx, "%s", err);
		r = count && !o.dry_run ? session_set_params(s, &params) : 0;
	} while (r == -ESTALE);
	if (r)
		return cmd_exit(r);
	show(ctx, &params);
	return CMD_OK;
}

const struct command cmd_tune = {
	.name = "tune",
	.run = run,
	.synopsis = "[PRESET] [key=value ...]",
	.summary = "show or change the parameters of what is loaded",
	.help = "Without arguments shows the parameters. With them, a preset replaces the whole\n"
		"set and each key one parameter; the new set is checked as a whole and takes\n"
		"effect at once or not at all: for the next decision of every flow, except\n"
		"window, which flows keep that they started with. Presets: default (Linux),\n"
		"scavenger (background traffic that yields to everything), freebsd (close to\n"
		"FreeBSD's cc_cdg).",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_PINS,
};
