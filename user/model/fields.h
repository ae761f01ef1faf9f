/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One description per record. Every sink, `cdgctl fields`, the filter and the man pages read these
 * tables; nothing else knows what a record holds. A new field is one struct member and one row.
 *
 * Rules for names: flat snake_case, unit as suffix (_us, _ns, _bytes, _bytes_per_second); windows
 * and counts without a unit are segments. A value that is not known is absent: null in JSON, "-" in
 * a column, and no comparison of a filter is true for it.
 */
#ifndef MODEL_FIELDS_H
#define MODEL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
	FIELD_UINT,	/* unsigned, size 1, 2, 4 or 8 */
	FIELD_INT,	/* signed, size 4 or 8 */
	FIELD_BOOL,	/* u8 or bool, not 0 */
	FIELD_FLAG,	/* bool: (u8 & aux) is not 0 */
	FIELD_ENUM,	/* unsigned, size 1, 2 or 4; `names` turns it into text */
	FIELD_ADDR,	/* 16 bytes; u8 family (4 or 6) at offset aux */
	FIELD_ENDPOINT, /* 16 bytes; u8 family at aux, u16 port at aux2: ADDRESS:PORT */
	FIELD_CHARS,	/* char[size], ends at NUL or size */
	FIELD_TEXT,	/* const char *, NULL is absent */
	FIELD_REAL,	/* double */
	FIELD_TIME,	/* u64 ns of CLOCK_MONOTONIC, shown as a date and time of day */
	FIELD_TYPE_COUNT
};

enum field_unit {
	UNIT_NONE,
	UNIT_US,
	UNIT_NS,
	UNIT_BYTES,
	UNIT_BYTES_PER_SECOND,
	UNIT_SEGMENTS,
	UNIT_RATIO, /* 0..1 */
	UNIT_COUNT
};

/* What the value is to a monitoring system. */
enum field_metric {
	METRIC_NONE,	/* identity or text */
	METRIC_GAUGE,	/* goes up and down */
	METRIC_COUNTER, /* only grows within one flow or one subscription */
	METRIC_INFO,	/* constant, a label */
	METRIC_COUNT
};

/* field.flags */
#define FIELD_TEXT_ONLY 1  /* not in JSON: said there by other fields */
#define FIELD_ZERO_NONE 2  /* 0 means absent */
#define FIELD_INF_NONE 4   /* 2^31 - 1 and above mean absent ("no threshold yet", "no RTT yet") */

enum value_kind {
	VALUE_NONE, /* absent */
	VALUE_UINT,
	VALUE_INT,
	VALUE_REAL, /* always finite */
	VALUE_BOOL,
	VALUE_TEXT,	/* text, len; any bytes */
	VALUE_ADDR,	/* addr, family */
	VALUE_ENDPOINT, /* addr, family, port */
	VALUE_TIME,	/* uint: ns of CLOCK_MONOTONIC */
};

/* Points into the record or into a constant table; owns nothing. */
struct value {
	enum value_kind kind;
	union {
		uint64_t uint;
		int64_t sint;
		double real;
		bool boolean;
	};
	const char *text;
	size_t len;
	const uint8_t *addr; /* 4 or 16 bytes in network order; a mapped address is given as IPv4 */
	uint8_t family;	     /* 4 or 6 */
	uint16_t port;
};

struct enum_name {
	unsigned int value;
	const char *name; /* NULL ends the table */
	const char *help;
};

struct field {
	const char *name; /* JSON key, filter name, column name */
	const char *column; /* header of its column */
	const char *help;   /* one sentence */
	const struct enum_name *names;
	/* Not NULL: computes the value from the bytes at `offset`; false: absent. Pure. */
	bool (*derive)(const void *at, struct value *out);
	uint16_t offset;
	uint16_t aux;
	uint16_t aux2;
	uint16_t size;
	uint16_t name_len; /* strlen(name): keys are written often */
	uint16_t when;	   /* unless when_size is 0: absent while the member at `when` is 0 */
	uint8_t when_size; /* 1 or 8 */
	uint8_t type;	/* enum field_type; of a derived field: that of its result */
	uint8_t unit;	/* enum field_unit */
	uint8_t metric; /* enum field_metric */
	uint8_t width;	/* least width of its column */
	uint8_t flags;	/* FIELD_* */
};

