/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any numbers and names as what the exporter tells. Holds, in both forms: each line is a comment or
 * one sample of the grammar, however the name of a label looks; OpenMetrics ends with its end. The
 * checker here is written apart from the writer.
 */
#include <stdlib.h>
#include <string.h>

#include "user/sink/prom.h"
#include "user/util/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAMES 12
#define NAME_LEN 24

static void expect(int condition)
{
	if (!condition)
		abort();
}

static const char *skip_name(const char *p)
{
	size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyz_0123456789");

	expect(len);
	return p + len;
}

static const char *skip_quoted(const char *p)
{
	expect(*p == '"');
	for (p++; *p != '"'; p++) {
		expect(*p && *p != '\n');
		if (*p == '\\')
			expect(*++p && strchr("\\\"n", *p));
	}
	return p + 1;
}

static const char *skip_labels(const char *p)
{
	do {
		p = skip_name(p + 1);
		expect(*p == '=');
		p = skip_quoted(p + 1);
	} while (*p == ',');
	expect(*p == '}');
	return p + 1;
}

static const char *skip_sample(const char *p)
{
	size_t len;

	p = skip_name(p);
	if (*p == '{')
		p = skip_labels(p);
	expect(*p == ' ');
	len = strspn(++p, "-+.0123456789e");
	expect(len && p[len] == '\n');
	return p + len + 1;
}

static void check(const struct metrics_view *view, enum prom_format format)
{
	_cleanup_(buf_release) struct buf out = {};
	const char *p;

	prom_write(&out, format, view);
	buf_putc(&out, '\0');
	expect(!out.failed && strlen(out.data) + 1 == out.len);
	for (p = out.data; *p;)
		p = *p == '#' ? strchr(p, '\n') + 1 : skip_sample(p);
	if (format == PROM_OPENMETRICS)
		expect(out.len > 7 && !strcmp(out.data + out.len - 7, "# EOF\n"));
}

/* Takes so many bytes of the input, zeros behind its end. */
static void take(const uint8_t **data, size_t *size, void *out, size_t len)
{
	size_t have = len < *size ? len : *size;

	memset(out, 0, len);
	memcpy(out, *data, have);
	*data += have;
	*size -= have;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char names[NAMES][NAME_LEN + 1] = {};
	struct metrics_view view;
	uint8_t flags;

	for (int i = 0; i < NAMES; i++)
		take(&data, &size, names[i], NAME_LEN);
	take(&data, &size, &flags, 1);
	take(&data, &size, &view, sizeof(view));
	view.up = flags & 1;
	view.has_cc = !!(flags & 2);
	view.has_syn = !!(flags & 4);
	view.serving = !!(flags & 8);
	view.version = names[0];
	view.kernel = names[1];
	view.own_build_id = names[2];
	view.build_id = names[3];
	view.registered_by = names[4];
	view.cc[0] = view.info_cc[0] = names[5];
	view.cc[1] = flags & 16 ? names[6] : NULL;
	view.info_cc[1] = names[6];
	for (int i = 0; i < METRICS_PARAMS_MAX; i++)
		view.param_name[i] = i < 2 ? names[7 + i] : NULL;
	for (int i = 0; i <= METRICS_LABELS_MAX; i++)
		view.label_name[i] = i < 3 ? names[9 + i] : NULL;
	check(&view, PROM_TEXT);
	check(&view, PROM_OPENMETRICS);
	return 0;
}
