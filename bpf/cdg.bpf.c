// SPDX-License-Identifier: GPL-2.0
/*
 * CDG as struct_ops programs: read the socket, ask cdg_algo.h, write window and threshold, emit.
 * No arithmetic of its own. Loss recovery, pacing, ECN and idle handling stay with the stack.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "include/cdg_abi.h"
#include "include/cdg_algo.h"
#include "events.bpf.h"
#include "flow.bpf.h"
#include "metrics.bpf.h"
#include "records.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct cdg_flow_ring);
} cdg_flow_ring SEC(".maps");

/* Set before the programs are loaded: the verifier takes out what hangs on it. */
const volatile __u32 draws_given = 0;

/* Made only if draws_given; then cdgctl sizes and fills it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct cdg_draw_key);
	__type(value, __u32);
} cdg_draws SEC(".maps");

_Static_assert(sizeof(struct cdg_state) <= 104, "icsk_ca_priv has 104 bytes");

static __always_inline struct cdg_state *state_of(struct sock *sk)
{
	return (struct cdg_state *)((struct inet_connection_sock *)sk)->icsk_ca_priv;
}

static __always_inline struct cdg_flow *flow_of(struct sock *sk, const struct cdg_state *st)
{
	if (st->flags & CDG_F_NO_STORAGE)
		return NULL;
	return bpf_sk_storage_get(&cdg_flow, sk, 0, 0);
}

/* The slot of the oldest gradient, or NULL: window 1, or no memory for the ring. */
static __always_inline struct cdg_grad *slot_of(struct sock *sk, const struct cdg_state *st,
						struct cdg_flow *flow)
{
	__u32 window = 1u << (st->window_shift & 15);
	struct cdg_flow_ring *big;

	if (!flow || window == 1)
		return NULL;
	if (window <= CDG_RING_SMALL)
		return &flow->ring[st->tail & (CDG_RING_SMALL - 1)];
	big = bpf_sk_storage_get(&cdg_flow_ring, sk, 0, 0);
	return big ? &big->ring[st->tail & (CDG_WINDOW_MAX - 1)] : NULL;
}

/* The stack's clock, read for the segment that is being worked on; saves reading it again. */
static __always_inline __u64 stack_clock_ns(const struct sock *sk)
{
	return ((const struct tcp_sock *)sk)->tcp_mstamp * 1000;
}

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

/* Not inlined: the key would lengthen the caller's frame. */
static __noinline __u32 given_number(const struct sock *sk, __u32 round)
{
	struct cdg_draw_key key = {
		.port = bpf_ntohs(((const struct inet_sock *)sk)->inet_sport),
		.round = round,
	};
	__u32 *value = bpf_map_lookup_elem(&cdg_draws, &key);

	if (value)
		return *value;
	key = (struct cdg_draw_key){};
	value = bpf_map_lookup_elem(&cdg_draws, &key);
	if (value)
		__sync_fetch_and_add(value, 1);
	return bpf_get_prandom_u32();
}

/* The number that the coin of a round of the flow, from 0, is going to take. */
static __always_inline __u32 draw(const struct sock *sk, __u32 round)
{
	return draws_given ? given_number(sk, round) : bpf_get_prandom_u32();
}

static __always_inline void remember(struct cdg_decision *d, const struct cdg_state *st,
				     const struct cdg_round *r, __u32 prior, __u32 target)
{
	d->ts_ns = st->round_ts_ns;
	d->grad_us = r->grad_us;
	d->threshold = r->threshold;
	d->random = r->random;
	d->cwnd_prior = prior;
	d->cwnd_target = target;
	d->backoff_cnt = st->backoff_cnt;
}

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

static __always_inline void count_round(struct cdg_flow *flow, const struct cdg_state *st,
					const struct cdg_round *r, __u32 prior, __u32 target)
{
	struct cdg_seen *seen = &flow->seen;

	seen->rounds++;
	seen->draws += r->drawn;
	if (!seen->rtt_lowest_us || (__u32)r->rtt_min_us < seen->rtt_lowest_us)
		seen->rtt_lowest_us = r->rtt_min_us;
	if (r->verdict == CDG_VERDICT_BACKOFF) {
		flow->totals.backoffs++;
		remember(&flow->backoff, st, r, prior, target);
	} else if (r->verdict == CDG_VERDICT_SUPPRESSED) {
		flow->totals.suppressed++;
		remember(&flow->suppressed, st, r, prior, prior);
	}
}

