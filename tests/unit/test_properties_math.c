// SPDX-License-Identifier: GPL-2.0
/* P12 and P13, and the divisions against C's own: arithmetic against an independent formula. */
#include <math.h>

#include "tests/unit/case.h"
#include "tests/unit/flow.h"

static void p12_exponential_is_within_its_error(void **state)
{
	double worst = 0;

	(void)state;
	for (uint32_t ux = 0; ux < 1u << 24; ux++) {
		double error = fabs(cdg_nexp(ux) - 4294967295.0 * exp(-(double)ux / 1e6));

		if (error > worst)
			worst = error;
		if (error > 87538)
			fail_msg("nexp(%u) is %u, off by %.1f", ux, cdg_nexp(ux), error);
	}
	print_message("           largest error %.1f of 2^32\n", worst);
	for (uint64_t ux = 1u << 24; ux < 1ull << 32; ux += ux / 1000)
		assert_int_equal(cdg_nexp(ux), 0);
	assert_int_equal(cdg_nexp(4294967295u), 0);
}

/* Never rises by more than the dips at bit borders, 1.9e-5 of 2^32. */
static void exponential_falls_but_for_tiny_dips(void **state)
{
	uint32_t lowest = 4294967295u;

	(void)state;
	for (uint32_t ux = 0; ux < 1u << 24; ux++) {
		uint32_t now = cdg_nexp(ux);

		if (now < lowest)
			lowest = now;
		assert_true(now - lowest < 1.9e-5 * 4294967296.0);
	}
}

/* Proportional rate reduction as RFC 6937 with the stack's slow-start bound, in 64 bits. */
static int64_t prr_window(int64_t prior, int64_t ssthresh, int64_t inflight, int64_t delivered,
			  int64_t out, int64_t acked)
{
	int64_t send;

	if (inflight > ssthresh) {
		send = (ssthresh * delivered + prior - 1) / prior - out;
	} else {
		send = delivered - out > acked ? delivered - out : acked;
		send += 1;
		if (send > ssthresh - inflight)
			send = ssthresh - inflight;
	}
	if (send < !out)
		send = !out;
	return inflight + send > 1 ? inflight + send : 1;
}

static void one_reduction(uint64_t *random)
{
	struct cdg_params p = flow_defaults();
	uint32_t prior = 1 + random_log(random, 11), max_ack = 1 + random_below(random, 4);
	int64_t delivered = 0, out = 0;
	struct flow f;
	uint32_t end;

	p.backoff_beta = random_below(random, 1025);
	flow_start(&f, &p, random_u32(random), prior);
	f.s.ack = f.s.snd_nxt - prior;
	f.s.inflight = random_below(random, prior + 1);
	f.s.delivered = random_u32(random);
	f.s.data_segs_out = random_u32(random);
	end = f.s.snd_nxt;
	cdg_reduce_begin(&f.st, &f.p, &f.s);
	for (;;) {
		uint32_t acked = 1 + random_below(random, max_ack), sent;

		f.s.ack += acked;
		f.s.acked = acked;
		f.s.delivered += acked;
		delivered += acked;
		f.s.inflight -= cdg_min_u32(acked, f.s.inflight);
		cdg_rtt_sample(&f.st, acked, 1000, 0);
		if (!cdg_reduce_ack(&f.st, &f.p, &f.s))
			break;
		assert_false(cdg_after(f.s.ack, end));
		assert_int_equal(f.s.snd_cwnd, prr_window(prior, f.s.snd_ssthresh, f.s.inflight,
							  delivered, out, acked));
		sent = f.s.snd_cwnd > f.s.inflight ? f.s.snd_cwnd - f.s.inflight : 0;
		sent = random_below(random, 4) ? sent : random_below(random, sent + 1);
		out += sent;
		f.s.data_segs_out += sent;
		f.s.inflight += sent;
		f.s.snd_nxt += sent;
	}
	assert_true(cdg_after(f.s.ack, end));
	assert_int_equal(f.s.snd_cwnd, f.s.snd_ssthresh);
	assert_int_equal(f.s.snd_ssthresh, cdg_backoff_target(prior, p.backoff_beta));
	assert_int_equal(f.st.rtt_seq, f.s.snd_nxt);
	assert_int_equal(f.st.prev_min_us, 1000);
}

