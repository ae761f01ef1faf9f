/* SPDX-License-Identifier: GPL-2.0 */
/* The field tables themselves: a row that lies would make every output lie. */
#include "case.h"

#include <string.h>

#include "user/model/event.h"
#include "user/model/format.h"
#include "user/model/state.h"

static const struct fields_table *const others[] = {
	&fields_summary, &fields_name,	     &fields_param, &fields_default,
	&fields_route,	 &fields_subscriber, &fields_probe, &fields_note, &fields_field,
	&fields_cost,
};

static const struct fields_table *table_at(size_t i)
{
	if (i < event_table_count)
		return event_tables[i];
	i -= event_table_count;
	return i < sizeof(others) / sizeof(*others) ? others[i] : NULL;
}

#define FOR_EACH_FIELD(t, f)                                                          \
	for (size_t _i = 0; ((t) = table_at(_i)); _i++)                               \
		for ((f) = (t)->fields; (f) < (t)->fields + (t)->count; (f)++)

static size_t size_of(const struct field *f)
{
	switch ((enum field_type)f->type) {
	case FIELD_ADDR:
	case FIELD_ENDPOINT:
		return 16;
	case FIELD_BOOL:
	case FIELD_FLAG:
		return 1;
	default:
		return f->size;
	}
}

static void every_field_lies_within_its_record(void **state)
{
	const struct fields_table *t;
	const struct field *f;

	(void)state;
	FOR_EACH_FIELD(t, f) {
		if (f->derive)
			assert_true(f->offset < t->size);
		else
			assert_true(f->offset + size_of(f) <= t->size);
		if (f->when_size)
			assert_true(f->when + f->when_size <= t->size);
		if (f->type == FIELD_ADDR || f->type == FIELD_ENDPOINT)
			assert_true(f->aux < t->size && f->aux2 + 2u <= t->size);
	}
}

static void sizes_fit_types(void **state)
{
	const struct fields_table *t;
	const struct field *f;

	(void)state;
	FOR_EACH_FIELD(t, f) {
		assert_true(f->type < FIELD_TYPE_COUNT && f->unit < UNIT_COUNT &&
			    f->metric < METRIC_COUNT);
		if (f->derive)
			continue;
		if (f->type == FIELD_UINT || f->type == FIELD_ENUM)
			assert_true(f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8);
		if (f->type == FIELD_INT)
			assert_true(f->size == 4 || f->size == 8);
		if (f->type == FIELD_BOOL || f->type == FIELD_FLAG)
			assert_int_equal(f->size, 1);
		if (f->type == FIELD_ENUM)
			assert_non_null(f->names);
		if (f->type == FIELD_TIME)
			assert_int_equal(f->size, 8);
		if (f->when_size)
			assert_true(f->when_size == 1 || f->when_size == 8);
	}
}

static void names_columns_and_sentences_are_there(void **state)
{
	const struct fields_table *t;
	const struct field *f;

	(void)state;
	FOR_EACH_FIELD(t, f) {
		assert_int_equal(f->name_len, strlen(f->name));
		assert_true(f->column && *f->column);
		assert_true(f->help && strlen(f->help) > 8);
		assert_int_equal(f->help[strlen(f->help) - 1], '.');
		assert_ptr_equal(fields_find(t, f->name, strlen(f->name)), f);
	}
}

static void default_columns_exist(void **state)
{
	const struct fields_table *t;

	(void)state;
	for (size_t i = 0; (t = table_at(i)); i++) {
		struct columns columns;
		char err[256];

		if (t->columns)
			assert_int_equal(columns_parse(t, t->columns, &columns, err, sizeof(err)),
					 0);
		columns_default(t, &columns);
		assert_true(columns.count > 0 && columns.count <= t->count);
	}
}

/* Zeros, ones and noise: a value of any kind, but no crash and no garbage. */
static void any_bytes_give_a_value_or_none(void **state)
{
	_Alignas(8) uint8_t record[2048];
	const struct fields_table *t;
	const struct field *f;
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 50; round++) {
		for (size_t i = 0; i < sizeof(record); i++)
			record[i] = round == 0 ? 0 : round == 1 ? 255 : (uint8_t)random_u64(&seed);
		for (size_t i = 0; i < EVENT_KERNEL_TABLES; i++) {
			t = event_tables[i];
			for (f = t->fields; f < t->fields + t->count; f++) {
				struct value v;
				char text[FORMAT_LEN];
				bool known = field_get(f, record, &v);

				assert_int_equal(known, v.kind != VALUE_NONE);
				if (v.kind == VALUE_REAL)
					assert_true(__builtin_isfinite(v.real));
				assert_true(format_value(text, sizeof(text), f, &v) < sizeof(text));
				assert_true(field_compare(f, record, record) == 0);
			}
		}
	}
}

