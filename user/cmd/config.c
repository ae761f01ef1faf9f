/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/cmd/instance.h"
#include "user/model/config.h"
#include "user/util/log.h"

static int read_text(const char *path, char *text, size_t *len)
{
	_cleanup_(fclosep) FILE *file = strcmp(path, "-") ? fopen(path, "re") : fdopen(dup(0), "r");

	if (!file)
		return -errno;
	/* One byte more than is allowed: config_parse() then says that it is too long. */
	*len = fread(text, 1, CONFIG_TEXT_MAX + 1, file);
	return ferror(file) ? (errno ? -errno : -EIO) : 0;
}

int instance_read_config(const char *path, struct config *out)
{
	_cleanup_(freep) char *text = malloc(CONFIG_TEXT_MAX + 1);
	const char *shown = strcmp(path, "-") ? path : "standard input";
	struct config_error error;
	size_t len = 0;
	int r;

	errno = 0;
	r = text ? read_text(path, text, &len) : -ENOMEM;
	if (r)
		return log_err(r, "cannot read %s", shown);
	r = config_parse(text, len, out, &error);
	if (!r)
		return 0;
	if (error.line)
		log_err(0, "%s:%u: %s", shown, error.line, error.text);
	else
		log_err(0, "%s: %s", shown, error.text);
	return r;
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	int r, count = cmd_options(ctx, argc, argv, NULL);
	struct config config;

	if (count < 0)
		return CMD_USAGE;
	if (count > 1)
		return cmd_usage(ctx, "expected one file");
	config_default(&config);
	r = count ? instance_read_config(argv[0], &config) : 0;
	if (r)
		return r == -EINVAL ? CMD_USAGE : cmd_exit(r);
	sink_begin_table(ctx->sink, NULL, &fields_setting, NULL);
	for (size_t i = 0; i < config_keys(); i++) {
		struct config_row row;

		config_row(&config, i, &row);
		sink_record(ctx->sink, &fields_setting, &row);
	}
	sink_end_table(ctx->sink);
	return cmd_exit(sink_flush(ctx->sink));
}

const struct command cmd_config = {
	.name = "config",
	.run = run,
	.synopsis = "[FILE]",
	.summary = "check a file of 'load --config', or list its keys",
	.help = "Reads FILE (- is standard input) and says in which line something is wrong, or\n"
		"shows what each key is then. Without FILE shows the keys with their defaults.\n"
		"Changes nothing and needs no privileges. The file has lines of 'key = value';\n"
		"lines that begin with # are comments. See cdg.conf(5).",
};