/* How a record's line is meant, for colours. */
enum tone {
	TONE_PLAIN,
	TONE_QUIET,
	TONE_GOOD,
	TONE_NOTICE,
	TONE_BAD,
};

struct fields_table {
	const char *name; /* "round": the record's type; its schema is cdg.NAME/1 */
	const char *help; /* one sentence */
	size_t size;	  /* bytes that every field lies within */
	const struct field *fields;
	size_t count;
	const char *columns; /* shown in text tables, as columns_parse() takes them; NULL: all */
	enum tone tone;
	/*
	 * Not NULL: says in words what the record tells, without its time and type; writes at most
	 * len bytes and a NUL. Text sinks then print sentences instead of columns.
	 */
	void (*sentence)(const void *record, char *out, size_t len);
};

/*
 * The value of a field. record: at least table->size bytes, aligned to 8. Returns false, and
 * VALUE_NONE in *out, when it is absent.
 */
bool field_get(const struct field *field, const void *record, struct value *out);

/* By exact name; NULL if the table has none. */
const struct field *fields_find(const struct fields_table *table, const char *name, size_t len);

/* By name, alias ("rtt") or name without its unit ("min_rtt"); NULL if none. */
const struct field *fields_lookup(const struct fields_table *table, const char *name, size_t len);

/* Order of two records by one field: < 0, 0, > 0. Absent values come after all others. */
int field_compare(const struct field *field, const void *a, const void *b);

#define FIELDS_COLUMNS_MAX 128

/* Columns of a text table, in order. */
struct columns {
	const struct field *field[FIELDS_COLUMNS_MAX];
	size_t count;
};

void columns_default(const struct fields_table *table, struct columns *out);
bool columns_has(const struct columns *columns, const struct field *field);

/*
 * From "peer,srtt_us,cwnd"; "+name,..." adds to the default ones; "all" takes every field. Returns
 * 0 or -EINVAL with a sentence in err.
 */
int columns_parse(const struct fields_table *table, const char *list, struct columns *out,
		  char *err, size_t err_len);

/* False when every record has a value: then it is never null in JSON. */
bool field_may_be_absent(const struct field *field);

const char *enum_text(const struct enum_name *names, unsigned int value); /* NULL: unknown */

const char *field_type_name(const struct field *field);
const char *field_unit_name(const struct field *field);
const char *field_metric_name(const struct field *field);

/* One row of `cdgctl fields`, and its table. */
struct field_row {
	const char *record;
	const char *name;
	const char *type;
	const char *unit;   /* NULL: none */
	const char *metric; /* NULL: none */
	const char *values; /* of an enum: "a,b,c", else NULL; owned by the caller of field_row() */
	const char *ecs;    /* its names in other schemas, NULL: none; memory as of values */
	const char *otel;
	const char *help;
	bool json;   /* false: only in text */
	bool column; /* shown by default */
};
extern const struct fields_table fields_field;

/* Memory for texts of a row. */
#define FIELD_VALUES_LEN 256
#define FIELD_FOREIGN_LEN 64
struct field_texts {
	char values[FIELD_VALUES_LEN];
	char ecs[FIELD_FOREIGN_LEN];
	char otel[FIELD_FOREIGN_LEN];
};

void field_row(const struct fields_table *table, const struct field *field,
	       struct field_texts *texts, struct field_row *out);

/* The closest of `count` names to a mistyped one, or NULL if none is close. */
const char *name_suggest(const char *name, size_t len,
			 const char *(*get)(size_t i, const void *ctx), size_t count,
			 const void *ctx);

/* name_suggest() over the names of a table. */
const char *fields_suggest(const struct fields_table *table, const char *name, size_t len);

#endif
