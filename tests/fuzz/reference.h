/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CDG once more, for comparison only: plain C from the description of the algorithm, 64-bit
 * numbers, C's own division, a table made by exp(), and sums that are added up anew each time. It
 * shares no code with include/cdg_algo.h, only the parameters.
 */
#ifndef CDG_TEST_REFERENCE_H
#define CDG_TEST_REFERENCE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "include/cdg_abi.h"

enum { REF_UNKNOWN, REF_NONFULL, REF_FULL, REF_BACKOFF };

struct ref_pair {
	int64_t min, max;
};

/* The socket, with totals that do not wrap. */
struct ref_sock {
	uint32_t ack, snd_nxt, now;
	int64_t acked, cwnd, cnt, ssthresh, clamp, max_out, inflight, delivered, sent;
	bool limited, paced, in_loss;
};

struct ref {
	struct ref_pair rtt, prev, ring[256], sum;
	bool has_ring, filled, reducing, cut_in_reduction, tolerated, advanced;
	int window, tail, queue, delack;
	int64_t backoffs, samples, shadow, given_up, delay_min;
	uint32_t round_end, last_ack, train_start;
	uint32_t reduce_end;
	int64_t reduce_prior, reduce_delivered, reduce_sent;
};

/* What the last round found. */
struct ref_round {
	struct ref_pair rtt, grad, sum;
	int64_t used, threshold, random;
	bool drawn;
	int verdict, queue;
};

static inline int64_t ref_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t ref_max(int64_t a, int64_t b) { return a > b ? a : b; }
static inline bool ref_after(uint32_t a, uint32_t b) { return (int32_t)(b - a) < 0; }

static inline int64_t ref_nexp(uint64_t ux)
{
	static int64_t multiplier[16];
	int64_t result;

	for (int k = 0; k < 16 && !multiplier[15]; k++) {
		double exact = 65536 * exp(-0.000256 * (1 << k));

		multiplier[k] = k == 5 || k == 10 ? ceil(exact) : floor(exact + 0.5);
	}
	if (ux >= 1 << 24)
		return 0;
	result = 4294967295 - (int64_t)(ux % 256) * 4294;
	for (int k = 0; k < 16; k++)
		if (ux / 256 >> k & 1)
			result = result * multiplier[k] / 65536;
	return result;
}

static inline void ref_reset(struct ref *f, uint32_t snd_nxt, int64_t cwnd)
{
	struct ref fresh = { .has_ring = f->has_ring, .window = f->window, .round_end = snd_nxt,
			     .shadow = cwnd, .advanced = f->advanced,
			     .reduce_end = f->reduce_end, .reduce_prior = f->reduce_prior,
			     .reduce_delivered = f->reduce_delivered,
			     .reduce_sent = f->reduce_sent };

	*f = fresh;
}

static inline void ref_sample(struct ref *f, int64_t packets, int64_t rtt, int64_t sacked)
{
	f->advanced = packets > 0;
	if (rtt <= 0)
		return;
	if (sacked == 0 && packets == 1 && f->delack > 0) {
		f->delack -= 1;
		f->rtt.min = ref_min(f->rtt.min, rtt);
		return;
	}
	if (sacked == 0 && packets > 1)
		f->delack = ref_min(f->delack + 1, 5);
	f->rtt.min = f->rtt.min == 0 ? rtt : ref_min(f->rtt.min, rtt);
	f->rtt.max = ref_max(f->rtt.max, rtt);
}

static inline bool ref_limited(const struct ref_sock *s)
{
	if (s->cwnd < s->ssthresh && s->cwnd < 2 * s->max_out)
		return true;
	return s->limited;
}

static inline int ref_train(struct ref *f, const struct cdg_params *p, const struct ref_sock *s)
{
	int64_t length = s->paced && p->hystart_paced ? f->delay_min : f->delay_min / 2;

	if (f->last_ack == 0 || !ref_limited(s)) {
		f->train_start = s->now;
		f->last_ack = s->now;
		return CDG_SS_NONE;
	}
	if (!ref_after(f->last_ack + 3000, s->now))
		return CDG_SS_NONE;
	f->last_ack = s->now;
	if (ref_after(s->now, f->train_start + (uint32_t)ref_max(length, 125)))
		return CDG_SS_ACK_TRAIN;
	return CDG_SS_NONE;
}

