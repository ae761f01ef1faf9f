/* SPDX-License-Identifier: GPL-2.0 */
#include "user/util/utf8.h"

#include <stdint.h>

size_t utf8_next(const char *text, size_t len)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *s = (const uint8_t *)text;
	size_t size = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t code;

	if (size <= 1)
		return size;
	if (size > len || s[0] > 0xf4)
		return 0;
	code = s[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < smallest[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return size;
}

bool utf8_is_control(const char *text, size_t size)
{
	const uint8_t *s = (const uint8_t *)text;

	if (size == 1)
		return s[0] < 0x20 || s[0] == 0x7f;
	return size == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}
