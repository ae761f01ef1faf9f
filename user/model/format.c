/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/format.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static size_t wrote(int n, size_t len)
{
	if (n < 0 || !len)
		return 0;
	return (size_t)n < len ? (size_t)n : len - 1;
}

/* value in units of 10^-scale with three significant digits, rounded half up: 21.3, 1.25, 850. */
static size_t three_digits(char *out, size_t len, uint64_t value, uint64_t one, const char *unit)
{
	uint64_t whole = value / one, hundredths;

	if (whole >= 100)
		return wrote(snprintf(out, len, "%" PRIu64 "%s", (value + one / 2) / one, unit),
			     len);
	hundredths = (value * 100 + one / 2) / one;
	if (hundredths >= 1000) {
		uint64_t tenths = (value * 10 + one / 2) / one;

		if (tenths % 10)
			return wrote(snprintf(out, len, "%" PRIu64 ".%" PRIu64 "%s", tenths / 10,
					      tenths % 10, unit), len);
		return wrote(snprintf(out, len, "%" PRIu64 "%s", tenths / 10, unit), len);
	}
	if (hundredths % 100 == 0)
		return wrote(snprintf(out, len, "%" PRIu64 "%s", hundredths / 100, unit), len);
	if (hundredths % 10 == 0)
		return wrote(snprintf(out, len, "%" PRIu64 ".%" PRIu64 "%s", hundredths / 100,
				      hundredths % 100 / 10, unit), len);
	return wrote(snprintf(out, len, "%" PRIu64 ".%02" PRIu64 "%s", hundredths / 100,
			      hundredths % 100, unit), len);
}

size_t format_us(char *out, size_t len, int64_t us)
{
	uint64_t value = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
	uint64_t seconds = value / 1000000;
	size_t sign = 0;

	if (us < 0) {
		sign = wrote(snprintf(out, len, "-"), len);
		out += sign;
		len -= sign;
	}
	if (value < 1000)
		return sign + wrote(snprintf(out, len, "%" PRIu64 "us", value), len);
	if (value < 1000000)
		return sign + three_digits(out, len, value, 1000, "ms");
	if (seconds < 100)
		return sign + three_digits(out, len, value, 1000000, "s");
	if (seconds < 3600)
		return sign + wrote(snprintf(out, len, "%" PRIu64 "m%" PRIu64 "s", seconds / 60,
					     seconds % 60), len);
	if (seconds < 86400)
		return sign + wrote(snprintf(out, len, "%" PRIu64 "h%" PRIu64 "m", seconds / 3600,
					     seconds / 60 % 60), len);
	return sign + wrote(snprintf(out, len, "%" PRIu64 "d%" PRIu64 "h", seconds / 86400,
				     seconds / 3600 % 24), len);
}

size_t format_bytes(char *out, size_t len, uint64_t bytes)
{
	static const char *const units[] = { "", "k", "M", "G", "T", "P", "E" };
	uint64_t one = 1;
	size_t i = 0;

	while (bytes / one >= 1000 && i < 6) {
		one *= 1000;
		i++;
	}
	/* Keeps value * 100 within 64 bits. */
	if (one > 1000000) {
		bytes /= one / 1000000;
		one = 1000000;
	}
	return three_digits(out, len, bytes, one, units[i]);
}

/* Every JSON record holds two addresses; inet_ntop() would be half of its cost. */
static size_t ipv4_text(char *text, const uint8_t *addr)
{
	size_t len = 0;

	for (int i = 0; i < 4; i++) {
		if (addr[i] >= 100)
			text[len++] = (char)('0' + addr[i] / 100);
		if (addr[i] >= 10)
			text[len++] = (char)('0' + addr[i] / 10 % 10);
		text[len++] = (char)('0' + addr[i] % 10);
		text[len++] = '.';
	}
	text[--len] = 0;
	return len;
}

/* text: INET6_ADDRSTRLEN bytes. */
static size_t address_text(char *text, uint8_t family, const uint8_t *addr)
{
	if (family == 4)
		return ipv4_text(text, addr);
	if (!inet_ntop(AF_INET6, addr, text, INET6_ADDRSTRLEN))
		text[0] = 0;
	return strlen(text);
}