static __always_inline struct cdg_sock read_sock(struct sock *sk, __u32 ack, __u32 acked)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	return (struct cdg_sock){
		.ack = ack,
		.acked = acked,
		.snd_nxt = tp->snd_nxt,
		.snd_cwnd = tp->snd_cwnd,
		.snd_cwnd_cnt = tp->snd_cwnd_cnt,
		.snd_ssthresh = tp->snd_ssthresh,
		.snd_cwnd_clamp = tp->snd_cwnd_clamp,
		.max_packets_out = tp->max_packets_out,
		.inflight = in_flight(tp),
		.delivered = tp->delivered,
		.data_segs_out = tp->data_segs_out,
		.now_us = tp->tcp_mstamp,
		.is_cwnd_limited = BPF_CORE_READ_BITFIELD(tp, is_cwnd_limited),
		.paced = sk->sk_pacing_status != 0,
	};
}

static __always_inline void write_sock(struct tcp_sock *tp, const struct cdg_sock *s)
{
	if (tp->snd_cwnd != s->snd_cwnd)
		tp->snd_cwnd = s->snd_cwnd;
	if (tp->snd_cwnd_cnt != s->snd_cwnd_cnt)
		tp->snd_cwnd_cnt = s->snd_cwnd_cnt;
	if (tp->snd_ssthresh != s->snd_ssthresh)
		tp->snd_ssthresh = s->snd_ssthresh;
}

/* Nearly every ACK ends so: reads of the socket what growing needs, and writes what it changes. */
static __always_inline void grow(struct tcp_sock *tp, struct cdg_state *st, __u32 acked)
{
	__u32 cwnd = tp->snd_cwnd, cnt = tp->snd_cwnd_cnt;
	struct cdg_sock s = {
		.acked = acked,
		.snd_cwnd = cwnd,
		.snd_cwnd_cnt = cnt,
		.snd_ssthresh = tp->snd_ssthresh,
		.snd_cwnd_clamp = tp->snd_cwnd_clamp,
		.max_packets_out = tp->max_packets_out,
		.is_cwnd_limited = BPF_CORE_READ_BITFIELD(tp, is_cwnd_limited),
	};

	cdg_ack_grow(st, &s);
	if (s.snd_cwnd != cwnd)
		tp->snd_cwnd = s.snd_cwnd;
	if (s.snd_cwnd_cnt != cnt)
		tp->snd_cwnd_cnt = s.snd_cwnd_cnt;
}

/*
 * A round ended: gradient, coin, totals, records; the rest of the ACK if the window is kept. Once
 * per RTT. Not inlined, so that every other ACK needs few registers and little stack.
 */
static __noinline int end_round(struct sock *sk, __u32 acked)
{
	struct inet_connection_sock *icsk = (struct inet_connection_sock *)sk;
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_sock s = {
		.snd_nxt = tp->snd_nxt,
		.snd_cwnd = tp->snd_cwnd,
		.snd_cwnd_cnt = tp->snd_cwnd_cnt,
		.snd_ssthresh = tp->snd_ssthresh,
		.delivered = tp->delivered,
		.data_segs_out = tp->data_segs_out,
		.in_loss = BPF_CORE_READ_BITFIELD(icsk, icsk_ca_state) == TCP_CA_Loss,
	};
	struct cdg_state *st = state_of(sk);
	struct cdg_flow *flow = flow_of(sk, st);
	bool slow_start = s.snd_cwnd < s.snd_ssthresh;
	__u32 prior = s.snd_cwnd;
	struct cdg_round homeless = {}, *r = flow ? &flow->last : &homeless;
	enum cdg_next next;

	next = cdg_ack_round(st, active_params(), &s, slot_of(sk, st, flow), st->random, r);
	write_sock(tp, &s);
	st->round_ts_ns = stack_clock_ns(sk);
	if (r->drawn || draws_given)
		st->random = draw(sk, flow ? flow->seen.rounds + 1 : ~0u);
	if (flow) {
		count_round(flow, st, r, prior, s.snd_ssthresh);
		metrics_round(tp, flow);
	}
	if (wanted(CDG_REC_ROUND))
		emit_round(sk, r, flow ? flow->seen.rounds : 0, prior);
	if (r->verdict == CDG_VERDICT_BACKOFF || r->verdict == CDG_VERDICT_SUPPRESSED)
		emit_backoff(sk, r, prior);
	if (slow_start && r->verdict == CDG_VERDICT_BACKOFF)
		emit_slow_start_exit(sk, CDG_SS_BACKOFF, prior);
	if (next == CDG_NEXT_GROW)
		grow(tp, st, acked);
	return 0;
}

