// SPDX-License-Identifier: GPL-2.0
/* D6 of include/cdg_algo.h: the reduction that the stack's CWR would do is played. */
#include "tests/unit/case.h"
#include "tests/unit/flow.h"

/* A flow past slow start with a window of 100 whose RTT rises: it backs off. */
static void back_off(struct flow *f, const struct cdg_params *p)
{
	flow_start(f, p, 1000, 100);
	f->s.snd_ssthresh = 50;
	flow_round(f, 20000, 21000, 100, FLOW_NEVER);
	f->s.snd_cwnd = 100;
	flow_round(f, 30000, 31000, 1, FLOW_ALWAYS);
	assert_int_equal(f->round.verdict, CDG_VERDICT_BACKOFF);
	assert_true(f->st.flags & CDG_F_REDUCING);
}

/* BPF cannot enter CWR: the window is walked down over one round, then the round's RTT counts. */
static void d6_a_backoff_is_played_over_one_round(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow_ack did;
	struct flow f;
	__u32 end;

	(void)state;
	back_off(&f, &p);
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
	flow_cong_avoid(&f, end, 31, FLOW_ALWAYS);
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
	back_off(&f, &p);
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
	back_off(&f, &p);
	assert_int_equal(f.st.shadow, 101);
	f.s.snd_cwnd = 85;
	assert_int_equal(cdg_ssthresh(&f.st, &p, 85, f.s.snd_ssthresh, 85), 70);
	assert_int_equal(f.st.shadow, 101);
	assert_false(f.st.flags & CDG_F_REDUCING);
	assert_int_equal(cdg_undo(&f.st, 70, 85), 70); /* CWR forbids it */
	assert_int_equal(f.st.shadow, 101);
	cdg_cwr_complete(&f.st, f.s.snd_nxt);
	assert_int_equal(f.st.queue, CDG_QUEUE_UNKNOWN);
	/* nor later, when DSACKs say that nothing was lost */
	assert_true(cdg_undo_refused(&f.st));
	assert_int_equal(cdg_undo(&f.st, 70, 85), 70);
	assert_int_equal(cdg_ssthresh(&f.st, &p, 70, 70, 70), 50);
	assert_false(cdg_undo_refused(&f.st));
	assert_int_equal(cdg_undo(&f.st, 50, 70), 70);
}

/* It ends in Loss, which the stack leaves without completing a CWR. */
static void d1_a_timeout_in_a_reduction_leaves_no_backoff(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	back_off(&f, &p);
	assert_int_equal(cdg_ssthresh(&f.st, &p, 85, f.s.snd_ssthresh, 85), 70);
	assert_int_equal(cdg_timeout(&f.st, &p, 85, 70), 70);
	assert_int_equal(f.st.queue, CDG_QUEUE_UNKNOWN);
	/* so the next loss is cut as one: by half, shadow window aside */
	f.st.shadow = 0;
	assert_int_equal(cdg_ssthresh(&f.st, &p, 60, 70, 60), 30);
}

static void d6_restart_and_completion_end_a_reduction(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	back_off(&f, &p);
	cdg_reset(&f.st, f.s.snd_nxt, f.s.snd_cwnd);
	assert_false(f.st.flags & CDG_F_REDUCING);
	back_off(&f, &p);
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
	back_off(&f, &p);
	assert_int_equal(cdg_undo(&f.st, f.s.snd_cwnd, 400), f.s.snd_cwnd);
	f.s.snd_ssthresh = FLOW_INFINITE; /* as the stack does after it */
	f.s.inflight = 90;
	f.s.delivered += 10;
	flow_cong_avoid(&f, f.st.reduce_end, 10, FLOW_ALWAYS);
	assert_int_equal(f.s.snd_ssthresh, 70);
	assert_uint_in_range(f.s.snd_cwnd, 70, 100);

	f.s.snd_ssthresh = FLOW_INFINITE;
	flow_cong_avoid(&f, f.st.reduce_end + 1, 1, FLOW_ALWAYS);
	assert_int_equal(f.s.snd_ssthresh, 70);
	assert_int_equal(f.s.snd_cwnd, 70);

	back_off(&f, &p);
	assert_int_equal(cdg_ssthresh(&f.st, &p, 90, FLOW_INFINITE, FLOW_INFINITE), 70);
}

/* Only cumulative progress of this very ACK earns the extra segment below the target. */
static void d6_a_pure_sack_earns_no_extra_segment(void **state)
{
	struct cdg_params p = flow_defaults();
	struct flow f;

	(void)state;
	for (__u32 packets = 0; packets < 2; packets++) {
		back_off(&f, &p);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("D6: a back-off is played over one round",
		     d6_a_backoff_is_played_over_one_round),
		CASE("D6: a step reduces at once", d6_a_step_reduces_at_once),
		CASE("D6: a loss in a reduction is not cut again",
		     d6_a_loss_in_a_reduction_is_not_cut_again),
		CASE("D1: a timeout in a reduction leaves no back-off behind",
		     d1_a_timeout_in_a_reduction_leaves_no_backoff),
		CASE("D6: restart and completion end a reduction",
		     d6_restart_and_completion_end_a_reduction),
		CASE("D6: a late undo cannot inflate a reduction",
		     d6_a_late_undo_cannot_inflate_a_reduction),
		CASE("D6: a pure SACK earns no extra segment",
		     d6_a_pure_sack_earns_no_extra_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
