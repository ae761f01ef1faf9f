// SPDX-License-Identifier: GPL-2.0
/*
 * The pulled side: one CDG_REC_FLOW per socket that CDG drives, in every network namespace. It
 * walks the socket storage, not the kernel's socket tables, so its cost follows the number of CDG
 * flows alone. Where the kernel refuses that, the other program below walks the sockets.
 *
 * The kernel gives at most 32 KB per read() of an iterator, and then looks for its place from the
 * beginning of a list of all flows. So the records of a reader who has the place for them
 * (cdg_snapshot) go there, and what he reads is one byte for each: thousands of them per read().
 * Anybody else reads the records themselves.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "include/cdg_abi.h"
#include "include/cdg_algo.h"
#include "control.bpf.h"
#include "flow.bpf.h"
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

/* Where the reader who holds the lock of the iterator's pin has his records put. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CDG_SNAPSHOT_RECORDS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct cdg_rec_flow);
} cdg_snapshot SEC(".maps");

static __noinline int fill_first(struct flow_first *first, const struct tcp_sock *tp,
				 const struct cdg_state *st, const struct cdg_flow *flow)
{
	fill_conn(&first->conn, tp, st);
	first->conn.head.type = CDG_REC_FLOW;
	first->conn.head.len = sizeof(struct cdg_rec_flow);
	first->conn.head.seq = 0;
	first->conn.head.ts_ns = bpf_ktime_get_ns();
	fill_cc_name(first->cc, tp);
	fill_tcp(&first->tcp, tp);
	first->start_ns = flow->start_ns;
	first->round_ts_ns = st->round_ts_ns;
	return 0;
}

/* Each read() begins at the first place: so far it has one byte for each that is taken. */
static __always_inline int put_record(struct seq_file *seq, const struct tcp_sock *tp,
				      const struct cdg_state *st, const struct cdg_flow *flow)
{
	__u32 at = seq->count;
	struct cdg_rec_flow *rec = bpf_map_lookup_elem(&cdg_snapshot, &at);
	__u8 taken = 1;

	if (!rec)
		return 1; /* again in the next read() */
	fill_first((struct flow_first *)rec, tp, st, flow);
	__builtin_memcpy(&rec->last, &flow->last, ROUNDS_LEN);
	__builtin_memcpy(&rec->totals, &flow->totals, TOTALS_LEN);
	rec->window = 1u << (st->window_shift & 15);
	rec->generation = active_params()->generation;
	bpf_seq_write(seq, &taken, sizeof(taken));
	return 0;
}

/* In pieces, because the record does not fit the stack. */
static __noinline int write_record(struct seq_file *seq, const struct tcp_sock *tp,
				   const struct cdg_state *st, const struct cdg_flow *flow)
{
	__u32 last[2] = { 1u << (st->window_shift & 15), active_params()->generation };
	struct flow_first first;

	fill_first(&first, tp, st, flow);
	bpf_seq_write(seq, &first, sizeof(first));
	bpf_seq_write(seq, &flow->last, ROUNDS_LEN);
	bpf_seq_write(seq, &flow->totals, TOTALS_LEN);
	bpf_seq_write(seq, last, sizeof(last));
	return 0;
}

static __always_inline int show_flow(struct seq_file *seq, const struct tcp_sock *tp,
				     const struct cdg_flow *flow)
{
	const struct cdg_state *st = (const struct cdg_state *)tp->inet_conn.icsk_ca_priv;

	if (!st->flow)
		return 0;
	if (seq->file->f_flags & CDG_SNAPSHOT_FLAG)
		return put_record(seq, tp, st, flow);
	return write_record(seq, tp, st, flow);
}

SEC("?iter/bpf_sk_storage_map")
int cdg_flows(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	const struct cdg_flow *flow = ctx->value;
	struct sock *sk = ctx->sk;
	struct tcp_sock *tp = sk ? bpf_skc_to_tcp_sock(sk) : NULL;

	return tp && flow ? show_flow(ctx->meta->seq, tp, flow) : 0;
}

/*
 * For hardened kernels, which refuse the iterators that can write to what they walk over: all TCP
 * sockets of the network namespace that it is opened in.
 */
SEC("?iter/tcp")
int cdg_flows_netns(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcp_sock *tp = skc ? bpf_skc_to_tcp_sock(skc) : NULL;
	const struct cdg_flow *flow = tp ? bpf_sk_storage_get(&cdg_flow, tp, 0, 0) : NULL;

	return flow ? show_flow(ctx->meta->seq, tp, flow) : 0;
}
