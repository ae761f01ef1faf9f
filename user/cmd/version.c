/* SPDX-License-Identifier: GPL-2.0 */
#include "include/cdg_abi.h"
#include "user/cmd/cmd.h"
#include "user/kern/libbpf.h"
#include "version.h"

void cmd_show_version(struct cmd_ctx *ctx)
{
	if (ctx->kind == SINK_TEXT) {
		sink_say(ctx->sink, "cdgctl %s, build %s, records version %u, libbpf %s",
			 CDG_VERSION, CDG_BUILD_ID, CDG_ABI_VERSION, libbpf_version());
		return;
	}
	sink_begin_object(ctx->sink, NULL);
	sink_text(ctx->sink, "version", CDG_VERSION);
	sink_text(ctx->sink, "build_id", CDG_BUILD_ID);
	sink_uint(ctx->sink, "abi_version", CDG_ABI_VERSION);
	sink_text(ctx->sink, "libbpf_version", libbpf_version());
	sink_end_object(ctx->sink);
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return cmd_usage(ctx, "it takes no arguments");
	cmd_show_version(ctx);
	return CMD_OK;
}

const struct command cmd_version = {
	.name = "version",
	.run = run,
	.synopsis = "",
	.summary = "version, build id and libbpf's version",
	.help = "The build id is a hash over the BPF objects: equal ids load the same programs.",
};
