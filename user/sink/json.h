/* SPDX-License-Identifier: GPL-2.0 */
/* Pieces of JSON. For the json*.c files only. */
#ifndef SINK_JSON_H
#define SINK_JSON_H

#include "user/sink/ops.h"

#define JSON_EXACT_MAX (1ull << 53) /* integers up to here survive a double */

/* { or [, with its key inside an object; then its members; then } or ]. */
void json_open(struct sink *s, const char *key, char bracket);
void json_close(struct sink *s, char bracket);

void json_key(struct sink *s, const char *name, size_t len);
void json_string(struct buf *b, const char *text, size_t len);
void json_value(struct sink *s, const struct value *value);

/* "key": "value" and "key": number of the object that is open. */
void json_text(struct sink *s, const char *key, const char *value); /* NULL: null */
void json_uint(struct sink *s, const char *key, uint64_t value);
void json_texts(struct sink *s, const char *key, const char *const *texts); /* ends with NULL */

/* A record by its names in another schema. columns: NULL: all fields. */
void json_foreign_record(struct sink *s, const struct fields_table *table, const void *record,
			 const struct columns *columns);
void json_foreign_release(struct sink *s);

#endif
