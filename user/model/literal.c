/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/literal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/util/own.h"

#define NUMBER_LEN 40

static const struct {
	uint8_t unit;
	const char *suffix;
	double scale; /* in the field's own unit */
} units[] = {
	{ UNIT_US, "us", 1 },	   { UNIT_US, "ms", 1e3 },     { UNIT_US, "s", 1e6 },
	{ UNIT_US, "m", 60e6 },	   { UNIT_US, "h", 3600e6 },   { UNIT_NS, "ns", 1 },
	{ UNIT_NS, "us", 1e3 },	   { UNIT_NS, "ms", 1e6 },     { UNIT_NS, "s", 1e9 },
	{ UNIT_NS, "m", 60e9 },	   { UNIT_NS, "h", 3600e9 },   { UNIT_RATIO, "%", 0.01 },
	{ UNIT_NONE, "k", 1e3 },   { UNIT_NONE, "m", 1e6 },    { UNIT_NONE, "g", 1e9 },
	{ UNIT_SEGMENTS, "k", 1e3 }, { UNIT_SEGMENTS, "m", 1e6 },
	{ UNIT_BYTES, "k", 1e3 },  { UNIT_BYTES, "m", 1e6 },   { UNIT_BYTES, "g", 1e9 },
	{ UNIT_BYTES, "t", 1e12 },
	{ UNIT_BYTES_PER_SECOND, "k", 1e3 },	  { UNIT_BYTES_PER_SECOND, "m", 1e6 },
	{ UNIT_BYTES_PER_SECOND, "g", 1e9 },	  { UNIT_BYTES_PER_SECOND, "kbit", 125 },
	{ UNIT_BYTES_PER_SECOND, "mbit", 125e3 }, { UNIT_BYTES_PER_SECOND, "gbit", 125e6 },
};

static bool same_letters(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a | 0x20) != (*b | 0x20))
			return false;
	return !*a && !*b;
}

/* "us, ms, s" of the units that fit a field. */
static void list_units(uint8_t unit, char *out, size_t len)
{
	size_t used = 0;

	out[0] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		int n;

		if (units[i].unit != unit)
			continue;
		n = snprintf(out + used, len - used, "%s%s", used ? ", " : "", units[i].suffix);
		if (n < 0 || (size_t)n >= len - used)
			return;
		used += (size_t)n;
	}
}

static int number_expected(const struct field *field, char *err, size_t err_len)
{
	char list[64];

	list_units(field->unit, list, sizeof(list));
	snprintf(err, err_len, "expected a number%s%s%s for %s",
		 list[0] ? " with or without a unit (" : "", list, list[0] ? ")" : "",
		 field->name);
	return -EINVAL;
}

static bool unit_scale(const struct field *field, const char *suffix, double *scale)
{
	*scale = 1;
	if (!*suffix)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (units[i].unit != field->unit || !same_letters(units[i].suffix, suffix))
			continue;
		*scale = units[i].scale;
		return true;
	}
	return false;
}

/* Digits with at most one point between them; returns where they end, NULL if there are none. */
static const char *skip_number(const char *text)
{
	size_t whole = strspn(text, "0123456789"), part = 0;
	const char *end = text + whole;

	if (*end == '.') {
		part = strspn(end + 1, "0123456789");
		if (!part)
			return NULL;
		end += 1 + part;
	}
	return whole ? end : NULL;
}

static int parse_number(const struct field *field, const char *text, size_t len,
			struct literal *out, char *err, size_t err_len)
{
	char copy[NUMBER_LEN];
	const char *digits = copy, *end;
	double scale;
	bool port;

	if (len >= sizeof(copy))
		return number_expected(field, err, err_len);
	memcpy(copy, text, len);
	copy[len] = 0;
	port = *digits == ':' && field->type == FIELD_UINT && field->size == 2;
	digits += port; /* :443 */
	out->negative = *digits == '-';
	digits += out->negative;
	end = skip_number(digits);
	if (!end || !unit_scale(field, end, &scale))
		return number_expected(field, err, err_len);
	out->kind = LITERAL_NUMBER;
	errno = 0;
	out->magnitude = strtoull(digits, NULL, 10);
	out->whole = !errno && !memchr(digits, '.', (size_t)(end - digits)) &&
		     !__builtin_mul_overflow(out->magnitude, (uint64_t)scale, &out->magnitude) &&
		     scale >= 1;
	out->real = strtod(digits, NULL) * scale;
	if (out->negative)
		out->real = -out->real;
	if (!port || (out->whole && !out->negative && out->magnitude <= 65535))
		return 0;
	snprintf(err, err_len, "expected a port from :0 to :65535 for %s", field->name);
	return -EINVAL;
}

