/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/fields.h"

#include <string.h>

#include "user/model/load_uint.h"
#include "user/util/own.h"

/* What people type instead of the name; ss(8)'s words and this field's own. */
static const struct {
	const char *alias;
	const char *name;
} aliases[] = {
	{ "src", "local" },	     { "dst", "peer" },		   { "rtt", "srtt_us" },
	{ "rttvar", "rttvar_us" },   { "minrtt", "min_rtt_us" },   { "lowest", "rtt_lowest_us" },
	{ "retrans", "retrans_segs" }, { "queueing", "queue_delay_us" },
	{ "goodput", "goodput_bytes_per_second" },
	{ "pacing_rate", "pacing_rate_bytes_per_second" },
};

static const char *const unit_suffix[UNIT_COUNT] = {
	[UNIT_US] = "_us",
	[UNIT_NS] = "_ns",
	[UNIT_BYTES] = "_bytes",
	[UNIT_BYTES_PER_SECOND] = "_bytes_per_second",
};

static int64_t load_int(const uint8_t *at, size_t size)
{
	return size == 4 ? (int32_t)load_uint(at, 4) : (int64_t)load_uint(at, 8);
}

static bool get_uint(const struct field *field, const uint8_t *at, struct value *out)
{
	uint64_t value = load_uint(at, field->size);

	if (!value && (field->flags & FIELD_ZERO_NONE))
		return false;
	if (value >= 0x7fffffff && (field->flags & FIELD_INF_NONE))
		return false;
	out->kind = field->type == FIELD_TIME ? VALUE_TIME : VALUE_UINT;
	out->uint = value;
	return true;
}

static bool get_text(const char *text, size_t len, struct value *out)
{
	out->kind = VALUE_TEXT;
	out->text = text;
	out->len = len;
	return true;
}

static bool get_enum(const struct field *field, const uint8_t *at, struct value *out)
{
	uint64_t value = load_uint(at, field->size);
	const char *name = enum_text(field->names, (unsigned int)value);

	if (name)
		return get_text(name, strlen(name), out);
	out->kind = VALUE_UINT;
	out->uint = value;
	return true;
}

static bool get_addr(const struct field *field, const uint8_t *record, struct value *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *addr = record + field->offset;
	uint8_t family = record[field->aux];

	if (family != 4 && family != 6)
		return false;
	if (family == 6 && !memcmp(addr, mapped, sizeof(mapped))) {
		family = 4;
		addr += sizeof(mapped);
	}
	out->kind = VALUE_ADDR;
	out->addr = addr;
	out->family = family;
	if (field->type == FIELD_ENDPOINT) {
		out->kind = VALUE_ENDPOINT;
		out->port = (uint16_t)load_uint(record + field->aux2, 2);
	}
	return true;
}

static bool get_real(const uint8_t *at, struct value *out)
{
	memcpy(&out->real, at, sizeof(out->real));
	if (!__builtin_isfinite(out->real))
		return false;
	out->kind = VALUE_REAL;
	return true;
}

static bool get_stored(const struct field *field, const uint8_t *record, struct value *out)
{
	const uint8_t *at = record + field->offset;
	const char *text;

	switch ((enum field_type)field->type) {
	case FIELD_UINT:
	case FIELD_TIME:
		return get_uint(field, at, out);
	case FIELD_INT:
		out->kind = VALUE_INT;
		out->sint = load_int(at, field->size);
		return true;
	case FIELD_BOOL:
		out->kind = VALUE_BOOL;
		out->boolean = *at != 0;
		return true;
	case FIELD_FLAG:
		out->kind = VALUE_BOOL;
		out->boolean = (*at & field->aux) != 0;
		return true;
	case FIELD_ENUM:
		return get_enum(field, at, out);
	case FIELD_ADDR:
	case FIELD_ENDPOINT:
		return get_addr(field, record, out);
	case FIELD_CHARS:
		return get_text((const char *)at, strnlen((const char *)at, field->size), out);
	case FIELD_TEXT:
		memcpy(&text, at, sizeof(text));
		return text && get_text(text, strlen(text), out);
	case FIELD_REAL:
		return get_real(at, out);
	case FIELD_TYPE_COUNT:
		break;
	}
	return false;
}

bool field_get(const struct field *field, const void *record, struct value *out)
{
	const uint8_t *bytes = record;
	bool known;

	out->kind = VALUE_NONE;
	if (field->when_size && !load_uint(bytes + field->when, field->when_size))
		return false;
	known = field->derive ? field->derive(bytes + field->offset, out)
			      : get_stored(field, bytes, out);
	if (!known)
		out->kind = VALUE_NONE;
	return known;
}

