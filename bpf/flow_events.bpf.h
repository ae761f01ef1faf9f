/* SPDX-License-Identifier: GPL-2.0 */
/* What subscribers are told of a flow: a publisher for each kind of record. */
#ifndef CDG_FLOW_EVENTS_BPF_H
#define CDG_FLOW_EVENTS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "include/cdg_abi.h"
#include "events.bpf.h"
#include "metrics.bpf.h"
#include "records.bpf.h"
#include "socket.bpf.h"

static __always_inline struct publication of_flow(enum cdg_rec_type type, __u64 ts_ns,
						  struct sock *sk, const struct cdg_state *st)
{
	return (struct publication){
		.type = type,
		.slots = wanted(type),
		.ts_ns = ts_ns,
		.netns = sk->__sk_common.skc_net.net->ns.inum,
		.flow = st->flow,
		.sport = bpf_ntohs(((struct inet_sock *)sk)->inet_sport),
		.dport = bpf_ntohs(sk->__sk_common.skc_dport),
		.sk = sk,
	};
}

static __always_inline void fill_conn_of(struct cdg_rec_conn *conn, const struct publication *p)
{
	fill_conn(conn, (struct tcp_sock *)p->sk, state_of(p->sk));
}

PUBLISHER(publish_flow_start, struct cdg_rec_start, {
	const struct tcp_sock *tp = (struct tcp_sock *)p->sk;

	fill_conn_of(&rec->conn, p);
	fill_cc_name(rec->cc, tp);
	rec->mss = tp->mss_cache;
	rec->window = 1u << (state_of(p->sk)->window_shift & 15);
})

static __always_inline void fill_flow(struct cdg_rec_flow *rec, struct sock *sk,
				      const struct cdg_state *st)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_flow *flow = flow_of(sk, st);

	fill_conn(&rec->conn, tp, st);
	fill_cc_name(rec->cc, tp);
	fill_tcp(&rec->tcp, tp);
	rec->window = 1u << (st->window_shift & 15);
	rec->generation = active_params()->generation;
	if (!flow) { /* all that is not written above */
		rec->start_ns = rec->round_ts_ns = 0;
		__builtin_memset(&rec->last, 0,
				 __builtin_offsetof(struct cdg_rec_flow, window) -
					 __builtin_offsetof(struct cdg_rec_flow, last));
		return;
	}
	rec->start_ns = flow->start_ns;
	rec->round_ts_ns = st->round_ts_ns;
	rec->last = flow->last;
	rec->seen = flow->seen;
	rec->totals = flow->totals;
	rec->backoff = flow->backoff;
	rec->suppressed = flow->suppressed;
	rec->cut = flow->cut;
	rec->slow_start_exit = flow->slow_start_exit;
}

PUBLISHER(publish_flow_end, struct cdg_rec_flow, { fill_flow(rec, p->sk, state_of(p->sk)); })

struct left {
	enum cdg_ss_exit reason;
	__u32 prior;
};

PUBLISHER(publish_slow_start_exit, struct cdg_rec_ss_exit, {
	const struct cdg_state *st = state_of(p->sk);
	const struct left *left = p->more;

	fill_conn_of(&rec->conn, p);
	rec->conn.cwnd = left->prior;
	rec->reason = left->reason;
	rec->rtt_min_us = st->rtt_min_us;
	rec->delay_min_us = st->delay_min_us;
	rec->reserved = 0;
})

/* prior: the window as slow start ended; a step or the stack may have cut it since. */
static __noinline int emit_slow_start_exit(struct sock *sk, enum cdg_ss_exit reason, __u32 prior)
{
	struct left left = { .reason = reason, .prior = prior };
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_state *st = state_of(sk);
	struct publication p = of_flow(CDG_REC_SLOW_START_EXIT, stack_clock_ns(sk), sk, st);
	struct cdg_flow *flow = flow_of(sk, st);

	metrics_slow_start_exit(reason);
	if (flow) {
		flow->totals.slow_start_exits++;
		flow->slow_start_exit.ts_ns = p.ts_ns;
		flow->slow_start_exit.cause = reason;
		flow->slow_start_exit.cwnd_prior = prior;
		flow->slow_start_exit.cwnd_target = tp->snd_ssthresh;
	}
	p.more = &left;
	publish(&p, publish_slow_start_exit);
	return 0;
}

