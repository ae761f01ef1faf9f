/* SPDX-License-Identifier: GPL-2.0 */
#include "user/util/log.h"

#include <stdio.h>
#include <string.h>

/* The only mutable state outside of main(): how much to say, and to whom. */
static struct {
	const char *name;
	enum log_level level;
	struct log_errors *errors;
} log_state = { .name = "cdgctl", .level = LOG_INFOS };

void log_setup(const char *name, enum log_level level, struct log_errors *errors)
{
	log_state.name = name;
	log_state.level = level;
	log_state.errors = errors;
}

bool log_enabled(enum log_level level)
{
	return log_state.level >= level;
}

static void collect(struct log_errors *errors, const char *message)
{
	size_t room = sizeof(errors->text) - errors->used;
	int n = snprintf(errors->text + errors->used, room, "%s%s", errors->used ? "; " : "",
			 message);

	errors->used = n < 0 || (size_t)n >= room ? sizeof(errors->text) - 1
						  : errors->used + (size_t)n;
}

static void __attribute__((format(printf, 2, 0)))
say(const char *kind, const char *fmt, va_list ap)
{
	char message[1024];

	vsnprintf(message, sizeof(message), fmt, ap);
	fprintf(stderr, "%s: %s%s\n", log_state.name, kind, message);
}

int log_err(int err, const char *fmt, ...)
{
	char message[1024];
	size_t used;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	used = strlen(message);
	if (err)
		snprintf(message + used, sizeof(message) - used, " (%s)",
			 strerror(err < 0 ? -err : err));
	if (log_state.errors)
		collect(log_state.errors, message);
	else
		fprintf(stderr, "%s: %s\n", log_state.name, message);
	return err;
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(LOG_WARNINGS))
		return;
	va_start(ap, fmt);
	say("warning: ", fmt, ap);
	va_end(ap);
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(LOG_INFOS))
		return;
	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(LOG_DEBUGS))
		return;
	va_start(ap, fmt);
	say("debug: ", fmt, ap);
	va_end(ap);
}

void log_vdebug(const char *fmt, va_list ap)
{
	if (log_enabled(LOG_DEBUGS))
		vfprintf(stderr, fmt, ap);
}