PUBLISHER(publish_flow_start, struct cdg_rec_start, {
	const struct tcp_sock *tp = (struct tcp_sock *)p->sk;

	fill_conn_of(&rec->conn, p);
	fill_cc_name(rec->cc, tp);
	rec->mss = tp->mss_cache;
	rec->window = 1u << (state_of(p->sk)->window_shift & 15);
})

SEC("struct_ops/cdg_init")
void BPF_PROG(cdg_init_flow, struct sock *sk)
{
	const struct cdg_params *p = active_params();
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_state *st = state_of(sk);
	__u64 now = bpf_ktime_get_ns();
	struct publication started;
	struct cdg_flow *flow;

	cdg_init(st, __sync_fetch_and_add(&stats.counters.flows_started, 1) + 1, p->window,
		 tp->snd_nxt, tp->snd_cwnd);
	st->random = draw(sk, 0);
	st->round_ts_ns = 0;
	flow = bpf_sk_storage_get(&cdg_flow, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (flow) {
		__builtin_memset(flow, 0, sizeof(*flow));
		flow->start_ns = now;
	} else {
		st->flags |= CDG_F_NO_STORAGE;
		__sync_fetch_and_add(&stats.counters.storage_failed, 1);
	}
	if (flow && p->window > CDG_RING_SMALL &&
	    !bpf_sk_storage_get(&cdg_flow_ring, sk, 0, BPF_SK_STORAGE_GET_F_CREATE))
		__sync_fetch_and_add(&stats.counters.ring_failed, 1);
	metrics_flow_start(tp, flow);
	if (!wanted(CDG_REC_FLOW_START))
		return;
	started = of_flow(CDG_REC_FLOW_START, now, sk, st);
	publish(&started, publish_flow_start);
}

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

/* May run more than once for a socket: the storage is gone after the first time. */
SEC("struct_ops/cdg_release")
void BPF_PROG(cdg_release_flow, struct sock *sk)
{
	struct cdg_state *st = state_of(sk);
	struct publication ended;

	if (!st->flow)
		return;
	__sync_fetch_and_add(&stats.counters.flows_ended, 1);
	metrics_flow_end((struct tcp_sock *)sk, flow_of(sk, st));
	if (wanted(CDG_REC_FLOW_END)) {
		ended = of_flow(CDG_REC_FLOW_END, bpf_ktime_get_ns(), sk, st);
		publish(&ended, publish_flow_end);
	}
	st->flow = 0;
	bpf_sk_storage_delete(&cdg_flow, sk);
	bpf_sk_storage_delete(&cdg_flow_ring, sk);
}

SEC("struct_ops/cdg_pkts_acked")
void BPF_PROG(cdg_pkts_acked, struct sock *sk, const struct ack_sample *sample)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_state *st = state_of(sk);

	st->ack_clock = tp->tcp_clock_cache;
	cdg_rtt_sample(st, sample->pkts_acked, sample->rtt_us, tp->sacked_out);
}

