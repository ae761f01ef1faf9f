// SPDX-License-Identifier: GPL-2.0
/* Single steps at their edges, where neither the vectors nor random flows are sure to come. */
#include <math.h>

#include "tests/unit/case.h"
#include "tests/unit/flow.h"

/*
 * As tcp_cdg: its acked() sees the SYN's RTT, its init() leaves it there. The first packets with
 * payload took longer, so the first gradient is positive and slow start has a smaller reference.
 */
static void the_rtt_of_the_syn_counts_in_the_first_round(void **state)
{
	struct cdg_state st = { 0 };

	(void)state;
	cdg_rtt_sample(&st, 1, 40118, 0);
	cdg_init(&st, 1, 8, 1000, 10);
	cdg_rtt_sample(&st, 1, 53158, 0);
	cdg_rtt_sample(&st, 2, 64017, 0);
	assert_int_equal(st.rtt_min_us, 40118);
	assert_int_equal(st.rtt_max_us, 64017);
	assert_int_equal(st.delack, 1);
}

static void a_sample_moves_only_what_it_measures(void **state)
{
	struct cdg_state st = { 0 }, before;

	(void)state;
	cdg_init(&st, 1, 8, 1000, 10);
	cdg_rtt_sample(&st, 2, 20000, 0);
	before = st;
	cdg_rtt_sample(&st, 2, 0, 0);
	cdg_rtt_sample(&st, 2, -1, 0);
	assert_memory_equal(&st, &before, sizeof(st));
	assert_int_equal(st.flags, CDG_F_IN_ACK | CDG_F_UNA_ADVANCED);
	cdg_rtt_sample(&st, 0, -1, 1);
	assert_int_equal(st.flags, CDG_F_IN_ACK);
	assert_int_equal(st.rtt_min_us, 20000);
	assert_int_equal(st.rtt_max_us, 20000);
}

/* Against rounding by libm. */
static void queue_state_is(int min, int max, int before)
{
	long a = lround(min / 64.0), b = lround(max / 64.0);
	int expected = before;

	if (a > 0)
		expected = b > 0 ? CDG_QUEUE_NONFULL : CDG_QUEUE_FULL;
	else if (b < 0)
		expected = CDG_QUEUE_NONFULL;
	assert_int_equal(cdg_queue_state(min, max, before), expected);
}

static void the_queue_state_has_its_dead_band(void **state)
{
	(void)state;
	for (int min = -100; min <= 100; min++)
		for (int max = -100; max <= 100; max++)
			for (int before = 0; before <= CDG_QUEUE_BACKOFF; before++)
				queue_state_is(min, max, before);
}

static void only_a_fall_of_a_sum_by_32_resets_the_count(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	for (int min = -34; min <= 34; min++) {
		for (int max = -34; max <= 34; max++) {
			flow_start(&f, &p, 1000, 10);
			f.st.prev_min_us = 1000;
			f.st.prev_max_us = 2000;
			f.st.rtt_min_us = 1000 + min;
			f.st.rtt_max_us = 2000 + max;
			f.st.backoff_cnt = 3;
			cdg_gradient(&f.st, &p, &f.ring[0], &f.round);
			assert_int_equal(f.st.backoff_cnt, min <= -32 || max <= -32 ? 0 : 3);
		}
	}
}

static void a_gradient_of_zero_draws_no_coin(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	p.backoff_factor = 4294967295u;
	flow_start(&f, &p, 1000, 10);
	flow_round(&f, 20000, 21000, 1, FLOW_ALWAYS);
	for (int i = 0; i < 20; i++) {
		flow_round(&f, 20000, 21000, 1, FLOW_ALWAYS);
		assert_int_equal(f.round.grad_us, 0);
		assert_int_equal(f.round.verdict, CDG_VERDICT_FALLING);
		assert_false(f.round.drawn);
	}
}

static void without_a_ring_differences_are_multiplied_by_the_window(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	for (p.window = 1; p.window <= 256; p.window *= 2) {
		flow_start(&f, &p, 1000, 10);
		f.no_ring = 1;
		flow_round(&f, 20000, 30000, 1, FLOW_NEVER);
		for (int i = 1; i < 600; i++) {
			flow_round(&f, 20000 + 7 * i, 30000, 1, FLOW_NEVER);
			assert_int_equal(f.round.grad_us, 7 * p.window);
		}
		assert_false(f.st.flags & CDG_F_FILLED);
		assert_int_equal(f.st.tail, 0);
		assert_int_equal(f.st.sum_min_us, 0);
	}
}

