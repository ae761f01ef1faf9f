/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters and histograms of the instance: always on, nobody needs to subscribe. One struct per
 * processor, found by one look-up. Additions are atomic all the same, because the stack handles
 * ACKs with interrupts on, too, and an interrupt may handle others in between.
 *
 * An ACK costs nothing here, the end of a round one comparison. The work for a round is done at
 * most once per CDG_METRICS_US and flow: segments and bytes as differences to what was counted
 * before, so that each is counted once, whichever way the flow ends.
 */
#ifndef CDG_METRICS_BPF_H
#define CDG_METRICS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "include/cdg_abi.h"
#include "control.bpf.h"
#include "records.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cdg_metrics);
} cdg_metrics SEC(".maps");

/* Flows of these programs alone: each load has its own, `load --replace` too. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cdg_flow_counts);
} cdg_generation SEC(".maps");

static __always_inline struct cdg_metrics *metrics_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cdg_metrics, &zero);
}

static __always_inline void metrics_add(__u64 *counter, __u64 more)
{
	if (more)
		__sync_fetch_and_add(counter, more);
}

/* What came since `*before`; a counter that the stack has set back counts from there. */
static __always_inline __u64 metrics_since(__u64 now, __u64 *before)
{
	__u64 more = now > *before ? now - *before : 0;

	*before = now;
	return more;
}

/* The same for those of 32 bits, which wrap. */
static __always_inline __u64 metrics_since_u32(__u32 now, __u32 *before)
{
	__s32 more = now - *before;

	*before = now;
	return more > 0 ? more : 0;
}

static __always_inline void metrics_settle(struct cdg_metrics *m, const struct tcp_sock *tp,
					   struct cdg_flow *flow)
{
	struct cdg_counted *c = &flow->counted;

	metrics_add(&m->rounds, metrics_since_u32(flow->seen.rounds, &c->rounds));
	metrics_add(&m->draws, metrics_since_u32(flow->seen.draws, &c->draws));
	metrics_add(&m->sent_bytes, metrics_since(tp->bytes_sent, &c->bytes_sent));
	metrics_add(&m->acked_bytes, metrics_since(tp->bytes_acked, &c->bytes_acked));
	metrics_add(&m->retrans_bytes, metrics_since(tp->bytes_retrans, &c->bytes_retrans));
	metrics_add(&m->sent_segs, metrics_since_u32(tp->data_segs_out, &c->data_segs_out));
	metrics_add(&m->retrans_segs, metrics_since_u32(tp->total_retrans, &c->total_retrans));
}

#define METRICS_OBSERVE(m, histogram, layout, value)                                              \
	do {                                                                                      \
		__u32 bucket_ = cdg_hist_bucket(layout, value);                                   \
                                                                                                  \
		if (bucket_ < sizeof((m)->histogram) / sizeof((m)->histogram[0]))                 \
			metrics_add(&(m)->histogram[bucket_], 1);                                 \
	} while (0)

#define METRICS_OBSERVE_SIGNED(m, histogram, layout, value)                                       \
	do {                                                                                      \
		__u32 bucket_ = cdg_hist_signed(layout, value);                                   \
                                                                                                  \
		if (bucket_ < sizeof((m)->histogram) / sizeof((m)->histogram[0]))                 \
			metrics_add(&(m)->histogram[bucket_], 1);                                 \
	} while (0)

static __noinline int metrics_observe(const struct tcp_sock *tp, struct cdg_flow *flow)
{
	struct cdg_metrics *m = metrics_here();
	__u32 rtt = tp->srtt_us >> 3, queue;

	if (!m || !flow)
		return 0;
	flow->counted_us = tp->tcp_mstamp;
	metrics_settle(m, tp, flow);
	METRICS_OBSERVE(m, rtt, CDG_HIST_RTT, rtt);
	metrics_add(&m->rtt_sum_us, rtt);
	queue = rtt > flow->seen.rtt_lowest_us ? rtt - flow->seen.rtt_lowest_us : 0;
	METRICS_OBSERVE(m, queue, CDG_HIST_RTT, queue);
	metrics_add(&m->queue_sum_us, queue);
	METRICS_OBSERVE(m, rtt_min, CDG_HIST_RTT, flow->last.rtt_min_us);
	metrics_add(&m->rtt_min_sum_us, flow->last.rtt_min_us);
	if (flow->last.verdict != CDG_VERDICT_NO_REFERENCE) {
		METRICS_OBSERVE_SIGNED(m, grad_min, CDG_HIST_GRAD, flow->last.grad_min_us);
		METRICS_OBSERVE_SIGNED(m, grad_max, CDG_HIST_GRAD, flow->last.grad_max_us);
	}
	return 0;
}

