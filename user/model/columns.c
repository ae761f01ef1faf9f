/* SPDX-License-Identifier: GPL-2.0 */
/* Choosing fields by name: columns of a table, suggestions for mistyped names, `cdgctl fields`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/model/fields.h"
#include "user/model/rows.h"
#include "user/model/schema.h"

#define SUGGEST_LEN 40

bool columns_has(const struct columns *columns, const struct field *field)
{
	for (size_t i = 0; i < columns->count; i++)
		if (columns->field[i] == field)
			return true;
	return false;
}

static void columns_add(struct columns *out, const struct field *field)
{
	if (out->count < FIELDS_COLUMNS_MAX && !columns_has(out, field))
		out->field[out->count++] = field;
}

static void columns_all(const struct fields_table *table, struct columns *out)
{
	for (size_t i = 0; i < table->count; i++)
		columns_add(out, &table->fields[i]);
}

void columns_default(const struct fields_table *table, struct columns *out)
{
	char err[1];

	if (table->columns) {
		columns_parse(table, table->columns, out, err, sizeof(err));
		return;
	}
	out->count = 0;
	columns_all(table, out);
}

static int columns_add_name(const struct fields_table *table, const char *name, size_t len,
			    struct columns *out, char *err, size_t err_len)
{
	const struct field *field = fields_lookup(table, name, len);
	const char *near;

	if (field) {
		columns_add(out, field);
		return 0;
	}
	near = fields_suggest(table, name, len);
	snprintf(err, err_len,
		 "record '%s' has no field '%.*s'%s%s%s; 'cdgctl fields %s' lists them",
		 table->name, (int)len, name, near ? ", did you mean '" : "", near ? near : "",
		 near ? "'" : "", table->name);
	return -EINVAL;
}

int columns_parse(const struct fields_table *table, const char *list, struct columns *out,
		  char *err, size_t err_len)
{
	int r;

	out->count = 0;
	if (*list == '+') {
		columns_default(table, out);
		list++;
	}
	for (;;) {
		size_t len = strcspn(list, ",");

		if (!len) {
			snprintf(err, err_len, "a name is missing in the list of columns");
			return -EINVAL;
		}
		if (len == 3 && !strncmp(list, "all", 3)) {
			columns_all(table, out);
		} else {
			r = columns_add_name(table, list, len, out, err, err_len);
			if (r)
				return r;
		}
		if (!list[len])
			return 0;
		list += len + 1;
	}
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Edits (insert, drop, replace) that turn one name into the other. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[SUGGEST_LEN + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1,
				      diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[b_len];
}

const char *name_suggest(const char *name, size_t len,
			 const char *(*get)(size_t i, const void *ctx), size_t count,
			 const void *ctx)
{
	const char *best = NULL;
	size_t best_distance = len / 3 + 2;

	if (!len || len > SUGGEST_LEN)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *other = get(i, ctx);
		size_t other_len = strlen(other), d;

		if (other_len > SUGGEST_LEN)
			continue;
		d = distance(name, len, other, other_len);
		if (d < best_distance && d < other_len) {
			best_distance = d;
			best = other;
		}
	}
	return best;
}

static const char *table_name_at(size_t i, const void *ctx)
{
	return ((const struct fields_table *)ctx)->fields[i].name;
}

const char *fields_suggest(const struct fields_table *table, const char *name, size_t len)
{
	return name_suggest(name, len, table_name_at, table->count, table);
}

static void list_values(const struct field *field, char *out, size_t len)
{
	size_t used = 0;

	out[0] = 0;
	for (const struct enum_name *n = field->names; n && n->name; n++) {
		int more = snprintf(out + used, len - used, "%s%s", used ? "," : "", n->name);

		if (more < 0 || (size_t)more >= len - used)
			return;
		used += (size_t)more;
	}
}

/* NULL: the field itself is not in that schema. */
static const char *foreign_name(enum schema schema, const struct fields_table *table,
				const struct field *field, char *out)
{
	static const char *const times[] = { [SCHEMA_ECS] = "@timestamp",
					     [SCHEMA_OTEL] = "timeUnixNano" };
	struct schema_key key;

	schema_key(schema, table, field, &key);
	if (key.place == SCHEMA_TIME)
		return times[schema];
	if (key.place == SCHEMA_SAID || (field->flags & FIELD_TEXT_ONLY))
		return NULL;
	memcpy(out, key.name, FIELD_FOREIGN_LEN);
	return out;
}

void field_row(const struct fields_table *table, const struct field *field,
	       struct field_texts *texts, struct field_row *out)
{
	char *values = texts->values;
	struct columns columns;

	columns_default(table, &columns);
	list_values(field, values, sizeof(texts->values));
	*out = (struct field_row){
		.record = table->name,
		.name = field->name,
		.type = field_type_name(field),
		.unit = field_unit_name(field),
		.metric = field_metric_name(field),
		.values = values[0] ? values : NULL,
		.ecs = foreign_name(SCHEMA_ECS, table, field, texts->ecs),
		.otel = foreign_name(SCHEMA_OTEL, table, field, texts->otel),
		.help = field->help,
		.json = !(field->flags & FIELD_TEXT_ONLY),
		.column = columns_has(&columns, field),
	};
}

#define TEXT(member_, head, help_) \
	ROW(struct field_row, member_, #member_, TEXT, NONE, INFO, head, help_)
#define FLAG(member_, head, help_) \
	ROW(struct field_row, member_, #member_, BOOL, NONE, NONE, head, help_)

static const struct field field_fields[] = {
	TEXT(record, "RECORD", "Type of the record that has the field."),
	TEXT(name, "NAME", "Key in JSON, name in filters and of its column."),
	TEXT(type, "TYPE",
	     "Kind of value: unsigned, signed, bool, enum, address, text, real or time."),
	TEXT(unit, "UNIT", "What the value is measured in; absent for identities and texts."),
	TEXT(metric, "METRIC", "gauge, counter or info; absent if it is not a measurement."),
	TEXT(values, "VALUES", "Names that an enum may have."),
	TEXT(ecs, "ECS", "Its key under --schema=ecs."),
	TEXT(otel, "OTEL", "Its attribute under --schema=otel."),
	FLAG(json, "JSON",
	     "True if the field stands in JSON; others repeat what is there, for text."),
	FLAG(column, "COLUMN", "True if the field is shown in text tables by default."),
	TEXT(help, "MEANING", "What the field says."),
};

const struct fields_table fields_field = {
	.name = "field",
	.help = "One field of a record, as 'cdgctl fields' lists them.",
	TABLE(struct field_row, field_fields),
	.columns = "record,name,type,unit,metric,help",
};
