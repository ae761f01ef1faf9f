/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of text. */
#ifndef SOURCE_LINES_H
#define SOURCE_LINES_H

#include <stddef.h>

#define LINES_MAX (1 << 20) /* bytes of one line */

/* line: without its newline, with a NUL behind it. number: from 1. Not 0 ends the run. */
typedef int (*lines_cb)(void *ctx, const char *line, size_t len, unsigned long number);

/*
 * Yields every line of fd, the last one also without a newline; begun, len: bytes that were read
 * from it before. Logs its errors as path's. 0, -errno, -EMSGSIZE (a line is too long) or what cb
 * returned.
 */
int lines_each(int fd, const char *path, const void *begun, size_t len, lines_cb cb, void *ctx);

#endif
