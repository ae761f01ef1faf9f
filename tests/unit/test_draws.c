/* SPDX-License-Identifier: GPL-2.0 */
#include "case.h"

#include <errno.h>
#include <string.h>

#include "user/model/draws.h"

static void accepts(struct draws *d, const char *line)
{
	char err[128] = "";

	if (draws_add(d, line, err, sizeof(err)))
		fail_msg("'%s': %s", line, err);
}

static void rounds_of_a_port_are_numbered_in_the_order_of_its_lines(void **state)
{
	static const struct cdg_draw expected[] = {
		{ { 5001, 0, 0 }, 7 },
		{ { 65535, 0, 0 }, 4294967295u },
		{ { 5001, 0, 1 }, 0 },
		{ { 5001, 0, 2 }, 7 },
		{ { 1, 0, 0 }, 12 },
	};
	struct draws d = {};

	(void)state;
	accepts(&d, "# 5001 1");
	accepts(&d, "5001 7");
	accepts(&d, "");
	accepts(&d, "65535 4294967295");
	accepts(&d, " \t5001\t 0 ");
	accepts(&d, "   # nothing");
	accepts(&d, "5001 7\r");
	accepts(&d, "1 0012");
	assert_int_equal(d.count, 5);
	assert_memory_equal(d.draw, expected, sizeof(expected));
	draws_release(&d);
	assert_int_equal(d.count, 0);
}

static void what_is_no_such_line_is_refused_and_adds_nothing(void **state)
{
	static const struct {
		const char *line, *part;
	} wrong[] = {
		{ "x", "port comes first" },
		{ "0 1", "port comes first" },
		{ "65536 1", "port comes first" },
		{ "-1 1", "port comes first" },
		{ "+1 1", "port comes first" },
		{ "18446744073709551617 1", "port comes first" },
		{ "5001:7", "port comes first" },
		{ "5001", "comes a number" },
		{ "5001 4294967296", "comes a number" },
		{ "5001 99999999999999999999999", "comes a number" },
		{ "5001 0x7", "comes a number" },
		{ "5001 7.5", "comes a number" },
		{ "5001 # 7", "comes a number" },
		{ "5001 7 8", "no more" },
		{ "5001 7 # seven", "no more" },
	};
	struct draws d = {};
	char err[128];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(draws_add(&d, wrong[i].line, err, sizeof(err)), -EINVAL);
		if (!strstr(err, wrong[i].part))
			fail_msg("'%s' gave: %s", wrong[i].line, err);
	}
	assert_int_equal(d.count, 0);
	draws_release(&d);
}

static void there_is_a_limit(void **state)
{
	struct draws d = {};
	char err[128];

	(void)state;
	for (size_t i = 0; i < DRAWS_MAX; i++)
		accepts(&d, "9 9");
	assert_int_equal(draws_add(&d, "9 9", err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "more than 1048576 numbers"));
	assert_int_equal(d.draw[DRAWS_MAX - 1].key.round, DRAWS_MAX - 1);
	draws_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("the rounds of a port are numbered in the order of its lines",
		     rounds_of_a_port_are_numbered_in_the_order_of_its_lines),
		CASE("what is no line of a port and a number is refused, and adds nothing",
		     what_is_no_such_line_is_refused_and_adds_nothing),
		CASE("numbers beyond the limit are refused", there_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
