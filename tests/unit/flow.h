/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One flow as the tests hold it: parameters, state, socket and ring, and what the struct_ops
 * program does with them on one ACK. There is no stack here: each test calls what it needs.
 */
#ifndef CDG_TEST_FLOW_H
#define CDG_TEST_FLOW_H

#include <string.h>

#include "include/cdg_algo.h"

#define FLOW_ALWAYS 4294967295u /* the random number that backs off whenever any may */
#define FLOW_NEVER 0u		/* the one that never does */
#define FLOW_INFINITE 2147483647u /* the stack's first slow-start threshold */

struct flow {
	struct cdg_params p;
	struct cdg_state st;
	struct cdg_sock s;
	struct cdg_round round; /* the last that ended */
	struct cdg_grad ring[CDG_WINDOW_MAX];
	int no_ring;
};

/* What one ACK did. */
struct flow_ack {
	enum cdg_ss_exit exit;
	int round_ended;
	int grew; /* the growth step was reached */
};

/* Linux's defaults. */
static inline struct cdg_params flow_defaults(void)
{
	return (struct cdg_params){
		.generation = 1, .window = 8, .backoff_beta = 724, .backoff_factor = 42,
		.hystart_detect = 3, .use_ineff = 5, .use_shadow = 1,
	};
}

/* Starts a flow with p->window; ring slots hold rubbish, as after an idle restart. */
static inline void flow_start(struct flow *f, const struct cdg_params *p, __u32 snd_nxt, __u32 cwnd)
{
	memset(f, 0, sizeof(*f));
	memset(f->ring, 0x5a, sizeof(f->ring));
	f->p = *p;
	f->s.snd_nxt = snd_nxt;
	f->s.snd_cwnd = cwnd;
	f->s.snd_ssthresh = FLOW_INFINITE;
	f->s.snd_cwnd_clamp = 4294967295u;
	f->s.is_cwnd_limited = 1;
	cdg_init(&f->st, 1, p->window, snd_nxt, cwnd);
}

/* cong_avoid(): `acked` segments were delivered by an ACK up to `ack`. */
static inline struct flow_ack flow_cong_avoid(struct flow *f, __u32 ack, __u32 acked, __u32 random)
{
	struct cdg_grad *slot = f->no_ring ? NULL : &f->ring[f->st.tail];
	struct flow_ack did = { 0 };
	enum cdg_next next;

	f->s.ack = ack;
	f->s.acked = acked;
	next = cdg_ack_begin(&f->st, &f->p, &f->s, &did.exit);
	if (next == CDG_NEXT_ROUND) {
		did.round_ended = 1;
		next = cdg_ack_round(&f->st, &f->p, &f->s, slot, random, &f->round);
	}
	if (next == CDG_NEXT_GROW) {
		did.grew = 1;
		cdg_ack_grow(&f->st, &f->s);
	}
	f->st.flags &= ~(CDG_F_IN_ACK | CDG_F_UNA_ADVANCED);
	return did;
}

/*
 * One round in which the smallest RTT was min_us and the largest max_us, ended by one ACK of
 * `acked` segments that ends a reduction too if one is under way. The next flight goes out.
 */
static inline struct flow_ack flow_round(struct flow *f, __s32 min_us, __s32 max_us, __u32 acked,
					 __u32 random)
{
	__u32 ack = f->s.snd_nxt + 1;

	cdg_rtt_sample(&f->st, 1, min_us, 0);
	cdg_rtt_sample(&f->st, 1, max_us, 0);
	f->s.snd_nxt = ack + f->s.snd_cwnd;
	f->s.delivered += acked;
	f->s.inflight = 0;
	return flow_cong_avoid(f, ack, acked, random);
}

#endif
