/* SPDX-License-Identifier: GPL-2.0 */
#include "user/sink/json_plan.h"

#include <stdlib.h>
#include <string.h>

#include "user/model/format.h"
#include "user/model/load_uint.h"
#include "user/sink/json.h"
#include "user/util/digits.h"

#define KEY_COPY 48   /* copied of each key, whatever its length: that is fast */
#define VALUE_ROOM 40 /* of a value that is written in place; the others make room themselves */
#define NAMES 32      /* of an enum, from 0; others are written by json_value() */

struct name {
	uint32_t at; /* in the plan's text */
	uint32_t len;
};

/* A member. */
struct step {
	const struct field *field;
	uint32_t key; /* ,"name": in the plan's text */
	uint32_t key_len;
	uint32_t absent; /* so many steps from here are null while what is at `when` is 0 */
	uint16_t when;
	uint16_t when_size;
	struct name nulls;	  /* what is written for them */
	const struct name *names; /* of an enum */
};

struct json_plan {
	struct json_plan *next;
	const struct fields_table *table;
	const struct field *fields; /* of the table: at its place there may be another one */
	const struct columns *columns;
	size_t count;
	size_t room; /* all of it that is written in place */
	struct name head;
	struct buf text;
	struct step steps[];
};

static char *put(char *p, const char *text, size_t len)
{
	memcpy(p, text, len);
	return p + len;
}

/* Behind each piece there is something to copy too much of. */
static struct name end_piece(struct buf *text, size_t from)
{
	return (struct name){ (uint32_t)from, (uint32_t)(text->len - from) };
}

static void make_key(struct json_plan *p, struct step *step)
{
	size_t from = p->text.len;

	buf_put(&p->text, ",\"", 2);
	buf_put(&p->text, step->field->name, step->field->name_len);
	buf_put(&p->text, "\":", 2);
	step->key = (uint32_t)from;
	step->key_len = (uint32_t)(p->text.len - from);
}

/* -> whether all went well. */
static bool make_names(struct json_plan *p, struct step *step)
{
	struct name *names;

	if (step->field->type != FIELD_ENUM || step->field->derive)
		return true;
	names = calloc(NAMES, sizeof(*names));
	if (!names)
		return false;
	for (unsigned int i = 0; i < NAMES; i++) {
		const char *name = enum_text(step->field->names, i);
		size_t from = p->text.len;

		/* Longer ones are json_value()'s. */
		if (!name || strlen(name) > VALUE_ROOM - 2)
			continue;
		json_string(&p->text, name, strlen(name));
		names[i] = end_piece(&p->text, from);
		if (names[i].len > VALUE_ROOM)
			names[i].len = 0;
	}
	step->names = names;
	return true;
}

/* Member whose being 0 makes the field absent: it itself, or another one. */
static bool absent_by(const struct field *field, uint16_t *when, uint16_t *size)
{
	*when = field->when_size ? field->when : field->offset;
	*size = field->when_size ? field->when_size : field->size;
	return field->when_size || (field->type == FIELD_UINT && !field->derive &&
				    (field->flags & FIELD_ZERO_NONE));
}

/* The steps from here that are absent together. */
static void make_nulls(struct json_plan *p, size_t i)
{
	struct step *step = &p->steps[i];
	uint16_t when, size;
	size_t from = p->text.len, n = 0;

	if (!absent_by(step->field, &step->when, &step->when_size))
		return;
	while (i + n < p->count && absent_by(p->steps[i + n].field, &when, &size) &&
	       when == step->when && size == step->when_size) {
		const struct field *field = p->steps[i + n].field;

		buf_put(&p->text, ",\"", 2);
		buf_put(&p->text, field->name, field->name_len);
		buf_put(&p->text, "\":null", 6);
		n++;
	}
	step->absent = (uint32_t)n;
	step->nulls = end_piece(&p->text, from);
}

static bool make_steps(struct json_plan *p)
{
	const struct columns *columns = p->columns;
	size_t count = columns ? columns->count : p->table->count;
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		const struct field *field = columns ? columns->field[i] : &p->table->fields[i];
		struct step *step = &p->steps[p->count];

		if (!columns && (field->flags & FIELD_TEXT_ONLY))
			continue;
		p->count++;
		step->field = field;
		make_key(p, step);
		good &= make_names(p, step) && step->key_len <= KEY_COPY;
		p->room += step->key_len + VALUE_ROOM;
	}
	for (size_t i = 0; i < p->count; i++)
		make_nulls(p, i);
	return good;
}

static void make_head(struct json_plan *p)
{
	size_t from = p->text.len;

	buf_puts(&p->text, "{\"schema\":\"cdg.");
	buf_puts(&p->text, p->table->name);
	buf_puts(&p->text, "/1\",\"type\":\"");
	buf_puts(&p->text, p->table->name);
	buf_puts(&p->text, "\"");
	p->head = end_piece(&p->text, from);
	p->room += p->head.len + KEY_COPY + 2;
}

static void plan_free(struct json_plan *p)
{
	for (size_t i = 0; i < p->count; i++)
		free((void *)p->steps[i].names);
	buf_release(&p->text);
	free(p);
}
OWN_FREEP(struct json_plan, plan)

static struct json_plan *make(struct sink *s, const struct fields_table *table,
			      const struct columns *columns)
{
	size_t count = columns ? columns->count : table->count;
	_cleanup_(plan_freep) struct json_plan *p =
		calloc(1, sizeof(*p) + count * sizeof(*p->steps));

	if (!p)
		return NULL;
	p->table = table;
	p->fields = table->fields;
	p->columns = columns;
	if (!make_steps(p))
		return NULL;
	make_head(p);
	buf_fill(&p->text, 0, KEY_COPY);
	if (p->text.failed)
		return NULL;
	p->next = s->line_plans;
	s->line_plans = p;
	return TAKE_PTR(p);
}