static void zero_and_infinity_can_be_absent(void **state)
{
	struct cdg_rec_conn conn = { .head.seq = 0, .ssthresh = 0x7fffffff };
	struct value v;

	(void)state;
	assert_false(field_get(fields_find(&fields_restart, "ssthresh", 8), &conn, &v));
	assert_false(field_get(fields_find(&fields_restart, "cookie", 6), &conn, &v));
	conn.ssthresh = 0x7ffffffe;
	conn.cookie = 5;
	assert_true(field_get(fields_find(&fields_restart, "ssthresh", 8), &conn, &v));
	assert_int_equal(v.uint, 0x7ffffffe);
	assert_true(field_get(fields_find(&fields_restart, "cookie", 6), &conn, &v));
}

/* Which the stack says as 2^32 - 1. */
static void a_minimum_rtt_without_a_sample_is_absent(void **state)
{
	const struct field *f = fields_find(&fields_flow, "min_rtt_us", 10);
	struct cdg_rec_flow rec = { .tcp.min_rtt_us = UINT32_MAX };
	struct value v;

	(void)state;
	assert_false(field_get(f, &rec, &v));
	rec.tcp.min_rtt_us = 20000;
	assert_true(field_get(f, &rec, &v));
}

static void no_coin_no_threshold(void **state)
{
	struct cdg_rec_round rec = { .round = { .threshold = 0x80000000u, .random = 1 } };
	struct value v;

	(void)state;
	assert_false(field_get(fields_find(&fields_round, "threshold", 9), &rec, &v));
	assert_false(field_get(fields_find(&fields_round, "probability", 11), &rec, &v));
	rec.round.drawn = 1;
	assert_true(field_get(fields_find(&fields_round, "probability", 11), &rec, &v));
	assert_true(v.real == 0.5);
}

static void mapped_addresses_are_ipv4(void **state)
{
	struct cdg_rec_conn conn = { .family = 6, .sport = 80 };
	static const uint8_t mapped[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 1, 2, 3 };
	struct value v;
	char text[FORMAT_LEN];

	(void)state;
	memcpy(conn.saddr, mapped, sizeof(mapped));
	assert_true(field_get(fields_find(&fields_restart, "local", 5), &conn, &v));
	format_value(text, sizeof(text), fields_find(&fields_restart, "local", 5), &v);
	assert_string_equal(text, "10.1.2.3:80");
	assert_true(field_get(fields_find(&fields_restart, "family", 6), &conn, &v));
	assert_memory_equal(v.text, "ipv4", 4);
}

static void lookup_knows_aliases_and_names_without_units(void **state)
{
	(void)state;
	assert_ptr_equal(fields_lookup(&fields_flow, "rtt", 3),
			 fields_find(&fields_flow, "srtt_us", 7));
	assert_ptr_equal(fields_lookup(&fields_flow, "min_rtt", 7),
			 fields_find(&fields_flow, "min_rtt_us", 10));
	assert_null(fields_lookup(&fields_flow, "min_rt", 6));
	assert_null(fields_lookup(&fields_flow, "", 0));
	assert_string_equal(fields_suggest(&fields_flow, "backofs", 7), "backoffs");
	assert_null(fields_suggest(&fields_flow, "zzzzzzzz", 8));
}

static void records_order_by_a_field_and_absent_comes_last(void **state)
{
	const struct field *f = fields_find(&fields_restart, "srtt_us", 7);
	struct cdg_rec_conn a = { .srtt_us = 10 }, b = { .srtt_us = 20 }, none = {};

	(void)state;
	assert_true(field_compare(f, &a, &b) < 0);
	assert_true(field_compare(f, &b, &a) > 0);
	assert_true(field_compare(f, &none, &a) > 0);
	assert_true(field_compare(f, &a, &none) < 0);
	assert_int_equal(field_compare(f, &none, &none), 0);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("every field lies within its record", every_field_lies_within_its_record),
		CASE("sizes fit types", sizes_fit_types),
		CASE("names, columns and sentences are there",
		     names_columns_and_sentences_are_there),
		CASE("default columns exist", default_columns_exist),
		CASE("any bytes give a value or none", any_bytes_give_a_value_or_none),
		CASE("zero and infinity can be absent", zero_and_infinity_can_be_absent),
		CASE("a minimum RTT without a sample is absent",
		     a_minimum_rtt_without_a_sample_is_absent),
		CASE("no coin, no threshold", no_coin_no_threshold),
		CASE("mapped addresses are IPv4", mapped_addresses_are_ipv4),
		CASE("lookup knows aliases and names without units",
		     lookup_knows_aliases_and_names_without_units),
		CASE("records order by a field, absent values come last",
		     records_order_by_a_field_and_absent_comes_last),
	};

	return cmocka_run_group_tests_name("fields", cases, NULL, NULL);
}
