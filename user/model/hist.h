/* SPDX-License-Identifier: GPL-2.0 */
/* Counts of values by powers of two: bucket i holds those from edge(i - 1) on and below edge(i). */
#ifndef MODEL_HIST_H
#define MODEL_HIST_H

#include <stddef.h>
#include <stdint.h>

#define HIST_BUCKETS 18	      /* 100 us x 2^i up to 6.5 s; the last one holds all above */
#define HIST_FIRST_US 100

struct hist {
	uint64_t bucket[HIST_BUCKETS];
	uint64_t count;
};

void hist_add(struct hist *h, uint64_t us);

/* Upper edge of a bucket in us, UINT64_MAX of the last one. */
uint64_t hist_edge_us(size_t i);

/* Upper edge of the bucket that the given share (0..1) of all values lies below; 0 if empty. */
uint64_t hist_quantile_us(const struct hist *h, double share);

#endif
