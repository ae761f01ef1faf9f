/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stack with a random life, as far as congestion control sees one: ACKs with RTT samples, losses,
 * timeouts, marks, late undos, idle times. Sequence numbers count segments. A watcher is called
 * after each call into the algorithm, with copies of state and socket from before it.
 */
#ifndef CDG_TEST_STACK_H
#define CDG_TEST_STACK_H

#include "tests/unit/case.h"
#include "tests/unit/flow.h"

enum stack_call { CALL_RTT, CALL_AVOID, CALL_SSTHRESH, CALL_TIMEOUT, CALL_UNDO, CALL_COMPLETE,
		  CALL_RESTART };

enum stack_state { STACK_OPEN, STACK_CWR = 2, STACK_RECOVERY, STACK_LOSS };

struct stack {
	struct flow f;
	struct cdg_state st_before;
	struct cdg_sock s_before;
	struct flow_ack did; /* of CALL_AVOID */
	__u32 una, high_seq;
	__u32 prior_ssthresh, prior_cwnd;
	__s32 rtt_us, slope_us;
	enum stack_state state;
	int may_undo;
	int no_timeouts; /* set by a test: neither timeouts nor undos happen */
	uint64_t random;
	void (*watch)(struct stack *k, enum stack_call call);
	void *data; /* of the watcher */
};

static inline void stack_before(struct stack *k)
{
	k->st_before = k->f.st;
	k->s_before = k->f.s;
}

static inline void stack_after(struct stack *k, enum stack_call call)
{
	if (k->watch)
		k->watch(k, call);
}

/* Random parameters, the usual ones more often than the odd ones. */
static inline struct cdg_params stack_params(uint64_t *random)
{
	static const __u32 windows[] = { 8, 8, 1, 2, 4, 16, 256 };
	static const __u32 betas[] = { 724, 724, 717, 512, 0, 1023, 1024, 4000 };
	static const __u32 factors[] = { 42, 42, 333, 10000, 4294967295u };
	static const __u32 limits[] = { 5, 5, 1, 0, 70000 };
	struct cdg_params p = flow_defaults();

	p.window = windows[random_below(random, 7)];
	p.backoff_beta = betas[random_below(random, 8)];
	p.backoff_factor = factors[random_below(random, 5)];
	p.use_ineff = limits[random_below(random, 5)];
	p.hystart_detect = random_below(random, 4);
	p.use_shadow = random_below(random, 4) > 0;
	p.use_tolerance = random_below(random, 2);
	p.backoff_step = random_below(random, 4) == 0;
	p.hystart_paced = random_below(random, 2);
	p.rto_strict = random_below(random, 2);
	return p;
}

static inline void stack_start(struct stack *k, const struct cdg_params *p, uint64_t seed,
			       __u32 seq, __u32 now_us)
{
	memset(k, 0, sizeof(*k));
	k->random = seed;
	flow_start(&k->f, p, seq, 10);
	k->f.no_ring = random_below(&k->random, 8) == 0;
	k->f.s.snd_cwnd_clamp = 800;
	k->f.s.now_us = now_us;
	k->f.s.delivered = random_u32(&k->random);
	k->f.s.data_segs_out = random_u32(&k->random);
	k->una = seq;
	k->rtt_us = 20000;
}

/* Sends what the window allows, sometimes less because the application has no more. */
static inline void stack_send(struct stack *k)
{
	struct cdg_sock *s = &k->f.s;
	__u32 flight = s->snd_nxt - k->una;
	__u32 room = s->snd_cwnd > flight ? s->snd_cwnd - flight : 0;
	__u32 sent = random_below(&k->random, 8) ? room : random_below(&k->random, room + 1);

	s->snd_nxt += sent;
	s->data_segs_out += sent;
	s->is_cwnd_limited = sent == room;
	s->max_packets_out = s->snd_nxt - k->una;
}

static inline void stack_ssthresh(struct stack *k)
{
	struct cdg_sock *s = &k->f.s;

	stack_before(k);
	s->snd_ssthresh = cdg_ssthresh(&k->f.st, &k->f.p, s->snd_cwnd, s->snd_ssthresh,
				       k->prior_ssthresh);
	stack_after(k, CALL_SSTHRESH);
	k->prior_cwnd = s->snd_cwnd;
	k->high_seq = s->snd_nxt;
}

/* What the stack would restore: its threshold, or three quarters of the window. */
static inline void stack_remember(struct stack *k)
{
	__u32 cwnd = k->f.s.snd_cwnd;

	k->prior_ssthresh = cdg_max_u32(k->f.s.snd_ssthresh, (cwnd >> 1) + (cwnd >> 2));
	k->may_undo = 1;
}

static inline void stack_loss(struct stack *k)
{
	if (k->state != STACK_OPEN)
		return;
	stack_remember(k);
	stack_ssthresh(k);
	k->state = STACK_RECOVERY;
}

