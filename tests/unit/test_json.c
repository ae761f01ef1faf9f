/* SPDX-License-Identifier: GPL-2.0 */
/* The JSON sink, read back by another implementation (json-c). */
#include "case.h"

#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "user/model/event.h"
#include "user/model/rows.h"
#include "user/model/state.h"
#include "user/sink/ops.h"

struct sample {
	uint64_t u;
	int64_t s;
	double r;
	const char *text;
	uint8_t flag;
};

static const struct field sample_fields[] = {
	ROW(struct sample, u, "u", UINT, NONE, NONE, "U", "Unsigned."),
	ROW(struct sample, s, "s", INT, NONE, NONE, "S", "Signed."),
	ROW(struct sample, r, "r", REAL, NONE, NONE, "R", "Real."),
	ROW(struct sample, text, "text", TEXT, NONE, NONE, "TEXT", "Text."),
	ROW(struct sample, flag, "flag", BOOL, NONE, NONE, "FLAG", "Flag."),
	ROW(struct sample, flag, "hidden", BOOL, NONE, NONE, "H", "Text.",
	    .flags = FIELD_TEXT_ONLY),
};

static const struct fields_table sample_table = {
	.name = "sample",
	.help = "A record of all kinds.",
	TABLE(struct sample, sample_fields),
};

static struct sink *open_sink(enum sink_kind kind)
{
	struct sink_options options = { .kind = kind, .fd = -1 };
	struct sink *s;

	assert_int_equal(sink_new(&options, &s), 0);
	return s;
}

/* The only value that the sink holds. */
static struct json_object *parse(struct sink *s)
{
	enum json_tokener_error err;
	struct json_object *o;

	buf_putc(&s->out, 0);
	o = json_tokener_parse_verbose(s->out.data, &err);
	if (err != json_tokener_success)
		fail_msg("%s: %s", json_tokener_error_desc(err), s->out.data);
	return o;
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value))
		fail_msg("no member %s", key);
	return value;
}

static void numbers_survive(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uint64_t noise = random_log(&seed, 64);
		struct sample rec = { .u = noise,
				      .s = (int64_t)random_u64(&seed) >> (noise % 64),
				      .r = (double)random_u32(&seed) / 4294967296.0,
				      .flag = noise & 1 };
		struct sink *s = open_sink(i % 2 ? SINK_JSON : SINK_PRETTY);
		struct json_object *o;

		sink_record(s, &sample_table, &rec);
		o = parse(s);
		assert_int_equal(json_object_get_type(member(o, "u")),
				 rec.u > 1ull << 53 ? json_type_string : json_type_int);
		assert_true(strtoull(json_object_get_string(member(o, "u")), NULL, 10) == rec.u);
		assert_true(strtoll(json_object_get_string(member(o, "s")), NULL, 10) == rec.s);
		assert_true(json_object_get_double(member(o, "r")) - rec.r < 1e-9);
		assert_null(member(o, "text"));
		assert_int_equal(json_object_get_boolean(member(o, "flag")), rec.flag);
		assert_false(json_object_object_get_ex(o, "hidden", NULL));
		assert_string_equal(json_object_get_string(member(o, "schema")), "cdg.sample/1");
		json_object_put(o);
		sink_free(s);
	}
}

static void no_nan_and_no_infinity(void **state)
{
	static const double bad[] = { __builtin_nan(""), __builtin_inf(), -__builtin_inf() };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sample rec = { .r = bad[i] };
		struct sink *s = open_sink(SINK_JSON);
		struct json_object *o;

		sink_record(s, &sample_table, &rec);
		o = parse(s);
		assert_null(member(o, "r"));
		json_object_put(o);
		sink_free(s);
	}
}

/* Any bytes: valid JSON, printable on a terminal, and what was valid UTF-8 comes back. */
static void texts_survive(void **state)
{
	uint64_t seed = 12;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[64] = "";
		struct sample rec = { .text = text };
		struct sink *s = open_sink(SINK_JSON);
		struct json_object *o;
		bool ascii = i % 2;

		for (size_t k = 0, len = random_below(&seed, 63); k < len; k++)
			text[k] = (char)(1 + random_below(&seed, ascii ? 127 : 255));
		sink_record(s, &sample_table, &rec);
		for (size_t k = 0; k + 1 < s->out.len; k++)
			assert_true((unsigned char)s->out.data[k] >= 0x20 &&
				    s->out.data[k] != 0x7f);
		o = parse(s);
		if (ascii)
			assert_string_equal(json_object_get_string(member(o, "text")), text);
		json_object_put(o);
		sink_free(s);
	}
}

static void fill_document(struct sink *s)
{
	struct sample rec = { .text = "t" };

	sink_begin_object(s, NULL);
	sink_uint(s, "a", 1);
	sink_fields(s, &sample_table, &rec);
	sink_begin_table(s, "empty", &sample_table, NULL);
	sink_end_table(s);
	sink_begin_table(s, "rows", &sample_table, NULL);
	sink_record(s, &sample_table, &rec);
	sink_record(s, &sample_table, &rec);
	sink_end_table(s);
	sink_begin_object(s, "inner");
	sink_end_object(s);
	sink_begin_object(s, "more");
	sink_text(s, "x", NULL);
	sink_bool(s, "y", true);
	sink_end_object(s);
}

