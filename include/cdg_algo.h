/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CDG (CAIA delay gradient) as pure functions: integers in, decisions out. No sockets, no clock,
 * no random source, no signed division; compiled by gcc, clang and clang -target bpf.
 *
 * Behaves as Linux's tcp_cdg, written from a description of its behaviour. Deliberate
 * differences, each with its own test (the numbers are those of bpf/README.md):
 *   D1 no coin while the stack is in Loss, and no back-off that outlasts it
 *   D2 loss tolerance never applies to an ECN echo or a local drop
 *   D3 an undo gives the shadow window back too
 *   D4 gradient x factor is a 64-bit product that saturates
 *   D5 the count of ineffectual back-offs saturates
 *   D6 the reduction that the stack's CWR would do is played here (BPF cannot enter CWR)
 *
 * Sources: Hayes and Armitage, "Revisiting TCP congestion control using delay gradients"
 * (Networking 2011); K. Jonassen's Linux port of 2015; hybrid slow start: Ha and Rhee 2011;
 * proportional rate reduction: RFC 6937.
 *
 * Times in microseconds, windows in segments. Sequence numbers are compared modulo 2^32.
 */
#ifndef CDG_ALGO_H
#define CDG_ALGO_H

#include "cdg_abi.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* cdg_state.flags */
#define CDG_F_FILLED 1	      /* the ring has wrapped: its slots hold gradients */
#define CDG_F_REDUCING 2      /* a played reduction is under way */
#define CDG_F_CUT_IN_REDUCTION 4 /* the last cut met a reduction: CWR forbids its undo */
#define CDG_F_TOLERATED 8     /* the last ssthresh() kept the window */
#define CDG_F_IN_ACK 16       /* since pkts_acked of an ACK that has not come to cong_avoid */
#define CDG_F_UNA_ADVANCED 32 /* that ACK acknowledged new data cumulatively */
#define CDG_F_NO_STORAGE 64   /* no socket storage was to be had */

#define CDG_DEAD_BAND_US 32   /* sums within it count as "does not move" */
#define CDG_TRAIN_GAP_US 3000 /* a longer gap between ACKs ends the train */
#define CDG_HYSTART_MIN_US 125
#define CDG_HYSTART_SAMPLES 8
#define CDG_CWND_MIN 2

/* What the caller has to do next with this ACK. */
enum cdg_next {
	CDG_NEXT_DONE = 0,  /* nothing more */
	CDG_NEXT_ROUND = 1, /* a round ended: call cdg_ack_round() */
	CDG_NEXT_GROW = 2,  /* call cdg_ack_grow() */
	CDG_NEXT_BEGIN = 3, /* call cdg_ack_begin() */
};

/* The socket as the algorithm sees it. Members marked * are written back by the caller. */
struct cdg_sock {
	__u32 ack;		/* sequence number acknowledged */
	__u32 acked;		/* segments newly delivered by this ACK */
	__u32 snd_nxt;
	__u32 snd_cwnd;		/* * */
	__u32 snd_cwnd_cnt;	/* * */
	__u32 snd_ssthresh;	/* * */
	__u32 snd_cwnd_clamp;
	__u32 max_packets_out;	/* largest flight of the last round */
	__u32 inflight;		/* segments in flight; read only while reducing */
	__u32 delivered;	/* stack's running total; at the start of and while reducing */
	__u32 data_segs_out;	/* likewise */
	__u32 now_us;		/* stack's clock, cut to 32 bits */
	__u8 is_cwnd_limited;	/* bool: the stack's flag */
	__u8 paced;		/* bool: the socket is paced */
	__u8 in_loss;		/* bool: ca_state is Loss */
};

static __always_inline __u32 cdg_min_u32(__u32 a, __u32 b) { return a < b ? a : b; }
static __always_inline __u32 cdg_max_u32(__u32 a, __u32 b) { return a > b ? a : b; }
static __always_inline __s32 cdg_min_s32(__s32 a, __s32 b) { return a < b ? a : b; }
static __always_inline __s32 cdg_max_s32(__s32 a, __s32 b) { return a > b ? a : b; }