static void the_record_of_a_round_tells_what_decided_it(void **state)
{
	struct cdg_params p = flow_defaults();
	struct cdg_round *r;
	struct flow f;

	(void)state;
	flow_start(&f, &p, 1000, 10);
	r = &f.round;
	memset(r, 0x7f, sizeof(*r));
	r->queue = CDG_QUEUE_FULL;
	flow_round(&f, 20000, 21000, 1, FLOW_ALWAYS);
	assert_memory_equal(r, (&(struct cdg_round){ .rtt_min_us = 20000, .rtt_max_us = 21000,
						     .queue = CDG_QUEUE_FULL, .reserved = 0x7f }),
			    sizeof(*r));
	flow_round(&f, 20100, 21300, 1, 5);
	flow_round(&f, 20300, 21700, 1, 6);
	assert_memory_equal(r, (&(struct cdg_round){
					.rtt_min_us = 20300, .rtt_max_us = 21700,
					.grad_min_us = 200, .grad_max_us = 400,
					.sum_min_us = 300, .sum_max_us = 700, .grad_us = 1200,
					.threshold = cdg_nexp(1200 * 42), .random = 6, .drawn = 1,
					.verdict = CDG_VERDICT_KEEP, .queue = CDG_QUEUE_NONFULL,
					.reserved = 0x7f }),
			    sizeof(*r));
	assert_int_equal(f.st.queue, CDG_QUEUE_UNKNOWN); /* kept only with use_tolerance */

	/* after a completion there may be no reference: the sums still show */
	cdg_cwr_complete(&f.st, f.s.snd_nxt);
	flow_round(&f, 20000, 21000, 1, FLOW_ALWAYS);
	assert_memory_equal(r, (&(struct cdg_round){
					.rtt_min_us = 20000, .rtt_max_us = 21000,
					.sum_min_us = 300, .sum_max_us = 700,
					.queue = CDG_QUEUE_NONFULL, .reserved = 0x7f }),
			    sizeof(*r));
}

static void a_round_goes_on_until_it_has_a_sample(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	flow_start(&f, &p, 1000, 10);
	f.s.snd_nxt = 1010;
	f.st.sample_cnt = 5;
	assert_false(flow_cong_avoid(&f, 1001, 1, FLOW_NEVER).round_ended);
	cdg_rtt_sample(&f.st, 1, 20000, 0);
	assert_false(flow_cong_avoid(&f, 1000, 1, FLOW_NEVER).round_ended);
	assert_int_equal(f.st.sample_cnt, 6);
	assert_int_not_equal(f.st.delay_min_us, 0);
	f.s.now_us = 5;
	assert_true(flow_cong_avoid(&f, 1001, 1, FLOW_NEVER).round_ended);
	assert_int_equal(f.st.rtt_seq, 1010);
	assert_int_equal(f.st.sample_cnt, 0);
	assert_int_equal(f.st.last_ack_us, 0);
}

static void in_slow_start_half_a_window_in_flight_counts_as_limited(void **state)
{
	struct cdg_sock s = { .snd_cwnd = 10, .snd_ssthresh = 11 };

	(void)state;
	for (s.max_packets_out = 0; s.max_packets_out < 20; s.max_packets_out++)
		assert_int_equal(cdg_cwnd_limited(&s), s.max_packets_out > 5);
	s.snd_ssthresh = 10;
	assert_false(cdg_cwnd_limited(&s));
	s.is_cwnd_limited = 1;
	assert_true(cdg_cwnd_limited(&s));
}

