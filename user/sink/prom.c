/* SPDX-License-Identifier: GPL-2.0 */
#include "user/sink/prom.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "user/util/own.h"
#include "user/util/utf8.h"

#define LE_TEXT 32

/* One sample's labels, as far as they are chosen. */
struct series {
	const struct metrics_family *family;
	const struct metrics_view *view;
	const char *value[METRICS_DIMENSIONS];
	const char *le; /* of a bucket, else NULL */
};

static void put_escaped(struct buf *out, const char *text, bool quote)
{
	size_t left = strlen(text);

	while (left) {
		size_t size = utf8_next(text, left);

		if (!size)
			buf_puts(out, "\xef\xbf\xbd"); /* U+FFFD in the place of a wrong byte */
		else if (*text == '\\')
			buf_puts(out, "\\\\");
		else if (*text == '\n')
			buf_puts(out, "\\n");
		else if (*text == '"' && quote)
			buf_puts(out, "\\\"");
		else
			buf_put(out, text, size);
		text += size ? size : 1;
		left -= size ? size : 1;
	}
}

/* value x 10^-decimals, exactly. */
static void put_scaled(struct buf *out, uint64_t value, unsigned int decimals)
{
	uint64_t power = 1;

	for (unsigned int i = 0; i < decimals; i++)
		power *= 10;
	buf_u64(out, value / power);
	value %= power;
	if (!value)
		return;
	while (value % 10 == 0) {
		value /= 10;
		decimals--;
	}
	buf_putc(out, '.');
	buf_digits(out, value, decimals);
}

static void put_signed(struct buf *out, int64_t value, unsigned int decimals)
{
	if (value < 0)
		buf_putc(out, '-');
	put_scaled(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, decimals);
}

static const char *suffix_of(const struct metrics_family *family)
{
	return family->type == METRICS_COUNTER ? "_total" :
	       family->type == METRICS_INFO    ? "_info" : "";
}

static void put_labels(struct buf *out, const struct series *s)
{
	const struct metrics_label *label = s->family->labels;
	char before = '{';

	for (size_t i = 0; i < METRICS_DIMENSIONS && label[i].name; i++) {
		buf_putc(out, before);
		buf_puts(out, label[i].name);
		buf_puts(out, "=\"");
		put_escaped(out, s->value[i], true);
		buf_putc(out, '"');
		before = ',';
	}
	if (s->le) {
		buf_putc(out, before);
		buf_puts(out, "le=\"");
		buf_puts(out, s->le);
		buf_putc(out, '"');
		before = ',';
	}
	if (before == ',')
		buf_putc(out, '}');
	buf_putc(out, ' ');
}

static void put_name(struct buf *out, const struct series *s, const char *suffix)
{
	buf_puts(out, s->family->name);
	buf_puts(out, suffix);
	put_labels(out, s);
}

static const uint64_t *at(const struct series *s, size_t offset, size_t index)
{
	return (const uint64_t *)((const char *)s->view + offset) + index;
}

/* Edges are floating-point numbers in both forms: "2.0". */
static void upper_edge(const struct metrics_family *family, uint32_t bucket, char *text)
{
	_cleanup_(buf_release) struct buf b = {};

	put_signed(&b, cdg_hist_upper(family->layout, bucket), family->decimals);
	if (b.data && !memchr(b.data, '.', b.len))
		buf_puts(&b, ".0");
	buf_putc(&b, '\0');
	strncpy(text, b.failed ? "" : b.data, LE_TEXT - 1);
}

static void put_histogram(struct buf *out, struct series *s, size_t index)
{
	const struct metrics_family *family = s->family;
	size_t buckets = family->layout.last + 1u;
	uint64_t count = 0;

	for (uint32_t i = 0; i < buckets; i++) {
		char le[LE_TEXT] = "+Inf";

		if (i < family->layout.last)
			upper_edge(family, i, le);
		count += *at(s, family->offset, index * buckets + i);
		s->le = le;
		put_name(out, s, "_bucket");
		buf_u64(out, count);
		buf_putc(out, '\n');
	}
	s->le = NULL;
	/* With buckets below zero OpenMetrics allows no sum, as it could fall, and no count. */
	if (!family->sum)
		return;
	put_name(out, s, "_sum");
	put_scaled(out, *at(s, family->sum, index), family->decimals);
	buf_putc(out, '\n');
	put_name(out, s, "_count");
	buf_u64(out, count);
	buf_putc(out, '\n');
}

