/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON, one value per line or pretty. The only writer of JSON there is: escapes, repairs UTF-8,
 * writes integers beyond 2^53 as strings and never NaN or Inf (field_get() gives finite values).
 */
#include <stdio.h>

#include "user/model/format.h"
#include "user/sink/json.h"
#include "user/sink/json_plan.h"
#include "user/util/utf8.h"

static void newline(struct sink *s, unsigned int depth)
{
	if (s->options.kind != SINK_PRETTY)
		return;
	buf_putc(&s->out, '\n');
	buf_fill(&s->out, ' ', 2 * (size_t)depth);
}

static void put_unicode(struct buf *b, unsigned int code)
{
	static const char hex[] = "0123456789abcdef";
	char text[6] = { '\\', 'u', '0', '0', hex[code >> 4 & 15], hex[code & 15] };

	buf_put(b, text, sizeof(text));
}

static void put_special(struct buf *b, const char *at, size_t size)
{
	if (!size)
		buf_puts(b, "\xef\xbf\xbd"); /* U+FFFD for each byte that is not UTF-8 */
	else if (*at == '"' || *at == '\\')
		buf_put(b, (char[]){ '\\', *at }, 2);
	else if (utf8_is_control(at, size))
		put_unicode(b, (unsigned char)at[size - 1]);
	else
		buf_put(b, at, size);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void json_string(struct buf *b, const char *text, size_t len)
{
	size_t at = 0;

	buf_putc(b, '"');
	while (at < len) {
		size_t from = at, size;

		while (at < len && is_plain((unsigned char)text[at]))
			at++;
		buf_put(b, text + from, at - from);
		if (at == len)
			break;
		size = utf8_next(text + at, len - at);
		put_special(b, text + at, size);
		at += size ? size : 1;
	}
	buf_putc(b, '"');
}

void json_key(struct sink *s, const char *name, size_t len)
{
	uint32_t bit = 1u << (s->depth % SINK_DEPTH_MAX);

	if (s->has_members & bit)
		buf_putc(&s->out, ',');
	s->has_members |= bit;
	newline(s, s->depth);
	if (!name || !buf_room(&s->out, len + 4))
		return;
	s->out.data[s->out.len++] = '"';
	memcpy(s->out.data + s->out.len, name, len);
	s->out.len += len;
	s->out.data[s->out.len++] = '"';
	s->out.data[s->out.len++] = ':';
	if (s->options.kind == SINK_PRETTY)
		s->out.data[s->out.len++] = ' ';
}

/* What comes before a value at this place: its key, a comma, or nothing. */
static void lead(struct sink *s, const char *key)
{
	if (s->depth)
		json_key(s, key, key ? strlen(key) : 0);
}

static void finish_value(struct sink *s)
{
	if (!s->depth)
		buf_putc(&s->out, '\n');
}

static void put_uint(struct buf *b, uint64_t value)
{
	bool text = value > JSON_EXACT_MAX;

	if (text)
		buf_putc(b, '"');
	buf_u64(b, value);
	if (text)
		buf_putc(b, '"');
}

static void put_int(struct buf *b, int64_t value)
{
	bool text = value > (int64_t)JSON_EXACT_MAX || value < -(int64_t)JSON_EXACT_MAX;

	if (text)
		buf_putc(b, '"');
	buf_s64(b, value);
	if (text)
		buf_putc(b, '"');
}

static void put_time(struct sink *s, uint64_t ts_ns)
{
	char text[FORMAT_TIME_LEN];

	json_string(&s->out, text, format_time(text, sizeof(text), sink_realtime(s, ts_ns)));
}

void json_value(struct sink *s, const struct value *v)
{
	char text[FORMAT_LEN];

	switch (v->kind) {
	case VALUE_NONE:
		buf_put(&s->out, "null", 4);
		break;
	case VALUE_UINT:
		put_uint(&s->out, v->uint);
		break;
	case VALUE_INT:
		put_int(&s->out, v->sint);
		break;
	case VALUE_REAL:
		buf_real(&s->out, v->real, 9);
		break;
	case VALUE_BOOL:
		buf_puts(&s->out, v->boolean ? "true" : "false");
		break;
	case VALUE_TEXT:
		json_string(&s->out, v->text, v->len);
		break;
	case VALUE_ADDR:
		json_string(&s->out, text, format_address(text, sizeof(text), v->family, v->addr));
		break;
	case VALUE_ENDPOINT:
		json_string(&s->out, text,
			   format_endpoint(text, sizeof(text), v->family, v->addr, v->port));
		break;
	case VALUE_TIME:
		put_time(s, v->uint);
		break;
	}
}

static void put_field(struct sink *s, const struct field *field, const void *record)
{
	struct value value;

	field_get(field, record, &value);
	json_key(s, field->name, field->name_len);
	json_value(s, &value);
}

static void put_members(struct sink *s, const struct fields_table *table, const void *record,
			const struct columns *columns)
{
	if (columns) {
		for (size_t i = 0; i < columns->count; i++)
			put_field(s, columns->field[i], record);
		return;
	}
	for (size_t i = 0; i < table->count; i++)
		if (!(table->fields[i].flags & FIELD_TEXT_ONLY))
			put_field(s, &table->fields[i], record);
}

static void open_value(struct sink *s, const char *key, char bracket)
{
	lead(s, key);
	buf_putc(&s->out, bracket);
	s->has_members &= ~(1u << ((s->depth + 1) % SINK_DEPTH_MAX));
}

/* depth: of the value itself, already left. */
static void close_value(struct sink *s, char bracket)
{
	if (s->has_members & (1u << ((s->depth + 1) % SINK_DEPTH_MAX)))
		newline(s, s->depth);
	buf_putc(&s->out, bracket);
	finish_value(s);
}

void json_open(struct sink *s, const char *key, char bracket)
{
	open_value(s, key, bracket);
	s->depth++;
}

void json_close(struct sink *s, char bracket)
{
	s->depth--;
	close_value(s, bracket);
}

static void json_record(struct sink *s, const struct fields_table *table, const void *record)
{
	if (s->schema != SCHEMA_NATIVE && !s->depth) {
		json_foreign_record(s, table, record, s->table ? s->columns : NULL);
		return;
	}
	if (!s->depth && s->options.kind == SINK_JSON &&
	    json_plan_record(s, table, record, s->table ? s->columns : NULL))
		return;
	open_value(s, NULL, '{');
	s->depth++;
	if (s->depth == 1) {
		json_key(s, "schema", 6);
		buf_put(&s->out, "\"cdg.", 5);
		buf_puts(&s->out, table->name);
		buf_put(&s->out, "/1\"", 3);
		json_key(s, "type", 4);
		buf_putc(&s->out, '"');
		buf_puts(&s->out, table->name);
		buf_putc(&s->out, '"');
	}
	put_members(s, table, record, s->table ? s->columns : NULL);
	s->depth--;
	close_value(s, '}');
}

static void json_begin_object(struct sink *s, const char *key)
{
	open_value(s, key, '{');
}

static void json_end_object(struct sink *s)
{
	close_value(s, '}');
}

static void json_begin_list(struct sink *s, const char *key)
{
	open_value(s, key, '[');
}

static void json_end_list(struct sink *s)
{
	close_value(s, ']');
}

static void json_fields(struct sink *s, const struct fields_table *table, const void *record)
{
	put_members(s, table, record, NULL);
}

static void json_begin_table(struct sink *s, const char *key)
{
	json_plan_forget_columns(s);
	if (key)
		open_value(s, key, '[');
}

static void json_end_table(struct sink *s)
{
	if (s->heading)
		close_value(s, ']');
}

void json_text(struct sink *s, const char *key, const char *value)
{
	lead(s, key);
	if (value)
		json_string(&s->out, value, strlen(value));
	else
		buf_puts(&s->out, "null");
}

void json_uint(struct sink *s, const char *key, uint64_t value)
{
	lead(s, key);
	put_uint(&s->out, value);
}

void json_texts(struct sink *s, const char *key, const char *const *texts)
{
	json_open(s, key, '[');
	for (; *texts; texts++)
		json_text(s, NULL, *texts);
	json_close(s, ']');
}

static void json_boolean(struct sink *s, const char *key, bool value)
{
	lead(s, key);
	buf_puts(&s->out, value ? "true" : "false");
}

/* Prose is for people. */
static void json_say(struct sink *s, const char *fmt, va_list ap)
{
	(void)s;
	(void)fmt;
	(void)ap;
}

const struct sink_ops sink_json_ops = {
	.record = json_record,
	.begin_object = json_begin_object,
	.end_object = json_end_object,
	.begin_list = json_begin_list,
	.end_list = json_end_list,
	.fields = json_fields,
	.begin_table = json_begin_table,
	.end_table = json_end_table,
	.text = json_text,
	.texts = json_texts,
	.uint = json_uint,
	.boolean = json_boolean,
	.say = json_say,
};
