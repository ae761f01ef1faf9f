/* SPDX-License-Identifier: GPL-2.0 */
/* Values as people read them. C numbers whatever the locale; nothing is cut unless out is full. */
#ifndef MODEL_FORMAT_H
#define MODEL_FORMAT_H

#include "user/model/fields.h"

/* Room for any value but a text. */
#define FORMAT_LEN 64

/* Each writes at most len bytes with the NUL and returns what it wrote, without the NUL. */
size_t format_us(char *out, size_t len, int64_t us);		/* 850us 21.3ms 1.25s 3m20s */
size_t format_bytes(char *out, size_t len, uint64_t bytes);	/* 512 1.5k 20M */
size_t format_address(char *out, size_t len, uint8_t family, const uint8_t *addr);
size_t format_endpoint(char *out, size_t len, uint8_t family, const uint8_t *addr, uint16_t port);

/* 2026-08-22T10:00:00.123456Z, RFC 3339 in UTC, of ns since 1970. Years 0 to 9999. */
#define FORMAT_TIME_LEN 28
size_t format_time(char *out, size_t len, int64_t realtime_ns);

/*
 * Any value but VALUE_TEXT and VALUE_TIME, by the unit of its field; "-" if absent. Texts are
 * copied by the sink, which knows how to make them harmless; times need a clock.
 */
size_t format_value(char *out, size_t len, const struct field *field, const struct value *value);

#endif
