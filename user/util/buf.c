/* SPDX-License-Identifier: GPL-2.0 */
#include "user/util/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "user/util/digits.h"

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){};
}

bool buf_grow(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 4096;
	char *data;

	if (b->failed)
		return false;
	while (cap - b->len < more) {
		if (cap > SIZE_MAX / 2) {
			b->failed = true;
			return false;
		}
		cap *= 2;
	}
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void buf_fill(struct buf *b, char c, size_t count)
{
	if (!count || !buf_room(b, count))
		return;
	memset(b->data + b->len, c, count);
	b->len += count;
}

const char digits_pairs[] =
	"00010203040506070809101112131415161718192021222324"
	"25262728293031323334353637383940414243444546474849"
	"50515253545556575859606162636465666768697071727374"
	"75767778798081828384858687888990919293949596979899";

void buf_u64(struct buf *b, uint64_t value)
{
	if (buf_room(b, DIGITS_MAX))
		b->len = (size_t)(put_u64(b->data + b->len, value) - b->data);
}

void buf_s64(struct buf *b, int64_t value)
{
	if (value >= 0) {
		buf_u64(b, (uint64_t)value);
		return;
	}
	buf_putc(b, '-');
	buf_u64(b, 0 - (uint64_t)value);
}

void buf_digits(struct buf *b, uint64_t value, unsigned int width)
{
	char text[20];

	if (width > sizeof(text))
		width = sizeof(text);
	for (unsigned int i = width; i > 0; i--) {
		text[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	buf_put(b, text, width);
}

void buf_real(struct buf *b, double value, unsigned int digits)
{
	static const uint64_t power[] = {
		1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
	};
	uint64_t whole, part;

	if (digits > 9)
		digits = 9;
	if (value < 0) {
		buf_putc(b, '-');
		value = -value;
	}
	/* Nothing measured here is this large; keep the conversion below defined all the same. */
	if (value > 9e18)
		value = 9e18;
	whole = (uint64_t)value;
	part = (uint64_t)((value - (double)whole) * (double)power[digits] + 0.5);
	if (part >= power[digits]) {
		whole++;
		part = 0;
	}
	buf_u64(b, whole);
	if (!part)
		return;
	while (part % 10 == 0) {
		part /= 10;
		digits--;
	}
	buf_putc(b, '.');
	buf_digits(b, part, digits);
}

int buf_flush(struct buf *b, int fd)
{
	size_t done = 0;
	int err = b->failed ? -ENOMEM : 0;

	while (!err && done < b->len) {
		ssize_t n = write(fd, b->data + done, b->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			err = -errno;
	}
	buf_reset(b);
	return err;
}
