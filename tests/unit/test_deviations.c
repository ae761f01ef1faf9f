// SPDX-License-Identifier: GPL-2.0
/* Where we differ from Linux on purpose: D1 to D6 of include/cdg_algo.h, and two options. */
#include "tests/unit/case.h"
#include "tests/unit/flow.h"

/* A flow past slow start whose RTT has just risen by 10 ms: the next round draws a coin. */
static void rising_flow(struct flow *f, const struct cdg_params *p)
{
	flow_start(f, p, 1000, 100);
	f->s.snd_ssthresh = 50;
	flow_round(f, 20000, 21000, 100, FLOW_NEVER);
	assert_int_equal(f->round.verdict, CDG_VERDICT_NO_REFERENCE);
}

static void back_off(struct flow *f)
{
	flow_round(f, 30000, 31000, 1, FLOW_ALWAYS);
	assert_int_equal(f->round.verdict, CDG_VERDICT_BACKOFF);
	assert_true(f->st.flags & CDG_F_REDUCING);
}

static void d1_no_coin_is_drawn_in_loss(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow_ack did;
	struct flow f;

	(void)state;
	rising_flow(&f, &p);
	f.s.in_loss = 1;
	did = flow_round(&f, 30000, 31000, 1, FLOW_ALWAYS);
	assert_int_equal(f.round.verdict, CDG_VERDICT_RECOVERING);
	assert_false(f.round.drawn);
	assert_true(f.round.grad_us > 0);
	assert_true(did.grew);
	assert_int_equal(f.st.backoff_cnt, 0);
	assert_int_not_equal(f.st.queue, CDG_QUEUE_BACKOFF);
	assert_int_equal(f.s.snd_ssthresh, 50);

	/* so the next loss is cut in half, not by the smaller cut of a delay back-off */
	f.st.shadow = 0;
	assert_int_equal(cdg_ssthresh(&f.st, &p, 100, 50, 75), 50);

	f.s.in_loss = 0;
	flow_round(&f, 40000, 41000, 1, FLOW_ALWAYS);
	assert_int_equal(f.round.verdict, CDG_VERDICT_BACKOFF);
}

static void d2_only_losses_are_tolerated_never_marks(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	p.use_tolerance = 1;
	p.use_shadow = 0;
	rising_flow(&f, &p);
	f.st.queue = CDG_QUEUE_NONFULL;
	assert_int_equal(cdg_ssthresh(&f.st, &p, 100, 50, 75), 100);
	assert_true(f.st.flags & CDG_F_TOLERATED);
	assert_int_equal(cdg_ssthresh(&f.st, &p, 100, 50, 0), 50);
	assert_false(f.st.flags & CDG_F_TOLERATED);

	f.st.queue = CDG_QUEUE_FULL;
	assert_int_equal(cdg_ssthresh(&f.st, &p, 100, 50, 75), 50);
	f.st.queue = CDG_QUEUE_UNKNOWN;
	assert_int_equal(cdg_ssthresh(&f.st, &p, 100, 50, 75), 50);
}

static void d3_an_undo_gives_the_shadow_back(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	rising_flow(&f, &p);
	f.st.shadow = 140;
	assert_int_equal(cdg_ssthresh(&f.st, &p, 100, 50, 75), 70);
	assert_int_equal(f.st.shadow, 70);
	assert_int_equal(cdg_undo(&f.st, 70, 100), 100);
	assert_int_equal(f.st.shadow, 140);

	/* once only, and what has grown meanwhile is kept */
	f.st.shadow = 60;
	assert_int_equal(cdg_undo(&f.st, 90, 80), 90);
	assert_int_equal(f.st.shadow, 60);
	cdg_ssthresh(&f.st, &p, 100, 50, 75);
	f.st.shadow = 65;
	cdg_undo(&f.st, 70, 100);
	assert_int_equal(f.st.shadow, 65);
}

static void d3_an_undo_gives_back_only_what_the_last_cut_took(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	p.use_tolerance = 1;
	rising_flow(&f, &p);
	f.st.shadow = 140;
	cdg_ssthresh(&f.st, &p, 100, 50, 75);
	assert_int_equal(f.st.shadow, 70);
	f.st.queue = CDG_QUEUE_NONFULL;
	cdg_ssthresh(&f.st, &p, 100, 50, 75); /* tolerated: takes nothing */
	cdg_undo(&f.st, 70, 100);
	assert_int_equal(f.st.shadow, 70);

	cdg_ssthresh(&f.st, &p, 100, 50, 0);
	cdg_reset(&f.st, 2000, 90);
	cdg_undo(&f.st, 10, 100);
	assert_int_equal(f.st.shadow, 90);
}

