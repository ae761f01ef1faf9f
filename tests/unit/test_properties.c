// SPDX-License-Identifier: GPL-2.0
/* What must hold for any input: P0 to P9 under random flows; fixed seeds, so failures repeat. */
#include "tests/unit/stack.h"

#define RUNS 300
#define STEPS 4000

/* Runs many flows with random parameters under a watcher; *data is cleared before each. */
static void run_flows(void (*watch)(struct stack *, enum stack_call), void *data, size_t size,
		      void (*prepare)(struct stack *))
{
	uint64_t random = 0x9e3779b97f4a7c15;

	for (int run = 0; run < RUNS; run++) {
		struct cdg_params p = stack_params(&random);
		uint64_t seed = random_u64(&random);
		struct stack k;

		stack_start(&k, &p, seed, random_u32(&random), 1 + random_u32(&random) / 2);
		k.watch = watch;
		k.data = data;
		memset(data, 0, size);
		if (prepare)
			prepare(&k);
		for (int step = 0; step < STEPS; step++)
			stack_step(&k);
	}
}

static void no_timeouts(struct stack *k)
{
	k->no_timeouts = 1;
}

static int backed_off(const struct stack *k, enum stack_call call)
{
	return call == CALL_AVOID && k->did.round_ended &&
	       k->f.round.verdict == CDG_VERDICT_BACKOFF;
}

/* Totals over all runs: a property that was never put to the test is not shown. */
static unsigned long seen;

static void p0_watch(struct stack *k, enum stack_call call)
{
	const struct cdg_state *st = &k->f.st;
	__u32 used = st->flags & CDG_F_FILLED ? 1u << st->window_shift : st->tail;
	int64_t min = 0, max = 0;

	(void)call;
	for (__u32 i = 0; i < used && !k->f.no_ring; i++) {
		min += k->f.ring[i].min_us;
		max += k->f.ring[i].max_us;
	}
	assert_int_equal(st->sum_min_us, min);
	assert_int_equal(st->sum_max_us, max);
	seen += min != 0;
}

static void p0_sums_equal_the_ring(void **state)
{
	int none;

	(void)state;
	seen = 0;
	run_flows(p0_watch, &none, sizeof(none), NULL);
	assert_true(seen > 100000);
}

/* Where the two rounds after a back-off end. */
struct p1 {
	int reducing, measuring;
	__u32 first_end, second_end;
};

static void p1_watch(struct stack *k, enum stack_call call)
{
	struct p1 *p1 = k->data;

	if (backed_off(k, call)) {
		if (p1->reducing || (p1->measuring && !cdg_after(k->una, p1->second_end)))
			fail_msg("two back-offs within two rounds");
		seen += p1->measuring;
		*p1 = (struct p1){ .reducing = 1, .first_end = k->f.s.snd_nxt };
	} else if (p1->reducing && call != CALL_RTT && cdg_after(k->una, p1->first_end)) {
		*p1 = (struct p1){ .measuring = 1, .second_end = k->f.s.snd_nxt };
	}
}

static void p1_back_offs_are_two_rounds_apart(void **state)
{
	struct p1 p1;

	(void)state;
	seen = 0;
	run_flows(p1_watch, &p1, sizeof(p1), no_timeouts);
	assert_true(seen > 1000);
}

static void p2_watch(struct stack *k, enum stack_call call)
{
	__u32 before = k->s_before.snd_cwnd;

	if (call != CALL_SSTHRESH && call != CALL_TIMEOUT)
		return;
	if (k->st_before.flags &
	    (call == CALL_SSTHRESH ? CDG_F_REDUCING : CDG_F_CUT_IN_REDUCTION))
		before = cdg_max_u32(k->st_before.reduce_prior, CDG_CWND_MIN);
	if (before < CDG_CWND_MIN)
		return;
	assert_uint_in_range(k->f.s.snd_ssthresh, CDG_CWND_MIN, before);
	seen++;
}

static void p2_ssthresh_is_between_two_and_the_window(void **state)
{
	int none;

	(void)state;
	seen = 0;
	run_flows(p2_watch, &none, sizeof(none), NULL);
	assert_true(seen > 500);
}

static void p3_watch(struct stack *k, enum stack_call call)
{
	if (call != CALL_SSTHRESH || k->st_before.queue == CDG_QUEUE_BACKOFF ||
	    (k->f.st.flags & CDG_F_TOLERATED))
		return;
	assert_uint_in_range(k->f.st.shadow, 0, k->f.s.snd_cwnd);
	assert_uint_in_range(k->f.st.shadow, 0, k->st_before.shadow / 2);
	seen++;
}

static void p3_shadow_is_below_the_window_after_a_loss(void **state)
{
	int none;

	(void)state;
	seen = 0;
	run_flows(p3_watch, &none, sizeof(none), NULL);
	assert_true(seen > 500);
}

