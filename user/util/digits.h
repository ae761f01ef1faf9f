/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers as decimal digits, two at a time. */
#ifndef UTIL_DIGITS_H
#define UTIL_DIGITS_H

#include <stdint.h>
#include <string.h>

#define DIGITS_MAX 20 /* of 64 bits */

extern const char digits_pairs[]; /* 00 01 02 ... 99 */

static inline unsigned int digits_count(uint64_t value)
{
	unsigned int n = 1;

	for (; value >= 10000; value /= 10000)
		n += 4;
	return n + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* 0..99 with a leading zero. */
static inline void put_pair(char *p, unsigned int value)
{
	memcpy(p, digits_pairs + 2 * value, 2);
}

/* Writes the digits of value to *p without a NUL; returns the end. */
static inline char *put_u64(char *p, uint64_t value)
{
	char *end, *at;

	if (value < 10) {
		*p = (char)('0' + value);
		return p + 1;
	}
	at = end = p + digits_count(value);
	while (value >= 100) {
		at -= 2;
		put_pair(at, value % 100);
		value /= 100;
	}
	if (value >= 10)
		put_pair(p, (unsigned int)value);
	else
		*p = (char)('0' + value);
	return end;
}

#endif
