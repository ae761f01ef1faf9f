/* SPDX-License-Identifier: GPL-2.0 */
/* Buckets of the kernel's histograms: the index that the programs compute, against the edges. */
#include "case.h"

#include <stdint.h>

#include "include/cdg_hist.h"
#include "user/util/own.h"

static const struct layout {
	struct cdg_hist_layout layout;
	uint32_t buckets;
	int64_t first, last; /* edges */
} layouts[] = {
	{ CDG_HIST_RTT, CDG_HIST_RTT_BUCKETS, 32, 8388608 },
	{ CDG_HIST_GRAD, CDG_HIST_GRAD_BUCKETS, -262144, 262144 },
	{ CDG_HIST_CWND, CDG_HIST_CWND_BUCKETS, 2, 65536 },
	{ CDG_HIST_DURATION, CDG_HIST_DURATION_BUCKETS, 1024, 1ll << 36 },
	{ CDG_HIST_GOODPUT, CDG_HIST_GOODPUT_BUCKETS, 1024, 1ll << 34 },
};

static uint32_t bucket_of(struct cdg_hist_layout layout, int64_t value)
{
	return layout.is_signed ? cdg_hist_signed(layout, (int32_t)value) :
				  cdg_hist_bucket(layout, (uint64_t)value);
}

/* The first bucket whose upper edge is not below the value. */
static uint32_t by_edges(struct cdg_hist_layout layout, int64_t value)
{
	uint32_t i = 0;

	while (i < layout.last && value > cdg_hist_upper(layout, i))
		i++;
	return i;
}

static void edges(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		const struct cdg_hist_layout layout = layouts[i].layout;

		assert_int_equal(layout.last + 1, layouts[i].buckets);
		assert_int_equal(cdg_hist_upper(layout, 0), layouts[i].first);
		assert_int_equal(cdg_hist_upper(layout, layout.last - 1u), layouts[i].last);
		for (uint32_t b = 1; b < layout.last; b++)
			assert_true(cdg_hist_upper(layout, b) > cdg_hist_upper(layout, b - 1));
	}
}

static void near_edges(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		for (uint32_t b = 0; b < layouts[i].layout.last; b++)
			for (int64_t d = -2; d <= 2; d++) {
				int64_t value = cdg_hist_upper(layouts[i].layout, b) + d;

				if (value < 0 && !layouts[i].layout.is_signed)
					continue;
				assert_int_equal(bucket_of(layouts[i].layout, value),
						 by_edges(layouts[i].layout, value));
			}
}

static void small_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		for (int64_t v = layouts[i].layout.is_signed ? -70000 : 0; v < 70000; v++)
			assert_int_equal(bucket_of(layouts[i].layout, v),
					 by_edges(layouts[i].layout, v));
}

static void spread_values(void **state)
{
	uint64_t x = 88172645463325252ull;

	(void)state;
	for (int n = 0; n < 400000; n++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
			int64_t v = (int64_t)(x >> (1 + x % 63));

			if (layouts[i].layout.is_signed)
				v = (int32_t)x >> (x >> 60);
			assert_int_equal(bucket_of(layouts[i].layout, v),
					 by_edges(layouts[i].layout, v));
		}
	}
}

static void extremes(void **state)
{
	(void)state;
	assert_int_equal(cdg_hist_bucket(CDG_HIST_RTT, UINT64_MAX), CDG_HIST_RTT.last);
	assert_int_equal(cdg_hist_bucket(CDG_HIST_DURATION, UINT64_MAX), CDG_HIST_DURATION.last);
	assert_int_equal(cdg_hist_signed(CDG_HIST_GRAD, INT32_MAX), CDG_HIST_GRAD.last);
	assert_int_equal(cdg_hist_signed(CDG_HIST_GRAD, INT32_MIN), 0);
	assert_int_equal(cdg_hist_upper(CDG_HIST_GRAD, cdg_hist_signed(CDG_HIST_GRAD, 0)), 0);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("edges rise from the first to the last", edges),
		CASE("values beside every edge", near_edges),
		CASE("every small value", small_values),
		CASE("values of every size", spread_values),
		CASE("extremes", extremes),
	};

	return cmocka_run_group_tests_name("metrics_hist", cases, NULL, NULL);
}