static inline int ref_hystart(struct ref *f, const struct cdg_params *p, const struct ref_sock *s)
{
	if (f->rtt.min != 0)
		f->delay_min = f->delay_min ? ref_min(f->delay_min, f->rtt.min) : f->rtt.min;
	if (f->delay_min == 0)
		return CDG_SS_NONE;
	if (p->hystart_detect & 1 && ref_train(f, p, s))
		return CDG_SS_ACK_TRAIN;
	if (!(p->hystart_detect & 2))
		return CDG_SS_NONE;
	if (f->samples < 8) {
		f->samples += 1;
		return CDG_SS_NONE;
	}
	return f->rtt.min > ref_max(f->delay_min + f->delay_min / 8, 125) ? CDG_SS_DELAY
									   : CDG_SS_NONE;
}

static inline int ref_queue(struct ref_pair g, int before)
{
	int64_t a = llround((double)g.min / 64), b = llround((double)g.max / 64);

	if (a > 0 && b <= 0)
		return REF_FULL;
	return (a > 0 && b > 0) || b < 0 ? REF_NONFULL : before;
}

static inline struct ref_pair ref_ring_sum(const struct ref *f)
{
	int used = f->filled ? f->window : f->tail;
	struct ref_pair sum = { 0, 0 };

	for (int i = 0; i < used; i++) {
		sum.min += f->ring[i].min;
		sum.max += f->ring[i].max;
	}
	return (struct ref_pair){ (int32_t)sum.min, (int32_t)sum.max }; /* 32 bits, as a flow's */
}

static inline int64_t ref_gradient(struct ref *f, const struct cdg_params *p, struct ref_round *r)
{
	struct ref_pair g = { f->rtt.min - f->prev.min, f->rtt.max - f->prev.max };
	int64_t used;

	r->grad = g;
	if (f->has_ring) {
		f->ring[f->tail] = g;
		f->tail += 1;
		f->sum = g = ref_ring_sum(f);
		f->tail %= f->window;
	}
	r->sum = g;
	used = g.min > 0 ? g.min : g.max;
	if (!f->has_ring)
		used *= f->window;
	else if (f->tail == 0)
		f->filled = true;
	else if (!f->filled)
		used = used * f->window / f->tail;
	used = ref_max(ref_min(used, INT32_MAX), INT32_MIN);
	if (g.min <= -32 || g.max <= -32)
		f->backoffs = 0;
	r->queue = ref_queue(g, r->queue);
	if (p->use_tolerance)
		f->queue = ref_queue(g, f->queue);
	return used;
}

static inline int64_t ref_beta_cut(const struct cdg_params *p, int64_t cwnd)
{
	return ref_max(2, cwnd * ref_min(p->backoff_beta, 1024) / 1024);
}

static inline int ref_coin(struct ref *f, const struct cdg_params *p, struct ref_round *r)
{
	r->threshold = ref_nexp((uint64_t)r->used * p->backoff_factor);
	r->drawn = true;
	if (r->random <= r->threshold)
		return CDG_VERDICT_KEEP;
	if (p->use_ineff == 0)
		return CDG_VERDICT_BACKOFF;
	f->backoffs = ref_min(f->backoffs + 1, 65535);
	return f->backoffs > p->use_ineff ? CDG_VERDICT_SUPPRESSED : CDG_VERDICT_BACKOFF;
}

static inline void ref_back_off(struct ref *f, const struct cdg_params *p, struct ref_sock *s)
{
	f->queue = REF_BACKOFF;
	f->shadow = ref_max(f->shadow, s->cwnd);
	f->reducing = true;
	f->reduce_end = s->snd_nxt;
	f->reduce_prior = s->cwnd;
	f->reduce_delivered = s->delivered;
	f->reduce_sent = s->sent;
	s->cnt = 0;
	s->ssthresh = ref_beta_cut(p, s->cwnd);
	if (p->backoff_step)
		s->cwnd = s->ssthresh;
}

static inline void ref_next_round(struct ref *f, uint32_t snd_nxt)
{
	f->round_end = snd_nxt;
	f->prev = f->rtt;
	f->rtt = (struct ref_pair){ 0, 0 };
}

