/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The socket for cdg_algo.h: where its state and its gradients are, what is read of it and what is
 * written to it.
 */
#ifndef CDG_SOCKET_BPF_H
#define CDG_SOCKET_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "include/cdg_abi.h"
#include "include/cdg_algo.h"
#include "flow.bpf.h"
#include "records.bpf.h"

_Static_assert(sizeof(struct cdg_state) <= 104, "icsk_ca_priv has 104 bytes");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct cdg_flow_ring);
} cdg_flow_ring SEC(".maps");

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

#endif
