/* SPDX-License-Identifier: GPL-2.0 */
#include "case.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/model/format.h"
#include "user/util/buf.h"
#include "user/util/utf8.h"

static void durations(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
		{ 0, "0us" },		{ 1, "1us" },		 { 999, "999us" },
		{ 1000, "1ms" },	{ 1234, "1.23ms" },	 { 1235, "1.24ms" },
		{ 1200, "1.2ms" },	{ 9994, "9.99ms" },	 { 9996, "10ms" },
		{ 21300, "21.3ms" },	{ 99960, "100ms" },	 { 123456, "123ms" },
		{ 999999, "1000ms" },	{ 1250000, "1.25s" },	 { 59900000, "59.9s" },
		{ 100000000, "1m40s" }, { 3599000000, "59m59s" }, { 3600000000, "1h0m" },
		{ 90000000000, "1d1h" }, { -400, "-400us" },	 { -21300, "-21.3ms" },
		{ INT64_MIN, "-106751991d4h" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[FORMAT_LEN];
		size_t len = format_us(text, sizeof(text), cases[i].us);

		assert_string_equal(text, cases[i].text);
		assert_int_equal(len, strlen(text));
	}
}

static void sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1k" },
		{ 1500, "1.5k" },
		{ 25000000, "25M" },
		{ 1234567890, "1.23G" },
		{ UINT64_MAX, "18.4E" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[FORMAT_LEN];

		format_bytes(text, sizeof(text), cases[i].bytes);
		assert_string_equal(text, cases[i].text);
	}
}

/* Against the C library's calendar, over all that 64 bits of nanoseconds hold. */
static void times(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t ns = (int64_t)random_u64(&seed);
		int64_t us = ns / 1000 - (ns % 1000 < 0);
		time_t seconds = us / 1000000 - (us % 1000000 < 0);
		char text[FORMAT_TIME_LEN], expected[64], date[40];
		struct tm tm;

		gmtime_r(&seconds, &tm);
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
		snprintf(expected, sizeof(expected), "%s.%06dZ", date,
			 (int)(us - (int64_t)seconds * 1000000));
		assert_int_equal(format_time(text, sizeof(text), ns), FORMAT_TIME_LEN - 1);
		assert_string_equal(text, expected);
	}
}

static void short_buffers_are_not_overrun(void **state)
{
	(void)state;
	for (size_t len = 1; len < 24; len++) {
		char text[32];

		memset(text, '#', sizeof(text));
		assert_true(format_us(text, len, -123456789) < len);
		assert_true(format_bytes(text, len, 123456789) < len);
		assert_true(format_endpoint(text, len, 6, (const uint8_t *)"0123456789abcdef",
					    80) < len);
		assert_int_equal(text[len], '#');
	}
}

static void numbers_in_a_buffer(void **state)
{
	struct buf b = {};
	uint64_t seed = 5;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t value = random_log(&seed, 64);
		char expected[64];

		buf_reset(&b);
		buf_u64(&b, value);
		buf_putc(&b, ' ');
		buf_s64(&b, (int64_t)value);
		buf_putc(&b, 0);
		snprintf(expected, sizeof(expected), "%" PRIu64 " %" PRId64, value, (int64_t)value);
		assert_string_equal(b.data, expected);
	}
	buf_release(&b);
}

static void reals_in_a_buffer(void **state)
{
	struct buf b = {};
	uint64_t seed = 6;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		double value = ((double)random_u64(&seed) / 18446744073709551616.0 - 0.5) * 2000;
		unsigned int digits = random_below(&seed, 10);

		buf_reset(&b);
		buf_real(&b, value, digits);
		buf_putc(&b, 0);
		assert_true(fabs(strtod(b.data, NULL) - value) <= 0.6 * pow(10, -(int)digits));
	}
	buf_reset(&b);
	buf_real(&b, 1.0, 9);
	buf_putc(&b, ' ');
	buf_real(&b, 0.99999, 2);
	buf_putc(&b, ' ');
	buf_real(&b, -0.5, 3);
	buf_putc(&b, 0);
	assert_string_equal(b.data, "1 1 -0.5");
	buf_release(&b);
}

/* Every code point that there is encodes to one that is accepted, and nothing else is. */
static void utf8(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc3",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xe2\x82",
		"\xc3(",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(utf8_next(bad[i], strlen(bad[i])), 0);
	for (uint32_t c = 1; c < 0x110000; c++) {
		char text[4];
		size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

		for (size_t i = len - 1; i > 0; i--)
			text[i] = (char)(0x80 | (c >> (6 * (len - 1 - i)) & 0x3f));
		text[0] = (char)(len == 1 ? c : (0xf00u >> len & 0xff) | c >> (6 * (len - 1)));
		assert_int_equal(utf8_next(text, len), c >= 0xd800 && c < 0xe000 ? 0 : len);
		if (len > 1)
			assert_int_equal(utf8_next(text, len - 1), 0);
		assert_int_equal(utf8_is_control(text, len),
				 c < 0x20 || (c >= 0x7f && c < 0xa0));
	}
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("durations", durations),
		CASE("sizes", sizes),
		CASE("times, against the C library", times),
		CASE("short buffers are not overrun", short_buffers_are_not_overrun),
		CASE("numbers in a buffer", numbers_in_a_buffer),
		CASE("reals in a buffer", reals_in_a_buffer),
		CASE("UTF-8, every code point", utf8),
	};

	return cmocka_run_group_tests_name("format", cases, NULL, NULL);
}
