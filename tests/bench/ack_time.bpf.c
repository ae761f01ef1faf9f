// SPDX-License-Identifier: GPL-2.0
/*
 * Time spent in tcp_ack(), per congestion control, of connections to port 7000: all that an ACK
 * costs its sender. For a machine with one processor. An interrupt in between shows as a call much
 * longer than others; LONGEST leaves those out.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define LONGEST 30000
#define PORT 7000

char LICENSE[] SEC("license") = "GPL";

struct spent {
	__u64 calls;
	__u64 ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, char[16]);
	__type(value, struct spent);
} spent SEC(".maps");

static __u64 start;

SEC("fentry/tcp_ack")
int BPF_PROG(ack_begin)
{
	start = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/tcp_ack")
int BPF_PROG(ack_end, struct sock *sk)
{
	__u64 ns = bpf_ktime_get_ns() - start;
	struct spent first = { .calls = 1, .ns = ns }, *before;
	char name[16] = {};

	if (sk->__sk_common.skc_dport != bpf_htons(PORT) || ns > LONGEST)
		return 0;
	BPF_CORE_READ_INTO(&name, (struct inet_connection_sock *)sk, icsk_ca_ops, name);
	before = bpf_map_lookup_elem(&spent, name);
	if (before) {
		before->calls++;
		before->ns += ns;
	} else {
		bpf_map_update_elem(&spent, name, &first, BPF_ANY);
	}
	return 0;
}