/* Linux's product wraps: at these values it would be near 0, and back-off would be impossible. */
static void d4_a_large_product_saturates(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	assert_int_equal(cdg_threshold(102261127, 42), 0); /* 2^32 + 38 */
	assert_int_equal(cdg_threshold(429497, 10000), 0); /* 2^32 + 2704 */
	assert_int_equal(cdg_threshold(65536, 65536), 0);  /* 2^32 */
	assert_int_equal(cdg_threshold(2147483647, 4294967295u), 0);
	assert_int_equal(cdg_threshold(1, 4294967295u), 0);

	p.backoff_factor = 65536;
	p.window = 1;
	rising_flow(&f, &p);
	flow_round(&f, 20000 + 65536, 20000 + 65536, 1, 1);
	assert_int_equal(f.round.grad_us, 65536);
	assert_int_equal(f.round.verdict, CDG_VERDICT_BACKOFF);
}

/* The same holds one step earlier: a gradient times the window. */
static void d4_an_extrapolated_gradient_saturates(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	p.window = 256;
	for (int no_ring = 0; no_ring < 2; no_ring++) {
		flow_start(&f, &p, 1000, 100);
		f.no_ring = no_ring;
		flow_round(&f, 1, 1, 1, FLOW_NEVER);
		flow_round(&f, 16777217, 16777217, 1, FLOW_NEVER); /* 256 x 2^24 is 2^32 */
		assert_int_equal(f.round.grad_us, 2147483647);
		flow_start(&f, &p, 1000, 100);
		f.no_ring = no_ring;
		flow_round(&f, 16777217, 16777217, 1, FLOW_NEVER);
		flow_round(&f, 1, 1, 1, FLOW_NEVER);
		assert_int_equal(f.round.grad_us, -2147483647 - 1);
	}
}

static void d5_the_count_of_ineffectual_backoffs_saturates(void **state)
{
	struct cdg_params p = flow_defaults();
	struct cdg_round r = { 0 };
	int suppressed = 0;
	struct flow f;

	(void)state;
	rising_flow(&f, &p);
	for (int i = 0; i < 5; i++)
		assert_int_equal(cdg_coin(&f.st, &p, 10000, FLOW_ALWAYS, &r), CDG_VERDICT_BACKOFF);
	for (int i = 0; i < 140000; i++)
		suppressed += cdg_coin(&f.st, &p, 10000, FLOW_ALWAYS, &r) ==
			      CDG_VERDICT_SUPPRESSED;
	assert_int_equal(suppressed, 140000);
	assert_int_equal(f.st.backoff_cnt, 65535);
}

/* BPF cannot enter CWR: the window is walked down over one round, then the round's RTT counts. */
static void d6_a_backoff_is_played_over_one_round(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow_ack did;
	struct flow f;
	__u32 end;

	(void)state;
	rising_flow(&f, &p);
	f.s.snd_cwnd = 100;
	back_off(&f);
	end = f.s.snd_nxt;
	assert_int_equal(f.s.snd_cwnd, 100);
	assert_int_equal(f.s.snd_ssthresh, 70);
	assert_int_equal(f.st.queue, CDG_QUEUE_BACKOFF);

	f.s.inflight = 99;
	f.s.delivered++;
	cdg_rtt_sample(&f.st, 1, 35000, 0);
	did = flow_cong_avoid(&f, end, 1, FLOW_ALWAYS);
	assert_false(did.round_ended || did.grew);
	assert_int_equal(f.s.snd_cwnd, 100); /* 99 and the one that may always go */
	f.s.inflight = 69;
	f.s.delivered += 31;
	f.s.data_segs_out += 1;
	did = flow_cong_avoid(&f, end, 31, FLOW_ALWAYS);
	assert_int_equal(f.s.snd_cwnd, 70);

	f.s.snd_nxt = end + 70;
	did = flow_cong_avoid(&f, end + 1, 1, FLOW_ALWAYS);
	assert_true(did.grew && !did.round_ended);
	assert_false(f.st.flags & CDG_F_REDUCING);
	assert_int_equal(f.s.snd_cwnd, 70);
	assert_int_equal(f.s.snd_cwnd_cnt, 1);
	assert_int_equal(f.st.queue, CDG_QUEUE_UNKNOWN);
	assert_int_equal(f.st.rtt_seq, end + 70);
	assert_int_equal(f.st.prev_min_us, 35000);
	assert_int_equal(f.st.rtt_min_us, 0);
}

