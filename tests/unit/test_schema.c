/* SPDX-License-Identifier: GPL-2.0 */
/* Names of other schemas, and the records written by them, read back by json-c. */
#include "case.h"

#include <string.h>

#include <json-c/json.h>

#include "user/model/event.h"
#include "user/model/flow_syn.h"
#include "user/model/schema.h"
#include "user/sink/ops.h"

#define FOR_EACH_TABLE(t)                                                    \
	for (size_t _i = 0; _i <= event_table_count &&                       \
			    ((t) = _i < event_table_count ? event_tables[_i] \
							  : &fields_syn);    \
	     _i++)

static void keys_never_repeat(void **state)
{
	const struct fields_table *t;

	(void)state;
	FOR_EACH_TABLE(t) for (int schema = SCHEMA_ECS; schema <= SCHEMA_OTEL; schema++)
		for (size_t i = 0; i < t->count; i++) {
			struct schema_key a, b;

			if (t->fields[i].flags & FIELD_TEXT_ONLY)
				continue;
			schema_key((enum schema)schema, t, &t->fields[i], &a);
			for (size_t k = 0; k < i && a.place == SCHEMA_MEMBER; k++) {
				if (t->fields[k].flags & FIELD_TEXT_ONLY)
					continue;
				schema_key((enum schema)schema, t, &t->fields[k], &b);
				assert_false(b.place == SCHEMA_MEMBER && !strcmp(a.name, b.name));
			}
		}
}

/* Dots make objects of names: none may be the beginning of another one. */
static void no_name_is_a_part_of_another(void **state)
{
	const struct fields_table *t;

	(void)state;
	FOR_EACH_TABLE(t) for (int schema = SCHEMA_ECS; schema <= SCHEMA_OTEL; schema++)
		for (size_t i = 0; i < t->count; i++)
			for (size_t k = 0; k < t->count; k++) {
				struct schema_key a, b;

				schema_key((enum schema)schema, t, &t->fields[i], &a);
				schema_key((enum schema)schema, t, &t->fields[k], &b);
				assert_int_equal(a.name_len, strlen(a.name));
				assert_false(a.name_len && b.name_len > a.name_len &&
					     !memcmp(a.name, b.name, a.name_len) &&
					     b.name[a.name_len] == '.');
			}
}

static void every_record_has_one_time(void **state)
{
	const struct fields_table *t;

	(void)state;
	FOR_EACH_TABLE(t) for (int schema = SCHEMA_ECS; schema <= SCHEMA_OTEL; schema++) {
		size_t times = 0;

		for (size_t i = 0; i < t->count; i++) {
			struct schema_key key;

			schema_key((enum schema)schema, t, &t->fields[i], &key);
			times += key.place == SCHEMA_TIME;
		}
		assert_int_equal(times, 1);
	}
}

static void roles_and_values_are_translated(void **state)
{
	const struct field *state_field = fields_find(&fields_flow, "state", 5);
	const struct field *age = fields_find(&fields_flow, "duration_us", 11);
	struct schema_key key;
	size_t len = 10;

	(void)state;
	schema_key(SCHEMA_ECS, &fields_syn, fields_find(&fields_syn, "daddr", 5), &key);
	assert_string_equal(key.name, "source.ip");
	schema_key(SCHEMA_ECS, &fields_round, fields_find(&fields_round, "daddr", 5), &key);
	assert_string_equal(key.name, "destination.ip");
	schema_key(SCHEMA_OTEL, &fields_syn, fields_find(&fields_syn, "daddr", 5), &key);
	assert_string_equal(key.name, "network.peer.address");
	schema_key(SCHEMA_OTEL, &fields_flow, state_field, &key);
	assert_string_equal(schema_text(&key, "fin-wait-1", &len), "fin_wait_1");
	len = 11;
	assert_string_equal(schema_text(&key, "established", &len), "established");
	assert_int_equal(len, 11);
	schema_key(SCHEMA_ECS, &fields_flow, age, &key);
	assert_string_equal(key.name, "event.duration");
	assert_int_equal(key.scale, 1000);
	schema_key(SCHEMA_OTEL, &fields_flow, age, &key);
	assert_string_equal(key.name, "cdg.duration_us");
	assert_int_equal(key.scale, 1);
}

