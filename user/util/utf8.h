/* SPDX-License-Identifier: GPL-2.0 */
/* UTF-8 from outside: names of processes, files and namespaces may hold any bytes. */
#ifndef UTIL_UTF8_H
#define UTIL_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes of the code point at text, 1 to 4, or 0 if it is not valid UTF-8 (overlong forms,
 * surrogates and values above U+10FFFF are not). len: bytes that may be read, > 0.
 */
size_t utf8_next(const char *text, size_t len);

/* A terminal would act upon it: C0, DEL or C1. `size` as utf8_next() returned it. */
bool utf8_is_control(const char *text, size_t size);

#endif