static void p13_reduction_follows_the_formula_and_ends_after_its_round(void **state)
{
	uint64_t random = 13;

	(void)state;
	for (int run = 0; run < 20000; run++)
		one_reduction(&random);
}

static void divide(int64_t a, uint32_t b)
{
	if (cdg_div(a, b) != a / (int64_t)b)
		fail_msg("%lld / %u is %lld, expected %lld", (long long)a, b,
			 (long long)cdg_div(a, b), (long long)(a / (int64_t)b));
}

static void division_equals_cs_own(void **state)
{
	static const int64_t limits[] = { INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX, UINT32_MAX,
					  -(int64_t)UINT32_MAX, 0 };
	static const uint32_t divisors[] = { 1, 2, 3, 7, 8, 63, 64, 65, 255, 256, 65535, 65536,
					     INT32_MAX - 1, INT32_MAX, 1u << 31, (1u << 31) + 1,
					     UINT32_MAX - 1, UINT32_MAX };
	uint64_t random = 17;

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		for (size_t k = 0; k < sizeof(divisors) / sizeof(*divisors); k++)
			for (int64_t off = -300; off <= 300; off++)
				divide((int64_t)((uint64_t)limits[i] + (uint64_t)off), divisors[k]);
	for (int i = 0; i < 10000000; i++) {
		int64_t magnitude = random_log(&random, 63);
		uint32_t b = random_log(&random, 32);

		divide(random_below(&random, 2) ? magnitude : -magnitude, b ? b : 1);
		divide((int64_t)random_u64(&random), random_u32(&random) | 1);
	}
}

/* Halves go away from zero, in every value that a sum of gradients may have. */
static void division_by_64_equals_rounding(void **state)
{
	uint64_t random = 19;

	(void)state;
	for (int64_t x = -1000000; x <= 1000000; x++)
		assert_int_equal(cdg_div_64_nearest(x), lround(x / 64.0));
	for (int i = 0; i < 1000000; i++) {
		int32_t x = (int32_t)random_u32(&random);

		assert_int_equal(cdg_div_64_nearest(x), lround(x / 64.0));
	}
	assert_int_equal(cdg_div_64_nearest(INT32_MIN), INT32_MIN / 64);
	assert_int_equal(cdg_div_64_nearest(INT32_MAX), 1 << 25);
}

static void scaling_saturates(void **state)
{
	uint64_t random = 23;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		int32_t a = (int32_t)random_log(&random, 32);
		uint32_t b = 1 + random_below(&random, 256), c = 1 + random_below(&random, 256);
		int64_t exact = (int64_t)a * b / c;

		if (exact > INT32_MAX)
			exact = INT32_MAX;
		if (exact < INT32_MIN)
			exact = INT32_MIN;
		assert_int_equal(cdg_scale(a, b, c), exact);
	}
	assert_int_equal(cdg_scale(INT32_MAX, 256, 1), INT32_MAX);
	assert_int_equal(cdg_scale(INT32_MIN, 256, 1), INT32_MIN);
	for (int32_t off = 0; off < 5; off++) {
		assert_int_equal(cdg_scale(INT32_MAX - off, 3, 3), INT32_MAX - off);
		assert_int_equal(cdg_scale(INT32_MIN + off, 3, 3), INT32_MIN + off);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("P12: the exponential is within its error over all its range",
		     p12_exponential_is_within_its_error),
		CASE("the exponential falls, but for tiny dips",
		     exponential_falls_but_for_tiny_dips),
		CASE("P13: a reduction follows the formula and ends after its round",
		     p13_reduction_follows_the_formula_and_ends_after_its_round),
		CASE("division equals C's own", division_equals_cs_own),
		CASE("division by 64 equals rounding", division_by_64_equals_rounding),
		CASE("scaling saturates", scaling_saturates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