static struct json_object *written(enum schema schema, enum sink_kind kind,
				   const struct fields_table *t, const void *record)
{
	struct sink_options options = { .kind = kind, .fd = -1 };
	const struct schema_origin origin = { .host = "h\"\n", .version = "v" };
	struct json_object *o;
	struct sink *s;

	assert_int_equal(sink_new(&options, &s), 0);
	sink_set_origin(s, 1000000000, &origin);
	sink_set_schema(s, schema);
	sink_record(s, t, record);
	assert_int_equal(s->depth, 0);
	buf_putc(&s->out, 0);
	if (kind == SINK_JSON)
		assert_ptr_equal(strchr(s->out.data, '\n'), s->out.data + s->out.len - 2);
	o = json_tokener_parse(s->out.data);
	assert_non_null(o);
	sink_free(s);
	return o;
}

static struct json_object *path(struct json_object *o, const char *keys)
{
	char key[64];

	for (; *keys; keys += strlen(key) + (keys[strlen(key)] == '/')) {
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(keys, "/"), keys);
		if (json_object_is_type(o, json_type_array))
			o = json_object_array_get_idx(o, (size_t)atoi(key));
		else if (!json_object_object_get_ex(o, key, &o))
			fail_msg("no member %s", key);
	}
	return o;
}

/* Zeros, ones and noise in each record: always one object that holds what is there, once. */
static void any_record_becomes_one_object(void **state)
{
	_Alignas(8) uint8_t record[2048];
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof(record); i++)
			record[i] = round == 0 ? 0 : round == 1 ? 255 : (uint8_t)random_u64(&seed);
		for (size_t i = 0; i < EVENT_KERNEL_TABLES; i++)
			for (int kind = SINK_JSON; kind <= SINK_PRETTY; kind++) {
				struct json_object *o = written(SCHEMA_ECS, (enum sink_kind)kind,
								event_tables[i], record);

				assert_string_equal(json_object_get_string(path(o, "event.action")),
						    event_tables[i]->name);
				assert_string_equal(json_object_get_string(path(o, "host.name")),
						    "h\"\n");
				json_object_put(o);
				o = written(SCHEMA_OTEL, (enum sink_kind)kind, event_tables[i],
					    record);
				assert_non_null(path(o, "resourceLogs/0/scopeLogs/0/logRecords/0/"
							"attributes/0/value"));
				json_object_put(o);
			}
	}
}

static void numbers_have_the_form_that_otlp_wants(void **state)
{
	struct cdg_rec_round rec = { .conn = { .head = { .ts_ns = 5, .flow = UINT64_MAX } },
				     .round = { .grad_us = -7, .drawn = 1,
						.threshold = 0x80000000u } };
	struct json_object *o = written(SCHEMA_OTEL, SINK_JSON, &fields_round, &rec);
	struct json_object *log = path(o, "resourceLogs/0/scopeLogs/0/logRecords/0");
	struct json_object *list = path(log, "attributes");
	size_t seen = 0;

	(void)state;
	assert_string_equal(json_object_get_string(path(log, "timeUnixNano")), "1000000005");
	assert_int_equal(json_object_get_int(path(log, "severityNumber")), 5);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *a = json_object_array_get_idx(list, i);
		const char *key = json_object_get_string(path(a, "key"));

		if (!strcmp(key, "cdg.flow")) /* beyond an int64 */
			seen += !strcmp(json_object_get_string(path(a, "value/stringValue")),
					"18446744073709551615");
		if (!strcmp(key, "cdg.grad_us"))
			seen += !strcmp(json_object_to_json_string_ext(path(a, "value"), 0),
					"{\"intValue\":\"-7\"}");
		if (!strcmp(key, "cdg.probability"))
			seen += json_object_get_double(path(a, "value/doubleValue")) == 0.5;
	}
	assert_int_equal(seen, 3);
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("keys never repeat", keys_never_repeat),
		CASE("no name is a part of another", no_name_is_a_part_of_another),
		CASE("every record has one time", every_record_has_one_time),
		CASE("roles and values are translated", roles_and_values_are_translated),
		CASE("any record becomes one object", any_record_becomes_one_object),
		CASE("numbers have the form that OTLP wants",
		     numbers_have_the_form_that_otlp_wants),
	};

	return cmocka_run_group_tests_name("schema", cases, NULL, NULL);
}
