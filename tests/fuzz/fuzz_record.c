/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes as a ring or a file might yield them: decode, then text and JSON. The JSON must be one
 * valid line; a small checker here says so, written apart from the writer.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "user/model/event.h"
#include "user/model/explain.h"
#include "user/model/flow_syn.h"
#include "user/sink/ops.h"
#include "user/util/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *skip_value(const char *p, const char *end);

static void expect(int condition)
{
	if (!condition)
		abort();
}

static const char *skip_string(const char *p, const char *end)
{
	expect(p < end && *p == '"');
	for (p++; p < end && *p != '"';) {
		size_t size = utf8_next(p, (size_t)(end - p));

		expect(size && !utf8_is_control(p, size));
		if (*p == '\\') {
			p++;
			expect(p < end && strchr("\"\\u", *p));
			if (*p == 'u')
				for (int i = 0; i < 4; i++) {
					p++;
					expect(p < end && strchr("0123456789abcdef", *p) && *p);
				}
			p++;
			continue;
		}
		p += size;
	}
	expect(p < end);
	return p + 1;
}

static const char *skip_number(const char *p, const char *end)
{
	size_t digits = 0;

	if (p < end && *p == '-')
		p++;
	expect(p < end && *p >= '0' && *p <= '9');
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		digits++;
	expect(digits <= 16);
	if (p < end && *p == '.') {
		p++;
		expect(p < end && *p >= '0' && *p <= '9');
		while (p < end && *p >= '0' && *p <= '9')
			p++;
	}
	return p;
}

static const char *skip_object(const char *p, const char *end)
{
	char before = '{';

	while (p < end && *p == before) {
		p = skip_string(p + 1, end);
		expect(p < end && *p == ':');
		p = skip_value(p + 1, end);
		before = ',';
	}
	expect(p < end && *p == '}');
	return p + 1;
}

static const char *skip_value(const char *p, const char *end)
{
	static const char *const words[] = { "true", "false", "null" };

	expect(p < end);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(end - p) >= len && !memcmp(p, words[i], len))
			return p + len;
	}
	if (*p == '"')
		return skip_string(p, end);
	return *p == '{' ? skip_object(p, end) : skip_number(p, end);
}

static void print(enum sink_kind kind, const struct fields_table *table, const void *record)
{
	struct sink_options options = { .kind = kind, .fd = -1, .realtime_offset_ns = 1 };
	struct sink *s;
	const char *end;

	if (sink_new(&options, &s))
		return;
	sink_record(s, table, record);
	end = s->out.data + s->out.len;
	expect(end[-1] == '\n');
	if (kind == SINK_JSON)
		expect(skip_object(s->out.data, end) == end - 1);
	else
		for (const char *p = s->out.data; p < end - 1;) {
			size_t size = utf8_next(p, (size_t)(end - p));

			expect(size && !utf8_is_control(p, size));
			p += size;
		}
	sink_free(s);
}

/* A record of a flow, alone and with the fields of its SYN. */
static void print_event(const struct event *event)
{
	struct joined_tables *tables;
	struct joined joined;

	print(SINK_JSON, event->table, event->conn);
	print(SINK_TEXT, event->table, event->conn);
	if (joined_tables_new(&tables))
		return;
	joined_fill(&joined, event);
	print(SINK_JSON, joined_table(tables, event->table), &joined);
	joined_tables_free(tables);
}

static void print_syn(const struct cdg_rec_syn *rec)
{
	static const struct sigdb none;
	struct syn_report report;

	syn_report_record(&report, &none, rec, true);
	print(SINK_JSON, &fields_syn_event, &report);
	print(SINK_TEXT, &fields_syn_event, &report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cdg_rec_syn *syn;
	/* Exactly as long as the record, so that the sanitizer sees a read behind it. */
	void *record = aligned_alloc(8, size ? (size + 7) / 8 * 8 : 8);
	struct event event;

	memcpy(record, data, size);
	if (!event_decode(record, size, &event)) {
		print_event(&event);
		if (event.table == &fields_flow || event.table == &fields_flow_end) {
			struct explanation why;

			explain_flow((const struct cdg_rec_flow *)event.conn, NULL, &why);
		}
	}
	if (!event_decode_syn(record, size, &syn))
		print_syn(syn);
	free(record);
	return 0;
}
