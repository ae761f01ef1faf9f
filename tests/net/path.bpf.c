// SPDX-License-Identifier: GPL-2.0
/*
 * What a path may do to packets, as classifiers for `tc filter ... bpf direct-action`. For kernels
 * without netem and red.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/* Marks one of 64 packets that can be marked: congestion experienced. */
SEC("mark")
int path_mark(struct __sk_buff *skb)
{
	if (!(bpf_get_prandom_u32() & 63))
		bpf_skb_ecn_set_ce(skb);
	return TC_ACT_OK;
}

/* Loses one of 64 packets. */
SEC("lose")
int path_lose(struct __sk_buff *skb)
{
	(void)skb;
	return bpf_get_prandom_u32() & 63 ? TC_ACT_OK : TC_ACT_SHOT;
}

static int lost;

/* Loses the first packet with much data, and only that. */
SEC("lose_first")
int path_lose_first(struct __sk_buff *skb)
{
	return skb->len > 500 && !__sync_fetch_and_add(&lost, 1) ? TC_ACT_SHOT : TC_ACT_OK;
}

/* Loses all. */
SEC("block")
int path_block(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_SHOT;
}
