/* SPDX-License-Identifier: GPL-2.0 */
#include "case.h"

#include <errno.h>
#include <string.h>

#include "user/model/event.h"
#include "user/model/filter.h"

static const struct fields_table *const table = &fields_flow;

static bool matches(const char *text, const struct cdg_rec_flow *flow)
{
	struct filter_error err = {};
	struct filter *filter = NULL;
	bool result;

	if (filter_parse(text, &table, 1, &filter, &err))
		fail_msg("%s: %s at %zu", text, err.text, err.at);
	result = filter_match(filter, table, flow);
	filter_free(filter);
	return result;
}

/* Every operator against every order of value and limit, also beyond what a double holds. */
static void operators_compare_exactly(void **state)
{
	static const uint64_t values[] = { 0, 1, 1000, 1ull << 53, (1ull << 53) + 1, UINT64_MAX - 1,
					   UINT64_MAX };
	static const char *const operators[] = { "=", "!=", "<", ">", "<=", ">=" };

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		for (size_t j = 0; j < 7; j++) {
			struct cdg_rec_flow flow = { .tcp.bytes_acked = values[i] };
			uint64_t a = values[i], b = values[j];
			bool expected[] = { a == b, a != b, a < b, a > b, a <= b, a >= b };

			for (size_t k = 0; k < 6; k++) {
				char text[80];

				snprintf(text, sizeof(text), "bytes_acked %s %llu", operators[k],
					 (unsigned long long)b);
				assert_int_equal(matches(text, &flow), expected[k]);
			}
		}
	}
}

static void a_value_in_quotes_may_have_blanks(void **state)
{
	struct cdg_rec_flow flow = { .cc = "a b (c" };

	(void)state;
	assert_true(matches("cc = \"a b (c\" and cwnd = 0", &flow));
	assert_false(matches("cc = \"a b\"", &flow));
	assert_true(matches("cc != \"\"", &flow));
	assert_true(matches("rtt < \"1ms\" or cwnd > 5", &(struct cdg_rec_flow){
							     .conn.srtt_us = 999 }));
}

static void signed_values(void **state)
{
	struct cdg_rec_flow flow = { .last = { .grad_us = -5000 } };

	(void)state;
	assert_true(matches("last_grad_us < 0", &flow));
	assert_true(matches("last_grad_us = -5ms", &flow));
	assert_true(matches("last_grad_us > -5.1ms", &flow));
	assert_true(matches("last_grad_us < -4.9ms", &flow));
	assert_false(matches("last_grad_us > -0", &flow));
	flow.last.grad_us = 0;
	assert_true(matches("last_grad_us = -0", &flow));
}

static void units(void **state)
{
	struct cdg_rec_flow flow = { .conn.srtt_us = 1500, .conn.cwnd = 2000,
				     .tcp.bytes_acked = 1500000, .tcp.pacing_rate_bps = 125000 };

	(void)state;
	assert_true(matches("rtt = 1.5ms", &flow));
	assert_true(matches("rtt = 1500us", &flow));
	assert_true(matches("rtt = 1500", &flow));
	assert_true(matches("rtt = 0.0015s", &flow));
	assert_true(matches("rtt = 1.5MS", &flow));
	assert_true(matches("rtt < 1m", &flow));
	assert_true(matches("cwnd = 2k", &flow));
	assert_true(matches("bytes_acked = 1.5m", &flow));
	assert_true(matches("pacing_rate = 1mbit", &flow));
}

/* A random prefix and address, against comparing bit by bit. */
static void prefixes(void **state)
{
	uint64_t seed = 21;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct cdg_rec_flow flow = { .conn.family = 4, .conn.dport = 443 };
		uint32_t net = random_u32(&seed), bits = random_below(&seed, 33);
		uint32_t addr = net ^ (uint32_t)random_log(&seed, 32);
		bool inside = !bits || !((net ^ addr) >> (32 - bits));
		char text[80];

		for (int k = 0; k < 4; k++)
			flow.conn.daddr[k] = (uint8_t)(addr >> (24 - 8 * k));
		snprintf(text, sizeof(text), "dst %u.%u.%u.%u/%u", net >> 24, net >> 16 & 255,
			 net >> 8 & 255, net & 255, bits);
		assert_int_equal(matches(text, &flow), inside);
		strcat(text, ":443");
		assert_int_equal(matches(text, &flow), inside);
		text[strlen(text) - 1] = '4';
		assert_false(matches(text, &flow));
	}
}