/* The end of a round. Returns whether the window may still grow on this ACK. */
static inline bool ref_round_end(struct ref *f, const struct cdg_params *p, struct ref_sock *s,
				 int64_t random, struct ref_round *r)
{
	*r = (struct ref_round){ .rtt = f->rtt, .sum = f->sum, .queue = r->queue,
				 .verdict = CDG_VERDICT_NO_REFERENCE };
	if (f->prev.min != 0 || f->prev.max != 0) {
		r->used = ref_gradient(f, p, r);
		r->verdict = s->in_loss ? CDG_VERDICT_RECOVERING : CDG_VERDICT_FALLING;
		if (r->used > 0 && !s->in_loss) {
			r->random = random;
			r->verdict = ref_coin(f, p, r);
		} else if (r->used <= 0) {
			r->verdict = CDG_VERDICT_FALLING;
		}
	}
	ref_next_round(f, s->snd_nxt);
	f->last_ack = 0;
	f->samples = 0;
	if (r->verdict == CDG_VERDICT_BACKOFF)
		ref_back_off(f, p, s);
	return r->verdict != CDG_VERDICT_BACKOFF;
}

static inline void ref_complete(struct ref *f, uint32_t snd_nxt)
{
	f->reducing = f->tolerated = false;
	f->queue = REF_UNKNOWN;
	ref_next_round(f, snd_nxt);
}

/* One ACK of a reduction; false if it has ended. */
static inline bool ref_reduce(struct ref *f, const struct cdg_params *p, struct ref_sock *s)
{
	int64_t delivered = s->delivered - f->reduce_delivered, sent = s->sent - f->reduce_sent;
	int64_t n;

	s->ssthresh = ref_min(s->ssthresh, ref_beta_cut(p, f->reduce_prior));
	if (ref_after(s->ack, f->reduce_end)) {
		s->cwnd = s->ssthresh;
		ref_complete(f, s->snd_nxt);
		return false;
	}
	if (p->backoff_step || s->acked == 0 || f->reduce_prior == 0)
		return true;
	if (s->inflight > s->ssthresh)
		n = (s->ssthresh * delivered + f->reduce_prior - 1) / f->reduce_prior - sent;
	else
		n = ref_min(s->ssthresh - s->inflight,
			    ref_max(delivered - sent, s->acked) + f->advanced);
	s->cwnd = ref_max(1, s->inflight + ref_max(n, sent == 0));
	return true;
}

static inline void ref_grow(struct ref *f, struct ref_sock *s)
{
	int64_t before = s->cwnd, left = s->acked, w;

	if (!ref_limited(s)) {
		f->shadow = ref_min(f->shadow, s->cwnd);
		return;
	}
	if (s->cwnd < s->ssthresh) {
		w = ref_min(s->cwnd + left, s->ssthresh);
		left -= w - s->cwnd;
		s->cwnd = ref_min(w, s->clamp);
	}
	if (left > 0 || before >= s->ssthresh) {
		w = s->cwnd;
		if (s->cnt >= w) {
			s->cnt = 0;
			s->cwnd += 1;
		}
		s->cnt += left;
		if (w > 0) {
			s->cwnd += s->cnt / w;
			s->cnt %= w;
		}
		s->cwnd = ref_min(s->cwnd, s->clamp);
	}
	f->shadow = ref_max(f->shadow, (uint32_t)(f->shadow + s->cwnd - before));
}

static inline int64_t ref_halve(struct ref *f, const struct cdg_params *p, int64_t cwnd)
{
	f->given_up = f->shadow;
	f->shadow = ref_min(f->shadow / 2, cwnd);
	return ref_max(2, ref_max(p->use_shadow ? f->shadow : 0, cwnd / 2));
}

static inline int64_t ref_ssthresh(struct ref *f, const struct cdg_params *p,
				   const struct ref_sock *s, bool tolerable)
{
	bool reducing = f->reducing;

	f->reducing = f->tolerated = false;
	f->cut_in_reduction = reducing;
	f->given_up = 0;
	f->queue = reducing ? REF_UNKNOWN : f->queue;
	if (reducing)
		return ref_max(2, ref_min(s->ssthresh, ref_beta_cut(p, f->reduce_prior)));
	if (f->queue == REF_BACKOFF)
		return ref_beta_cut(p, s->cwnd);
	f->tolerated = tolerable && p->use_tolerance && f->queue == REF_NONFULL;
	return f->tolerated ? s->cwnd : ref_halve(f, p, s->cwnd);
}

static inline int64_t ref_timeout(struct ref *f, const struct cdg_params *p,
				  const struct ref_sock *s)
{
	if (!f->tolerated || !p->rto_strict)
		return s->ssthresh;
	f->tolerated = false;
	return ref_halve(f, p, s->cwnd);
}

static inline int64_t ref_undo(struct ref *f, int64_t cwnd, int64_t prior)
{
	if (f->reducing || f->cut_in_reduction)
		return cwnd;
	f->shadow = ref_max(f->shadow, f->given_up);
	f->given_up = 0;
	return ref_max(cwnd, prior);
}

#endif