static void a_reduction_keeps_at_least_one_segment(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	flow_start(&f, &p, 1000, 3);
	cdg_reduce_begin(&f.st, &p, &f.s);
	assert_int_equal(f.s.snd_ssthresh, 2);
	f.s.ack = f.st.reduce_end;
	f.s.acked = 0; /* nothing delivered: the window stays */
	f.s.inflight = 1;
	assert_true(cdg_reduce_ack(&f.st, &p, &f.s));
	assert_int_equal(f.s.snd_cwnd, 3);
	f.s.acked = 1;
	f.s.inflight = 0;
	f.s.delivered += 1;
	f.s.data_segs_out += 9;
	assert_true(cdg_reduce_ack(&f.st, &p, &f.s)); /* selectively acknowledged */
	assert_int_equal(f.s.snd_cwnd, 1);
}

static void the_smallest_and_the_largest_cut(void **state)
{
	(void)state;
	assert_int_equal(cdg_backoff_target(0, 724), 2);
	assert_int_equal(cdg_backoff_target(2, 0), 2);
	assert_int_equal(cdg_backoff_target(1000000, 0), 2);
	assert_int_equal(cdg_backoff_target(1000000, 1023), 999023);
	assert_int_equal(cdg_backoff_target(1000000, 1024), 1000000);
	assert_int_equal(cdg_backoff_target(1000000, 1025), 1000000);
	assert_int_equal(cdg_backoff_target(4294967295u, 4294967295u), 4294967295u);
	assert_int_equal(cdg_backoff_target(4294967295u, 724), 3036676095u);
}

/* Reno as it is described, in 64 bits. */
static void reno(int64_t *cwnd, int64_t *cnt, int64_t ssthresh, int64_t clamp, int64_t acked)
{
	int64_t w = *cwnd;

	if (w < ssthresh) {
		int64_t grown = w + acked < ssthresh ? w + acked : ssthresh;

		acked -= grown - w;
		*cwnd = w = grown < clamp ? grown : clamp;
		if (acked == 0)
			return;
	}
	if (*cnt >= w) {
		*cnt = 0;
		*cwnd += 1;
	}
	*cnt += acked;
	*cwnd += w ? *cnt / w : 0;
	*cnt = w ? *cnt % w : *cnt;
	*cwnd = *cwnd < clamp ? *cwnd : clamp;
}

static void growth_is_renos(void **state)
{
	uint64_t random = 29;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		struct cdg_sock s = { .acked = random_log(&random, 8),
				      .snd_cwnd = random_log(&random, 10),
				      .snd_cwnd_cnt = random_log(&random, 10),
				      .snd_ssthresh = random_log(&random, 11),
				      .snd_cwnd_clamp = random_log(&random, 12),
				      .is_cwnd_limited = 1 };
		int64_t cwnd = s.snd_cwnd, cnt = s.snd_cwnd_cnt;
		uint32_t shadow = random_log(&random, 12), before = s.snd_cwnd;
		struct cdg_state st = { .shadow = shadow };

		reno(&cwnd, &cnt, s.snd_ssthresh, s.snd_cwnd_clamp, s.acked);
		cdg_ack_grow(&st, &s);
		assert_int_equal(s.snd_cwnd, cwnd);
		assert_int_equal(s.snd_cwnd_cnt, cnt);
		if (cwnd >= before)
			assert_int_equal(st.shadow, shadow + cwnd - before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("the RTT of the SYN counts in the first round",
		     the_rtt_of_the_syn_counts_in_the_first_round),
		CASE("a sample moves only what it measures", a_sample_moves_only_what_it_measures),
		CASE("the queue state has its dead band", the_queue_state_has_its_dead_band),
		CASE("only a fall of a sum by 32 us resets the count of back-offs",
		     only_a_fall_of_a_sum_by_32_resets_the_count),
		CASE("a gradient of zero draws no coin", a_gradient_of_zero_draws_no_coin),
		CASE("without a ring differences are multiplied by the window",
		     without_a_ring_differences_are_multiplied_by_the_window),
		CASE("the record of a round tells what decided it",
		     the_record_of_a_round_tells_what_decided_it),
		CASE("a round goes on until it has a sample",
		     a_round_goes_on_until_it_has_a_sample),
		CASE("in slow start half a window in flight counts as limited",
		     in_slow_start_half_a_window_in_flight_counts_as_limited),
		CASE("a reduction keeps at least one segment",
		     a_reduction_keeps_at_least_one_segment),
		CASE("the smallest and the largest cut", the_smallest_and_the_largest_cut),
		CASE("growth is Reno's", growth_is_renos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
