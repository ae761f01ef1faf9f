// SPDX-License-Identifier: GPL-2.0
/*
 * Random loss that comes again: whether the nth packet of a flow is dropped depends on a seed, on
 * which flow of its set it is, and on n; on nothing else that happens on the path.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "draws.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct loss);
} loss SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LOSS_FLOWS);
	__type(key, __u32);
	__type(value, __u32);
} packets SEC(".maps");

/* As splitmix64 ends (public domain): each bit of the result depends on every bit of x. */
static __u32 scatter(__u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return (x ^ (x >> 31)) >> 32;
}

SEC("tc")
int drop(struct __sk_buff *skb)
{
	struct loss *l;
	__u32 key = 0, *seen;
	struct iphdr ip;
	__be16 port;

	l = bpf_map_lookup_elem(&loss, &key);
	if (!l || skb->protocol != bpf_htons(ETH_P_IP) ||
	    bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)) || ip.protocol != IPPROTO_TCP ||
	    bpf_skb_load_bytes(skb, ETH_HLEN + ip.ihl * 4, &port, sizeof(port)))
		return TC_ACT_OK;
	key = bpf_ntohs(port) - l->first_port;
	seen = bpf_map_lookup_elem(&packets, &key);
	if (!seen)
		return TC_ACT_OK;
	l->packets++;
	if (scatter((((__u64)l->seed << 10 | key) << 32 | ++*seen) * 0x9e3779b97f4a7c15ull) >=
	    l->threshold)
		return TC_ACT_OK;
	l->dropped++;
	return TC_ACT_SHOT;
}
