/* SPDX-License-Identifier: GPL-2.0 */
/* Curves in characters: Braille has 2 x 4 dots in each, ASCII one. */
#ifndef MODEL_CHART_H
#define MODEL_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHART_WIDTH_MAX 512 /* characters */
#define CHART_HEIGHT_MAX 64

struct chart {
	unsigned int width, height; /* characters */
	bool ascii;
	uint8_t dots[CHART_HEIGHT_MAX][CHART_WIDTH_MAX];
	uint8_t series[CHART_HEIGHT_MAX][CHART_WIDTH_MAX]; /* drawn last in it, from 1 */
};

/* Cuts width and height to the limits. */
void chart_init(struct chart *chart, unsigned int width, unsigned int height, bool ascii);

/* Points that stand side by side in the width; more values than that lose the oldest. */
size_t chart_points(const struct chart *chart);

/* A curve, its last value at the right edge; lo at the bottom, hi (> lo) at the top. */
void chart_line(struct chart *chart, const double *values, size_t count, double lo, double hi,
		uint8_t series);

/* A character as UTF-8 with its NUL. Returns the series that it belongs to, 0: blank. */
uint8_t chart_cell(const struct chart *chart, unsigned int x, unsigned int y, char out[4]);

/*
 * Values as one line of blocks (ASCII: . to #), the middle for 0, scaled to the largest magnitude.
 * out: 3 * count + 1 bytes.
 */
void chart_spark(const int32_t *values, size_t count, bool ascii, char *out);

#endif