static inline void stack_mark(struct stack *k)
{
	if (k->state != STACK_OPEN)
		return;
	k->prior_ssthresh = k->may_undo = 0;
	stack_ssthresh(k);
	k->state = STACK_CWR;
}

static inline void stack_timeout(struct stack *k)
{
	struct cdg_sock *s = &k->f.s;

	if (k->no_timeouts)
		return;
	if (k->state == STACK_OPEN) {
		stack_remember(k);
		stack_ssthresh(k);
		stack_before(k);
		s->snd_ssthresh = cdg_timeout(&k->f.st, &k->f.p, s->snd_cwnd, s->snd_ssthresh);
		stack_after(k, CALL_TIMEOUT);
	}
	k->high_seq = s->snd_nxt;
	s->snd_cwnd = 1;
	s->snd_cwnd_cnt = 0;
	k->state = STACK_LOSS;
}

static inline void stack_complete(struct stack *k)
{
	stack_before(k);
	cdg_cwr_complete(&k->f.st, k->f.s.snd_nxt);
	stack_after(k, CALL_COMPLETE);
	k->state = STACK_OPEN;
}

/* May come long after the loss, when the window is growing again or is being reduced. */
static inline void stack_undo(struct stack *k)
{
	struct cdg_sock *s = &k->f.s;

	if (!k->may_undo || k->no_timeouts)
		return;
	k->may_undo = 0;
	if (k->prior_ssthresh) {
		stack_before(k);
		s->snd_cwnd = cdg_undo(&k->f.st, s->snd_cwnd, k->prior_cwnd);
		s->snd_ssthresh = cdg_max_u32(s->snd_ssthresh, k->prior_ssthresh);
		stack_after(k, CALL_UNDO);
	}
	if (k->state == STACK_RECOVERY)
		stack_complete(k);
	k->state = STACK_OPEN;
}

static inline void stack_idle(struct stack *k)
{
	struct cdg_sock *s = &k->f.s;

	if (k->state != STACK_OPEN)
		return;
	s->now_us += 2000000;
	stack_before(k);
	cdg_reset(&k->f.st, s->snd_nxt, s->snd_cwnd);
	stack_after(k, CALL_RESTART);
	s->snd_ssthresh = cdg_max_u32(s->snd_ssthresh, s->snd_cwnd - (s->snd_cwnd >> 2));
	s->snd_cwnd = cdg_min_u32(s->snd_cwnd, 10);
}

static inline void stack_sample(struct stack *k, __u32 packets)
{
	uint64_t *random = &k->random;

	if (random_below(random, 200) == 0)
		k->slope_us = (__s32)random_below(random, 301) - 150;
	k->rtt_us += k->slope_us + (__s32)random_below(random, 201) - 100;
	if (k->rtt_us < 10000 || k->rtt_us > 400000)
		k->slope_us = k->rtt_us < 10000 ? 100 : -100;
	stack_before(k);
	cdg_rtt_sample(&k->f.st, packets, random_below(random, 50) ? k->rtt_us : -1,
		       random_below(random, 20) == 0);
	stack_after(k, CALL_RTT);
}

static inline void stack_ack(struct stack *k)
{
	struct cdg_sock *s = &k->f.s;
	__u32 flight = s->snd_nxt - k->una;
	__u32 acked = flight ? 1 + random_below(&k->random, cdg_min_u32(flight, 3)) : 0;
	__u32 random = random_u32(&k->random);

	s->now_us += 1 + random_below(&k->random, random_below(&k->random, 40) ? 1000 : 8000);
	if (!acked) {
		stack_send(k);
		return;
	}
	k->una += acked;
	s->delivered += acked;
	s->inflight = s->snd_nxt - k->una;
	stack_sample(k, acked);
	if ((k->state == STACK_CWR || k->state == STACK_RECOVERY) &&
	    cdg_after(k->una, k->high_seq)) {
		s->snd_cwnd = s->snd_ssthresh;
		stack_complete(k);
	}
	if (k->state == STACK_LOSS && !cdg_after(k->high_seq, k->una))
		k->state = STACK_OPEN;
	if (k->state == STACK_OPEN || k->state == STACK_LOSS) {
		s->in_loss = k->state == STACK_LOSS;
		stack_before(k);
		k->did = flow_cong_avoid(&k->f, k->una, acked, random);
		stack_after(k, CALL_AVOID);
	}
	stack_send(k);
}

/* One event of the flow's life. */
static inline void stack_step(struct stack *k)
{
	__u32 dice = random_below(&k->random, 3000);

	k->f.s.paced = random_below(&k->random, 2);
	if (dice < 3)
		stack_loss(k);
	else if (dice < 5)
		stack_mark(k);
	else if (dice < 6)
		stack_timeout(k);
	else if (dice < 16)
		stack_undo(k);
	else if (dice < 17)
		stack_idle(k);
	else
		stack_ack(k);
}

#endif
