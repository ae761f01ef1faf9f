/* SPDX-License-Identifier: GPL-2.0 */
/* What a kind of sink implements. For the files of user/sink only. */
#ifndef SINK_OPS_H
#define SINK_OPS_H

#include <stdarg.h>

#include "user/model/format.h"
#include "user/model/schema.h"
#include "user/sink/sink.h"

/* Members as in sink.h; flushing and errors are sink.c's. */
struct sink_ops {
	void (*record)(struct sink *s, const struct fields_table *table, const void *record);
	void (*begin_object)(struct sink *s, const char *key);
	void (*end_object)(struct sink *s);
	void (*begin_list)(struct sink *s, const char *key);
	void (*end_list)(struct sink *s);
	void (*fields)(struct sink *s, const struct fields_table *table, const void *record);
	void (*begin_table)(struct sink *s, const char *key);
	void (*end_table)(struct sink *s);
	void (*text)(struct sink *s, const char *key, const char *value);
	void (*texts)(struct sink *s, const char *key, const char *const *texts);
	void (*uint)(struct sink *s, const char *key, uint64_t value);
	void (*boolean)(struct sink *s, const char *key, bool value);
	void (*say)(struct sink *s, const char *fmt, va_list ap);
};

#define SINK_DEPTH_MAX 16

/* The last time of a line, as it is written. */
struct line_clock {
	uint64_t second; /* since 1970 */
	char text[FORMAT_TIME_LEN + 1]; /* in quotes, without NUL; empty: none yet */
};

struct sink {
	const struct sink_ops *ops;
	struct sink_options options;
	struct buf out;
	int err;	      /* of writing, latched */
	unsigned int depth;   /* objects and keyed tables that are open */
	size_t whole;	      /* bytes of `out` before the object that is open */
	uint32_t has_members; /* JSON: bit per depth, a comma is due */

	enum schema schema;	     /* JSON: of records that are lines */
	struct schema_origin origin; /* texts are owned */
	struct plan *plans;	     /* json_foreign.c's */
	struct json_plan *line_plans; /* json_plan.c's */
	struct line_clock line_clock; /* likewise */

	/* The table that is open. */
	const struct fields_table *table;
	const struct columns *columns; /* as given, or NULL */
	struct columns own;	       /* the table's own columns */
	const char *heading;	       /* text: key that is still to be printed */
	struct buf cells;	       /* text: NUL-terminated cells, row by row */
	bool indent;		       /* text: the table stands in an object */
};

extern const struct sink_ops sink_json_ops;
extern const struct sink_ops sink_text_ops;

/* Wall clock of a record's monotonic time. */
static inline int64_t sink_realtime(const struct sink *s, uint64_t ts_ns)
{
	return (int64_t)(ts_ns + (uint64_t)s->options.realtime_offset_ns);
}

#endif