static void p4_watch(struct stack *k, enum stack_call call)
{
	const struct cdg_state *st = &k->f.st;

	(void)call;
	assert_true((!st->rtt_min_us && !st->rtt_max_us) ||
		    (st->rtt_min_us > 0 && st->rtt_min_us <= st->rtt_max_us));
	assert_true((!st->prev_min_us && !st->prev_max_us) ||
		    (st->prev_min_us > 0 && st->prev_min_us <= st->prev_max_us));
	seen += st->rtt_min_us < st->rtt_max_us;
}

static void p4_smallest_rtt_is_at_most_the_largest(void **state)
{
	int none;

	(void)state;
	seen = 0;
	run_flows(p4_watch, &none, sizeof(none), NULL);
	assert_true(seen > 100000);
}

static void p5_watch(struct stack *k, enum stack_call call)
{
	(void)call;
	assert_uint_in_range(k->f.st.delack, 0, 5);
	assert_uint_in_range(k->f.st.queue, CDG_QUEUE_UNKNOWN, CDG_QUEUE_BACKOFF);
	assert_uint_in_range(k->f.st.sample_cnt, 0, CDG_HYSTART_SAMPLES);
	assert_uint_in_range(k->f.st.tail, 0, (1u << k->f.st.window_shift) - 1);
	seen += k->f.st.delack == 5;
}

static void p5_small_counters_stay_in_their_ranges(void **state)
{
	int none;

	(void)state;
	seen = 0;
	run_flows(p5_watch, &none, sizeof(none), NULL);
	assert_true(seen > 10000);
}

static void p6_watch(struct stack *k, enum stack_call call)
{
	if (!backed_off(k, call))
		return;
	assert_false(k->did.grew);
	assert_int_equal(k->f.s.snd_cwnd_cnt, 0);
	if (k->f.p.backoff_step)
		assert_int_equal(k->f.s.snd_cwnd, k->f.s.snd_ssthresh);
	else
		assert_int_equal(k->f.s.snd_cwnd, k->s_before.snd_cwnd);
	assert_int_equal(k->f.st.shadow, cdg_max_u32(k->st_before.shadow, k->s_before.snd_cwnd));
	seen++;
}

static void p6_nothing_grows_on_an_ack_that_backs_off(void **state)
{
	int none;

	(void)state;
	seen = 0;
	run_flows(p6_watch, &none, sizeof(none), NULL);
	assert_true(seen > 1000);
}

/* Every entry point on zeroed state and socket: the stack may call before init(). */
static void zero_state_calls(const struct cdg_params *p)
{
	struct cdg_state st = { 0 };
	struct cdg_round r = { 0 };
	struct cdg_sock s = { 0 };
	enum cdg_ss_exit exit;

	assert_true(cdg_ssthresh(&st, p, 0, 0, 0) >= CDG_CWND_MIN);
	assert_true(cdg_ssthresh(&st, p, 1, FLOW_INFINITE, 1) >= CDG_CWND_MIN);
	assert_true(cdg_timeout(&st, p, 10, 5) >= CDG_CWND_MIN);
	assert_int_equal(cdg_undo(&st, 1, 10), 10);
	cdg_cwr_complete(&st, 0);
	memset(&st, 0, sizeof(st));
	cdg_rtt_sample(&st, 0, -1, 0);
	cdg_rtt_sample(&st, 1, 1, 0);
	assert_int_equal(cdg_ack_begin(&st, p, &s, &exit), CDG_NEXT_GROW);
	s.ack = 1;
	assert_int_equal(cdg_ack_begin(&st, p, &s, &exit), CDG_NEXT_ROUND);
	assert_int_equal(cdg_ack_round(&st, p, &s, NULL, FLOW_ALWAYS, &r), CDG_NEXT_GROW);
	for (__u32 acked = 0; acked < 3; acked++) {
		s.acked = acked;
		s.is_cwnd_limited = 1;
		cdg_ack_grow(&st, &s);
	}
	memset(&st, 0, sizeof(st));
	st.flags = CDG_F_REDUCING;
	s = (struct cdg_sock){ .acked = 1 };
	assert_true(cdg_reduce_ack(&st, p, &s));
}

static void p7_all_zero_state_is_valid(void **state)
{
	struct cdg_params zero = { 0 }, p = flow_defaults();
	uint64_t random = 7;

	(void)state;
	zero_state_calls(&zero);
	zero_state_calls(&p);
	for (int i = 0; i < 10000; i++) {
		p = stack_params(&random);
		zero_state_calls(&p);
	}
}

/*
 * Only the description of a reduction may stay, as without its flag nobody reads it, and the RTT of
 * the SYN, which the stack tells before.
 */