static void d6_a_step_reduces_at_once(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow_ack did;
	struct flow f;
	__u32 end;

	(void)state;
	p.backoff_step = 1;
	rising_flow(&f, &p);
	f.s.snd_cwnd = 100;
	back_off(&f);
	end = f.s.snd_nxt;
	assert_int_equal(f.s.snd_cwnd, 70);
	f.s.inflight = 20;
	f.s.delivered += 10;
	did = flow_cong_avoid(&f, end, 10, FLOW_ALWAYS);
	assert_false(did.round_ended || did.grew);
	assert_int_equal(f.s.snd_cwnd, 70);
	did = flow_cong_avoid(&f, end + 1, 10, FLOW_ALWAYS);
	assert_true(did.grew);
	assert_int_equal(f.s.snd_cwnd, 70);
}

static void d6_a_loss_in_a_reduction_is_not_cut_again(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	rising_flow(&f, &p);
	f.s.snd_cwnd = 100;
	back_off(&f);
	assert_int_equal(f.st.shadow, 101);
	f.s.snd_cwnd = 85;
	assert_int_equal(cdg_ssthresh(&f.st, &p, 85, f.s.snd_ssthresh, 85), 70);
	assert_int_equal(f.st.shadow, 101);
	assert_false(f.st.flags & CDG_F_REDUCING);
	assert_int_equal(cdg_undo(&f.st, 70, 85), 70); /* CWR forbids it */
	assert_int_equal(f.st.shadow, 101);
	cdg_cwr_complete(&f.st, f.s.snd_nxt);
	assert_int_equal(f.st.queue, CDG_QUEUE_UNKNOWN);
	assert_int_equal(cdg_ssthresh(&f.st, &p, 70, 70, 70), 50);
	assert_int_equal(cdg_undo(&f.st, 50, 70), 70);
}

static void d6_restart_and_completion_end_a_reduction(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	rising_flow(&f, &p);
	back_off(&f);
	cdg_reset(&f.st, f.s.snd_nxt, f.s.snd_cwnd);
	assert_false(f.st.flags & CDG_F_REDUCING);
	rising_flow(&f, &p);
	back_off(&f);
	cdg_cwr_complete(&f.st, f.s.snd_nxt + 5);
	assert_false(f.st.flags & CDG_F_REDUCING);
	assert_int_equal(f.st.rtt_seq, f.s.snd_nxt + 5);
}

/*
 * The stack does not know of the reduction, so it may still undo a loss from before it. It then
 * restores the threshold of before that loss: in the first slow start this is infinite, and a
 * reduction that believed it would end with an infinite window.
 */
static void d6_a_late_undo_cannot_inflate_a_reduction(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	rising_flow(&f, &p);
	f.s.snd_cwnd = 100;
	back_off(&f);
	assert_int_equal(cdg_undo(&f.st, f.s.snd_cwnd, 400), f.s.snd_cwnd);
	f.s.snd_ssthresh = FLOW_INFINITE; /* as the stack does after it */
	f.s.inflight = 90;
	f.s.delivered += 10;
	flow_cong_avoid(&f, f.st.reduce_end, 10, FLOW_ALWAYS);
	assert_int_equal(f.s.snd_ssthresh, 70);
	assert_in_range(f.s.snd_cwnd, 70, 100);

	f.s.snd_ssthresh = FLOW_INFINITE;
	flow_cong_avoid(&f, f.st.reduce_end + 1, 1, FLOW_ALWAYS);
	assert_int_equal(f.s.snd_ssthresh, 70);
	assert_int_equal(f.s.snd_cwnd, 70);

	rising_flow(&f, &p);
	f.s.snd_cwnd = 100;
	back_off(&f);
	assert_int_equal(cdg_ssthresh(&f.st, &p, 90, FLOW_INFINITE, FLOW_INFINITE), 70);
}

/* Only cumulative progress of this very ACK earns the extra segment below the target. */
static void d6_a_pure_sack_earns_no_extra_segment(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	for (__u32 packets = 0; packets < 2; packets++) {
		rising_flow(&f, &p);
		f.s.snd_cwnd = 100;
		back_off(&f);
		f.s.data_segs_out += 1;
		f.s.delivered += 1;
		f.s.inflight = 10;
		cdg_rtt_sample(&f.st, 1, 30000, 0); /* an ACK in between that grows nothing */
		cdg_rtt_sample(&f.st, packets, 30000, 1);
		f.s.ack = f.st.reduce_end;
		f.s.acked = 1;
		assert_true(cdg_reduce_ack(&f.st, &p, &f.s));
		assert_int_equal(f.s.snd_cwnd, 11 + packets);
	}
}