/* While reducing and in hybrid slow start. Returns whether the round ended with this ACK. */
static __noinline int begin_ack(struct sock *sk, __u32 ack, __u32 acked)
{
	struct cdg_sock s = read_sock(sk, ack, acked);
	struct cdg_state *st = state_of(sk);
	enum cdg_ss_exit exit;
	enum cdg_next next;

	next = cdg_ack_begin(st, active_params(), &s, &exit);
	if (next == CDG_NEXT_GROW)
		cdg_ack_grow(st, &s);
	write_sock((struct tcp_sock *)sk, &s);
	if (exit)
		emit_slow_start_exit(sk, exit, s.snd_ssthresh);
	return next == CDG_NEXT_ROUND;
}

SEC("struct_ops/cdg_cong_avoid")
void BPF_PROG(cdg_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_state *st = state_of(sk);
	enum cdg_next next = cdg_ack_next(st, active_params(), ack,
					  tp->snd_cwnd < tp->snd_ssthresh);

	if (next == CDG_NEXT_GROW)
		grow(tp, st, acked);
	else if (next == CDG_NEXT_ROUND || begin_ack(sk, ack, acked))
		end_round(sk, acked);
	st->flags &= ~(CDG_F_IN_ACK | CDG_F_UNA_ADVANCED);
}

/* Runs before init() too, on zeroed state: SYN and SYN-ACK timeouts. */
SEC("struct_ops/cdg_ssthresh")
__u32 BPF_PROG(cdg_ssthresh_cut, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_state *st = state_of(sk);

	st->pending = 1;
	st->ssthresh_prior = tp->snd_ssthresh;
	return cdg_ssthresh(st, active_params(), tp->snd_cwnd, tp->snd_ssthresh,
			    tp->prior_ssthresh);
}

/*
 * Every ssthresh() is followed by set_state(), and only this tells why it was called. CWR inside
 * an ACK is the peer's ECN echo, or without ECN the repair of a tail loss probe; outside of one it
 * is the local queueing discipline. Not every ACK comes to cong_avoid(), but the stack reads its
 * clock anew before it sends data.
 */
static __always_inline enum cdg_cause cause_of(const struct tcp_sock *tp,
					       const struct cdg_state *st, __u8 new_state)
{
	if (new_state == TCP_CA_Loss)
		return CDG_CAUSE_RTO;
	if (new_state != TCP_CA_CWR)
		return CDG_CAUSE_LOSS;
	if (!(st->flags & CDG_F_IN_ACK) || st->ack_clock != (__u32)tp->tcp_clock_cache)
		return CDG_CAUSE_LOCAL;
	return tp->ecn_flags & (TCP_ECN_OK | TCP_ECN_MODE_ACCECN) ? CDG_CAUSE_ECN : CDG_CAUSE_TLP;
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

static __always_inline void count_cut(struct cdg_flow *flow, const struct cut *cut,
				      const struct cdg_state *st, __u64 now)
{
	struct cdg_totals *t = &flow->totals;

	t->cuts_loss += cut->cause == CDG_CAUSE_LOSS;
	t->cuts_rto += cut->cause == CDG_CAUSE_RTO;
	t->cuts_ecn += cut->cause == CDG_CAUSE_ECN;
	t->cuts_local += cut->cause == CDG_CAUSE_LOCAL;
	t->cuts_tlp += cut->cause == CDG_CAUSE_TLP;
	t->tolerated += cut->tolerated;
	flow->cut.ts_ns = now;
	flow->cut.cwnd_prior = cut->prior;
	flow->cut.cwnd_target = cut->target;
	flow->cut.cause = cut->cause;
	flow->cut.tolerated = cut->tolerated;
	flow->cut.backoff_cnt = st->backoff_cnt;
}

SEC("struct_ops/cdg_set_state")
void BPF_PROG(cdg_set_state, struct sock *sk, __u8 new_state)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_state *st = state_of(sk);
	struct publication p;
	struct cdg_flow *flow;
	struct cut cut;

	if (!st->pending || !st->flow)
		return;
	st->pending = 0;
	cut = (struct cut){
		.prior = tp->prior_cwnd,
		.target = tp->snd_ssthresh,
		.cause = cause_of(tp, st, new_state),
		.tolerated = !!(st->flags & CDG_F_TOLERATED),
		.in_reduction = !!(st->flags & CDG_F_CUT_IN_REDUCTION),
		.ca_state = new_state,
	};
	metrics_cut(cut.cause, cut.tolerated);
	flow = flow_of(sk, st);
	if (flow)
		count_cut(flow, &cut, st, stack_clock_ns(sk));
	if (wanted(CDG_REC_CUT)) {
		p = of_flow(CDG_REC_CUT, stack_clock_ns(sk), sk, st);
		p.more = &cut;
		publish(&p, publish_cut);
	}
	/* Behind a timeout that is tolerated slow start goes on to the same window. */
	if (cut.prior < st->ssthresh_prior && !(cut.tolerated && cut.cause == CDG_CAUSE_RTO))
		emit_slow_start_exit(sk, CDG_SS_CUT, cut.prior);
}