/* Sequence or clock a lies strictly after b, modulo 2^32. */
static __always_inline int cdg_after(__u32 a, __u32 b) { return (__s32)(b - a) < 0; }

/* Signed sum and difference that wrap as the kernel's do, without undefined behaviour. */
static __always_inline __s32 cdg_add(__s32 a, __s32 b) { return (__s32)((__u32)a + (__u32)b); }
static __always_inline __s32 cdg_sub(__s32 a, __s32 b) { return (__s32)((__u32)a - (__u32)b); }

/* a / b for b > 0, truncated toward zero as C's `/`. BPF has no signed division before v4. */
static __always_inline __s64 cdg_div(__s64 a, __u32 b)
{
	__u64 magnitude = a < 0 ? 0 - (__u64)a : (__u64)a;
	__u64 quotient = magnitude / b;

	return a < 0 ? (__s64)(0 - quotient) : (__s64)quotient;
}

/* a x b / c saturated to 32 bits; c > 0. */
static __always_inline __s32 cdg_scale(__s32 a, __u32 b, __u32 c)
{
	__s64 r = cdg_div((__s64)a * b, c);

	if (r > 2147483647)
		return 2147483647;
	if (r < -2147483647 - 1)
		return -2147483647 - 1;
	return (__s32)r;
}

/* x / 64 rounded to nearest, halves away from zero: |x| < 32 gives 0 (the dead band). */
static __always_inline __s32 cdg_div_64_nearest(__s32 x)
{
	return (__s32)cdg_div((__s64)x + (x < 0 ? -32 : 32), 64);
}

/*
 * (2^32 - 1) e^(-ux / 1e6), ux any u32; error at most 87,538 units over the whole range.
 * The low 8 bits enter by a straight line, each higher bit k by the factor
 * e^(-0.000256 x 2^k) in 1/65536, from low to high. Above 2^24 the true value is below 224: 0.
 *
 * Without a branch for each bit, which would be guessed wrongly half the time: a bit that is not
 * set multiplies by 65536 / 65536.
 */
static __always_inline __u32 cdg_nexp(__u32 ux)
{
	static const __u32 less[16] = { /* 65536 less the factor of bit k */
		17,   34,   67,	   134,	  268,	 534,	1065,  2113,
		4157, 8051, 15112, 26740, 42570, 57488, 64548, 65521,
	};
	__u64 res = 4294967295u - (ux & 255) * 4294u;
	__u32 high = ux >> 8;

	if (high > 65535)
		return 0;
#pragma GCC unroll 8
	for (int k = 0; k < 8; k++)
		res = res * (65536 - (high >> k & 1) * less[k]) >> 16;
	if (!(high >> 8)) /* as nearly always */
		return (__u32)res;
#pragma GCC unroll 8
	for (int k = 8; k < 16; k++)
		res = res * (65536 - (high >> k & 1) * less[k]) >> 16;
	return (__u32)res;
}

/*
 * The coin: back off iff a uniform 32-bit number is above the threshold, that is with
 * probability 1 - e^(-grad x factor / 1e6). grad in us, > 0.
 */
static __always_inline __u32 cdg_threshold(__s32 grad_us, __u32 backoff_factor)
{
	__u64 product = (__u64)(__u32)grad_us * backoff_factor;

	return cdg_nexp(product > 4294967295u ? 4294967295u : (__u32)product);
}

/* Window after a delay back-off: cwnd x beta / 1024, at least 2. */
static __always_inline __u32 cdg_backoff_target(__u32 cwnd, __u32 backoff_beta)
{
	__u64 beta = cdg_min_u32(backoff_beta, 1024);

	return cdg_max_u32(CDG_CWND_MIN, (__u32)(((__u64)cwnd * beta) >> 10));
}

/* Forgets everything that was measured; what identifies the flow stays. */
static __always_inline void cdg_reset(struct cdg_state *st, __u32 snd_nxt, __u32 cwnd)
{
	st->rtt_min_us = st->rtt_max_us = 0;
	st->prev_min_us = st->prev_max_us = 0;
	st->sum_min_us = st->sum_max_us = 0;
	st->rtt_seq = snd_nxt;
	st->shadow = cwnd;
	st->shadow_undo = 0;
	st->delay_min_us = 0;
	st->last_ack_us = st->round_start_us = 0;
	st->backoff_cnt = st->sample_cnt = 0;
	st->tail = 0;
	st->queue = CDG_QUEUE_UNKNOWN;
	st->delack = 0;
	st->flags &= CDG_F_NO_STORAGE | CDG_F_IN_ACK | CDG_F_UNA_ADVANCED;
}

