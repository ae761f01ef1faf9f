/* SPDX-License-Identifier: GPL-2.0 */
/* SYNs as the kernel publishes them: decoded, reported, joined with flows. */
#include "case.h"

#include <errno.h>
#include <string.h>

#include "user/model/flow_syn.h"

/* A Linux client's SYN, IPv4, from 10.9.1.1:40000 to 10.9.2.1:443. */
static const char linux_syn[] = "4500003c1c4640003f06aaaa0a0901010a090201"
				"9c4001bb00000001000000" "00a002faf000000000"
				"020405b40402080a0000000100000000" "0103030a";

static size_t unhex(const char *text, uint8_t *out)
{
	size_t len = 0;

	for (; *text; text += 2) {
		unsigned int byte;

		sscanf(text, "%2x", &byte);
		out[len++] = (uint8_t)byte;
	}
	return len;
}

static struct cdg_rec_syn make(void)
{
	struct cdg_rec_syn rec = {
		.conn = { .head = { .type = CDG_REC_SYN, .len = sizeof(rec), .ts_ns = 5 },
			  .sport = 443, .dport = 40000, .family = 4, .netns = 7, .cookie = 99,
			  .saddr = { 10, 9, 2, 1 }, .daddr = { 10, 9, 1, 1 } },
		.cgroup = 12,
		.source = CDG_SYN_SAVE,
	};

	rec.len = (uint16_t)unhex(linux_syn, rec.header);
	return rec;
}

static void lengths_are_checked(void **state)
{
	const struct cdg_rec_syn *out;
	struct cdg_rec_syn rec = make();

	(void)state;
	assert_int_equal(event_decode_syn(&rec, sizeof(rec), &out), 0);
	assert_int_equal(event_decode_syn(&rec, sizeof(rec) - 1, &out), -EBADMSG);
	assert_int_equal(event_decode_syn(&rec, 3, &out), -EBADMSG);
	rec.len = sizeof(rec.header) + 1;
	assert_int_equal(event_decode_syn(&rec, sizeof(rec), &out), -EBADMSG);
	rec = make();
	rec.conn.head.len = sizeof(rec) - 8;
	assert_int_equal(event_decode_syn(&rec, sizeof(rec), &out), -EBADMSG);
	rec.conn.head.type = CDG_REC_ROUND;
	assert_int_equal(event_decode_syn(&rec, sizeof(rec), &out), -ENOMSG);
}

static void a_report_says_who_and_what(void **state)
{
	static const struct sigdb none;
	struct cdg_rec_syn rec = make();
	struct syn_report r;
	char text[512];

	(void)state;
	syn_report_record(&r, &none, &rec, false);
	assert_string_equal(r.status, "ok");
	assert_string_equal(r.fp.raw_sig, "4:63+1:0:1460:mss*44,10:mss,sok,ts,nop,ws:df,id+:0");
	assert_int_equal(r.cookie, 99);
	assert_int_equal(r.cgroup_id, 12);
	assert_int_equal(r.sport, 443);
	assert_false(r.has_header);
	fields_syn_event.sentence(&r, text, sizeof(text));
	assert_non_null(strstr(text, "10.9.2.1:443 < 10.9.1.1:40000 unknown system, 1 hops"));
	syn_report_record(&r, &none, &rec, true);
	assert_true(r.has_header);
	assert_string_equal(r.header, linux_syn);
}

static void a_missing_syn_has_a_reason(void **state)
{
	static const char *const names[] = { "ok", "syncookie", "not_saved", "lost", "truncated" };
	static const struct sigdb none;
	struct syn_report r;

	(void)state;
	for (unsigned int status = CDG_SYN_COOKIE; status < CDG_SYN_STATUS_MAX; status++) {
		struct cdg_rec_syn rec = make();

		rec.status = (uint8_t)status;
		syn_report_record(&r, &none, &rec, false);
		assert_string_equal(r.status, names[status]);
		assert_false(r.ok);
		assert_int_equal(r.dport, 40000);
	}
}

static void mapped_addresses_are_ipv4(void **state)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const struct sigdb none;
	struct cdg_rec_syn rec = make();
	struct syn_report r;

	(void)state;
	rec.conn.family = 6;
	memmove(rec.conn.saddr + 12, rec.conn.saddr, 4);
	memmove(rec.conn.daddr + 12, rec.conn.daddr, 4);
	memcpy(rec.conn.saddr, mapped, sizeof(mapped));
	memcpy(rec.conn.daddr, mapped, sizeof(mapped));
	syn_report_record(&r, &none, &rec, false);
	assert_int_equal(r.family, 4);
	assert_memory_equal(r.daddr, ((uint8_t[]){ 10, 9, 1, 1, 0, 0, 0, 0 }), 8);
}

static void every_table_of_flows_can_be_joined(void **state)
{
	_Alignas(8) uint8_t bytes[1024] = { 0 };
	struct joined_tables *tables;

	(void)state;
	assert_int_equal(joined_tables_new(&tables), 0);
	for (unsigned int type = CDG_REC_ROUND; type <= CDG_REC_FLOW; type++) {
		struct cdg_rec_head *head = (struct cdg_rec_head *)bytes;
		const struct fields_table *table;
		const struct field *label;
		struct joined joined;
		struct event event;
		struct value value;

		head->type = (uint16_t)type;
		head->len = (uint16_t)event_table(type)->size;
		assert_int_equal(event_decode(bytes, sizeof(bytes), &event), 0);
		joined_fill(&joined, &event);
		table = joined_table(tables, event.table);
		assert_string_equal(table->name, event.table->name);
		label = fields_find(table, "label", 5);
		assert_false(field_get(label, &joined, &value));
		joined.syn.label = "Linux";
		assert_true(field_get(label, &joined, &value));
		assert_int_equal(value.len, 5);
	}
	assert_null(joined_table(tables, &fields_hello));
	joined_tables_free(tables);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("lengths are checked", lengths_are_checked),
		CASE("a report says who and what", a_report_says_who_and_what),
		CASE("a missing SYN has a reason", a_missing_syn_has_a_reason),
		CASE("mapped addresses are IPv4", mapped_addresses_are_ipv4),
		CASE("every table of flows can be joined", every_table_of_flows_can_be_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
