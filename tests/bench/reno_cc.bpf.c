// SPDX-License-Identifier: GPL-2.0
/*
 * Plain Reno as struct_ops programs: slow start, one segment per window, half at a loss. What any
 * congestion control in BPF pays for its work, beside which scripts/bench holds CDG.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops/plain_pkts_acked")
void BPF_PROG(plain_pkts_acked, struct sock *sk, const struct ack_sample *sample)
{
}

SEC("struct_ops/plain_cong_avoid")
void BPF_PROG(plain_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__u32 cwnd = tp->snd_cwnd, credit;

	if (!cwnd)
		return;
	if (cwnd < tp->snd_ssthresh) {
		cwnd += acked;
	} else {
		credit = tp->snd_cwnd_cnt + acked;
		tp->snd_cwnd_cnt = credit % cwnd;
		cwnd += credit / cwnd;
	}
	tp->snd_cwnd = cwnd < tp->snd_cwnd_clamp ? cwnd : tp->snd_cwnd_clamp;
}

SEC("struct_ops/plain_cwnd_event")
void BPF_PROG(plain_cwnd_event, struct sock *sk, enum tcp_ca_event event)
{
}

SEC("struct_ops/plain_ssthresh")
__u32 BPF_PROG(plain_ssthresh, struct sock *sk)
{
	__u32 half = ((struct tcp_sock *)sk)->snd_cwnd / 2;

	return half < 2 ? 2 : half;
}

SEC("struct_ops/plain_undo_cwnd")
__u32 BPF_PROG(plain_undo_cwnd, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	return tp->snd_cwnd > tp->prior_cwnd ? tp->snd_cwnd : tp->prior_cwnd;
}

SEC(".struct_ops")
struct tcp_congestion_ops plain_cc = {
	.ssthresh = (void *)plain_ssthresh,
	.cong_avoid = (void *)plain_cong_avoid,
	.pkts_acked = (void *)plain_pkts_acked,
	.cwnd_event = (void *)plain_cwnd_event,
	.undo_cwnd = (void *)plain_undo_cwnd,
	.name = "cdg_plain",
};