/*
 * A flow takes this congestion control. flow: its number; window: power of two, 1..256, held for
 * the life of the flow. *st is zeroed by the stack, but where a connection is opened from here the
 * RTT of its SYN has been sampled before. As in tcp_cdg it counts in the first round: the smallest
 * RTT that slow start and the first gradient are held against is that of a packet without payload.
 */
static __always_inline void cdg_init(struct cdg_state *st, __u64 flow, __u32 window,
				     __u32 snd_nxt, __u32 cwnd)
{
	__s32 syn_min_us = st->rtt_min_us, syn_max_us = st->rtt_max_us;
	__u8 syn_delack = st->delack;

	st->flags = 0;
	cdg_reset(st, snd_nxt, cwnd);
	st->rtt_min_us = syn_min_us;
	st->rtt_max_us = syn_max_us;
	st->delack = syn_delack;
	st->flow = flow;
	st->pending = 0;
	st->ack_clock = st->ssthresh_prior = 0;
	st->window_shift = 0;
	for (__u32 shift = 1; shift <= 8; shift++)
		if (window >> shift)
			st->window_shift = shift;
}

/*
 * One RTT sample (pkts_acked). packets: cumulatively acknowledged by this ACK, 0 for a pure SACK;
 * rtt_us <= 0: no sample; sacked_out: segments the peer holds out of order.
 * A single segment acknowledged by a peer that delays its ACKs may have waited there, so it only
 * counts as a minimum that is proven.
 */
static __always_inline void cdg_rtt_sample(struct cdg_state *st, __u32 packets, __s32 rtt_us,
					   __u32 sacked_out)
{
	st->flags &= ~CDG_F_UNA_ADVANCED; /* of an ACK that never came to cong_avoid() */
	st->flags |= CDG_F_IN_ACK | (packets ? CDG_F_UNA_ADVANCED : 0);
	if (rtt_us <= 0)
		return;
	if (!sacked_out) {
		if (packets == 1 && st->delack) {
			st->rtt_min_us = cdg_min_s32(st->rtt_min_us, rtt_us);
			st->delack--;
			return;
		}
		if (packets > 1 && st->delack < 5)
			st->delack++;
	}
	if (!st->rtt_min_us || rtt_us < st->rtt_min_us)
		st->rtt_min_us = rtt_us;
	if (rtt_us > st->rtt_max_us)
		st->rtt_max_us = rtt_us;
}

/*
 * Hybrid slow start on one ACK. Returns why slow start ends now, or CDG_SS_NONE; the caller then
 * sets ssthresh to the window.
 */
static __always_inline enum cdg_ss_exit cdg_hystart(struct cdg_state *st,
						    const struct cdg_params *p, __u32 now_us,
						    int cwnd_limited, int paced)
{
	__u32 delay_min, train;

	if (st->rtt_min_us && (!st->delay_min_us || st->rtt_min_us < st->delay_min_us))
		st->delay_min_us = st->rtt_min_us;
	if (!st->delay_min_us)
		return CDG_SS_NONE;
	delay_min = (__u32)st->delay_min_us;

	if (p->hystart_detect & 1) {
		if (!st->last_ack_us || !cwnd_limited) {
			st->last_ack_us = st->round_start_us = now_us;
		} else if (cdg_after(st->last_ack_us + CDG_TRAIN_GAP_US, now_us)) {
			train = paced && p->hystart_paced ? delay_min : delay_min >> 1;
			st->last_ack_us = now_us;
			if (cdg_after(now_us, st->round_start_us +
						      cdg_max_u32(train, CDG_HYSTART_MIN_US)))
				return CDG_SS_ACK_TRAIN;
		}
	}
	if (p->hystart_detect & 2) {
		if (st->sample_cnt < CDG_HYSTART_SAMPLES)
			st->sample_cnt++;
		else if ((__u32)st->rtt_min_us >
			 cdg_max_u32(delay_min + (delay_min >> 3), CDG_HYSTART_MIN_US))
			return CDG_SS_DELAY;
	}
	return CDG_SS_NONE;
}

