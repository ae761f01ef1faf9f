// SPDX-License-Identifier: GPL-2.0
/*
 * A congestion control that does next to nothing in the calls that CDG spends its time in: what
 * calling and counting a program costs is subtracted by scripts/bench. Its window grows to 200.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops/empty_pkts_acked")
void BPF_PROG(empty_pkts_acked, struct sock *sk, const struct ack_sample *sample)
{
}

SEC("struct_ops/empty_cong_avoid")
void BPF_PROG(empty_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	if (tp->snd_cwnd < 200)
		tp->snd_cwnd = tp->snd_cwnd + acked;
}

SEC("struct_ops/empty_cwnd_event")
void BPF_PROG(empty_cwnd_event, struct sock *sk, enum tcp_ca_event event)
{
}

SEC("struct_ops/empty_ssthresh")
__u32 BPF_PROG(empty_ssthresh, struct sock *sk)
{
	return ((struct tcp_sock *)sk)->snd_cwnd / 2;
}

SEC("struct_ops/empty_undo_cwnd")
__u32 BPF_PROG(empty_undo_cwnd, struct sock *sk)
{
	return ((struct tcp_sock *)sk)->snd_cwnd;
}

SEC(".struct_ops")
struct tcp_congestion_ops empty_cc = {
	.ssthresh = (void *)empty_ssthresh,
	.cong_avoid = (void *)empty_cong_avoid,
	.pkts_acked = (void *)empty_pkts_acked,
	.cwnd_event = (void *)empty_cwnd_event,
	.undo_cwnd = (void *)empty_undo_cwnd,
	.name = "cdg_empty",
};