static const struct json_plan *plan_of(struct sink *s, const struct fields_table *table,
				       const struct columns *columns)
{
	for (const struct json_plan *p = s->line_plans; p; p = p->next)
		if (p->table == table && p->fields == table->fields && p->columns == columns)
			return p;
	return make(s, table, columns);
}

static void forget(struct sink *s, bool all)
{
	struct json_plan **at = &s->line_plans;

	while (*at) {
		struct json_plan *p = *at;

		if (!all && !p->columns) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		plan_free(p);
	}
}

void json_plan_forget_columns(struct sink *s)
{
	forget(s, false);
}

void json_plan_release(struct sink *s)
{
	forget(s, true);
}

/* Most records are of the same second as the one before. */
static char *put_time(struct sink *s, uint64_t ts_ns, char *p)
{
	struct line_clock *clock = &s->line_clock;
	uint64_t us = (uint64_t)sink_realtime(s, ts_ns) / 1000;
	char *fraction = clock->text + sizeof("\"2026-01-01T00:00:00.") - 1;

	if (us / 1000000 != clock->second || !clock->text[0]) {
		clock->second = us / 1000000;
		clock->text[0] = '"';
		format_time(clock->text + 1, FORMAT_TIME_LEN, sink_realtime(s, ts_ns));
		clock->text[FORMAT_TIME_LEN] = '"';
	}
	us %= 1000000;
	put_pair(fraction, (unsigned int)us / 10000);
	put_pair(fraction + 2, (unsigned int)us / 100 % 100);
	put_pair(fraction + 4, (unsigned int)us % 100);
	return put(p, clock->text, FORMAT_TIME_LEN + 1);
}

/* At most VALUE_ROOM bytes at *p; false: this is for json_value(). */
static inline bool put_in_place(struct sink *s, const struct json_plan *plan,
				const struct step *step, const uint8_t *record, char **p)
{
	const struct field *field = step->field;
	const uint8_t *at = record + field->offset;
	uint64_t value;
	int64_t sint;

	if (field->derive)
		return false;
	switch ((enum field_type)field->type) {
	case FIELD_UINT:
		value = load_uint(at, field->size);
		if ((!value && (field->flags & FIELD_ZERO_NONE)) ||
		    (value >= 0x7fffffff && (field->flags & FIELD_INF_NONE)))
			*p = put(*p, "null", 4);
		else if (value > JSON_EXACT_MAX)
			return false;
		else
			*p = put_u64(*p, value);
		return true;
	case FIELD_INT:
		sint = field->size == 4 ? (int32_t)load_uint(at, 4) : (int64_t)load_uint(at, 8);
		if (sint > (int64_t)JSON_EXACT_MAX || sint < -(int64_t)JSON_EXACT_MAX)
			return false;
		**p = '-';
		*p = put_u64(*p + (sint < 0), sint < 0 ? 0 - (uint64_t)sint : (uint64_t)sint);
		return true;
	case FIELD_BOOL:
	case FIELD_FLAG:
		if (field->type == FIELD_BOOL ? *at != 0 : (*at & field->aux) != 0)
			*p = put(*p, "true", 4);
		else
			*p = put(*p, "false", 5);
		return true;
	case FIELD_ENUM:
		value = load_uint(at, field->size);
		if (value >= NAMES || !step->names[value].len)
			return false;
		memcpy(*p, plan->text.data + step->names[value].at, VALUE_ROOM);
		*p += step->names[value].len;
		return true;
	case FIELD_TIME:
		value = load_uint(at, sizeof(value));
		if (!value || sink_realtime(s, value) < 0)
			return false;
		*p = put_time(s, value, *p);
		return true;
	case FIELD_ADDR:
		if (record[field->aux] != 4)
			return false;
		**p = '"';
		*p += 1 + format_address(*p + 1, VALUE_ROOM - 2, 4, at);
		*(*p)++ = '"';
		return true;
	default:
		return false;
	}
}

/* Any other value. Leaves room for all the rest of the line; NULL without memory. */
static char *put_value(struct sink *s, const struct json_plan *plan, const struct field *field,
		       const void *record, char *p)
{
	struct buf *b = &s->out;
	struct value value;

	b->len = (size_t)(p - b->data);
	field_get(field, record, &value);
	json_value(s, &value);
	return buf_room(b, plan->room) ? b->data + b->len : NULL;
}

bool json_plan_record(struct sink *s, const struct fields_table *table, const void *record,
		      const struct columns *columns)
{
	const struct json_plan *plan = plan_of(s, table, columns);
	const uint8_t *bytes = record;
	char *p;

	if (!plan || !buf_room(&s->out, plan->room))
		return false;
	p = put(s->out.data + s->out.len, plan->text.data + plan->head.at, plan->head.len);
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];

		if (step->absent && !load_uint(bytes + step->when, step->when_size)) {
			p = put(p, plan->text.data + step->nulls.at, step->nulls.len);
			i += step->absent - 1;
			continue;
		}
		memcpy(p, plan->text.data + step->key, KEY_COPY);
		p += step->key_len;
		if (put_in_place(s, plan, step, bytes, &p))
			continue;
		p = put_value(s, plan, step->field, record, p);
		if (!p)
			return true; /* latched */
	}
	p = put(p, "}\n", 2);
	s->out.len = (size_t)(p - s->out.data);
	return true;
}
