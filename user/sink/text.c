/* SPDX-License-Identifier: GPL-2.0 */
/* Text for people: a sentence per event, aligned columns for tables, "name value" for objects. */
#include <stdio.h>

#include "user/model/event.h"
#include "user/model/format.h"
#include "user/sink/ops.h"
#include "user/util/utf8.h"

#define TYPE_WIDTH 15 /* of the longest type, slow_start_exit */

static const char *const tones[] = {
	[TONE_PLAIN] = "",	     [TONE_QUIET] = "\033[2m", [TONE_GOOD] = "\033[32m",
	[TONE_NOTICE] = "\033[33m", [TONE_BAD] = "\033[31m",
};
#define BOLD "\033[1m"
#define RESET "\033[0m"

static void colour(struct sink *s, struct buf *b, const char *code)
{
	if (s->options.colour && *code)
		buf_puts(b, code);
}

/* Control characters and bytes that are not UTF-8 as \xNN: no peer drives this terminal. */
static void put_safe(struct buf *b, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t at = 0; at < len;) {
		size_t size = utf8_next(text + at, len - at);

		if (size && !utf8_is_control(text + at, size)) {
			buf_put(b, text + at, size);
			at += size;
			continue;
		}
		for (size_t end = at + (size ? size : 1); at < end; at++) {
			unsigned char c = (unsigned char)text[at];

			buf_put(b, (char[]){ '\\', 'x', hex[c >> 4], hex[c & 15] }, 4);
		}
	}
}

static void put_value(struct sink *s, struct buf *b, const struct field *field,
		      const struct value *value)
{
	char text[FORMAT_LEN];

	if (value->kind == VALUE_TEXT)
		put_safe(b, value->text, value->len);
	else if (value->kind == VALUE_TIME)
		buf_put(b, text, format_time(text, sizeof(text), sink_realtime(s, value->uint)));
	else
		buf_put(b, text, format_value(text, sizeof(text), field, value));
}

/* Columns on the terminal: code points, close enough for what stands in tables. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

static void indent(struct sink *s)
{
	if (s->indent)
		buf_put(&s->out, "  ", 2);
}

static void put_sentence(struct sink *s, const struct fields_table *table, const void *record)
{
	char text[EVENT_SENTENCE_LEN] = "";

	table->sentence(record, text, sizeof(text));
	put_safe(&s->out, text, strlen(text));
	buf_putc(&s->out, '\n');
}

static void put_pairs(struct sink *s, const struct fields_table *table, const void *record)
{
	const char *blank = "";

	for (size_t i = 0; i < table->count; i++) {
		struct value value;

		if (!field_get(&table->fields[i], record, &value) || value.kind == VALUE_TIME)
			continue;
		buf_puts(&s->out, blank);
		buf_puts(&s->out, table->fields[i].name);
		buf_putc(&s->out, '=');
		put_value(s, &s->out, &table->fields[i], &value);
		blank = " ";
	}
	buf_putc(&s->out, '\n');
}

/* The first field of type time, if any, stands in front of the line. */
static void put_time(struct sink *s, const struct fields_table *table, const void *record)
{
	struct value value;

	for (size_t i = 0; i < table->count; i++) {
		if (table->fields[i].type != FIELD_TIME)
			continue;
		if (field_get(&table->fields[i], record, &value)) {
			put_value(s, &s->out, &table->fields[i], &value);
			buf_putc(&s->out, ' ');
		}
		return;
	}
}

static void text_line(struct sink *s, const struct fields_table *table, const void *record)
{
	size_t len = strlen(table->name);

	put_time(s, table, record);
	colour(s, &s->out, tones[table->tone]);
	buf_put(&s->out, table->name, len);
	colour(s, &s->out, *tones[table->tone] ? RESET : "");
	buf_fill(&s->out, ' ', len < TYPE_WIDTH ? TYPE_WIDTH - len + 1 : 1);
	if (table->sentence)
		put_sentence(s, table, record);
	else
		put_pairs(s, table, record);
}

static const struct columns *columns_of(const struct sink *s)
{
	return s->columns ? s->columns : &s->own;
}

/* Sentences instead of columns, unless columns were asked for. */
static bool by_sentence(const struct sink *s)
{
	return s->table->sentence && !s->columns;
}

static void put_heading(struct sink *s)
{
	if (!s->heading || !*s->heading)
		return;
	colour(s, &s->out, BOLD);
	buf_puts(&s->out, s->heading);
	buf_putc(&s->out, ':');
	colour(s, &s->out, RESET);
	buf_putc(&s->out, '\n');
	s->heading = ""; /* printed; not NULL, as the table still has its key */
}

static void text_record(struct sink *s, const struct fields_table *table, const void *record)
{
	const struct columns *columns;

	if (!s->table) {
		text_line(s, table, record);
		return;
	}
	if (by_sentence(s)) {
		put_heading(s);
		indent(s);
		put_sentence(s, table, record);
		return;
	}
	columns = columns_of(s);
	for (size_t i = 0; i < columns->count; i++) {
		struct value value;

		field_get(columns->field[i], record, &value);
		put_value(s, &s->cells, columns->field[i], &value);
		buf_putc(&s->cells, 0);
	}
}

static bool is_number(const struct field *field)
{
	return field->type == FIELD_UINT || field->type == FIELD_INT || field->type == FIELD_REAL;
}

