/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/json_schema.h"

#include <stdio.h>
#include <string.h>

#define TEXT_LEN 1024
#define TIME_PATTERN "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"

/* Type names of one value. */
struct types {
	const char *list[4];
	size_t count;
};

static void add_type(struct types *t, const char *name)
{
	t->list[t->count++] = name;
}

static void put_types(struct sink *sink, const struct types *t)
{
	if (t->count == 1)
		sink_text(sink, "type", t->list[0]);
	else
		sink_texts(sink, "type", t->list);
}

/* Numbers that may be beyond 2^53 are strings then. */
static bool is_wide(const struct field *field)
{
	return field->derive || field->size == 8;
}

static void put_number(struct sink *sink, const struct field *field, struct types *t)
{
	bool is_unsigned = field->type == FIELD_UINT;

	add_type(t, "integer");
	if (is_wide(field))
		add_type(t, "string");
	put_types(sink, t);
	if (is_unsigned)
		sink_uint(sink, "minimum", 0);
	if (is_wide(field))
		sink_text(sink, "pattern", is_unsigned ? "^[0-9]+$" : "^-?[0-9]+$");
}

/* A value that this version has no name for is a number. */
static void put_enum(struct sink *sink, const struct field *field, const struct types *absent)
{
	const char *names[64] = {};
	struct types t = *absent;

	for (size_t i = 0; field->names[i].name && i + 1 < ARRAY_SIZE(names); i++)
		names[i] = field->names[i].name;
	add_type(&t, "integer");
	sink_begin_list(sink, "anyOf");
	sink_begin_object(sink, NULL);
	sink_texts(sink, "enum", names);
	sink_end_object(sink);
	sink_begin_object(sink, NULL);
	put_types(sink, &t);
	sink_end_object(sink);
	sink_end_list(sink);
}

static void put_time(struct sink *sink, struct types *t)
{
	add_type(t, "string");
	put_types(sink, t);
	sink_text(sink, "format", "date-time");
	sink_text(sink, "pattern", TIME_PATTERN);
}

static void put_type(struct sink *sink, const struct field *field)
{
	struct types t = {};

	if (field_may_be_absent(field))
		add_type(&t, "null");
	switch ((enum field_type)field->type) {
	case FIELD_UINT:
	case FIELD_INT:
		put_number(sink, field, &t);
		return;
	case FIELD_ENUM:
		put_enum(sink, field, &t);
		return;
	case FIELD_TIME:
		put_time(sink, &t);
		return;
	case FIELD_BOOL:
	case FIELD_FLAG:
		add_type(&t, "boolean");
		break;
	case FIELD_REAL:
		add_type(&t, "number");
		break;
	default:
		add_type(&t, "string");
	}
	put_types(sink, &t);
}

static void put_field(struct sink *sink, const struct field *field)
{
	const char *unit = field_unit_name(field);
	char text[TEXT_LEN];

	snprintf(text, sizeof(text), "%s%s%s%s", field->help, unit ? " Unit: " : "",
		 unit ? unit : "", unit ? "." : "");
	sink_begin_object(sink, field->name);
	sink_text(sink, "description", text);
	put_type(sink, field);
	sink_end_object(sink);
}

static void put_fields(struct sink *sink, const struct fields_table *table)
{
	for (size_t i = 0; table && i < table->count; i++)
		if (!(table->fields[i].flags & FIELD_TEXT_ONLY))
			put_field(sink, &table->fields[i]);
}

static void put_constant(struct sink *sink, const char *name, const char *value)
{
	sink_begin_object(sink, name);
	sink_text(sink, "const", value);
	sink_end_object(sink);
}

#define NAMES_MAX (FIELDS_COLUMNS_MAX + 16)

static size_t add_names(const struct fields_table *table, const char **names, size_t count)
{
	for (size_t i = 0; table && i < table->count && count + 1 < NAMES_MAX; i++)
		if (!(table->fields[i].flags & FIELD_TEXT_ONLY))
			names[count++] = table->fields[i].name;
	return count;
}

static void put_required(struct sink *sink, const struct fields_table *table,
			 const struct fields_table *joined)
{
	const char *names[NAMES_MAX] = { "schema", "type" };

	add_names(joined, names, add_names(table, names, 2));
	sink_texts(sink, "required", names);
}

void json_schema_put(struct sink *sink, const struct fields_table *table,
		     const struct fields_table *joined)
{
	char id[TEXT_LEN], schema[TEXT_LEN];

	snprintf(id, sizeof(id), "urn:cdg:schema:%s:1", table->name);
	snprintf(schema, sizeof(schema), "cdg.%s/1", table->name);
	sink_begin_object(sink, NULL);
	sink_text(sink, "$schema", "https://json-schema.org/draft/2020-12/schema");
	sink_text(sink, "$id", id);
	sink_text(sink, "title", schema);
	sink_text(sink, "description", table->help);
	sink_text(sink, "type", "object");
	sink_begin_object(sink, "properties");
	put_constant(sink, "schema", schema);
	put_constant(sink, "type", table->name);
	put_fields(sink, table);
	put_fields(sink, joined);
	sink_end_object(sink);
	put_required(sink, table, joined);
	sink_bool(sink, "additionalProperties", false);
	sink_end_object(sink);
}