static int parse_bool(const struct field *field, const char *text, size_t len, struct literal *out,
		      char *err, size_t err_len)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{ "yes", 1 }, { "no", 0 },  { "true", 1 }, { "false", 0 },
		{ "1", 1 },   { "0", 0 },   { "on", 1 },   { "off", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].text) != len || memcmp(words[i].text, text, len))
			continue;
		out->kind = LITERAL_BOOL;
		out->boolean = words[i].value;
		return 0;
	}
	snprintf(err, err_len, "expected yes or no for %s", field->name);
	return -EINVAL;
}

static int parse_text(const struct field *field, const char *text, size_t len, struct literal *out,
		      char *err, size_t err_len)
{
	size_t used;

	out->kind = LITERAL_TEXT;
	out->text = text;
	out->len = len;
	if (field->type != FIELD_ENUM)
		return 0;
	for (const struct enum_name *n = field->names; n->name; n++)
		if (strlen(n->name) == len && !memcmp(n->name, text, len))
			return 0;
	used = (size_t)snprintf(err, err_len, "expected one of");
	for (const struct enum_name *n = field->names; n->name && used < err_len; n++)
		used += (size_t)snprintf(err + used, err_len - used, " %s", n->name);
	return -EINVAL;
}

static int parse_port(const char *text, uint16_t *out)
{
	unsigned long port;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	port = strtoul(text, &end, 10);
	if (*end || port > 65535)
		return -EINVAL;
	*out = (uint16_t)port;
	return 0;
}

static int parse_bits(const char *text, struct literal *out)
{
	uint16_t bits;
	int r = parse_port(text, &bits);

	if (r || bits > (out->family == 4 ? 32 : 128))
		return -EINVAL;
	out->bits = (uint8_t)bits;
	return 0;
}

/* Splits [v6]/64:443, v4/8:443, v6/64 and :443 in place into address, bits and port. */
static void split_address(char *text, char **addr, char **bits, char **port)
{
	char *rest = text;

	*addr = text;
	*bits = *port = NULL;
	if (*text == '[') {
		rest = strchr(text, ']');
		if (!rest)
			return; /* the bracket stays and is no address */
		*addr = text + 1;
		*rest++ = 0;
	} else if (strchr(text, ':') != strrchr(text, ':')) {
		rest = strchr(text, '/'); /* plain IPv6: colons belong to it */
		if (rest) {
			*rest = 0;
			*bits = rest + 1;
		}
		return;
	}
	*port = strchr(rest, ':');
	if (*port)
		*(*port)++ = 0;
	*bits = strchr(rest, '/');
	if (*bits)
		*(*bits)++ = 0;
	else if (*text == '[' && *rest)
		*bits = rest; /* rubbish behind the bracket: refused as a prefix length */
}

static int parse_address(const struct field *field, const char *text, size_t len,
			 struct literal *out, char *err, size_t err_len)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char copy[80], *addr, *bits, *port;

	snprintf(err, err_len, "expected an address for %s, such as 10.0.0.0/8, [2001:db8::]/32%s",
		 field->name, field->type == FIELD_ENDPOINT ? ", 10.0.0.1:443 or :443" : "");
	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = 0;
	split_address(copy, &addr, &bits, &port);
	out->kind = LITERAL_ADDR;
	if (port) {
		if (field->type != FIELD_ENDPOINT || parse_port(port, &out->port))
			return -EINVAL;
		out->has_port = true;
	}
	if ((!*addr || !strcmp(addr, "*")) && out->has_port && !bits)
		return 0;
	if (inet_pton(AF_INET, addr, out->addr) == 1)
		out->family = 4;
	else if (inet_pton(AF_INET6, addr, out->addr) == 1)
		out->family = 6;
	else
		return -EINVAL;
	out->bits = out->family == 4 ? 32 : 128;
	if (bits && parse_bits(bits, out))
		return -EINVAL;
	if (out->family == 6 && out->bits >= 96 && !memcmp(out->addr, mapped, sizeof(mapped))) {
		memmove(out->addr, out->addr + sizeof(mapped), 4);
		out->family = 4;
		out->bits -= 96;
	}
	return 0;
}