static void put_sample(struct buf *out, struct series *s, size_t index)
{
	const struct metrics_family *family = s->family;

	if (family->type == METRICS_HISTOGRAM) {
		put_histogram(out, s, index);
		return;
	}
	put_name(out, s, suffix_of(family));
	if (family->type == METRICS_INFO)
		buf_putc(out, '1');
	else if (family->is_signed)
		put_signed(out, (int64_t)*at(s, family->offset, index), family->decimals);
	else
		put_scaled(out, *at(s, family->offset, index), family->decimals);
	buf_putc(out, '\n');
}

static const char *label_value(const struct series *s, size_t dimension, size_t i)
{
	const struct metrics_label *label = &s->family->labels[dimension];
	const char *const *values = label->values;

	if (!values)
		values = (const void *)((const char *)s->view + label->offset);
	return values[i];
}

/* index: the number that the labels before `dimension` make up. */
static void put_series(struct buf *out, struct series *s, size_t dimension, size_t index)
{
	const struct metrics_label *label = &s->family->labels[dimension];

	if (dimension == METRICS_DIMENSIONS || !label->name) {
		put_sample(out, s, index);
		return;
	}
	for (size_t i = 0; i < label->count; i++) {
		s->value[dimension] = label_value(s, dimension, i);
		if (s->value[dimension])
			put_series(out, s, dimension + 1, index * label->count + i);
	}
}

/* The older form calls what it describes by the name of the samples. */
static void put_meta(struct buf *out, enum prom_format format, const char *what,
		     const struct metrics_family *family)
{
	buf_puts(out, what);
	buf_puts(out, family->name);
	if (format == PROM_TEXT)
		buf_puts(out, suffix_of(family));
	buf_putc(out, ' ');
}

static void put_family(struct buf *out, enum prom_format format, struct series *s)
{
	const struct metrics_family *family = s->family;
	bool info = family->type == METRICS_INFO && format == PROM_TEXT;

	put_meta(out, format, "# TYPE ", family);
	buf_puts(out, info ? "gauge" : metrics_type_name(family));
	buf_putc(out, '\n');
	if (family->unit && format == PROM_OPENMETRICS) {
		put_meta(out, format, "# UNIT ", family);
		buf_puts(out, family->unit);
		buf_putc(out, '\n');
	}
	put_meta(out, format, "# HELP ", family);
	put_escaped(out, family->help, format == PROM_OPENMETRICS);
	buf_putc(out, '\n');
	put_series(out, s, 0, 0);
}

void prom_write(struct buf *out, enum prom_format format, const struct metrics_view *view)
{
	for (size_t i = 0; i < metrics_family_count; i++) {
		struct series s = { .family = &metrics_families[i], .view = view };

		if (metrics_present(s.family, view))
			put_family(out, format, &s);
	}
	if (format == PROM_OPENMETRICS)
		buf_puts(out, "# EOF\n");
}

const char *prom_content_type(enum prom_format format)
{
	return format == PROM_OPENMETRICS ?
		"application/openmetrics-text; version=1.0.0; charset=utf-8" :
		"text/plain; version=0.0.4; charset=utf-8";
}

bool prom_format_parse(const char *name, enum prom_format *out)
{
	if (strcmp(name, "openmetrics") && strcmp(name, "prometheus"))
		return false;
	*out = !strcmp(name, "openmetrics") ? PROM_OPENMETRICS : PROM_TEXT;
	return true;
}

/* Weight of one element of an Accept header, 1 without q; 0 also for a version of the future. */
static double weight_of(const char *parameters, size_t len, bool openmetrics)
{
	double weight = 1;

	for (const char *p = memchr(parameters, ';', len); p && p < parameters + len;
	     p = memchr(p, ';', len - (size_t)(p - parameters))) {
		p++;
		while (p < parameters + len && isblank((unsigned char)*p))
			p++;
		if (!strncmp(p, "q=", 2))
			weight = strtod(p + 2, NULL);
		if (openmetrics && !strncmp(p, "version=", 8) && strncmp(p + 8, "1.", 2) &&
		    strncmp(p + 8, "0.", 2))
			return 0;
	}
	return weight;
}

enum prom_format prom_negotiate(const char *accept)
{
	static const char open[] = "application/openmetrics-text";
	double best_open = 0, best_text = 0;

	while (accept && *accept) {
		size_t blank = strspn(accept, " \t,"), len;
		bool is_open;
		double weight;

		accept += blank;
		len = strcspn(accept, ",");
		is_open = !strncasecmp(accept, open, sizeof(open) - 1);
		weight = weight_of(accept, len, is_open);
		if (is_open && weight > best_open)
			best_open = weight;
		if (!is_open && !strncasecmp(accept, "text/plain", 10) && weight > best_text)
			best_text = weight;
		accept += len;
	}
	return best_open > 0 && best_open >= best_text ? PROM_OPENMETRICS : PROM_TEXT;
}