/* ACKs every 1 ms in slow start, smallest RTT 20 ms; returns the ms after which slow start ends. */
static int train_ends_after_ms(int paced, int hystart_paced)
{
	struct cdg_params p = flow_defaults();
	struct flow f;
	int ms = 0;

	p.hystart_detect = 1;
	p.hystart_paced = hystart_paced;
	flow_start(&f, &p, 1000, 20);
	f.s.paced = paced;
	f.s.now_us = 1000000;
	f.st.rtt_min_us = f.st.rtt_max_us = 20000;
	while (flow_cong_avoid(&f, 1000, 0, FLOW_NEVER).exit == CDG_SS_NONE && ms < 1000) {
		f.s.now_us += 1000;
		ms++;
	}
	assert_int_equal(f.s.snd_ssthresh, 20);
	return ms;
}

static void q5_pacing_stretches_the_train_only_if_asked(void **state)
{
	(void)state;
	assert_int_equal(train_ends_after_ms(0, 0), 11);
	assert_int_equal(train_ends_after_ms(1, 0), 11);
	assert_int_equal(train_ends_after_ms(0, 1), 11);
	assert_int_equal(train_ends_after_ms(1, 1), 21);
}

/* A timeout that ssthresh() tolerated, then the event that tells that it was one. */
static __u32 timeout_threshold(int rto_strict, __u8 queue)
{
	struct cdg_params p = flow_defaults();
	struct flow f;
	__u32 ssthresh, after;

	p.use_tolerance = 1;
	p.rto_strict = rto_strict;
	rising_flow(&f, &p);
	f.st.shadow = 60;
	f.st.queue = queue;
	ssthresh = cdg_ssthresh(&f.st, &p, 100, 50, 75);
	after = cdg_timeout(&f.st, &p, 100, ssthresh);
	assert_int_equal(f.st.shadow, after == 100 ? 60 : 30);
	assert_int_equal(cdg_timeout(&f.st, &p, 100, after), after);
	return after;
}

static void q6_a_strict_timeout_is_never_tolerated(void **state)
{
	(void)state;
	assert_int_equal(timeout_threshold(0, CDG_QUEUE_NONFULL), 100);
	assert_int_equal(timeout_threshold(1, CDG_QUEUE_NONFULL), 50);
	assert_int_equal(timeout_threshold(0, CDG_QUEUE_FULL), 50);
	assert_int_equal(timeout_threshold(1, CDG_QUEUE_FULL), 50);
}

/* A peer's wrong time stamp echo can make an RTT of half an hour. */
static void a_huge_rtt_does_not_end_slow_start(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	p.hystart_detect = 2;
	flow_start(&f, &p, 1000, 20);
	f.st.rtt_min_us = f.st.rtt_max_us = 2000000000;
	for (int i = 0; i < 20; i++)
		assert_int_equal(flow_cong_avoid(&f, 1000, 0, FLOW_NEVER).exit, CDG_SS_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("D1: no coin is drawn in Loss", d1_no_coin_is_drawn_in_loss),
		CASE("D2: only losses are tolerated, never marks",
		     d2_only_losses_are_tolerated_never_marks),
		CASE("D3: an undo gives the shadow back", d3_an_undo_gives_the_shadow_back),
		CASE("D3: an undo gives back only what the last cut took",
		     d3_an_undo_gives_back_only_what_the_last_cut_took),
		CASE("D4: a large product of gradient and factor saturates",
		     d4_a_large_product_saturates),
		CASE("D4: an extrapolated gradient saturates",
		     d4_an_extrapolated_gradient_saturates),
		CASE("D5: the count of ineffectual back-offs saturates",
		     d5_the_count_of_ineffectual_backoffs_saturates),
		CASE("D6: a back-off is played over one round",
		     d6_a_backoff_is_played_over_one_round),
		CASE("D6: a step reduces at once", d6_a_step_reduces_at_once),
		CASE("D6: a loss in a reduction is not cut again",
		     d6_a_loss_in_a_reduction_is_not_cut_again),
		CASE("D6: restart and completion end a reduction",
		     d6_restart_and_completion_end_a_reduction),
		CASE("D6: a late undo cannot inflate a reduction",
		     d6_a_late_undo_cannot_inflate_a_reduction),
		CASE("D6: a pure SACK earns no extra segment",
		     d6_a_pure_sack_earns_no_extra_segment),
		CASE("Q5: pacing stretches the ACK train only if hystart_paced is set",
		     q5_pacing_stretches_the_train_only_if_asked),
		CASE("Q6: with rto_strict a timeout is never tolerated",
		     q6_a_strict_timeout_is_never_tolerated),
		CASE("a huge RTT does not end slow start", a_huge_rtt_does_not_end_slow_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
