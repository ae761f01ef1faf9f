/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A growing byte buffer with fast number formatting. Running out of memory is latched: later calls
 * do nothing and buf_flush() returns -ENOMEM, so callers need not check each step.
 */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
	bool failed;
};

void buf_reset(struct buf *b);	 /* empties it, keeps the memory */
void buf_release(struct buf *b); /* gives the memory back */

bool buf_grow(struct buf *b, size_t more);

/* True when `more` bytes fit behind data + len. */
static inline bool buf_room(struct buf *b, size_t more)
{
	return b->cap - b->len >= more || buf_grow(b, more);
}

static inline void buf_put(struct buf *b, const void *data, size_t len)
{
	if (!len || !buf_room(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static inline void buf_putc(struct buf *b, char c)
{
	if (buf_room(b, 1))
		b->data[b->len++] = c;
}

static inline void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_fill(struct buf *b, char c, size_t count);
void buf_u64(struct buf *b, uint64_t value);
void buf_s64(struct buf *b, int64_t value);
void buf_digits(struct buf *b, uint64_t value, unsigned int width); /* with leading zeros */

/* Value rounded to `digits` decimals (0..9), trailing zeros dropped; must be finite. */
void buf_real(struct buf *b, double value, unsigned int digits);

/* Writes everything to fd and empties the buffer. 0 or -errno. */
int buf_flush(struct buf *b, int fd);

#endif