static void addresses_of_both_families(void **state)
{
	struct cdg_rec_flow mapped = { .conn = { .family = 6, .sport = 80,
						 .saddr = { [10] = 255, 255, 10, 0, 0, 1 } } };
	struct cdg_rec_flow v6 = { .conn = { .family = 6, .sport = 80,
					     .saddr = { 0x20, 1, 0xd, 0xb8, [15] = 1 } } };

	(void)state;
	assert_true(matches("src 10.0.0.0/8", &mapped));
	assert_true(matches("src 10.0.0.1:80", &mapped));
	assert_true(matches("src ::ffff:10.0.0.1", &mapped));
	assert_true(matches("src [::ffff:10.0.0.0]/104", &mapped));
	assert_false(matches("src ::/0", &mapped));
	assert_true(matches("src ::/0", &v6));
	assert_true(matches("src 2001:db8::/32", &v6));
	assert_true(matches("src [2001:db8::1]:80", &v6));
	assert_true(matches("src [2001:db8::]/33:80", &v6));
	assert_false(matches("src [2001:db8:8000::]/33", &v6));
	assert_false(matches("src 0.0.0.0/0", &v6));
	assert_true(matches("src *:80", &v6));
	assert_true(matches("src != 10.0.0.1", &v6));
}

/* Random expressions over a, b, c, written with and without brackets, against C's own operators. */
static void precedence(void **state)
{
	static const struct {
		const char *text;
		uint8_t truth; /* bit per a + 2b + 4c */
	} cases[] = {
		{ "%a", 0xaa },
		{ "not %a", 0x55 },
		{ "%a and %b or %c", 0xf8 },
		{ "%c or %a and %b", 0xf8 },
		{ "(%c or %a) and %b", 0xc8 },
		{ "%a %b or %c", 0xf8 },
		{ "not %a and %b", 0x44 },
		{ "not (%a and %b)", 0x77 },
		{ "! ! %a", 0xaa },
		{ "!%a||%b&&!%c", 0x5d },
		{ "%a or %b or %c", 0xfe },
		{ "((%a))(%b)", 0x88 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (unsigned int bits = 0; bits < 8; bits++) {
			struct cdg_rec_flow flow = {
				.seen = { .draws = bits & 1 },
				.totals = { .backoffs = bits >> 1 & 1, .suppressed = bits >> 2 },
			};
			char text[128] = "";

			for (const char *p = cases[i].text; *p; p++) {
				char one[2] = { *p, 0 };

				if (*p == '%')
					strcat(text, *++p == 'a' ? "draws"
						     : *p == 'b' ? "backoffs=1"
								 : "suppressed>0");
				else
					strcat(text, one);
			}
			if (matches(text, &flow) != (cases[i].truth >> bits & 1))
				fail_msg("%s with %u", text, bits);
		}
	}
}

static void a_field_of_another_record_is_false(void **state)
{
	struct cdg_rec_cut cut = { .cause = CDG_CAUSE_RTO };
	struct filter_error err;
	struct filter *filter;

	(void)state;
	assert_int_equal(
		filter_parse("backoffs >= 0", event_tables, EVENT_KERNEL_TABLES, &filter, &err),
		0);
	assert_false(filter_match(filter, &fields_cut, &cut));
	filter_free(filter);
	assert_int_equal(filter_parse("cause = rto and type = cut", event_tables,
				      EVENT_KERNEL_TABLES, &filter, &err),
			 0);
	assert_true(filter_match(filter, &fields_cut, &cut));
	assert_false(filter_match(filter, &fields_restart, &cut));
	assert_false(filter_match(filter, &fields_hello, &cut)); /* not one it was made for */
	filter_free(filter);
	assert_true(filter_match(NULL, &fields_cut, &cut));
}

static void errors_point_at_the_word(void **state)
{
	static const struct {
		const char *text;
		size_t at;
		const char *expected; /* part of it */
	} cases[] = {
		{ "", 0, "ends here" },
		{ "   ", 3, "ends here" },
		{ "nosuch = 1", 0, "no field 'nosuch'" },
		{ "cwnd = ", 7, "expected a value" },
		{ "cwnd = = 4", 7, "expected a value" },
		{ "cwnd = 4 or", 11, "ends here" },
		{ "cwnd = 4ms", 7, "expected a number" },
		{ "cwnd = 4.", 7, "expected a number" },
		{ "cwnd = .4", 7, "expected a number" },
		{ "(cwnd = 4", 9, "')'" },
		{ "cwnd = 4)", 8, "end of the filter" },
		{ "dst", 3, "expected a value" },
		{ "dst 10.0.0.0/", 4, "expected an address" },
		{ "dst 10.0.0.0/8:", 4, "expected an address" },
		{ "dst :65536", 4, "expected an address" },
		{ "dport = :65536", 8, "expected a port from :0 to :65535" },
		{ "dport = :4.5", 8, "expected a port" },
		{ "dport = :-1", 8, "expected a port" },
		{ "dst [::1", 4, "expected an address" },
		{ "saddr = 10.0.0.1:80", 8, "expected an address" },
		{ "paced = maybe", 8, "expected yes or no" },
		{ "cc >= cdg", 6, "only knows = and !=" },
		{ "cc = \"cdg", 5, "the closing \" is missing" },
		{ "time > 5", 7, "use ts_ns" },
		{ "type", 4, "expected = or !=" },
		{ "type > cut", 5, "expected = or !=" },
		{ "type = nosuch", 7, "expected the type" },
		{ "cwnd & 3", 5, "expected a field" },
		{ "and cwnd", 0, "no field 'and'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct filter_error err = {};
		struct filter *filter = NULL;

		assert_int_equal(filter_parse(cases[i].text, &table, 1, &filter, &err), -EINVAL);
		assert_null(filter);
		if (err.at != cases[i].at || !strstr(err.text, cases[i].expected))
			fail_msg("'%s': at %zu: %s", cases[i].text, err.at, err.text);
	}
}

/* The deepest that is allowed, of the kind that needs most of the stack. */
static void the_deepest_filter_works(void **state)
{
	char text[4096] = "";
	struct cdg_rec_flow flow = { .conn.cwnd = 1 };
	struct filter_error err;
	struct filter *filter;
	int depth = 31;

	(void)state;
	for (int i = 0; i < depth; i++)
		strcat(text, "sport or cwnd and (");
	strcat(text, "cwnd");
	for (int i = 0; i < depth; i++)
		strcat(text, ")");
	assert_true(matches(text, &flow));
	memmove(text + 1, text, strlen(text) + 1);
	text[0] = '(';
	strcat(text, ")");
	assert_int_equal(filter_parse(text, &table, 1, &filter, &err), -EINVAL);
	assert_non_null(strstr(err.text, "too deeply"));
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("operators compare exactly", operators_compare_exactly),
		CASE("a value in quotes may have blanks", a_value_in_quotes_may_have_blanks),
		CASE("signed values", signed_values),
		CASE("units", units),
		CASE("prefixes, bit by bit", prefixes),
		CASE("addresses of both families", addresses_of_both_families),
		CASE("precedence", precedence),
		CASE("a field of another record is false", a_field_of_another_record_is_false),
		CASE("errors point at the word", errors_point_at_the_word),
		CASE("the deepest filter works", the_deepest_filter_works),
	};

	return cmocka_run_group_tests_name("filter", cases, NULL, NULL);
}
