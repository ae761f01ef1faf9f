/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where records become bytes. A sink knows a record only through its field table; commands never
 * print, they call these functions and every output form follows.
 *
 *                         JSON                               text
 *   sink_record           depth 0: one line with schema,     the record's sentence behind its time
 *                         type and time; in a table of an    and type, or key=value; in a table: a
 *                         object: an element of the array    row of aligned columns
 *   sink_begin/end_object { }                                a heading if it has a key
 *   sink_fields           the record's members, into the     "name: value" lines
 *                         object that is open
 *   sink_begin/end_table  "key": [ ]; key NULL: nothing,     heading and aligned columns; sentences
 *                         so that records stay lines         for tables that have them
 *
 * Bytes leave only when no object is open: stdout is always a sequence of whole JSON values, also
 * when a command fails half-way. Errors of writing are latched and returned by sink_flush().
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "user/model/fields.h"
#include "user/model/schema.h"
#include "user/util/buf.h"
#include "user/util/own.h"

enum sink_kind {
	SINK_TEXT,
	SINK_JSON,
	SINK_PRETTY,
};

struct output;

struct sink_options {
	enum sink_kind kind;
	int fd;		       /* not owned */
	struct output *output; /* not NULL: takes the bytes instead of fd; not owned */
	bool colour; /* text only */
	int64_t realtime_offset_ns; /* CLOCK_REALTIME less CLOCK_MONOTONIC */
};

struct sink;

int sink_new(const struct sink_options *options, struct sink **out);

/* Drops what belongs to an object that is still open; writes nothing. */
void sink_free(struct sink *sink);
OWN_FREEP(struct sink, sink)

/* Another one of the same kind, without colours, whose bytes go to an output. 0 or -ENOMEM. */
int sink_new_beside(const struct sink *like, struct output *output, struct sink **out);

/* Records from now on come from another machine or another boot (replay). */
void sink_set_clock(struct sink *sink, int64_t realtime_offset_ns);

/* The same, with what foreign schemas say of where a record comes from; texts are copied. */
void sink_set_origin(struct sink *sink, int64_t realtime_offset_ns,
		     const struct schema_origin *origin);

/* JSON: names of the fields of records that are lines. Before the first of them. */
void sink_set_schema(struct sink *sink, enum schema schema);

void sink_record(struct sink *sink, const struct fields_table *table, const void *record);
void sink_begin_object(struct sink *sink, const char *key); /* key NULL at depth 0 */
void sink_end_object(struct sink *sink);
/* Of objects without key. */
void sink_begin_list(struct sink *sink, const char *key);
void sink_end_list(struct sink *sink);
void sink_fields(struct sink *sink, const struct fields_table *table, const void *record);

/* columns: NULL for the table's own; must outlive the table. Only records of `table` may follow. */
void sink_begin_table(struct sink *sink, const char *key, const struct fields_table *table,
		      const struct columns *columns);
void sink_end_table(struct sink *sink);

/* Loose members of the open object, where no record is at hand (text: "key: value"). */
void sink_text(struct sink *sink, const char *key, const char *value); /* NULL: absent */
void sink_texts(struct sink *sink, const char *key, const char *const *texts); /* ends with NULL */
void sink_uint(struct sink *sink, const char *key, uint64_t value);
void sink_bool(struct sink *sink, const char *key, bool value);

/* A line of prose for people; not in JSON. */
void sink_say(struct sink *sink, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Call after each batch. 0 or -errno, latched; -EPIPE: the reader has gone. */
int sink_flush(struct sink *sink);

/* What sink_flush() would return, without writing. */
int sink_error(const struct sink *sink);

/* Drops the object that is open, if any: what follows is a value of its own. */
void sink_discard(struct sink *sink);

#endif