static void put_cell(struct sink *s, const struct field *field, const char *text, size_t width,
		     bool last)
{
	size_t used = width_of(text), pad = used < width ? width - used : 0;

	if (is_number(field))
		buf_fill(&s->out, ' ', pad);
	buf_puts(&s->out, text);
	if (!is_number(field) && !last)
		buf_fill(&s->out, ' ', pad);
	if (!last)
		buf_putc(&s->out, ' ');
}

static void put_header(struct sink *s, const struct columns *columns, const size_t *width)
{
	indent(s);
	colour(s, &s->out, BOLD);
	for (size_t i = 0; i < columns->count; i++)
		put_cell(s, columns->field[i], columns->field[i]->column, width[i],
			 i + 1 == columns->count);
	colour(s, &s->out, RESET);
	buf_putc(&s->out, '\n');
}

static void put_rows(struct sink *s, const struct columns *columns, const size_t *width)
{
	const char *cell = s->cells.data;

	while (cell < s->cells.data + s->cells.len) {
		indent(s);
		for (size_t i = 0; i < columns->count; i++) {
			put_cell(s, columns->field[i], cell, width[i], i + 1 == columns->count);
			cell += strlen(cell) + 1;
		}
		buf_putc(&s->out, '\n');
	}
}

/* Room for the header and for the widest cell of each column. */
static void measure(const struct sink *s, const struct columns *columns, size_t *width)
{
	size_t at = 0;

	for (size_t i = 0; i < columns->count; i++) {
		width[i] = width_of(columns->field[i]->column);
		if (width[i] < columns->field[i]->width)
			width[i] = columns->field[i]->width;
	}
	for (size_t i = 0; at < s->cells.len; i = (i + 1) % columns->count) {
		const char *cell = s->cells.data + at;

		if (width_of(cell) > width[i])
			width[i] = width_of(cell);
		at += strlen(cell) + 1;
	}
}

/* A table without rows: its header if it stands alone, nothing within an object. */
static void text_end_table(struct sink *s)
{
	const struct columns *columns = columns_of(s);
	size_t width[FIELDS_COLUMNS_MAX];

	if (by_sentence(s))
		return;
	if (s->cells.failed)
		s->out.failed = true;
	if (!s->cells.failed && (s->cells.len || !s->heading)) {
		measure(s, columns, width);
		put_heading(s);
		put_header(s, columns, width);
		if (s->cells.len)
			put_rows(s, columns, width);
	}
	buf_reset(&s->cells);
}

static void text_begin_table(struct sink *s, const char *key)
{
	(void)key;
	buf_reset(&s->cells);
}

static void put_name(struct sink *s, const char *name, size_t width)
{
	size_t len = strlen(name);

	buf_put(&s->out, name, len);
	buf_putc(&s->out, ':');
	buf_fill(&s->out, ' ', len < width ? width - len + 1 : 1);
}

static void text_fields(struct sink *s, const struct fields_table *table, const void *record)
{
	size_t width = 0;

	for (size_t i = 0; i < table->count; i++)
		if (strlen(table->fields[i].name) > width)
			width = strlen(table->fields[i].name);
	for (size_t i = 0; i < table->count; i++) {
		struct value value;

		if (!field_get(&table->fields[i], record, &value))
			continue;
		put_name(s, table->fields[i].name, width);
		put_value(s, &s->out, &table->fields[i], &value);
		buf_putc(&s->out, '\n');
	}
}

static void text_text(struct sink *s, const char *key, const char *value)
{
	if (!value)
		return;
	put_name(s, key, 0);
	put_safe(&s->out, value, strlen(value));
	buf_putc(&s->out, '\n');
}

static void text_uint(struct sink *s, const char *key, uint64_t value)
{
	put_name(s, key, 0);
	buf_u64(&s->out, value);
	buf_putc(&s->out, '\n');
}

static void text_boolean(struct sink *s, const char *key, bool value)
{
	text_text(s, key, value ? "yes" : "no");
}

static void text_texts(struct sink *s, const char *key, const char *const *texts)
{
	put_name(s, key, 0);
	for (const char *comma = ""; *texts; texts++, comma = ", ") {
		buf_puts(&s->out, comma);
		put_safe(&s->out, *texts, strlen(*texts));
	}
	buf_putc(&s->out, '\n');
}

static void text_begin_object(struct sink *s, const char *key)
{
	s->heading = key;
	put_heading(s);
	s->heading = NULL;
}

static void text_end_object(struct sink *s)
{
	(void)s;
}

static void text_say(struct sink *s, const char *fmt, va_list ap)
{
	_cleanup_(freep) char *text = NULL;
	int len = vasprintf(&text, fmt, ap);

	if (len < 0) {
		s->out.failed = true;
		return;
	}
	buf_put(&s->out, text, (size_t)len);
	buf_putc(&s->out, '\n');
}

const struct sink_ops sink_text_ops = {
	.record = text_record,
	.begin_object = text_begin_object,
	.end_object = text_end_object,
	.begin_list = text_begin_object,
	.end_list = text_end_object,
	.fields = text_fields,
	.begin_table = text_begin_table,
	.end_table = text_end_table,
	.text = text_text,
	.texts = text_texts,
	.uint = text_uint,
	.boolean = text_boolean,
	.say = text_say,
};
