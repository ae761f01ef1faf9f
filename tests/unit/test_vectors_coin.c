// SPDX-License-Identifier: GPL-2.0
/* Expected values of the exponential, the coin and the two divisions. */
#include <math.h>

#include "tests/unit/flow.h"
#include "tests/unit/vectors.h"

static void exponential_is_bit_exact(void **state)
{
	struct vec v;

	(void)state;
	vec_open(&v, "exp");
	for (size_t i = 0; i < vec_count(v.group); i++) {
		json_object *o = vec_item(v.group, i);
		uint32_t ux = vec_in(&v, o, "ux");

		vec_at(&v, "ux %u", ux);
		vec_eq(&v, o, "value", cdg_nexp(ux));
		vec_near(&v, o, "exact_real", cdg_nexp(ux), 87538);
		vec_end(&v, o);
	}
	vec_close(&v);
}

/* With one bit of ux >> 8 set, the result is the largest value times that bit's multiplier. */
static void exponential_uses_the_multipliers(void **state)
{
	struct vec v;

	(void)state;
	vec_open(&v, "exp_multipliers");
	assert_int_equal(vec_count(v.group), 16);
	for (unsigned int k = 0; k < 16; k++) {
		uint64_t multiplier = json_object_get_int64(vec_item(v.group, k));

		vec_at(&v, "bit %u", k);
		vec_same(&v, "nexp", cdg_nexp(256u << k), (4294967295u * multiplier) >> 16);
	}
	vec_close(&v);
}

static void threshold_is_bit_exact(void **state)
{
	struct vec v;

	(void)state;
	vec_open(&v, "threshold");
	for (size_t i = 0; i < vec_count(v.group); i++) {
		json_object *o = vec_item(v.group, i);
		int32_t grad = vec_in(&v, o, "grad_sum_us");
		uint32_t factor = vec_in(&v, o, "factor");
		uint32_t threshold = cdg_threshold(grad, factor);
		uint64_t ux = (uint64_t)grad * factor;

		vec_at(&v, "gradient %d factor %u", grad, factor);
		vec_eq(&v, o, "ux", ux);
		vec_eq(&v, o, "threshold", threshold);
		vec_near(&v, o, "p_backoff", (4294967295u - threshold) / 4294967296.0, 1e-9);
		vec_near(&v, o, "p_ideal", 1 - exp(-(double)ux / 1e6), 1e-9);
		vec_end(&v, o);
	}
	vec_close(&v);
}

/* Window 1 makes the gradient of a round the plain difference, so that a whole round can be run. */
static void coin_lands_on_the_right_side_of_the_threshold(void **state)
{
	struct cdg_params p;
	struct vec v;

	(void)state;
	vec_open(&v, "coin");
	p = vec_defaults(&v);
	p.window = 1;
	for (size_t i = 0; i < vec_count(v.group); i++) {
		json_object *o = vec_item(v.group, i);
		int32_t grad = vec_in(&v, o, "grad");
		uint32_t random = vec_in(&v, o, "random");
		struct flow f;

		vec_at(&v, "gradient %d random %u", grad, random);
		p.backoff_factor = vec_in(&v, o, "factor");
		flow_start(&f, &p, 1000, 100);
		f.s.snd_ssthresh = 100;
		f.s.is_cwnd_limited = 0;
		flow_round(&f, 20000, 20000, 100, FLOW_ALWAYS);
		flow_round(&f, 20000 + grad, 20000 + grad, 100, random);
		assert_int_equal(f.round.grad_us, grad);
		assert_int_equal(f.round.random, random);
		assert_true(f.round.drawn);
		vec_eq(&v, o, "backoff", f.round.verdict == CDG_VERDICT_BACKOFF);
		vec_eq(&v, o, "backoff_cnt", f.st.backoff_cnt);
		vec_eq(&v, o, "state", f.st.queue);
		vec_eq(&v, o, "ssthresh",
		       cdg_ssthresh(&f.st, &f.p, f.s.snd_cwnd, f.s.snd_ssthresh, 100));
		vec_end(&v, o);
	}
	vec_close(&v);
}

static void division_by_64_rounds_to_nearest(void **state)
{
	struct vec v;

	(void)state;
	vec_open(&v, "div_nearest_64");
	for (size_t i = 0; i < vec_count(v.group); i++) {
		json_object *o = vec_item(v.group, i);
		int32_t x = vec_in(&v, o, "x");

		vec_at(&v, "x %d", x);
		vec_eq(&v, o, "expect", cdg_div_64_nearest(x));
		vec_end(&v, o);
	}
	vec_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("vectors: the exponential is bit-exact", exponential_is_bit_exact),
		CASE("vectors: the exponential uses the multipliers",
		     exponential_uses_the_multipliers),
		CASE("vectors: the threshold is bit-exact", threshold_is_bit_exact),
		CASE("vectors: the coin lands on the right side of the threshold",
		     coin_lands_on_the_right_side_of_the_threshold),
		CASE("vectors: division by 64 rounds to nearest", division_by_64_rounds_to_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
