/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What our fields are called elsewhere: in the Elastic Common Schema (ECS 8) and in the attributes
 * of OpenTelemetry's log records. One table says it for both; a field that it does not name keeps
 * its name below `cdg.`. A field that is absent is left out there, not null.
 */
#ifndef MODEL_SCHEMA_H
#define MODEL_SCHEMA_H

#include "user/model/fields.h"

enum schema {
	SCHEMA_NATIVE,
	SCHEMA_ECS,
	SCHEMA_OTEL,
};

/* "native", "ecs" or "otel". 0 or -EINVAL. */
int schema_parse(const char *text, enum schema *out);

/* Who the records come from; texts may be NULL. */
struct schema_origin {
	const char *host;
	const char *boot_id;
	const char *kernel;
	const char *version;
};

#define SCHEMA_ECS_VERSION "8.11.0"
#define SCHEMA_SERVICE "cdg"

#define SCHEMA_NAME_LEN FIELD_FOREIGN_LEN

struct schema_value {
	const char *native; /* NULL ends the list */
	const char *name;
};

enum schema_place {
	SCHEMA_MEMBER, /* a member or an attribute with this name */
	SCHEMA_TIME,   /* when the record was made: @timestamp, timeUnixNano */
	SCHEMA_SAID,   /* left out: it stands around every record */
};

/* What becomes of a field. */
struct schema_key {
	enum schema_place place;
	uint16_t scale; /* a number is multiplied by it */
	uint16_t name_len;
	const struct schema_value *values; /* NULL: texts stay as they are */
	char name[SCHEMA_NAME_LEN];
};

/* schema: not the native one. */
void schema_key(enum schema schema, const struct fields_table *table, const struct field *field,
		struct schema_key *out);

/* The text by its other name, or itself; *len follows. */
const char *schema_text(const struct schema_key *key, const char *text, size_t *len);

/* How much a record matters, by OpenTelemetry's numbers. */
enum schema_severity {
	SCHEMA_DEBUG = 5,
	SCHEMA_INFO = 9,
	SCHEMA_WARN = 13,
};
const char *schema_severity_name(enum schema_severity severity); /* "DEBUG" */

/* How a record is classified: ECS' event.kind, event.category and event.type. */
struct schema_class {
	enum schema_severity severity;
	const char *kind;
	const char *category; /* NULL: none, and no types */
	const char *types[3]; /* a list that ends with NULL */
};
const struct schema_class *schema_class(const struct fields_table *table);

/* True for records about a connection. */
bool schema_is_connection(const struct fields_table *table);

#endif
