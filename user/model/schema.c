/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/util/own.h"

#define OURS NULL /* cdg.NAME */
#define TIME ":time"
#define SAID ":said"

static const struct schema_value connection_states[] = {
	{ "syn-sent", "syn_sent" },	{ "syn-recv", "syn_received" },
	{ "new-syn-recv", "syn_received" }, { "fin-wait-1", "fin_wait_1" },
	{ "fin-wait-2", "fin_wait_2" }, { "time-wait", "time_wait" },
	{ "close-wait", "close_wait" }, { "last-ack", "last_ack" },
	{ "listening", "listen" },	{},
};

#define TO(record_, native_, ecs_, otel_, ...) \
	{ .record = record_, .native = native_, .ecs = ecs_, .otel = otel_, ##__VA_ARGS__ }

/* The table. The first row that fits counts: those for one record come first. */
static const struct row {
	const char *record; /* NULL: any */
	const char *native;
	const char *ecs;
	const char *otel;
	uint16_t ecs_scale; /* 0: 1 */
	const struct schema_value *otel_values;
} rows[] = {
	TO("syn", "saddr", "destination.ip", "network.local.address"), /* the peer has sent it */
	TO("syn", "sport", "destination.port", "network.local.port"),
	TO("syn", "daddr", "source.ip", "network.peer.address"),
	TO("syn", "dport", "source.port", "network.peer.port"),
	TO("syn_count", "last", TIME, TIME),
	TO("hello", "host", SAID, SAID),
	TO("hello", "version", SAID, SAID),
	TO("hello", "boot_id", "host.boot.id", OURS),
	TO("hello", "kernel", "host.os.kernel", OURS),
	TO(NULL, "time", TIME, TIME),
	TO(NULL, "seq", "event.sequence", OURS),
	TO(NULL, "family", "network.type", "network.type"),
	TO(NULL, "saddr", "source.ip", "network.local.address"),
	TO(NULL, "sport", "source.port", "network.local.port"),
	TO(NULL, "daddr", "destination.ip", "network.peer.address"),
	TO(NULL, "dport", "destination.port", "network.peer.port"),
	TO(NULL, "state", OURS, "network.connection.state", .otel_values = connection_states),
	TO(NULL, "bytes_sent", "source.bytes", OURS),
	TO(NULL, "segs_out", "source.packets", OURS),
	TO(NULL, "bytes_received", "destination.bytes", OURS),
	TO(NULL, "segs_in", "destination.packets", OURS),
	TO(NULL, "duration_us", "event.duration", OURS, .ecs_scale = 1000), /* ns */
	TO(NULL, "reason", "event.reason", OURS),
	TO(NULL, "cause", "event.reason", OURS),
};

#define CLASS(record_, severity_, kind_, category_, ...) \
	{ record_, { .severity = severity_, .kind = kind_, .category = category_, \
		     .types = { __VA_ARGS__ } } }

static const struct class_row {
	const char *record; /* NULL: any other */
	struct schema_class class;
} classes[] = {
	CLASS("hello", SCHEMA_INFO, "event", NULL),
	CLASS("stats", SCHEMA_INFO, "metric", NULL),
	CLASS("bye", SCHEMA_INFO, "event", NULL),
	CLASS("parameters", SCHEMA_INFO, "event", "configuration", "info"),
	CLASS("flow_start", SCHEMA_INFO, "event", "network", "connection", "start"),
	CLASS("flow_end", SCHEMA_INFO, "event", "network", "connection", "end"),
	CLASS("flow", SCHEMA_INFO, "state", "network", "connection", "info"),
	CLASS("syn", SCHEMA_INFO, "event", "network", "connection", "start"),
	CLASS("syn_count", SCHEMA_INFO, "metric", "network", "info"),
	CLASS("round", SCHEMA_DEBUG, "event", "network", "connection", "info"),
	CLASS("cut", SCHEMA_WARN, "event", "network", "connection", "info"),
	CLASS(NULL, SCHEMA_INFO, "event", "network", "connection", "info"),
};

int schema_parse(const char *text, enum schema *out)
{
	static const char *const names[] = {
		[SCHEMA_NATIVE] = "native", [SCHEMA_ECS] = "ecs", [SCHEMA_OTEL] = "otel"
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], text)) {
			*out = (enum schema)i;
			return 0;
		}
	return -EINVAL;
}

static const struct row *find_row(const char *record, const char *native)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].native, native) &&
		    (!rows[i].record || !strcmp(rows[i].record, record)))
			return &rows[i];
	return NULL;
}

static enum schema_place place_of(const char *name)
{
	return !name || *name != ':' ? SCHEMA_MEMBER :
	       !strcmp(name, TIME)   ? SCHEMA_TIME :
				       SCHEMA_SAID;
}

void schema_key(enum schema schema, const struct fields_table *table, const struct field *field,
		struct schema_key *out)
{
	const struct row *row = find_row(table->name, field->name);
	const char *name = !row ? OURS : schema == SCHEMA_ECS ? row->ecs : row->otel;

	*out = (struct schema_key){ .place = place_of(name), .scale = 1 };
	if (row && schema == SCHEMA_ECS && row->ecs_scale)
		out->scale = row->ecs_scale;
	if (row && schema == SCHEMA_OTEL)
		out->values = row->otel_values;
	if (out->place != SCHEMA_MEMBER)
		return;
	snprintf(out->name, sizeof(out->name), "%s%s", name ? "" : "cdg.",
		 name ? name : field->name);
	out->name_len = (uint16_t)strlen(out->name);
}

const char *schema_text(const struct schema_key *key, const char *text, size_t *len)
{
	for (const struct schema_value *v = key->values; v && v->native; v++)
		if (strlen(v->native) == *len && !memcmp(v->native, text, *len)) {
			*len = strlen(v->name);
			return v->name;
		}
	return text;
}

const struct schema_class *schema_class(const struct fields_table *table)
{
	const struct class_row *row = classes;

	while (row->record && strcmp(row->record, table->name))
		row++;
	return &row->class;
}

bool schema_is_connection(const struct fields_table *table)
{
	return fields_find(table, "saddr", 5);
}

const char *schema_severity_name(enum schema_severity severity)
{
	return severity == SCHEMA_DEBUG ? "DEBUG" : severity == SCHEMA_INFO ? "INFO" : "WARN";
}