/*
 * Queue state by the dead band from the two summed gradients: full when the minimum still rises
 * while the maximum has stopped; not full when both rise or the maximum falls; else unchanged.
 */
static __always_inline __u8 cdg_queue_state(__s32 gmin_us, __s32 gmax_us, __u8 before)
{
	__s32 a = cdg_div_64_nearest(gmin_us);
	__s32 b = cdg_div_64_nearest(gmax_us);

	if (a > 0 && b <= 0)
		return CDG_QUEUE_FULL;
	if ((a > 0 && b > 0) || b < 0)
		return CDG_QUEUE_NONFULL;
	return before;
}

/*
 * The gradient of the round that ends, in us per `window` rounds; updates ring, sums, count of
 * ineffectual back-offs and queue state. slot: ring[st->tail], or NULL without a ring (then single
 * differences, multiplied by the window). Not yet a full ring: extrapolated to the window.
 */
static __always_inline __s32 cdg_gradient(struct cdg_state *st, const struct cdg_params *p,
					  struct cdg_grad *slot, struct cdg_round *r)
{
	__u32 window = 1u << st->window_shift;
	__s32 gmin = cdg_sub(st->rtt_min_us, st->prev_min_us);
	__s32 gmax = cdg_sub(st->rtt_max_us, st->prev_max_us);
	__s32 grad;

	r->grad_min_us = gmin;
	r->grad_max_us = gmax;
	if (slot) {
		if (st->flags & CDG_F_FILLED) {
			st->sum_min_us = cdg_sub(st->sum_min_us, slot->min_us);
			st->sum_max_us = cdg_sub(st->sum_max_us, slot->max_us);
		}
		slot->min_us = gmin;
		slot->max_us = gmax;
		gmin = st->sum_min_us = cdg_add(st->sum_min_us, gmin);
		gmax = st->sum_max_us = cdg_add(st->sum_max_us, gmax);
		st->tail = (st->tail + 1) & (window - 1);
	}
	r->sum_min_us = gmin;
	r->sum_max_us = gmax;

	grad = gmin > 0 ? gmin : gmax;
	if (!(st->flags & CDG_F_FILLED)) {
		if (!slot) {
			if (window > 1)
				grad = cdg_scale(grad, window, 1);
		} else if (!st->tail) {
			st->flags |= CDG_F_FILLED;
		} else {
			grad = cdg_scale(grad, window, st->tail);
		}
	}
	r->grad_us = grad;

	if (gmin <= -CDG_DEAD_BAND_US || gmax <= -CDG_DEAD_BAND_US)
		st->backoff_cnt = 0;
	r->queue = cdg_queue_state(gmin, gmax, r->queue);
	if (p->use_tolerance)
		st->queue = cdg_queue_state(gmin, gmax, st->queue);
	return grad;
}

/*
 * Draws the coin for a positive gradient (us). random: uniform 32-bit. Returns KEEP, BACKOFF or
 * SUPPRESSED and fills threshold, random and drawn of *r. On BACKOFF the caller begins the
 * reduction.
 */
static __always_inline enum cdg_verdict cdg_coin(struct cdg_state *st, const struct cdg_params *p,
						 __s32 grad_us, __u32 random, struct cdg_round *r)
{
	r->threshold = cdg_threshold(grad_us, p->backoff_factor);
	r->random = random;
	r->drawn = 1;
	if (random <= r->threshold)
		return CDG_VERDICT_KEEP;
	if (p->use_ineff) {
		if (st->backoff_cnt < 65535)
			st->backoff_cnt++;
		if (st->backoff_cnt > p->use_ineff)
			return CDG_VERDICT_SUPPRESSED;
	}
	return CDG_VERDICT_BACKOFF;
}

