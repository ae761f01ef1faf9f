// SPDX-License-Identifier: GPL-2.0
/*
 * CDG as struct_ops programs: read the socket, ask cdg_algo.h, write window and threshold, emit.
 * No arithmetic of its own. Loss recovery, pacing, ECN and idle handling stay with the stack.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "include/cdg_abi.h"
#include "include/cdg_algo.h"
#include "draws.bpf.h"
#include "flow_events.bpf.h"
#include "metrics.bpf.h"
#include "socket.bpf.h"

char LICENSE[] SEC("license") = "GPL";

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

/* May run more than once for a socket: the storage is gone after the first time. */
SEC("struct_ops/cdg_release")
void BPF_PROG(cdg_release, struct sock *sk)
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
__u32 BPF_PROG(cdg_ssthresh_op, struct sock *sk)
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
		.init = (void *)cdg_init_flow, .release = (void *)cdg_release,                     \
		.ssthresh = (void *)cdg_ssthresh_op, .cong_avoid = (void *)cdg_cong_avoid,        \
		.set_state = (void *)cdg_set_state, .cwnd_event = (void *)cdg_cwnd_event,          \
		.pkts_acked = (void *)cdg_pkts_acked, .undo_cwnd = (void *)cdg_undo_cwnd,          \
		.name = NAME,                                                                      \
	}

/* The kernel refuses the name "cdg" to every BPF caller, so the same programs have a second one. */
SEC(".struct_ops")
struct tcp_congestion_ops cdg_ops = CDG_OPS("cdg");

SEC(".struct_ops")
struct tcp_congestion_ops cdg_ops_bpf = CDG_OPS("cdg_bpf");