static void init_forgets_all_but_the_syn_s_rtt(void **state)
{
	(void)state;
	for (__u32 shift = 0; shift <= 8; shift++) {
		struct cdg_state st, expected = { .flow = 77, .rtt_seq = 1000, .shadow = 10,
						  .window_shift = shift };

		memset(&st, 0xa5, sizeof(st));
		memset(&expected.reduce_end, 0xa5, 4 * sizeof(__u32));
		memset(&expected.rtt_min_us, 0xa5, 2 * sizeof(__s32));
		memset(&expected.delack, 0xa5, 1);
		cdg_init(&st, 77, 1u << shift, 1000, 10);
		st.reserved = 0;
		assert_memory_equal(&st, &expected, offsetof(struct cdg_state, ssthresh_prior) + 4);
	}
}

static void a_restart_keeps_only_who_the_flow_is(void **state)
{
	struct cdg_state st, expected = { .rtt_seq = 1000, .shadow = 10 };

	(void)state;
	memset(&st, 0xff, sizeof(st));
	cdg_reset(&st, 1000, 10);
	memset(&expected.window_shift, 0xff, sizeof(st) - offsetof(struct cdg_state, window_shift));
	expected.flow = st.flow;
	expected.flags = CDG_F_NO_STORAGE | CDG_F_IN_ACK | CDG_F_UNA_ADVANCED;
	assert_int_equal(st.flow, UINT64_MAX);
	assert_memory_equal(&st, &expected, sizeof(st));
}

static void p8_never(struct stack *k, enum stack_call call)
{
	assert_false(backed_off(k, call));
	assert_false(k->f.st.flags & CDG_F_REDUCING);
	seen += call == CALL_AVOID && k->did.round_ended && k->f.round.drawn;
}

static void p8_factor_zero(struct stack *k)
{
	k->f.p.backoff_factor = 0;
}

static void p8_whole(struct stack *k, enum stack_call call)
{
	if (call == CALL_AVOID && (k->st_before.flags & CDG_F_REDUCING) &&
	    !(k->f.st.flags & CDG_F_REDUCING)) {
		assert_true(k->f.s.snd_ssthresh == k->st_before.reduce_prior);
		assert_true(k->f.s.snd_cwnd >= k->st_before.reduce_prior);
		seen++;
	}
}

static void p8_beta_1024(struct stack *k)
{
	k->f.p.backoff_beta = 1024;
	k->no_timeouts = 1;
}

static void p8_factor_0_never_backs_off_and_beta_1024_never_reduces(void **state)
{
	int none;

	(void)state;
	seen = 0;
	run_flows(p8_never, &none, sizeof(none), p8_factor_zero);
	assert_true(seen > 1000);
	seen = 0;
	run_flows(p8_whole, &none, sizeof(none), p8_beta_1024);
	assert_true(seen > 1000);
}

static void p9_watch(struct stack *k, enum stack_call call)
{
	const struct cdg_state *before = &k->st_before;
	__s32 min, max;

	if (call != CALL_AVOID || !k->did.round_ended ||
	    k->f.round.verdict == CDG_VERDICT_NO_REFERENCE)
		return;
	min = before->rtt_min_us - before->prev_min_us;
	max = before->rtt_max_us - before->prev_max_us;
	assert_int_equal(k->f.round.grad_us, min > 0 ? min : max);
	seen++;
}

static void p9_window_one(struct stack *k)
{
	cdg_init(&k->f.st, 1, 1, k->f.s.snd_nxt, k->f.s.snd_cwnd);
	k->f.no_ring = random_below(&k->random, 2);
}

static void p9_window_1_takes_single_differences(void **state)
{
	int none;

	(void)state;
	seen = 0;
	run_flows(p9_watch, &none, sizeof(none), p9_window_one);
	assert_true(seen > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("P0: the sums always equal the sum over the ring", p0_sums_equal_the_ring),
		CASE("P1: back-offs are at least two rounds apart",
		     p1_back_offs_are_two_rounds_apart),
		CASE("P2: ssthresh is at least 2 and at most the window before",
		     p2_ssthresh_is_between_two_and_the_window),
		CASE("P3: after a loss the shadow is halved and at most the window",
		     p3_shadow_is_below_the_window_after_a_loss),
		CASE("P4: the smallest RTT is at most the largest, or both are 0",
		     p4_smallest_rtt_is_at_most_the_largest),
		CASE("P5: small counters stay in their ranges",
		     p5_small_counters_stay_in_their_ranges),
		CASE("P6: nothing grows on an ACK that backs off",
		     p6_nothing_grows_on_an_ack_that_backs_off),
		CASE("P7: all-zero state is valid in every call", p7_all_zero_state_is_valid),
		CASE("init forgets all that was there but the SYN's RTT",
		     init_forgets_all_but_the_syn_s_rtt),
		CASE("a restart keeps only who the flow is", a_restart_keeps_only_who_the_flow_is),
		CASE("P8: factor 0 never backs off and beta 1024 never reduces",
		     p8_factor_0_never_backs_off_and_beta_1024_never_reduces),
		CASE("P9: with window 1 the gradient is the single difference",
		     p9_window_1_takes_single_differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