bool field_may_be_absent(const struct field *field)
{
	switch ((enum field_type)field->type) {
	case FIELD_ADDR:
	case FIELD_ENDPOINT:
	case FIELD_TEXT:
	case FIELD_REAL:
		return true;
	default:
		return field->derive || field->when_size ||
		       (field->flags & (FIELD_ZERO_NONE | FIELD_INF_NONE));
	}
}

const struct field *fields_find(const struct fields_table *table, const char *name, size_t len)
{
	for (size_t i = 0; i < table->count; i++)
		if (!strncmp(table->fields[i].name, name, len) && !table->fields[i].name[len])
			return &table->fields[i];
	return NULL;
}

static const struct field *find_without_unit(const struct fields_table *table, const char *name,
					     size_t len)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->fields[i];
		const char *suffix = unit_suffix[field->unit];

		if (suffix && !strncmp(field->name, name, len) &&
		    !strcmp(field->name + len, suffix))
			return field;
	}
	return NULL;
}

const struct field *fields_lookup(const struct fields_table *table, const char *name, size_t len)
{
	const struct field *field = fields_find(table, name, len);

	for (size_t i = 0; !field && i < ARRAY_SIZE(aliases); i++)
		if (!strncmp(aliases[i].alias, name, len) && !aliases[i].alias[len])
			field = fields_find(table, aliases[i].name, strlen(aliases[i].name));
	return field ? field : find_without_unit(table, name, len);
}

static int compare_bytes(const void *a, size_t a_len, const void *b, size_t b_len)
{
	int r = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return r ? r : (a_len > b_len) - (a_len < b_len);
}

static int compare_addr(const struct value *a, const struct value *b)
{
	if (a->family != b->family)
		return a->family - b->family;
	return memcmp(a->addr, b->addr, a->family == 4 ? 4 : 16);
}

static double as_real(const struct value *v)
{
	return v->kind == VALUE_REAL ? v->real :
	       v->kind == VALUE_INT  ? (double)v->sint :
				       (double)v->uint;
}

static int compare_values(const struct value *a, const struct value *b)
{
	int r;

	if (a->kind != b->kind)
		return (as_real(a) > as_real(b)) - (as_real(a) < as_real(b));
	switch (a->kind) {
	case VALUE_NONE:
		return 0;
	case VALUE_UINT:
	case VALUE_TIME:
		return (a->uint > b->uint) - (a->uint < b->uint);
	case VALUE_INT:
		return (a->sint > b->sint) - (a->sint < b->sint);
	case VALUE_REAL:
		return (a->real > b->real) - (a->real < b->real);
	case VALUE_BOOL:
		return a->boolean - b->boolean;
	case VALUE_TEXT:
		return compare_bytes(a->text, a->len, b->text, b->len);
	case VALUE_ADDR:
		return compare_addr(a, b);
	case VALUE_ENDPOINT:
		r = compare_addr(a, b);
		return r ? r : a->port - b->port;
	}
	return 0;
}

int field_compare(const struct field *field, const void *a, const void *b)
{
	struct value x, y;
	bool has_x = field_get(field, a, &x), has_y = field_get(field, b, &y);

	if (!has_x || !has_y)
		return has_y - has_x;
	/* An enum's unknown number beside a name: the names come first. */
	if ((x.kind == VALUE_TEXT) != (y.kind == VALUE_TEXT))
		return (y.kind == VALUE_TEXT) - (x.kind == VALUE_TEXT);
	return compare_values(&x, &y);
}

const char *enum_text(const struct enum_name *names, unsigned int value)
{
	for (; names->name; names++)
		if (names->value == value)
			return names->name;
	return NULL;
}

const char *field_type_name(const struct field *field)
{
	static const char *const names[FIELD_TYPE_COUNT] = {
		[FIELD_UINT] = "unsigned",
		[FIELD_INT] = "signed",
		[FIELD_BOOL] = "bool",
		[FIELD_FLAG] = "bool",
		[FIELD_ENUM] = "enum",
		[FIELD_ADDR] = "address",
		[FIELD_ENDPOINT] = "endpoint",
		[FIELD_CHARS] = "text",
		[FIELD_TEXT] = "text",
		[FIELD_REAL] = "real",
		[FIELD_TIME] = "time",
	};

	return names[field->type];
}

const char *field_unit_name(const struct field *field)
{
	static const char *const names[UNIT_COUNT] = {
		[UNIT_US] = "microseconds",
		[UNIT_NS] = "nanoseconds",
		[UNIT_BYTES] = "bytes",
		[UNIT_BYTES_PER_SECOND] = "bytes per second",
		[UNIT_SEGMENTS] = "segments",
		[UNIT_RATIO] = "ratio",
	};

	return names[field->unit];
}

const char *field_metric_name(const struct field *field)
{
	static const char *const names[METRIC_COUNT] = {
		[METRIC_GAUGE] = "gauge",
		[METRIC_COUNTER] = "counter",
		[METRIC_INFO] = "info",
	};

	return names[field->metric];
}
