/* SPDX-License-Identifier: GPL-2.0 */
#include "user/sink/sink.h"

#include <errno.h>
#include <stdlib.h>

#include "user/sink/json.h"
#include "user/sink/json_plan.h"
#include "user/sink/output.h"

/* Written at once when this much waits, whatever the caller's batch. */
#define SINK_BATCH (64 * 1024)

int sink_new(const struct sink_options *options, struct sink **out)
{
	struct sink *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->options = *options;
	s->ops = options->kind == SINK_TEXT ? &sink_text_ops : &sink_json_ops;
	*out = s;
	return 0;
}

int sink_new_beside(const struct sink *like, struct output *output, struct sink **out)
{
	struct sink_options options = like->options;

	options.output = output;
	options.colour = false;
	return sink_new(&options, out);
}

static const char **origin_text(struct schema_origin *origin, size_t i)
{
	const char **const texts[] = { &origin->host, &origin->boot_id, &origin->kernel,
				       &origin->version };

	return i < ARRAY_SIZE(texts) ? texts[i] : NULL;
}

static void forget_origin(struct sink *s)
{
	const char **text;

	for (size_t i = 0; (text = origin_text(&s->origin, i)); i++) {
		free((char *)*text);
		*text = NULL;
	}
}

void sink_set_origin(struct sink *s, int64_t realtime_offset_ns,
		     const struct schema_origin *origin)
{
	struct schema_origin from = *origin;
	const char **text;

	sink_set_clock(s, realtime_offset_ns);
	forget_origin(s);
	for (size_t i = 0; (text = origin_text(&from, i)); i++)
		*origin_text(&s->origin, i) = *text ? strdup(*text) : NULL;
}

void sink_set_schema(struct sink *s, enum schema schema)
{
	s->schema = schema;
}

void sink_free(struct sink *s)
{
	forget_origin(s);
	json_foreign_release(s);
	json_plan_release(s);
	buf_release(&s->out);
	buf_release(&s->cells);
	free(s);
}

void sink_set_clock(struct sink *s, int64_t realtime_offset_ns)
{
	s->options.realtime_offset_ns = realtime_offset_ns;
}

static int write_out(struct sink *s)
{
	if (!s->options.output)
		return buf_flush(&s->out, s->options.fd);
	if (s->out.failed)
		return -ENOMEM;
	output_put(s->options.output, s->out.data, s->out.len);
	output_pump(s->options.output);
	return 0;
}

int sink_flush(struct sink *s)
{
	int err;

	if (s->depth)
		return s->err;
	err = s->err ? s->err : write_out(s);
	s->err = err;
	buf_reset(&s->out);
	s->whole = 0;
	return err;
}

int sink_error(const struct sink *s)
{
	return s->err;
}

/* After every call that may have completed a value. */
static void settle(struct sink *s)
{
	if (s->depth)
		return;
	s->whole = s->out.len;
	if (s->out.len >= SINK_BATCH)
		sink_flush(s);
}

void sink_discard(struct sink *s)
{
	s->out.len = s->whole < s->out.len ? s->whole : s->out.len;
	s->depth = 0;
	s->has_members = 0;
	s->table = NULL;
	s->heading = NULL;
	buf_reset(&s->cells);
}

void sink_record(struct sink *s, const struct fields_table *table, const void *record)
{
	s->ops->record(s, table, record);
	settle(s);
}

void sink_begin_object(struct sink *s, const char *key)
{
	s->ops->begin_object(s, key);
	s->depth++;
}

void sink_end_object(struct sink *s)
{
	s->depth--;
	s->ops->end_object(s);
	settle(s);
}

void sink_begin_list(struct sink *s, const char *key)
{
	s->ops->begin_list(s, key);
	s->depth++;
}

void sink_end_list(struct sink *s)
{
	s->depth--;
	s->ops->end_list(s);
}

void sink_fields(struct sink *s, const struct fields_table *table, const void *record)
{
	s->ops->fields(s, table, record);
	settle(s);
}

void sink_begin_table(struct sink *s, const char *key, const struct fields_table *table,
		      const struct columns *columns)
{
	s->table = table;
	s->columns = columns;
	columns_default(table, &s->own);
	s->indent = s->depth > 0;
	s->ops->begin_table(s, key);
	if (key)
		s->depth++;
	s->heading = key;
}

void sink_end_table(struct sink *s)
{
	if (s->heading)
		s->depth--;
	s->ops->end_table(s);
	s->table = NULL;
	s->columns = NULL;
	s->heading = NULL;
	settle(s);
}

void sink_text(struct sink *s, const char *key, const char *value)
{
	s->ops->text(s, key, value);
}

void sink_texts(struct sink *s, const char *key, const char *const *texts)
{
	s->ops->texts(s, key, texts);
}

void sink_uint(struct sink *s, const char *key, uint64_t value)
{
	s->ops->uint(s, key, value);
}

void sink_bool(struct sink *s, const char *key, bool value)
{
	s->ops->boolean(s, key, value);
}

void sink_say(struct sink *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	s->ops->say(s, fmt, ap);
	va_end(ap);
	settle(s);
}
