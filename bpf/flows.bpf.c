// SPDX-License-Identifier: GPL-2.0
/*
 * The pulled side: one CDG_REC_FLOW per socket that CDG drives, in every network namespace. It
 * walks the socket storage, not the kernel's socket tables, so its cost follows the number of CDG
 * flows alone. Written in pieces, because the record does not fit the stack.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "include/cdg_abi.h"
#include "include/cdg_algo.h"
#include "control.bpf.h"
#include "records.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define OFFSET(type, member) __builtin_offsetof(struct type, member)

/* What the record has of the storage in one piece, as there. */
#define ROUNDS_LEN (OFFSET(cdg_flow, counted_us) - OFFSET(cdg_flow, last))
#define TOTALS_LEN (OFFSET(cdg_flow, counted) - OFFSET(cdg_flow, totals))
_Static_assert(OFFSET(cdg_rec_flow, totals) - OFFSET(cdg_rec_flow, last) == ROUNDS_LEN, "rounds");
_Static_assert(OFFSET(cdg_rec_flow, window) - OFFSET(cdg_rec_flow, totals) == TOTALS_LEN,
	       "totals, decisions");

struct flow_first {
	struct cdg_rec_conn conn;
	__u8 cc[CDG_NAME_LEN];
	__u64 start_ns;
	__u64 round_ts_ns;
	struct cdg_rec_tcp tcp;
};
_Static_assert(sizeof(struct flow_first) == OFFSET(cdg_rec_flow, last), "first piece");

SEC("iter/bpf_sk_storage_map")
int cdg_flows(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct cdg_flow *flow = ctx->value;
	struct sock *sk = ctx->sk;
	struct flow_first first = {};
	struct cdg_state st;
	struct tcp_sock *tp;
	__u32 last[2];

	if (!sk || !flow)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	bpf_probe_read_kernel(&st, sizeof(st), tp->inet_conn.icsk_ca_priv);
	if (!st.flow)
		return 0;
	fill_conn(&first.conn, tp, &st);
	first.conn.head.ts_ns = bpf_ktime_get_ns();
	first.conn.head.type = CDG_REC_FLOW;
	first.conn.head.len = sizeof(struct cdg_rec_flow);
	fill_cc_name(first.cc, tp);
	fill_tcp(&first.tcp, tp);
	first.start_ns = flow->start_ns;
	first.round_ts_ns = st.round_ts_ns;
	last[0] = 1u << (st.window_shift & 15);
	last[1] = active_params()->generation;
	bpf_seq_write(seq, &first, sizeof(first));
	bpf_seq_write(seq, &flow->last, ROUNDS_LEN);
	bpf_seq_write(seq, &flow->totals, TOTALS_LEN);
	bpf_seq_write(seq, last, sizeof(last));
	return 0;
}
