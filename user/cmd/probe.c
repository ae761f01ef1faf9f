// SPDX-License-Identifier: GPL-2.0
#include "user/cmd/cmd.h"
#include "user/kern/probe.h"
#include "user/model/state.h"

_Static_assert((int)PROBED_OK == (int)PROBE_OK && (int)PROBED_DEGRADED == (int)PROBE_DEGRADED &&
		       (int)PROBED_MISSING == (int)PROBE_MISSING, "one set of results");

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	bool missing = false;
	int count = cmd_options(ctx, argc, argv, NULL);

	if (count < 0)
		return CMD_USAGE;
	if (count)
		return cmd_usage(ctx, "unexpected \"%s\"", argv[0]);
	sink_begin_object(ctx->sink, NULL);
	sink_begin_table(ctx->sink, "probes", &fields_probe, NULL);
	for (size_t i = 0; i < probe_count; i++) {
		const struct probe_row *p = &probe_rows[i];
		struct state_probe row = { .name = p->name, .what = p->what, .result = p->look() };

		if (row.result != PROBE_OK) {
			row.lost = p->lost;
			row.next = p->next;
		}
		missing |= (p->needed_by & PROBE_CC) && row.result == PROBE_MISSING;
		sink_record(ctx->sink, &fields_probe, &row);
	}
	sink_end_table(ctx->sink);
	sink_bool(ctx->sink, "usable", !missing);
	sink_end_object(ctx->sink);
	return missing ? CMD_NO_FEATURE : CMD_OK;
}

const struct command cmd_probe = {
	.name = "probe",
	.run = run,
	.synopsis = "",
	.summary = "tell what this kernel can do, and what to type where it cannot",
	.help = "Looks at kernel, privileges and mounts. Each line says what is there or missing,\n"
		"what is lost without it and what to do next. Exit code 4: cdg cannot be loaded.",
};
