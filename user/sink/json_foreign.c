/* SPDX-License-Identifier: GPL-2.0 */
/* Records by the names of ECS, or as OTLP JSON lines. Which names, model/schema.c says. */
#include <stdlib.h>

#include "user/model/event.h"
#include "user/sink/json.h"

/* The keys of one table. */
struct plan {
	struct plan *next;
	const struct fields_table *table;
	const struct schema_class *class;
	bool connection;
	struct schema_key keys[];
};

static struct plan *make_plan(struct sink *s, const struct fields_table *table)
{
	struct plan *p = calloc(1, sizeof(*p) + table->count * sizeof(*p->keys));

	if (!p) {
		s->out.failed = true;
		return NULL;
	}
	p->table = table;
	p->class = schema_class(table);
	p->connection = schema_is_connection(table);
	for (size_t i = 0; i < table->count; i++)
		schema_key(s->schema, table, &table->fields[i], &p->keys[i]);
	p->next = s->plans;
	s->plans = p;
	return p;
}

static const struct plan *plan_of(struct sink *s, const struct fields_table *table)
{
	for (const struct plan *p = s->plans; p; p = p->next)
		if (p->table == table)
			return p;
	return make_plan(s, table);
}

void json_foreign_release(struct sink *s)
{
	for (struct plan *p = s->plans, *next; p; p = next) {
		next = p->next;
		free(p);
	}
	s->plans = NULL;
}

/* When the record was made, ns since 1970; false: not known. */
static bool time_of(const struct sink *s, const struct plan *p, const void *record, int64_t *out)
{
	struct value value;

	for (size_t i = 0; i < p->table->count; i++) {
		if (p->keys[i].place != SCHEMA_TIME)
			continue;
		if (!field_get(&p->table->fields[i], record, &value))
			return false;
		*out = sink_realtime(s, value.uint);
		return true;
	}
	return false;
}

static uint64_t scaled(uint64_t value, uint64_t scale)
{
	return __builtin_mul_overflow(value, scale, &value) ? UINT64_MAX : value;
}

static bool member(const struct plan *p, const struct field *field, const void *record,
		   const struct schema_key **key, struct value *value)
{
	*key = &p->keys[field - p->table->fields];
	if ((*key)->place != SCHEMA_MEMBER || (field->flags & FIELD_TEXT_ONLY) ||
	    !field_get(field, record, value))
		return false;
	if (value->kind == VALUE_UINT)
		value->uint = scaled(value->uint, (*key)->scale);
	else if (value->kind == VALUE_TEXT && (*key)->values)
		value->text = schema_text(*key, value->text, &value->len);
	return true;
}

static void put_sentence(struct sink *s, const char *key, const struct fields_table *table,
			 const void *record)
{
	char text[EVENT_SENTENCE_LEN];

	table->sentence(record, text, sizeof(text));
	json_text(s, key, text);
}

static void ecs_event(struct sink *s, const struct plan *p)
{
	char dataset[SCHEMA_NAME_LEN];

	json_text(s, "event.kind", p->class->kind);
	if (p->class->category) {
		json_texts(s, "event.category", (const char *const[]){ p->class->category, NULL });
		json_texts(s, "event.type", p->class->types);
	}
	snprintf(dataset, sizeof(dataset), SCHEMA_SERVICE ".%s", p->table->name);
	json_text(s, "event.module", SCHEMA_SERVICE);
	json_text(s, "event.dataset", dataset);
	json_text(s, "event.action", p->table->name);
}

static void ecs_head(struct sink *s, const struct plan *p, const void *record)
{
	struct value time = { .kind = VALUE_TIME };
	int64_t ns;

	if (time_of(s, p, record, &ns)) {
		time.uint = (uint64_t)ns - (uint64_t)s->options.realtime_offset_ns;
		json_key(s, "@timestamp", 10);
		json_value(s, &time);
	}
	json_text(s, "ecs.version", SCHEMA_ECS_VERSION);
	ecs_event(s, p);
	if (s->origin.host)
		json_text(s, "host.name", s->origin.host);
	json_text(s, "service.type", SCHEMA_SERVICE);
	if (s->origin.version)
		json_text(s, "service.version", s->origin.version);
	if (p->connection)
		json_text(s, "network.transport", "tcp");
	if (p->table->sentence)
		put_sentence(s, "message", p->table, record);
}

static void ecs_member(struct sink *s, const struct schema_key *key, const struct value *value)
{
	json_key(s, key->name, key->name_len);
	json_value(s, value);
}