/* A round ended, and *flow knows it. */
static __always_inline void metrics_round(const struct tcp_sock *tp, struct cdg_flow *flow)
{
	if ((__u32)tp->tcp_mstamp - flow->counted_us >= CDG_METRICS_US)
		metrics_observe(tp, flow);
}

/* A back-off, or one that was suppressed; *r: the round that decided, prior: the window before. */
static __always_inline void metrics_backoff(const struct cdg_round *r, __u32 prior)
{
	enum cdg_reason reason = r->sum_min_us > 0 ? CDG_REASON_MIN : CDG_REASON_MAX;
	struct cdg_metrics *m = metrics_here();

	if (!m)
		return;
	if (r->verdict == CDG_VERDICT_SUPPRESSED) {
		metrics_add(&m->suppressed[reason & 1], 1);
		return;
	}
	metrics_add(&m->backoffs[reason & 1], 1);
	metrics_add(&m->cwnd_sum, prior);
	METRICS_OBSERVE(m, cwnd, CDG_HIST_CWND, prior);
}

static __always_inline void metrics_slow_start_exit(enum cdg_ss_exit reason)
{
	struct cdg_metrics *m = metrics_here();

	if (m)
		metrics_add(&m->slow_start_exits[reason & 7], 1);
}

static __always_inline void metrics_cut(enum cdg_cause cause, bool tolerated)
{
	struct cdg_metrics *m = metrics_here();

	if (!m)
		return;
	metrics_add(&m->cuts[cause & 7], 1);
	metrics_add(&m->tolerated, tolerated);
}

static __always_inline void metrics_undo(void)
{
	struct cdg_metrics *m = metrics_here();

	if (m)
		metrics_add(&m->undos, 1);
}

static __always_inline void metrics_restart(void)
{
	struct cdg_metrics *m = metrics_here();

	if (m)
		metrics_add(&m->restarts, 1);
}

/* 1 if a flow has chosen the second name, else 0. */
static __always_inline __u32 metrics_name(const struct tcp_sock *tp)
{
	const __u64 *second = (const __u64 *)control.names[1];
	__u64 name[2] = {};

	fill_cc_name((__u8 *)name, tp);
	return second[0] && name[0] == second[0] && name[1] == second[1];
}

static __always_inline struct cdg_flow_counts *metrics_generation(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cdg_generation, &zero);
}

/* flow: NULL without storage. What the socket sent before is not ours. */
static __noinline int metrics_flow_start(const struct tcp_sock *tp, struct cdg_flow *flow)
{
	struct cdg_flow_counts *own = metrics_generation();
	struct cdg_metrics *m = metrics_here();
	__u32 name = metrics_name(tp);

	if (m)
		metrics_add(&m->flows.started[name & 1], 1);
	if (own)
		metrics_add(&own->started[name & 1], 1);
	if (flow)
		flow->counted = (struct cdg_counted){
			.bytes_sent = tp->bytes_sent,
			.bytes_acked = tp->bytes_acked,
			.bytes_acked_before = tp->bytes_acked,
			.bytes_retrans = tp->bytes_retrans,
			.data_segs_out = tp->data_segs_out,
			.total_retrans = tp->total_retrans,
		};
	return 0;
}

static __always_inline void metrics_of_life(struct cdg_metrics *m, const struct tcp_sock *tp,
					    struct cdg_flow *flow)
{
	__u64 us = (bpf_ktime_get_ns() - flow->start_ns) / 1000;
	__u64 acked, rate;

	metrics_settle(m, tp, flow);
	acked = flow->counted.bytes_acked - flow->counted.bytes_acked_before;
	METRICS_OBSERVE(m, duration, CDG_HIST_DURATION, us);
	metrics_add(&m->duration_sum_us, us);
	if (acked <= 1 || !us) /* the FIN counts as one */
		return;
	rate = acked * 1000000 / us;
	METRICS_OBSERVE(m, goodput, CDG_HIST_GOODPUT, rate);
	metrics_add(&m->goodput_sum, rate);
}

/* flow: NULL without storage. */
static __noinline int metrics_flow_end(const struct tcp_sock *tp, struct cdg_flow *flow)
{
	struct cdg_flow_counts *own = metrics_generation();
	struct cdg_metrics *m = metrics_here();
	__u32 name = metrics_name(tp);

	if (own)
		metrics_add(&own->ended[name & 1], 1);
	if (!m)
		return 0;
	if (flow)
		metrics_of_life(m, tp, flow);
	metrics_add(&m->flows.ended[name & 1], 1);
	return 0;
}

#endif
