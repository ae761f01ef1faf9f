/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/model/filter.h"
#include "user/model/schema.h"
#include "user/source/source.h"
#include "user/util/log.h"

int cmd_usage(struct cmd_ctx *ctx, const char *fmt, ...)
{
	_cleanup_(freep) char *message = NULL;
	va_list ap;

	if (fmt) {
		va_start(ap, fmt);
		if (vasprintf(&message, fmt, ap) < 0)
			message = NULL;
		va_end(ap);
		log_err(0, "%s: %s", ctx->self->name, message ? message : "wrong usage");
	}
	log_err(0, "try 'cdgctl help %s'", ctx->self->name);
	return CMD_USAGE;
}

int cmd_filter_usage(struct cmd_ctx *ctx, const char *text, const struct filter_error *err)
{
	int shown = (int)strcspn(text + err->at, " ");

	if (!text[err->at])
		return cmd_usage(ctx, "filter: %s", err->text);
	return cmd_usage(ctx, "filter: %s, at character %zu: '%.*s'", err->text, err->at + 1,
			 shown < 40 ? shown : 40, text + err->at);
}

char *cmd_join(int argc, char **argv)
{
	size_t len = 1, used = 0;
	char *text;

	for (int i = 0; i < argc; i++)
		len += strlen(argv[i]) + 1;
	text = malloc(len);
	if (!text)
		return NULL;
	for (int i = 0; i < argc; i++)
		used += (size_t)snprintf(text + used, len - used, "%s%s", i ? " " : "", argv[i]);
	text[used] = 0;
	return text;
}

int cmd_ready(const char *path)
{
	_cleanup_(freep) char *staged = NULL;
	_cleanup_(closep) int fd = -1;

	if (!path)
		return 0;
	if (asprintf(&staged, "%s.%d", path, (int)getpid()) < 0)
		return -ENOMEM;
	fd = open(staged, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0 || rename(staged, path)) {
		int err = -errno;

		unlink(staged);
		return log_err(err, "cannot create the ready file %s", path);
	}
	return 0;
}

void cmd_set_origin(struct sink *sink, const struct source_origin *origin)
{
	struct schema_origin said = {
		.host = origin->host, .boot_id = origin->boot_id, .kernel = origin->kernel,
		.version = origin->version,
	};

	sink_set_origin(sink, origin->realtime_offset_ns, &said);
}

int cmd_exit(int err)
{
	return !err || err == -EPIPE ? CMD_OK : CMD_REFUSED;
}

const struct command *cmd_find(const struct command *const *table, const char *name)
{
	const struct command *found = NULL;
	size_t len = strlen(name);

	for (; len && *table; table++) {
		if (strncmp((*table)->name, name, len))
			continue;
		if (!(*table)->name[len])
			return *table;
		if (found) {
			log_err(0, "command '%s' is ambiguous: %s or %s", name, found->name,
				(*table)->name);
			return NULL;
		}
		found = *table;
	}
	if (!found) {
		log_err(0, "unknown command '%s'; 'cdgctl help' lists them", name);
		return NULL;
	}
	return found;
}
