/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/hist.h"

uint64_t hist_edge_us(size_t i)
{
	return i + 1 < HIST_BUCKETS ? (uint64_t)HIST_FIRST_US << i : UINT64_MAX;
}

void hist_add(struct hist *h, uint64_t us)
{
	size_t i = 0;

	while (us >= hist_edge_us(i) && i + 1 < HIST_BUCKETS)
		i++;
	h->bucket[i]++;
	h->count++;
}

uint64_t hist_quantile_us(const struct hist *h, double share)
{
	double below = 0;

	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		below += (double)h->bucket[i];
		if (h->bucket[i] && below >= share * (double)h->count)
			return hist_edge_us(i);
	}
	return 0;
}