static void documents_nest(void **state)
{
	(void)state;
	for (int kind = SINK_JSON; kind <= SINK_PRETTY; kind++) {
		struct sink *s = open_sink((enum sink_kind)kind);
		struct json_object *o;

		fill_document(s);
		sink_end_object(s);
		o = parse(s);
		assert_int_equal(json_object_array_length(member(o, "empty")), 0);
		assert_int_equal(json_object_array_length(member(o, "rows")), 2);
		assert_int_equal(json_object_object_length(member(o, "inner")), 0);
		assert_null(member(member(o, "more"), "x"));
		/* Rows of a document are bare: no schema, no type. */
		assert_int_equal(json_object_object_length(
					 json_object_array_get_idx(member(o, "rows"), 0)), 5);
		json_object_put(o);
		sink_free(s);
	}
}

/* A command fails half-way: what was whole stays, what was open goes, the error stands alone. */
static void an_open_document_can_be_dropped(void **state)
{
	struct sample rec = {};
	struct sink *s = open_sink(SINK_JSON);
	size_t whole;

	(void)state;
	sink_record(s, &sample_table, &rec);
	whole = s->out.len;
	fill_document(s);
	assert_int_equal(sink_flush(s), 0); /* writes nothing while it is open: fd is -1 */
	assert_true(s->out.len > whole);
	sink_discard(s);
	assert_int_equal(s->out.len, whole);
	sink_begin_object(s, NULL);
	sink_text(s, "error", "x");
	sink_end_object(s);
	buf_putc(&s->out, 0);
	assert_string_equal(s->out.data + whole, "{\"error\":\"x\"}\n");
	sink_free(s);
}

static void a_failed_write_is_latched(void **state)
{
	struct sample rec = {};
	struct sink *s = open_sink(SINK_JSON);

	(void)state;
	sink_record(s, &sample_table, &rec);
	assert_true(sink_flush(s) < 0);
	assert_true(sink_flush(s) < 0);
	assert_true(sink_error(s) < 0);
	sink_free(s);
}

/* Keys never repeat within an object, whatever the record. */
static void every_table_gives_one_object(void **state)
{
	_Alignas(8) uint8_t zeros[1024] = {};

	(void)state;
	for (size_t i = 0; i < EVENT_KERNEL_TABLES; i++) {
		const struct fields_table *t = event_tables[i];
		struct sink *s = open_sink(SINK_JSON);
		struct json_object *o;
		size_t members = 2;

		for (size_t k = 0; k < t->count; k++)
			members += !(t->fields[k].flags & FIELD_TEXT_ONLY);
		sink_record(s, t, zeros);
		o = parse(s);
		assert_int_equal(json_object_object_length(o), members);
		json_object_put(o);
		sink_free(s);
	}
}

/* A line is written by a plan, what stands inside another object member by member. */
static void line_is_what_an_object_holds(const struct fields_table *t, const void *record)
{
	struct sink *line = open_sink(SINK_JSON), *object = open_sink(SINK_JSON);
	char head[128];

	sink_record(line, t, record);
	sink_begin_object(object, NULL);
	sink_fields(object, t, record);
	sink_end_object(object);
	snprintf(head, sizeof(head), "{\"schema\":\"cdg.%s/1\",\"type\":\"%s\",", t->name, t->name);
	buf_putc(&line->out, 0);
	buf_putc(&object->out, 0);
	assert_memory_equal(line->out.data, head, strlen(head));
	assert_string_equal(line->out.data + strlen(head), object->out.data + 1);
	sink_free(line);
	sink_free(object);
}

static void lines_are_what_objects_hold(void **state)
{
	static _Alignas(8) uint8_t record[4096];
	uint64_t random = 1;

	(void)state;
	for (size_t i = 0; i < EVENT_KERNEL_TABLES * 3000; i++) {
		const struct fields_table *t = event_tables[i % EVENT_KERNEL_TABLES];
		uint64_t sparse = i % 3 ? i % 3 == 1 ? 7 : 1 : 0;

		/* Every byte, every second or every eighth of them is set. */
		for (size_t k = 0; k < t->size; k++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			record[k] = random >> 40 & sparse ? 0 : (uint8_t)(random >> 56);
			/* Numbers of enums, families, flags and small counts are small. */
			if (random >> 50 & 1)
				record[k] &= 7;
		}
		line_is_what_an_object_holds(t, record);
	}
	/* The same second, the one before it, and the times around zero. */
	for (int i = -3; i < 4; i++) {
		struct sink *s = open_sink(SINK_JSON);
		char *second;

		sink_set_clock(s, 1600000000000000000 + i * 999999999ll);
		memset(record, 0, sizeof(record));
		for (uint64_t ns = 0; ns < 3000000000; ns += 400000007) {
			memcpy(record + offsetof(struct cdg_rec_head, ts_ns), &ns, sizeof(ns));
			sink_record(s, &fields_restart, record);
			sink_begin_object(s, NULL);
			sink_fields(s, &fields_restart, record);
			sink_end_object(s);
			buf_putc(&s->out, 0);
			*strchr(s->out.data, '\n') = 0;
			second = s->out.data + strlen(s->out.data) + 2;
			*strchr(second, '\n') = 0;
			assert_string_equal(strstr(s->out.data, "\"time\""), second);
			s->out.len = 0;
		}
		sink_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("numbers survive", numbers_survive),
		CASE("no NaN and no infinity", no_nan_and_no_infinity),
		CASE("texts survive", texts_survive),
		CASE("documents nest", documents_nest),
		CASE("an open document can be dropped", an_open_document_can_be_dropped),
		CASE("a failed write is latched", a_failed_write_is_latched),
		CASE("every table gives one object", every_table_gives_one_object),
		CASE("lines are what objects hold", lines_are_what_objects_hold),
	};

	return cmocka_run_group_tests_name("json", cases, NULL, NULL);
}