/* Begins a delay back-off: what tcp_enter_cwr() would set, without entering CWR. */
static __always_inline void cdg_reduce_begin(struct cdg_state *st, const struct cdg_params *p,
					     struct cdg_sock *s)
{
	st->shadow = cdg_max_u32(st->shadow, s->snd_cwnd);
	st->queue = CDG_QUEUE_BACKOFF;
	st->flags |= CDG_F_REDUCING;
	st->reduce_end = s->snd_nxt;
	st->reduce_prior = s->snd_cwnd;
	st->reduce_delivered = s->delivered;
	st->reduce_out = s->data_segs_out;
	s->snd_cwnd_cnt = 0;
	s->snd_ssthresh = cdg_backoff_target(s->snd_cwnd, p->backoff_beta);
	if (p->backoff_step)
		s->snd_cwnd = s->snd_ssthresh;
}

/*
 * The stack left CWR or Recovery, or the played reduction is over: the RTT of the reduction is the
 * new reference.
 */
static __always_inline void cdg_cwr_complete(struct cdg_state *st, __u32 snd_nxt)
{
	/* CUT_IN_REDUCTION stays until the next cut: DSACKs may ask for its undo much later. */
	st->flags &= ~(CDG_F_REDUCING | CDG_F_TOLERATED);
	st->queue = CDG_QUEUE_UNKNOWN;
	st->rtt_seq = snd_nxt;
	st->prev_min_us = st->rtt_min_us;
	st->prev_max_us = st->rtt_max_us;
	st->rtt_min_us = st->rtt_max_us = 0;
}

/*
 * Where the reduction under way ends. The stack, which thinks it is in Open, may have raised
 * snd_ssthresh since: to 3/4 of the window when the application is idle, and in a late undo to what
 * it was before an older loss, which may be infinite.
 */
static __always_inline __u32 cdg_reduce_target(const struct cdg_state *st,
					       const struct cdg_params *p, __u32 snd_ssthresh)
{
	return cdg_min_u32(snd_ssthresh, cdg_backoff_target(st->reduce_prior, p->backoff_beta));
}

/*
 * One ACK while reducing: proportional rate reduction (RFC 6937) from reduce_prior to
 * snd_ssthresh, which is put back if the stack has raised it. At least one segment may be in
 * flight. Returns true while it goes on; false when this ACK ended it, with the window at
 * snd_ssthresh.
 */
static __always_inline int cdg_reduce_ack(struct cdg_state *st, const struct cdg_params *p,
					  struct cdg_sock *s)
{
	__u32 delivered = s->delivered - st->reduce_delivered;
	__s32 out = (__s32)(s->data_segs_out - st->reduce_out);
	__s32 allowed, room;

	s->snd_ssthresh = cdg_reduce_target(st, p, s->snd_ssthresh);
	if (cdg_after(s->ack, st->reduce_end)) {
		s->snd_cwnd = s->snd_ssthresh;
		cdg_cwr_complete(st, s->snd_nxt);
		return 0;
	}
	if (p->backoff_step || !s->acked || !st->reduce_prior)
		return 1;
	room = (__s32)(s->snd_ssthresh - s->inflight);
	if (room < 0) {
		__u64 share = (__u64)s->snd_ssthresh * delivered + st->reduce_prior - 1;

		allowed = (__s32)(__u32)(share / st->reduce_prior) - out;
	} else {
		allowed = cdg_max_s32((__s32)delivered - out, (__s32)s->acked);
		if (st->flags & CDG_F_UNA_ADVANCED)
			allowed++;
		allowed = cdg_min_s32(allowed, room);
	}
	allowed = cdg_max_s32(allowed, out ? 0 : 1);
	s->snd_cwnd = cdg_max_u32(1, s->inflight + (__u32)allowed);
	return 1;
}

/* True when the window, not the application, limits the flow (tcp_is_cwnd_limited). */
static __always_inline int cdg_cwnd_limited(const struct cdg_sock *s)
{
	return s->is_cwnd_limited ||
	       (s->snd_cwnd < s->snd_ssthresh && s->snd_cwnd < 2 * s->max_packets_out);
}

