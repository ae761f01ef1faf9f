// SPDX-License-Identifier: GPL-2.0
/* Where we differ from Linux on purpose: D1 to D5 of include/cdg_algo.h, and two options. */
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
	assert_int_equal(f.st.shadow_undo, 0);
	cdg_undo(&f.st, 70, 100);
	assert_int_equal(f.st.shadow, 70);
	assert_int_equal(f.st.shadow_undo, 0);

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
	assert_int_equal(cdg_timeout(&f.st, &p, 100, 33), 33); /* once only */
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
		CASE("Q5: pacing stretches the ACK train only if hystart_paced is set",
		     q5_pacing_stretches_the_train_only_if_asked),
		CASE("Q6: with rto_strict a timeout is never tolerated",
		     q6_a_strict_timeout_is_never_tolerated),
		CASE("a huge RTT does not end slow start", a_huge_rtt_does_not_end_slow_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
