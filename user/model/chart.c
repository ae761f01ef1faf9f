/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/chart.h"

#include <string.h>

void chart_init(struct chart *c, unsigned int width, unsigned int height, bool ascii)
{
	c->width = width < CHART_WIDTH_MAX ? width : CHART_WIDTH_MAX;
	c->height = height < CHART_HEIGHT_MAX ? height : CHART_HEIGHT_MAX;
	c->ascii = ascii;
	memset(c->dots, 0, sizeof(c->dots));
	memset(c->series, 0, sizeof(c->series));
}

static unsigned int dots_x(const struct chart *c)
{
	return c->ascii ? 1 : 2;
}

static unsigned int dots_y(const struct chart *c)
{
	return c->ascii ? 1 : 4;
}

size_t chart_points(const struct chart *c)
{
	return (size_t)c->width * dots_x(c);
}

static void dot(struct chart *c, unsigned int x, unsigned int y, uint8_t series)
{
	/* Bits of U+2800 by column and row. */
	static const uint8_t bit[2][4] = { { 1, 2, 4, 64 }, { 8, 16, 32, 128 } };
	unsigned int cx = x / dots_x(c), cy = y / dots_y(c);

	if (cx >= c->width || cy >= c->height)
		return;
	c->dots[cy][cx] |= c->ascii ? 1 : bit[x % 2][y % 4];
	c->series[cy][cx] = series;
}

static unsigned int level(const struct chart *c, double value, double lo, double hi)
{
	unsigned int rows = c->height * dots_y(c);
	double share = (value - lo) / (hi - lo);

	share = !(share > 0) ? 0 : share > 1 ? 1 : share;
	return rows - 1 - (unsigned int)(share * (rows - 1) + 0.5);
}

void chart_line(struct chart *c, const double *values, size_t count, double lo, double hi,
		uint8_t series)
{
	size_t room = chart_points(c), first = count > room ? count - room : 0;
	unsigned int x = (unsigned int)(room - (count - first)), before = 0;

	if (!c->width || !c->height || !(hi > lo))
		return;
	for (size_t i = first; i < count; i++, x++) {
		unsigned int y = level(c, values[i], lo, hi);
		unsigned int from = i == first ? y : before;

		/* Joins the points, without doubling the one before. */
		for (unsigned int at = from; at != y; at = at < y ? at + 1 : at - 1)
			if (at != before)
				dot(c, x, at, series);
		dot(c, x, y, series);
		before = y;
	}
}

uint8_t chart_cell(const struct chart *c, unsigned int x, unsigned int y, char out[4])
{
	static const char marks[] = " *o+x";
	uint8_t dots = c->dots[y][x], series = dots ? c->series[y][x] : 0;

	if (c->ascii || !dots) {
		out[0] = marks[series < sizeof(marks) - 1 ? series : 1];
		out[1] = 0;
		return series;
	}
	out[0] = (char)0xe2;
	out[1] = (char)(0xa0 | dots >> 6);
	out[2] = (char)(0x80 | (dots & 63));
	out[3] = 0;
	return series;
}

void chart_spark(const int32_t *values, size_t count, bool ascii, char *out)
{
	static const char levels[] = "_.-:=+*#";
	double most = 1;

	for (size_t i = 0; i < count; i++) {
		double magnitude = values[i] < 0 ? -(double)values[i] : values[i];

		most = magnitude > most ? magnitude : most;
	}
	for (size_t i = 0; i < count; i++) {
		unsigned int step = (unsigned int)((values[i] / most + 1) * 3.5 + 0.5);

		if (ascii) {
			*out++ = levels[step];
			continue;
		}
		*out++ = (char)0xe2; /* U+2581 to U+2588 */
		*out++ = (char)0x96;
		*out++ = (char)(0x81 + step);
	}
	*out = 0;
}