/* True when this ACK ends the round that is being measured. */
static __always_inline int cdg_round_ended(const struct cdg_state *st, __u32 ack)
{
	return cdg_after(ack, st->rtt_seq) && (st->rtt_min_us || st->rtt_max_us);
}

/*
 * What cong_avoid() has to do with an ACK, by very little of the socket: nearly always there is
 * neither a reduction nor hybrid slow start, and cdg_ack_begin() would change nothing.
 */
static __always_inline enum cdg_next cdg_ack_next(const struct cdg_state *st,
						  const struct cdg_params *p, __u32 ack,
						  int in_slow_start)
{
	if ((st->flags & CDG_F_REDUCING) || (in_slow_start && p->hystart_detect))
		return CDG_NEXT_BEGIN;
	return cdg_round_ended(st, ack) ? CDG_NEXT_ROUND : CDG_NEXT_GROW;
}

/*
 * First part of cong_avoid(): the played reduction and hybrid slow start. *exit: why slow start
 * ended on this ACK.
 */
static __always_inline enum cdg_next cdg_ack_begin(struct cdg_state *st,
						   const struct cdg_params *p, struct cdg_sock *s,
						   enum cdg_ss_exit *exit)
{
	*exit = CDG_SS_NONE;
	if ((st->flags & CDG_F_REDUCING) && cdg_reduce_ack(st, p, s))
		return CDG_NEXT_DONE;
	if (s->snd_cwnd < s->snd_ssthresh && p->hystart_detect) {
		*exit = cdg_hystart(st, p, s->now_us, cdg_cwnd_limited(s), s->paced);
		if (*exit)
			s->snd_ssthresh = s->snd_cwnd;
	}
	return cdg_round_ended(st, s->ack) ? CDG_NEXT_ROUND : CDG_NEXT_GROW;
}

/*
 * Second part, when a round ended: gradient, coin and the start of a back-off. slot as in
 * cdg_gradient(); random: uniform 32-bit, used only if a coin is drawn; *r is filled, except that
 * r->queue must hold the value of the round before.
 */
static __always_inline enum cdg_next cdg_ack_round(struct cdg_state *st,
						   const struct cdg_params *p, struct cdg_sock *s,
						   struct cdg_grad *slot, __u32 random,
						   struct cdg_round *r)
{
	__s32 grad;

	r->rtt_min_us = st->rtt_min_us;
	r->rtt_max_us = st->rtt_max_us;
	r->grad_min_us = r->grad_max_us = r->grad_us = 0;
	r->sum_min_us = st->sum_min_us;
	r->sum_max_us = st->sum_max_us;
	r->threshold = r->random = 0;
	r->drawn = 0;
	r->verdict = CDG_VERDICT_NO_REFERENCE;
	if (st->prev_min_us || st->prev_max_us) {
		grad = cdg_gradient(st, p, slot, r);
		if (grad <= 0)
			r->verdict = CDG_VERDICT_FALLING;
		else if (s->in_loss)
			r->verdict = CDG_VERDICT_RECOVERING;
		else
			r->verdict = cdg_coin(st, p, grad, random, r);
	}
	st->rtt_seq = s->snd_nxt;
	st->prev_min_us = st->rtt_min_us;
	st->prev_max_us = st->rtt_max_us;
	st->rtt_min_us = st->rtt_max_us = 0;
	st->last_ack_us = 0;
	st->sample_cnt = 0;
	if (r->verdict != CDG_VERDICT_BACKOFF)
		return CDG_NEXT_GROW;
	cdg_reduce_begin(st, p, s);
	return CDG_NEXT_DONE;
}

/* Reno growth of the window by `acked` segments; changes snd_cwnd and its count. */
static __always_inline void cdg_reno(struct cdg_sock *s, __u32 acked)
{
	__u32 w = s->snd_cwnd;

	if (w < s->snd_ssthresh) {
		__u32 grown = cdg_min_u32(w + acked, s->snd_ssthresh);

		acked -= grown - w;
		s->snd_cwnd = cdg_min_u32(grown, s->snd_cwnd_clamp);
		if (!acked)
			return;
		w = s->snd_cwnd;
	}
	if (s->snd_cwnd_cnt >= w) {
		s->snd_cwnd_cnt = 0;
		s->snd_cwnd++;
	}
	s->snd_cwnd_cnt += acked;
	if (w && s->snd_cwnd_cnt >= w) {
		__u32 delta = s->snd_cwnd_cnt / w;

		s->snd_cwnd_cnt -= delta * w;
		s->snd_cwnd += delta;
	}
	s->snd_cwnd = cdg_min_u32(s->snd_cwnd, s->snd_cwnd_clamp);
}

