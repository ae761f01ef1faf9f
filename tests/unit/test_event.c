/* SPDX-License-Identifier: GPL-2.0 */
#include "case.h"

#include <errno.h>
#include <string.h>

#include "user/model/event.h"

#define KIND(type) (1u << CDG_REC_##type)

static void longer_is_accepted_shorter_is_not(void **state)
{
	_Alignas(8) uint8_t bytes[1024];
	struct cdg_rec_head *head = (struct cdg_rec_head *)bytes;

	(void)state;
	for (unsigned int type = CDG_REC_ROUND; type <= CDG_REC_FLOW; type++) {
		const struct fields_table *table = event_table(type);
		struct event event;

		assert_non_null(table);
		memset(bytes, 0, sizeof(bytes));
		head->type = (uint16_t)type;
		head->len = (uint16_t)table->size;
		assert_int_equal(event_decode(bytes, table->size, &event), 0);
		assert_ptr_equal(event.table, table);
		assert_int_equal(event_decode(bytes, table->size - 1, &event), -EBADMSG);
		head->len = (uint16_t)(table->size - 1);
		assert_int_equal(event_decode(bytes, table->size, &event), -EBADMSG);
		head->len = (uint16_t)(table->size + 100);
		assert_int_equal(event_decode(bytes, table->size + 100, &event), 0);
		assert_int_equal(event_decode(bytes, table->size, &event), -EBADMSG);
	}
}

static void unknown_kinds_are_told_from_broken_ones(void **state)
{
	struct cdg_rec_head head = { .len = sizeof(head) };
	struct event event;

	(void)state;
	for (unsigned int type = 0; type < 65536; type++) {
		head.type = (uint16_t)type;
		assert_int_equal(event_decode(&head, sizeof(head), &event),
				 event_table(type) ? -EBADMSG : -ENOMSG);
	}
	assert_int_equal(event_decode(&head, sizeof(head) - 1, &event), -EBADMSG);
	assert_int_equal(event_decode(&head, 0, &event), -EBADMSG);
	head.len = 0;
	assert_int_equal(event_decode(&head, sizeof(head), &event), -EBADMSG);
}

static void names_and_types_agree(void **state)
{
	(void)state;
	for (unsigned int type = CDG_REC_ROUND; type <= CDG_REC_FLOW; type++) {
		const char *name = event_table(type)->name;

		assert_int_equal(event_type(name, strlen(name)), type);
		assert_ptr_equal(event_tables[type - CDG_REC_ROUND], event_table(type));
	}
	assert_int_equal(event_type("rounds", 6), CDG_REC_NONE);
	assert_int_equal(event_type("", 0), CDG_REC_NONE);
}

static void lists_of_kinds(void **state)
{
	static const struct {
		const char *list;
		uint32_t kinds; /* 0: refused */
	} cases[] = {
		{ "round", KIND(ROUND) },
		{ "flow", KIND(FLOW_START) | KIND(FLOW_END) },
		{ "round,backoff", KIND(ROUND) | KIND(BACKOFF) },
		{ "decisions", KIND(BACKOFF) | KIND(SUPPRESSED) | KIND(CUT) | KIND(UNDO) |
				       KIND(SLOW_START_EXIT) | KIND(RESTART) },
		{ "all", 0xbfe },
		{ "all,round", 0xbfe },
		{ "syn", 0x800 },
		{ "", 0 },
		{ "round,", 0 },
		{ ",round", 0 },
		{ "Round", 0 },
		{ "roun", 0 },
		{ "hello", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint32_t kinds = 7;
		char err[512] = "";
		int r = event_kinds_parse(cases[i].list, &kinds, err, sizeof(err));

		assert_int_equal(r, cases[i].kinds ? 0 : -EINVAL);
		assert_int_equal(kinds, cases[i].kinds ? cases[i].kinds : 7);
		assert_int_equal(!*err, !r);
	}
}

static void kinds_as_text_parse_back(void **state)
{
	(void)state;
	for (uint32_t kinds = 2; kinds < 0x400; kinds += 2) {
		char text[256], err[512];
		uint32_t again;

		event_kinds_text(kinds, text, sizeof(text));
		assert_int_equal(event_kinds_parse(text, &again, err, sizeof(err)), 0);
		assert_int_equal(again, kinds);
	}
}

static void the_filter_of_a_subscription(void **state)
{
	struct cdg_rec_conn conn = { .head = { .type = CDG_REC_CUT, .flow = 12 }, .sport = 443,
				     .dport = 5000, .netns = 7 };
	struct cdg_sub_filter f = { .kinds = KIND(CUT) };

	(void)state;
	assert_true(event_wanted(&f, &conn));
	f.sample = 4;
	f.sport = 443;
	f.dport = 5000;
	f.netns = 7;
	f.flow = 12;
	assert_true(event_wanted(&f, &conn));
#define BUT(member, value)                              \
	do {                                            \
		struct cdg_sub_filter other = f;        \
		other.member = value;                   \
		assert_false(event_wanted(&other, &conn)); \
	} while (0)
	for (f.sample = 0; f.sample < 20; f.sample++)
		assert_int_equal(event_wanted(&f, &conn), !f.sample || 12 % f.sample == 0);
	f.sample = 4;
	BUT(kinds, KIND(ROUND));
	BUT(sport, 80);
	BUT(dport, 80);
	BUT(netns, 8);
	BUT(flow, 13);
}

/* Sentences of noise: they end within their buffer, whatever its size. */
static void sentences_stay_in_their_buffer(void **state)
{
	_Alignas(8) uint8_t bytes[1024];
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		const struct fields_table *table =
			event_tables[(size_t)round % EVENT_KERNEL_TABLES];
		size_t len = 1 + random_below(&seed, 300);
		char text[512];

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)random_u64(&seed);
		if (!table->sentence)
			continue;
		memset(text, '#', sizeof(text));
		table->sentence(bytes, text, len);
		assert_non_null(memchr(text, 0, len));
		for (size_t i = len; i < sizeof(text); i++)
			assert_int_equal(text[i], '#');
	}
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("longer is accepted, shorter is not", longer_is_accepted_shorter_is_not),
		CASE("unknown kinds are told from broken ones",
		     unknown_kinds_are_told_from_broken_ones),
		CASE("names and types agree", names_and_types_agree),
		CASE("lists of kinds", lists_of_kinds),
		CASE("kinds as text parse back", kinds_as_text_parse_back),
		CASE("the filter of a subscription", the_filter_of_a_subscription),
		CASE("sentences stay in their buffer", sentences_stay_in_their_buffer),
	};

	return cmocka_run_group_tests_name("event", cases, NULL, NULL);
}
