/* SPDX-License-Identifier: GPL-2.0 */
/* Socket -> record: what every record says about the connection, and the stack's own counts. */
#ifndef CDG_RECORDS_BPF_H
#define CDG_RECORDS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "include/cdg_algo.h"
#include "tuple.bpf.h"

/* When the stack drops its queue it forgets what was out, not what of it was lost: then 0. */
static __always_inline __u32 in_flight(const struct tcp_sock *tp)
{
	__u32 left = tp->sacked_out + tp->lost_out;
	__u32 out = tp->packets_out + tp->retrans_out;

	return out > left ? out - left : 0;
}

/*
 * All of *conn but type, length, number and time in its head, which are the caller's. Not inlined:
 * its many addresses would be kept in the frame of the caller's loop.
 */
static __noinline int fill_conn(struct cdg_rec_conn *conn, const struct tcp_sock *tp,
				const struct cdg_state *st)
{
	const struct inet_connection_sock *icsk = &tp->inet_conn;
	const struct sock *sk = &icsk->icsk_inet.sk;

	conn->head.flow = st->flow;
	fill_tuple(conn, &icsk->icsk_inet);
	conn->ca_state = BPF_CORE_READ_BITFIELD(icsk, icsk_ca_state);
	conn->queue = st->queue;
	conn->flags = (st->flags & CDG_F_REDUCING ? CDG_CONN_REDUCING : 0) |
		      (st->flags & CDG_F_NO_STORAGE ? CDG_CONN_NO_STORAGE : 0) |
		      (BPF_CORE_READ_BITFIELD(tp, is_cwnd_limited) ? CDG_CONN_CWND_LIMITED : 0) |
		      (sk->sk_pacing_status ? CDG_CONN_PACED : 0);
	conn->netns = sk->__sk_common.skc_net.net->ns.inum;
	conn->cwnd = tp->snd_cwnd;
	conn->ssthresh = tp->snd_ssthresh;
	conn->shadow = st->shadow;
	conn->inflight = in_flight(tp);
	conn->delivered = tp->delivered;
	conn->srtt_us = tp->srtt_us >> 3;
	conn->backoff_cnt = st->backoff_cnt;
	conn->cookie = sk->__sk_common.skc_cookie.counter;
	return 0;
}

static __always_inline void fill_tcp(struct cdg_rec_tcp *r, const struct tcp_sock *tp)
{
	const struct sock *sk = &tp->inet_conn.icsk_inet.sk;

	r->bytes_acked = tp->bytes_acked;
	r->bytes_sent = tp->bytes_sent;
	r->bytes_retrans = tp->bytes_retrans;
	r->bytes_received = tp->bytes_received;
	r->pacing_rate_bps = sk->sk_pacing_rate;
	r->segs_out = tp->segs_out;
	r->segs_in = tp->segs_in;
	r->data_segs_out = tp->data_segs_out;
	r->total_retrans = tp->total_retrans;
	r->lost = tp->lost;
	r->delivered_ce = tp->delivered_ce;
	r->mss = tp->mss_cache;
	r->rttvar_us = tp->mdev_us >> 2; /* as in tcp_info; rttvar_us has the least RTO in it */
	r->min_rtt_us = tp->rtt_min.s[0].v;
	r->tcp_state = sk->__sk_common.skc_state;
	r->reserved[0] = r->reserved[1] = r->reserved[2] = 0;
}

static __always_inline void fill_cc_name(__u8 *name, const struct tcp_sock *tp)
{
	const __u64 *text = (const __u64 *)tp->inet_conn.icsk_ca_ops->name;

	((__u64 *)name)[0] = text[0];
	((__u64 *)name)[1] = text[1];
}

#endif
