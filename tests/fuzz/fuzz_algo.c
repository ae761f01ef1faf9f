// SPDX-License-Identifier: GPL-2.0
/*
 * The whole life of a flow from the input bytes: any parameters, any order of calls, any numbers
 * that a socket can hold. After each call the state must equal that of reference.h, member by
 * member, and the invariants must hold.
 *
 * What a socket can hold: the stack's windows are positive ints, so windows are below 2^31 and the
 * flight is below 2^30 here. Beyond it the header differs from the reference: it takes ssthresh
 * less flight as a signed 32-bit number, as the stack does. That the windows never leave this range
 * by the algorithm's own doing is one of the invariants.
 */
#include <stdio.h>
#include <stdlib.h>

#include "include/cdg_algo.h"
#include "tests/fuzz/reference.h"

#define FLIGHT_LIMIT (1 << 30)

struct input {
	const uint8_t *data;
	size_t left;
};

struct fuzz {
	struct input in;
	struct cdg_params p;
	struct cdg_state st;
	struct cdg_sock s;
	struct cdg_round round;
	struct cdg_grad ring[CDG_WINDOW_MAX];
	struct ref ref;
	struct ref_sock rs;
	struct ref_round rr;
	int call; /* for messages */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Little-endian number of so many bytes; 0 after the end. */
static uint32_t take(struct input *in, int bytes)
{
	uint32_t value = 0;

	for (int i = 0; i < bytes && in->left; i++, in->left--)
		value |= (uint32_t)*in->data++ << 8 * i;
	return value;
}

/* A number whose size the input chooses too: 1, 2 or 4 bytes; at most 31 bits. */
static uint32_t take_any(struct input *in)
{
	static const int sizes[] = { 1, 1, 2, 4 };

	return take(in, sizes[take(in, 1) & 3]) & 2147483647;
}

static void check(const struct fuzz *f, const char *what, int64_t got, int64_t expected)
{
	if (got == expected)
		return;
	fprintf(stderr, "after call %d: %s is %lld, expected %lld\n", f->call, what,
		(long long)got, (long long)expected);
	abort();
}

static void check_state(const struct fuzz *f)
{
	const struct cdg_state *st = &f->st;
	const struct ref *ref = &f->ref;
	int flags = st->flags & ~CDG_F_IN_ACK;

	check(f, "rtt_min_us", st->rtt_min_us, ref->rtt.min);
	check(f, "rtt_max_us", st->rtt_max_us, ref->rtt.max);
	check(f, "prev_min_us", st->prev_min_us, ref->prev.min);
	check(f, "prev_max_us", st->prev_max_us, ref->prev.max);
	check(f, "sum_min_us", st->sum_min_us, ref->sum.min);
	check(f, "sum_max_us", st->sum_max_us, ref->sum.max);
	check(f, "rtt_seq", st->rtt_seq, ref->round_end);
	check(f, "shadow", st->shadow, ref->shadow);
	check(f, "shadow_undo", st->shadow_undo, ref->given_up);
	check(f, "delay_min_us", st->delay_min_us, ref->delay_min);
	check(f, "last_ack_us", st->last_ack_us, ref->last_ack);
	check(f, "round_start_us", st->round_start_us, ref->train_start);
	check(f, "backoff_cnt", st->backoff_cnt, ref->backoffs);
	check(f, "sample_cnt", st->sample_cnt, ref->samples);
	check(f, "tail", st->tail, ref->tail);
	check(f, "queue", st->queue, ref->queue);
	check(f, "delack", st->delack, ref->delack);
	check(f, "window", 1 << st->window_shift, ref->window);
	check(f, "flags", flags, (ref->filled ? CDG_F_FILLED : 0) |
					 (ref->reducing ? CDG_F_REDUCING : 0) |
					 (ref->cut_in_reduction ? CDG_F_CUT_IN_REDUCTION : 0) |
					 (ref->tolerated ? CDG_F_TOLERATED : 0) |
					 (ref->advanced ? CDG_F_UNA_ADVANCED : 0));
	check(f, "reduce_end", st->reduce_end, ref->reduce_end);
	check(f, "reduce_prior", st->reduce_prior, ref->reduce_prior);
	check(f, "reduce_delivered", st->reduce_delivered, (uint32_t)ref->reduce_delivered);
	check(f, "reduce_out", st->reduce_out, (uint32_t)ref->reduce_sent);
	check(f, "flow", st->flow, 1);
}

static void check_sock(const struct fuzz *f)
{
	check(f, "snd_cwnd", f->s.snd_cwnd, f->rs.cwnd);
	check(f, "snd_cwnd_cnt", f->s.snd_cwnd_cnt, f->rs.cnt);
	check(f, "snd_ssthresh", f->s.snd_ssthresh, f->rs.ssthresh);
}

static void check_round(const struct fuzz *f)
{
	const struct cdg_round *r = &f->round;
	const struct ref_round *rr = &f->rr;

	check(f, "round's rtt_min_us", r->rtt_min_us, rr->rtt.min);
	check(f, "round's rtt_max_us", r->rtt_max_us, rr->rtt.max);
	check(f, "round's grad_min_us", r->grad_min_us, rr->grad.min);
	check(f, "round's grad_max_us", r->grad_max_us, rr->grad.max);
	check(f, "round's sum_min_us", r->sum_min_us, rr->sum.min);
	check(f, "round's sum_max_us", r->sum_max_us, rr->sum.max);
	check(f, "round's grad_us", r->grad_us, rr->used);
	check(f, "round's threshold", r->threshold, rr->threshold);
	check(f, "round's random", r->random, rr->random);
	check(f, "round's drawn", r->drawn, rr->drawn);
	check(f, "round's verdict", r->verdict, rr->verdict);
	check(f, "round's queue", r->queue, rr->queue);
}

static void check_invariants(const struct fuzz *f)
{
	const struct cdg_state *st = &f->st;

	check(f, "window is a positive int", f->s.snd_cwnd <= 2147483647, 1);
	check(f, "threshold is a positive int", f->s.snd_ssthresh <= 2147483647, 1);
	check(f, "delack in range", st->delack <= 5, 1);
	check(f, "queue in range", st->queue <= CDG_QUEUE_BACKOFF, 1);
	check(f, "tail in range", st->tail < 1 << st->window_shift, 1);
	check(f, "samples in range", st->sample_cnt <= CDG_HYSTART_SAMPLES, 1);
	check(f, "min <= max", st->rtt_min_us <= st->rtt_max_us, 1);
	check(f, "min and max both 0 or none", !st->rtt_min_us, !st->rtt_max_us);
	check(f, "a reduction, and nothing else, is a back-off",
	      !(st->flags & CDG_F_REDUCING), st->queue != CDG_QUEUE_BACKOFF);
}

static void take_params(struct fuzz *f)
{
	struct input *in = &f->in;
	uint32_t bits = take(in, 2);

	f->p.backoff_beta = take_any(in);
	f->p.backoff_factor = bits & 1 ? 42 : take(in, 4);
	f->p.use_ineff = take_any(in);
	f->p.hystart_detect = bits >> 1 & 7;
	f->p.use_shadow = bits >> 4 & 1;
	f->p.use_tolerance = bits >> 5 & 1;
	f->p.backoff_step = bits >> 6 & 1;
	f->p.hystart_paced = bits >> 7 & 1;
	f->p.rto_strict = bits >> 8 & 1;
}

/* Whatever the stack may have done to the windows. */
static void take_windows(struct fuzz *f)
{
	f->rs.cwnd = f->s.snd_cwnd = take_any(&f->in);
	f->rs.cnt = f->s.snd_cwnd_cnt = take_any(&f->in);
	f->rs.ssthresh = f->s.snd_ssthresh = take_any(&f->in);
	f->rs.clamp = f->s.snd_cwnd_clamp = take_any(&f->in);
}

static void call_init(struct fuzz *f)
{
	uint32_t bits = take(&f->in, 1);
	struct ref before = f->ref;

	f->p.window = 1 << (bits & 15) % 9;
	f->ref.window = f->p.window;
	f->ref.has_ring = bits >> 4 & 1;
	f->ref.advanced = false;
	f->rs.snd_nxt = f->s.snd_nxt = take(&f->in, 4);
	cdg_init(&f->st, 1, f->p.window, f->s.snd_nxt, f->s.snd_cwnd);
	ref_reset(&f->ref, f->rs.snd_nxt, f->rs.cwnd);
	f->ref.rtt = before.rtt; /* perhaps that of the SYN */
	f->ref.delack = before.delack;
}

/* An RTT as networks have it, one close to the round before, or any number at all. */
static int32_t take_rtt(struct fuzz *f, uint32_t which)
{
	switch (which & 3) {
	case 0:
		return (int32_t)take(&f->in, 2) * 4;
	case 1:
		return cdg_add(f->st.prev_min_us, (int8_t)take(&f->in, 1));
	case 2:
		return cdg_add(f->st.prev_max_us, (int8_t)take(&f->in, 1));
	default:
		return (int32_t)take(&f->in, 4);
	}
}

static void call_sample(struct fuzz *f)
{
	uint32_t bits = take(&f->in, 1), packets = bits & 3;
	int32_t rtt = take_rtt(f, bits >> 6);

	if (bits & 4)
		packets = take_any(&f->in);
	cdg_rtt_sample(&f->st, packets, rtt, bits >> 3 & 1);
	ref_sample(&f->ref, packets, rtt, bits >> 3 & 1);
}

/* The interesting places of an acknowledgement: around the ends of round and reduction. */
static uint32_t take_ack(struct fuzz *f, uint32_t where)
{
	switch (where & 3) {
	case 0:
		return f->ref.round_end + 1;
	case 1:
		return f->ref.round_end + (int8_t)take(&f->in, 1);
	case 2:
		return f->ref.reduce_end + (int8_t)take(&f->in, 1);
	default:
		return take(&f->in, 4);
	}
}

/* The interesting random numbers: surely, never, and both sides of the threshold. */
static uint32_t take_random(struct fuzz *f, uint32_t which)
{
	struct ref trial = f->ref;
	struct ref_round r = { 0 };
	int64_t grad;

	switch (which & 3) {
	case 0:
		return 4294967295u;
	case 1:
		return take(&f->in, 4);
	default:
		grad = ref_gradient(&trial, &f->p, &r);
		return ref_nexp((uint64_t)ref_max(grad, 0) * f->p.backoff_factor) + (which & 1);
	}
}

static void call_ack(struct fuzz *f)
{
	uint32_t bits = take(&f->in, 2), sent = take(&f->in, bits & 1 ? 2 : 1), random;
	struct cdg_grad *slot = f->ref.has_ring ? &f->ring[f->st.tail] : NULL;
	enum cdg_next next = CDG_NEXT_DONE;
	enum cdg_ss_exit exit;
	int ref_exit = CDG_SS_NONE;
	bool grow = true;

	f->s.ack = f->rs.ack = take_ack(f, bits >> 1);
	f->s.acked = f->rs.acked = bits & 8 ? take(&f->in, 2) : bits >> 4 & 3;
	f->s.snd_nxt = f->rs.snd_nxt += sent;
	f->rs.sent += sent;
	f->rs.delivered += f->rs.acked;
	f->s.data_segs_out = f->rs.sent;
	f->s.delivered = f->rs.delivered;
	f->s.inflight = f->rs.inflight =
		(bits & 64 ? take_any(&f->in) : f->rs.cwnd) & (FLIGHT_LIMIT - 1);
	f->s.now_us = f->rs.now += bits & 128 ? take(&f->in, 4) : take(&f->in, 1) * 16;
	f->s.max_packets_out = f->rs.max_out = bits & 256 ? take_any(&f->in)
							  : f->rs.cwnd / 2 + (bits >> 14 & 1);
	f->s.is_cwnd_limited = f->rs.limited = bits >> 9 & 1;
	f->s.paced = f->rs.paced = bits >> 10 & 1;
	f->s.in_loss = f->rs.in_loss = bits >> 11 & 1;
	random = take_random(f, bits >> 12);

	next = cdg_ack_begin(&f->st, &f->p, &f->s, &exit);
	if (f->ref.reducing && ref_reduce(&f->ref, &f->p, &f->rs)) {
		grow = false;
	} else if (f->rs.cwnd < f->rs.ssthresh && f->p.hystart_detect) {
		ref_exit = ref_hystart(&f->ref, &f->p, &f->rs);
		if (ref_exit)
			f->rs.ssthresh = f->rs.cwnd;
	}
	check(f, "exit", exit, ref_exit);
	check_sock(f);
	check_state(f);
	if (grow && ref_after(f->rs.ack, f->ref.round_end) && f->ref.rtt.max) {
		check(f, "a round ends", next, CDG_NEXT_ROUND);
		next = cdg_ack_round(&f->st, &f->p, &f->s, slot, random, &f->round);
		grow = ref_round_end(&f->ref, &f->p, &f->rs, random, &f->rr);
		check_round(f);
		check_state(f);
	}
	check(f, "next step", next, grow ? CDG_NEXT_GROW : CDG_NEXT_DONE);
	if (grow) {
		cdg_ack_grow(&f->st, &f->s);
		ref_grow(&f->ref, &f->rs);
	}
}

/* P2 and P3, and the threshold of a cut. */
static void call_ssthresh(struct fuzz *f)
{
	uint32_t tolerable = take(&f->in, 1) & 1, prior = f->s.snd_cwnd;
	bool cut = f->st.flags & CDG_F_REDUCING, backoff = f->st.queue == CDG_QUEUE_BACKOFF;

	if (cut)
		prior = f->st.reduce_prior;
	f->s.snd_ssthresh = cdg_ssthresh(&f->st, &f->p, f->s.snd_cwnd, f->s.snd_ssthresh,
					 tolerable);
	f->rs.ssthresh = ref_ssthresh(&f->ref, &f->p, &f->rs, tolerable);
	if (prior >= 2)
		check(f, "2 <= ssthresh <= window",
		      f->s.snd_ssthresh >= 2 && f->s.snd_ssthresh <= prior, 1);
	if (!backoff && !(f->st.flags & CDG_F_TOLERATED))
		check(f, "shadow <= window", f->st.shadow <= f->s.snd_cwnd, 1);
}

static void call_timeout(struct fuzz *f)
{
	f->s.snd_ssthresh = cdg_timeout(&f->st, &f->p, f->s.snd_cwnd, f->s.snd_ssthresh);
	f->rs.ssthresh = ref_timeout(&f->ref, &f->p, &f->rs);
}

/* After it the stack restores the threshold as well. */
static void call_undo(struct fuzz *f)
{
	uint32_t prior = take_any(&f->in), ssthresh = take_any(&f->in);

	f->s.snd_cwnd = cdg_undo(&f->st, f->s.snd_cwnd, prior);
	f->rs.cwnd = ref_undo(&f->ref, f->rs.cwnd, prior);
	f->s.snd_ssthresh = cdg_max_u32(f->s.snd_ssthresh, ssthresh);
	f->rs.ssthresh = ref_max(f->rs.ssthresh, ssthresh);
}

static void one_call(struct fuzz *f)
{
	bool reducing = f->st.flags & CDG_F_REDUCING;

	f->call = take(&f->in, 1) & 15;
	switch (f->call) {
	case 0:
		call_ssthresh(f);
		break;
	case 1:
		call_timeout(f);
		break;
	case 2:
		call_undo(f);
		break;
	case 3:
		cdg_reset(&f->st, f->s.snd_nxt, f->s.snd_cwnd);
		ref_reset(&f->ref, f->rs.snd_nxt, f->rs.cwnd);
		break;
	case 4:
		cdg_cwr_complete(&f->st, f->s.snd_nxt);
		ref_complete(&f->ref, f->rs.snd_nxt);
		break;
	case 5:
		take_windows(f);
		break;
	case 6:
		take_params(f);
		break;
	case 7:
		call_init(f);
		break;
	case 8:
	case 9:
	case 10:
	case 11:
		call_sample(f);
		break;
	default:
		call_ack(f);
		if (reducing && !(f->st.flags & CDG_F_REDUCING))
			check(f, "reduced to at most the window before",
			      f->s.snd_ssthresh <= cdg_max_u32(f->st.reduce_prior, 2), 1);
	}
	check_state(f);
	check_sock(f);
	check_invariants(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { .in = { data, size } };

	take_params(&f);
	take_windows(&f);
	f.rs.delivered = take(&f.in, 4);
	f.rs.sent = take(&f.in, 4);
	f.rs.now = take(&f.in, 4);
	call_init(&f);
	check_state(&f);
	while (f.in.left)
		one_call(&f);
	return 0;
}