/* What a round's end tells besides the connection: its number, and windows before and after. */
struct decided {
	const struct cdg_round *round;
	__u32 number;
	__u32 prior;
	__u32 target;
};

PUBLISHER(publish_backoff, struct cdg_rec_backoff, {
	const struct cdg_params *params = active_params();
	const struct decided *d = p->more;

	fill_conn_of(&rec->conn, p);
	rec->round = *d->round;
	rec->cwnd_prior = d->prior;
	rec->cwnd_target = d->target;
	rec->reduction = params->backoff_step ? CDG_REDUCE_STEP : CDG_REDUCE_PRR;
	rec->use_ineff = params->use_ineff;
})

PUBLISHER(publish_round, struct cdg_rec_round, {
	const struct decided *d = p->more;

	fill_conn_of(&rec->conn, p);
	rec->conn.cwnd = d->prior; /* that the coin was drawn for: a step has cut it already */
	rec->round = *d->round;
	rec->number = d->number;
	rec->reserved = 0;
})

/* A back-off or a suppressed one; *r is the round that decided, prior the window before it. */
static __noinline int emit_backoff(struct sock *sk, const struct cdg_round *r, __u32 prior)
{
	struct decided decided = { .round = r, .prior = prior, .target = prior };
	const struct cdg_state *st = state_of(sk);
	struct publication p = of_flow(CDG_REC_BACKOFF, st->round_ts_ns, sk, st);

	if (!r)
		return 0;
	metrics_backoff(r, prior);
	if (r->verdict == CDG_VERDICT_SUPPRESSED) {
		p.type = CDG_REC_SUPPRESSED;
		p.slots = wanted(CDG_REC_SUPPRESSED);
	} else {
		decided.target = ((struct tcp_sock *)sk)->snd_ssthresh;
	}
	p.more = &decided;
	publish(&p, publish_backoff);
	return 0;
}

static __noinline int emit_round(struct sock *sk, const struct cdg_round *r, __u32 number,
				 __u32 prior)
{
	struct decided decided = { .round = r, .number = number, .prior = prior };
	const struct cdg_state *st = state_of(sk);
	struct publication p = of_flow(CDG_REC_ROUND, st->round_ts_ns, sk, st);

	if (!r)
		return 0;
	p.more = &decided;
	publish(&p, publish_round);
	return 0;
}

struct cut {
	__u32 prior;
	__u32 target;
	__u8 cause;
	__u8 tolerated;
	__u8 in_reduction;
	__u8 ca_state; /* of the stack, that it is about to have */
};

PUBLISHER(publish_cut, struct cdg_rec_cut, {
	const struct cut *cut = p->more;

	fill_conn_of(&rec->conn, p);
	rec->conn.ca_state = cut->ca_state;
	rec->cwnd_prior = cut->prior;
	rec->cwnd_target = cut->target;
	rec->cause = cut->cause;
	rec->tolerated = cut->tolerated;
	rec->in_reduction = cut->in_reduction;
	__builtin_memset(rec->reserved, 0, sizeof(rec->reserved));
})

PUBLISHER(publish_undo, struct cdg_rec_undo, {
	fill_conn_of(&rec->conn, p);
	rec->cwnd_prior = ((struct tcp_sock *)p->sk)->snd_cwnd;
	rec->cwnd_restored = *(const __u32 *)p->more;
})

PUBLISHER(publish_restart, struct cdg_rec_restart, { fill_conn_of(&rec->conn, p); })

#endif