/* Last part of cong_avoid(): one packet per RTT, and the shadow window grows with it. */
static __always_inline void cdg_ack_grow(struct cdg_state *st, struct cdg_sock *s)
{
	__u32 before = s->snd_cwnd;

	if (!cdg_cwnd_limited(s)) {
		st->shadow = cdg_min_u32(st->shadow, s->snd_cwnd);
		return;
	}
	cdg_reno(s, s->acked);
	st->shadow = cdg_max_u32(st->shadow, st->shadow + (s->snd_cwnd - before));
}

/* Threshold after a loss that is taken as congestion; halves the shadow window. */
static __always_inline __u32 cdg_loss_target(struct cdg_state *st, const struct cdg_params *p,
					     __u32 cwnd)
{
	st->shadow_undo = st->shadow;
	st->shadow = cdg_min_u32(st->shadow >> 1, cwnd);
	return cdg_max_u32(CDG_CWND_MIN,
			   cdg_max_u32(p->use_shadow ? st->shadow : 0, cwnd >> 1));
}

/*
 * ssthresh(): the stack is about to reduce. snd_ssthresh: as it stands; prior_ssthresh: the
 * stack's, 0 for an ECN echo and a local drop. Works on all-zero state.
 */
static __always_inline __u32 cdg_ssthresh(struct cdg_state *st, const struct cdg_params *p,
					  __u32 cwnd, __u32 snd_ssthresh, __u32 prior_ssthresh)
{
	st->flags &= ~(CDG_F_TOLERATED | CDG_F_CUT_IN_REDUCTION);
	st->shadow_undo = 0;
	if (st->flags & CDG_F_REDUCING) {
		st->flags ^= CDG_F_REDUCING | CDG_F_CUT_IN_REDUCTION;
		st->queue = CDG_QUEUE_UNKNOWN; /* Loss ends without COMPLETE_CWR */
		return cdg_max_u32(CDG_CWND_MIN, cdg_reduce_target(st, p, snd_ssthresh));
	}
	if (st->queue == CDG_QUEUE_BACKOFF)
		return cdg_backoff_target(cwnd, p->backoff_beta);
	if (p->use_tolerance && st->queue == CDG_QUEUE_NONFULL && prior_ssthresh) {
		st->flags |= CDG_F_TOLERATED;
		return cwnd;
	}
	return cdg_loss_target(st, p, cwnd);
}

/*
 * The stack entered Loss right after ssthresh(), the window still uncut. With rto_strict a
 * tolerated timeout is cut after all: returns the new threshold, else snd_ssthresh.
 */
static __always_inline __u32 cdg_timeout(struct cdg_state *st, const struct cdg_params *p,
					 __u32 cwnd, __u32 snd_ssthresh)
{
	if (!p->rto_strict || !(st->flags & CDG_F_TOLERATED))
		return snd_ssthresh;
	st->flags &= ~CDG_F_TOLERATED;
	return cdg_loss_target(st, p, cwnd);
}

/* A window that is reduced for its delay stays: CWR would have made the stack forget the undo. */
static __always_inline int cdg_undo_refused(const struct cdg_state *st)
{
	return st->flags & (CDG_F_REDUCING | CDG_F_CUT_IN_REDUCTION);
}

/* undo_cwnd(): the reduction was spurious. prior_cwnd: the stack's window before it. */
static __always_inline __u32 cdg_undo(struct cdg_state *st, __u32 cwnd, __u32 prior_cwnd)
{
	if (cdg_undo_refused(st))
		return cwnd;
	st->shadow = cdg_max_u32(st->shadow, st->shadow_undo);
	st->shadow_undo = 0;
	return cdg_max_u32(cwnd, prior_cwnd);
}

#endif