int literal_parse(const struct field *field, const char *text, size_t len, struct literal *out,
		  char *err, size_t err_len)
{
	*out = (struct literal){};
	switch ((enum field_type)field->type) {
	case FIELD_UINT:
	case FIELD_INT:
	case FIELD_REAL:
		return parse_number(field, text, len, out, err, err_len);
	case FIELD_BOOL:
	case FIELD_FLAG:
		return parse_bool(field, text, len, out, err, err_len);
	case FIELD_ENUM:
	case FIELD_CHARS:
	case FIELD_TEXT:
		return parse_text(field, text, len, out, err, err_len);
	case FIELD_ADDR:
	case FIELD_ENDPOINT:
		return parse_address(field, text, len, out, err, err_len);
	case FIELD_TIME:
	case FIELD_TYPE_COUNT:
		break;
	}
	snprintf(err, err_len, "%s cannot be compared, use ts_ns", field->name);
	return -EINVAL;
}

bool literal_ordered(const struct literal *literal)
{
	return literal->kind == LITERAL_NUMBER;
}

static bool holds(enum compare op, int order)
{
	switch (op) {
	case COMPARE_EQ:
		return order == 0;
	case COMPARE_NE:
		return order != 0;
	case COMPARE_LT:
		return order < 0;
	case COMPARE_GT:
		return order > 0;
	case COMPARE_LE:
		return order <= 0;
	case COMPARE_GE:
		return order >= 0;
	}
	return false;
}

static int order_uint(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int order_real(double a, double b)
{
	return (a > b) - (a < b);
}

/* Whole numbers exactly, others as floating point. */
static int order_number(const struct value *v, const struct literal *literal)
{
	bool negative = v->kind == VALUE_INT && v->sint < 0;
	uint64_t magnitude = negative ? 0 - (uint64_t)v->sint : v->uint;
	bool literal_negative = literal->negative && literal->magnitude;

	if (v->kind == VALUE_REAL)
		return order_real(v->real, literal->real);
	if (!literal->whole)
		return order_real(negative ? -(double)magnitude : (double)magnitude, literal->real);
	if (negative != literal_negative)
		return negative ? -1 : 1;
	return negative ? order_uint(literal->magnitude, magnitude)
			: order_uint(magnitude, literal->magnitude);
}

static bool in_prefix(const struct value *v, const struct literal *literal)
{
	unsigned int bytes = literal->bits / 8, rest = literal->bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (literal->has_port && (v->kind != VALUE_ENDPOINT || v->port != literal->port))
		return false;
	if (!literal->family)
		return true;
	if (v->family != literal->family || memcmp(v->addr, literal->addr, bytes))
		return false;
	return !rest || !((v->addr[bytes] ^ literal->addr[bytes]) & mask);
}

bool literal_compare(const struct value *value, enum compare op, const struct literal *literal)
{
	bool equal;

	switch (value->kind) {
	case VALUE_UINT:
	case VALUE_INT:
	case VALUE_REAL:
		return literal->kind == LITERAL_NUMBER && holds(op, order_number(value, literal));
	case VALUE_BOOL:
		if (literal->kind != LITERAL_BOOL)
			return false;
		equal = value->boolean == literal->boolean;
		break;
	case VALUE_TEXT:
		if (literal->kind != LITERAL_TEXT)
			return false;
		equal = value->len == literal->len &&
			!memcmp(value->text, literal->text, value->len);
		break;
	case VALUE_ADDR:
	case VALUE_ENDPOINT:
		if (literal->kind != LITERAL_ADDR)
			return false;
		equal = in_prefix(value, literal);
		break;
	default:
		return false;
	}
	return holds(op, !equal);
}