PUBLISHER(publish_undo, struct cdg_rec_undo, {
	fill_conn_of(&rec->conn, p);
	rec->cwnd_prior = ((struct tcp_sock *)p->sk)->snd_cwnd;
	rec->cwnd_restored = *(const __u32 *)p->more;
})

SEC("struct_ops/cdg_undo_cwnd")
__u32 BPF_PROG(cdg_undo_cwnd, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_state *st = state_of(sk);
	__u32 cwnd = tp->snd_cwnd;
	__u32 restored; /* not returned itself: one load from socket or stack is refused */
	struct publication p;
	struct cdg_flow *flow;

	if (cdg_undo_refused(st))
		return cwnd;
	restored = cwnd = cdg_undo(st, cwnd, tp->prior_cwnd);
	metrics_undo();
	flow = flow_of(sk, st);
	if (flow)
		flow->totals.undos++;
	if (wanted(CDG_REC_UNDO)) {
		p = of_flow(CDG_REC_UNDO, stack_clock_ns(sk), sk, st);
		p.more = &restored;
		publish(&p, publish_undo);
	}
	return cwnd;
}

PUBLISHER(publish_restart, struct cdg_rec_restart, { fill_conn_of(&rec->conn, p); })

static __noinline int restart(struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_state *st = state_of(sk);
	/* The stack has not yet read its clock for what is going to be sent. */
	struct publication p = of_flow(CDG_REC_RESTART, bpf_ktime_get_ns(), sk, st);
	struct cdg_flow *flow = flow_of(sk, st);

	metrics_restart();
	cdg_reset(st, tp->snd_nxt, tp->snd_cwnd);
	if (flow) {
		flow->totals.restarts++;
		flow->last.queue = CDG_QUEUE_UNKNOWN;
	}
	publish(&p, publish_restart);
	return 0;
}

SEC("struct_ops/cdg_cwnd_event")
void BPF_PROG(cdg_cwnd_event, struct sock *sk, enum tcp_ca_event event)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct cdg_state *st = state_of(sk);

	if (event == CA_EVENT_CWND_RESTART)
		restart(sk);
	else if (event == CA_EVENT_COMPLETE_CWR)
		cdg_cwr_complete(st, tp->snd_nxt);
	else if (event == CA_EVENT_LOSS)
		tp->snd_ssthresh = cdg_timeout(st, active_params(), tp->snd_cwnd,
					       tp->snd_ssthresh);
}

#define CDG_OPS(NAME)                                                                              \
	{                                                                                          \
		.init = (void *)cdg_init_flow, .release = (void *)cdg_release_flow,                \
		.ssthresh = (void *)cdg_ssthresh_cut, .cong_avoid = (void *)cdg_cong_avoid,        \
		.set_state = (void *)cdg_set_state, .cwnd_event = (void *)cdg_cwnd_event,          \
		.pkts_acked = (void *)cdg_pkts_acked, .undo_cwnd = (void *)cdg_undo_cwnd,          \
		.name = NAME,                                                                      \
	}

/* The kernel refuses the name "cdg" to every BPF caller, so the same programs have a second one. */
SEC(".struct_ops")
struct tcp_congestion_ops cdg_ops = CDG_OPS("cdg");

SEC(".struct_ops")
struct tcp_congestion_ops cdg_ops_bpf = CDG_OPS("cdg_bpf");
