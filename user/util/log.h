/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Talk: one line on stderr per message, `cdgctl: message`. stdout is never touched here.
 *
 * Under -j an error must become one JSON object on stdout, and only main() knows the exit code that
 * belongs in it. So main() hands over a struct log_errors: errors then are collected there instead
 * of being printed, and main() writes the object when the command has returned.
 */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum log_level {
	LOG_ERRORS = 0, /* -q */
	LOG_WARNINGS = 1,
	LOG_INFOS = 2, /* default */
	LOG_DEBUGS = 3, /* -d */
};

/* Errors in the order they were logged, joined by "; " and cut at the end of the buffer. */
struct log_errors {
	char text[2048];
	size_t used;
};

/*
 * name: program in front of each line, must outlive the log. errors: collect errors there (-j), or
 * NULL to print them.
 */
void log_setup(const char *name, enum log_level level, struct log_errors *errors);
bool log_enabled(enum log_level level);

/*
 * Logs an error and returns err, so that `return log_err(-errno, "open %s", path);` reads well.
 * err: 0 or -errno; the errno's text is added in parentheses unless it is 0.
 */
int log_err(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Lines of another library (libbpf, the verifier), shown under -d only; text may hold newlines. */
void log_vdebug(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

#endif
