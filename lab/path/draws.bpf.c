// SPDX-License-Identifier: GPL-2.0
/*
 * A number for each round of Linux's own tcp_cdg, by local port and in order: the one that it draws
 * from get_random_u32() for its coin, or in a round without a coin any. And each entry into CWR,
 * which for native CDG is a back-off: a tracepoint's price, some microseconds, would shift what
 * comes after it. For a machine with one processor.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "draws.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DRAWS_ROOM);
	__type(key, __u32);
	__type(value, struct drawn);
} drawn SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct draw_counts);
} draw_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DRAWS_ROOM);
	__type(key, __u32);
	__type(value, struct cwr);
} cwrs SEC(".maps");

/* Of the module; libbpf looks it up there. */
struct cdg {
	__u32 rtt_seq; /* changes with the end of a round and not otherwise */
} __attribute__((preserve_access_index));

static __u32 port; /* of the flow whose ACK is worked on, 0: none */
static __u32 seq, number;
static bool drawn_now;

static __u32 round_of(const struct sock *sk)
{
	const struct cdg *ca = (const void *)sk + bpf_core_field_offset(
					struct inet_connection_sock, icsk_ca_priv);
	__u32 now = 0;

	bpf_core_read(&now, sizeof(now), &ca->rtt_seq);
	return now;
}

SEC("fentry/tcp_cdg_cong_avoid")
int BPF_PROG(ack_begin, struct sock *sk)
{
	port = sk->__sk_common.skc_num;
	seq = round_of(sk);
	drawn_now = false;
	return 0;
}

SEC("fexit/get_random_u32")
int BPF_PROG(draw, __u32 result)
{
	if (port) {
		number = result;
		drawn_now = true;
	}
	return 0;
}

SEC("fexit/tcp_cdg_cong_avoid")
int BPF_PROG(ack_end, struct sock *sk)
{
	struct drawn entry = { .port = port };
	struct draw_counts *counts;
	__u32 key = 0;

	port = 0;
	counts = bpf_map_lookup_elem(&draw_counts, &key);
	if (!counts || round_of(sk) == seq)
		return 0;
	entry.number = drawn_now ? number : bpf_get_prandom_u32();
	counts->drawn += drawn_now;
	key = counts->rounds++; /* beyond the room only counted */
	bpf_map_update_elem(&drawn, &key, &entry, BPF_ANY);
	return 0;
}

/* Not each call enters CWR: the same look at the state as the function's own. */
SEC("fentry/tcp_enter_cwr")
int BPF_PROG(reduce, struct sock *sk)
{
	const struct inet_connection_sock *icsk = (const void *)sk;
	struct cwr entry = { .ns = bpf_ktime_get_ns(), .port = sk->__sk_common.skc_num };
	struct draw_counts *counts;
	__u32 key = 0;

	if (BPF_CORE_READ_BITFIELD_PROBED(icsk, icsk_ca_state) >= TCP_CA_CWR)
		return 0;
	counts = bpf_map_lookup_elem(&draw_counts, &key);
	if (!counts)
		return 0;
	key = counts->cwrs++;
	bpf_map_update_elem(&cwrs, &key, &entry, BPF_ANY);
	return 0;
}
