/* SPDX-License-Identifier: GPL-2.0 */
#include "user/source/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "user/util/buf.h"
#include "user/util/log.h"
#include "user/util/own.h"

/* Yields the whole lines at the front of b and takes them out. */
static int yield(struct buf *b, unsigned long *number, lines_cb cb, void *ctx)
{
	size_t at = 0;
	char *end;
	int r = 0;

	while (!r && (end = memchr(b->data + at, '\n', b->len - at))) {
		*end = 0;
		r = cb(ctx, b->data + at, (size_t)(end - b->data) - at, ++*number);
		at = (size_t)(end - b->data) + 1;
	}
	memmove(b->data, b->data + at, b->len - at);
	b->len -= at;
	return r;
}

static ssize_t more(int fd, struct buf *b)
{
	ssize_t n;

	if (!buf_room(b, 64 * 1024))
		return -ENOMEM;
	do
		n = read(fd, b->data + b->len, 64 * 1024);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	b->len += (size_t)n;
	return n;
}

int lines_each(int fd, const char *path, const void *begun, size_t len, lines_cb cb, void *ctx)
{
	_cleanup_(buf_release) struct buf b = {};
	unsigned long number = 0;
	ssize_t n = 1;

	buf_put(&b, begun, len);
	while (n > 0) {
		int r = b.len ? yield(&b, &number, cb, ctx) : 0;

		if (r)
			return r;
		if (b.len > LINES_MAX)
			return log_err(-EMSGSIZE, "line %lu of %s is longer than %d bytes",
				       number + 1, path, LINES_MAX);
		n = more(fd, &b);
	}
	if (n < 0)
		return log_err((int)n, "cannot read %s", path);
	if (!b.len)
		return 0;
	buf_putc(&b, '\n');
	return b.failed ? -ENOMEM : yield(&b, &number, cb, ctx);
}