size_t format_address(char *out, size_t len, uint8_t family, const uint8_t *addr)
{
	char text[INET6_ADDRSTRLEN];
	size_t need = address_text(text, family, addr);

	if (need >= len)
		return wrote(snprintf(out, len, "%s", text), len);
	memcpy(out, text, need + 1);
	return need;
}

size_t format_endpoint(char *out, size_t len, uint8_t family, const uint8_t *addr, uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	address_text(text, family, addr);
	return wrote(snprintf(out, len, family == 4 ? "%s:%u" : "[%s]:%u", text, port), len);
}

static void put_digits(char *out, unsigned int width, uint64_t value)
{
	for (unsigned int i = width; i > 0; i--) {
		out[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
}

/*
 * Days since 1970 -> year, month, day. The year is taken to begin in March, so that the leap day
 * is its last; day 0 of that count is 0000-03-01.
 */
static void civil(int64_t days, uint64_t *year, uint64_t *month, uint64_t *day)
{
	uint64_t since = (uint64_t)(days + 719468);
	uint64_t era = since / 146097, of_era = since % 146097;
	uint64_t of_400 = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint64_t of_year = of_era - (365 * of_400 + of_400 / 4 - of_400 / 100);
	uint64_t shifted = (5 * of_year + 2) / 153;

	*day = of_year - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = of_400 + era * 400 + (*month <= 2);
}

size_t format_time(char *out, size_t len, int64_t realtime_ns)
{
	char text[FORMAT_TIME_LEN] = "0000-00-00T00:00:00.000000Z";
	int64_t us = realtime_ns / 1000 - (realtime_ns % 1000 < 0);
	int64_t seconds = us / 1000000 - (us % 1000000 < 0);
	int64_t days = seconds / 86400 - (seconds % 86400 < 0);
	uint64_t in_day = (uint64_t)(seconds - days * 86400);
	uint64_t year, month, day;

	civil(days, &year, &month, &day);
	put_digits(text, 4, year);
	put_digits(text + 5, 2, month);
	put_digits(text + 8, 2, day);
	put_digits(text + 11, 2, in_day / 3600);
	put_digits(text + 14, 2, in_day / 60 % 60);
	put_digits(text + 17, 2, in_day % 60);
	put_digits(text + 20, 6, (uint64_t)(us - seconds * 1000000));
	if (len < sizeof(text))
		return 0;
	memcpy(out, text, sizeof(text));
	return sizeof(text) - 1;
}

static size_t format_unsigned(char *out, size_t len, const struct field *field, uint64_t value)
{
	switch ((enum field_unit)field->unit) {
	case UNIT_US:
		return format_us(out, len, (int64_t)(value > INT64_MAX ? INT64_MAX : value));
	case UNIT_BYTES:
		return format_bytes(out, len, value);
	case UNIT_BYTES_PER_SECOND: {
		size_t n = format_bytes(out, len, value);

		return n + wrote(snprintf(out + n, len - n, "B/s"), len - n);
	}
	default:
		return wrote(snprintf(out, len, "%" PRIu64, value), len);
	}
}

size_t format_value(char *out, size_t len, const struct field *field, const struct value *value)
{
	switch (value->kind) {
	case VALUE_UINT:
		return format_unsigned(out, len, field, value->uint);
	case VALUE_INT:
		if (field->unit == UNIT_US)
			return format_us(out, len, value->sint);
		return wrote(snprintf(out, len, "%" PRId64, value->sint), len);
	case VALUE_REAL:
		if (field->unit == UNIT_RATIO)
			return wrote(snprintf(out, len, "%.2f%%", value->real * 100), len);
		return wrote(snprintf(out, len, "%.6g", value->real), len);
	case VALUE_BOOL:
		return wrote(snprintf(out, len, "%s", value->boolean ? "yes" : "no"), len);
	case VALUE_ADDR:
		return format_address(out, len, value->family, value->addr);
	case VALUE_ENDPOINT:
		return format_endpoint(out, len, value->family, value->addr, value->port);
	case VALUE_NONE:
	case VALUE_TEXT:
	case VALUE_TIME:
		break;
	}
	return wrote(snprintf(out, len, "-"), len);
}