static void otel_text(struct sink *s, const char *key, const char *text, size_t len)
{
	json_open(s, NULL, '{');
	json_text(s, "key", key);
	json_open(s, "value", '{');
	json_key(s, "stringValue", 11);
	json_string(&s->out, text, len);
	json_close(s, '}');
	json_close(s, '}');
}

static void otel_resource(struct sink *s)
{
	const struct {
		const char *key, *text;
	} texts[] = {
		{ "service.name", SCHEMA_SERVICE }, { "service.version", s->origin.version },
		{ "host.name", s->origin.host },    { "os.type", "linux" },
	};

	json_open(s, "resource", '{');
	json_open(s, "attributes", '[');
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].text)
			otel_text(s, texts[i].key, texts[i].text, strlen(texts[i].text));
	json_close(s, ']');
	json_close(s, '}');
}

static void otel_head(struct sink *s, const struct plan *p, const void *record)
{
	char text[SCHEMA_NAME_LEN];
	int64_t ns;

	if (time_of(s, p, record, &ns)) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)ns);
		json_text(s, "timeUnixNano", text);
	}
	json_uint(s, "severityNumber", p->class->severity);
	json_text(s, "severityText", schema_severity_name(p->class->severity));
	snprintf(text, sizeof(text), SCHEMA_SERVICE ".%s", p->table->name);
	json_text(s, "eventName", text);
	if (p->table->sentence) {
		json_open(s, "body", '{');
		put_sentence(s, "stringValue", p->table, record);
		json_close(s, '}');
	}
}

/* 64-bit integers are strings in OTLP's JSON. */
static void otel_value(struct sink *s, const struct value *value)
{
	bool fits = value->kind != VALUE_UINT || value->uint <= INT64_MAX;

	switch (value->kind) {
	case VALUE_UINT:
	case VALUE_INT:
		json_key(s, fits ? "intValue" : "stringValue", fits ? 8 : 11);
		buf_putc(&s->out, '"');
		if (value->kind == VALUE_UINT)
			buf_u64(&s->out, value->uint);
		else
			buf_s64(&s->out, value->sint);
		buf_putc(&s->out, '"');
		return;
	case VALUE_REAL:
		json_key(s, "doubleValue", 11);
		break;
	case VALUE_BOOL:
		json_key(s, "boolValue", 9);
		break;
	default:
		json_key(s, "stringValue", 11);
	}
	json_value(s, value);
}

static void otel_member(struct sink *s, const struct schema_key *key, const struct value *value)
{
	json_open(s, NULL, '{');
	json_key(s, "key", 3);
	json_string(&s->out, key->name, key->name_len);
	json_open(s, "value", '{');
	otel_value(s, value);
	json_close(s, '}');
	json_close(s, '}');
}

typedef void (*put_member)(struct sink *s, const struct schema_key *key, const struct value *value);

static void put_members(struct sink *s, const struct plan *p, const void *record,
			const struct columns *columns, put_member put)
{
	size_t count = columns ? columns->count : p->table->count;
	const struct schema_key *key;
	struct value value;

	for (size_t i = 0; i < count; i++)
		if (member(p, columns ? columns->field[i] : &p->table->fields[i], record, &key,
			   &value))
			put(s, key, &value);
}

static void ecs_record(struct sink *s, const struct plan *p, const void *record,
		       const struct columns *columns)
{
	json_open(s, NULL, '{');
	ecs_head(s, p, record);
	put_members(s, p, record, columns, ecs_member);
	json_close(s, '}');
}

static void otel_record(struct sink *s, const struct plan *p, const void *record,
			const struct columns *columns)
{
	json_open(s, NULL, '{');
	json_open(s, "resourceLogs", '[');
	json_open(s, NULL, '{');
	otel_resource(s);
	json_open(s, "scopeLogs", '[');
	json_open(s, NULL, '{');
	json_open(s, "scope", '{');
	json_text(s, "name", SCHEMA_SERVICE);
	json_close(s, '}');
	json_open(s, "logRecords", '[');
	json_open(s, NULL, '{');
	otel_head(s, p, record);
	json_open(s, "attributes", '[');
	if (p->connection)
		otel_text(s, "network.transport", "tcp", 3);
	put_members(s, p, record, columns, otel_member);
	for (const char *open = "]}]}]}]}"; *open; open++)
		json_close(s, *open);
}

void json_foreign_record(struct sink *s, const struct fields_table *table, const void *record,
			 const struct columns *columns)
{
	const struct plan *p = plan_of(s, table);

	if (!p)
		return;
	(s->schema == SCHEMA_ECS ? ecs_record : otel_record)(s, p, record, columns);
}
