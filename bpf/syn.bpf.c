// SPDX-License-Identifier: GPL-2.0
/*
 * SYNs of accepted connections: listeners are asked to save them, each is read once when its
 * connection is established, and kept. SYNs answered with a SYN cookie are saved by
 * nobody: those are taken while the SYN-ACK is made, and joined by their addresses. Nothing is
 * parsed here but addresses: the bytes come from strangers.
 *
 * What is kept goes round in an array: the oldest leaves. An LRU hash would cost three times as
 * much per connection as all the rest (bpf/README.md). Subscribers follow the array by the numbers
 * of the connections, each at its own pace: nothing is done here for any of them.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "include/cdg_abi.h"
#include "events.bpf.h" /* its maps: subscriptions exist without CDG, too */
#include "syn_listeners.bpf.h"
#include "tuple.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CDG_SYN_ENTRIES);
	__type(key, __u32);
	__type(value, struct cdg_rec_syn);
} cdg_syns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CDG_SYN_ENTRIES);
	__type(key, __u32);
	__type(value, struct cdg_syn_slot);
} cdg_syn_index SEC(".maps");

/* Of its own, so that a flood of SYNs drives out only other half-open handshakes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CDG_SYN_HALF_ENTRIES);
	__type(key, struct cdg_syn_key);
	__type(value, struct cdg_rec_syn);
} cdg_syn_half SEC(".maps");

/* Addresses of an IPv6 socket that talks IPv4 are ::ffff:a.b.c.d. */
static __always_inline bool is_mapped(const __u32 *ip6)
{
	return !ip6[0] && !ip6[1] && ip6[2] == bpf_htonl(0xffff);
}

/* Key of an established connection. */
static __always_inline void key_of_socket(struct bpf_sock_ops *ctx, struct cdg_syn_key *key)
{
	__u32 *saddr = (__u32 *)key->saddr, *daddr = (__u32 *)key->daddr;
	__u32 ip6[4] = { ctx->remote_ip6[0], ctx->remote_ip6[1], ctx->remote_ip6[2], 0 };

	__builtin_memset(key, 0, sizeof(*key));
	if (ctx->family == AF_INET6 && !is_mapped(ip6)) {
		saddr[0] = ctx->local_ip6[0];
		saddr[1] = ctx->local_ip6[1];
		saddr[2] = ctx->local_ip6[2];
		saddr[3] = ctx->local_ip6[3];
		daddr[0] = ip6[0];
		daddr[1] = ip6[1];
		daddr[2] = ip6[2];
		daddr[3] = ctx->remote_ip6[3];
	} else {
		saddr[0] = ctx->local_ip4;
		daddr[0] = ctx->remote_ip4;
	}
	key->sport = ctx->local_port;
	key->dport = bpf_ntohl(ctx->remote_port);
	key->netns_cookie = bpf_get_netns_cookie(ctx);
}

/* Key of a handshake by its SYN: the request of an IPv6 listener does not tell IPv4 addresses. */
static __always_inline bool key_of_syn(struct bpf_sock_ops *ctx, const struct cdg_rec_syn *rec,
				       struct cdg_syn_key *key)
{
	__builtin_memset(key, 0, sizeof(*key));
	switch (rec->header[0] >> 4) {
	case 4:
		__builtin_memcpy(key->saddr, rec->header + 16, 4);
		__builtin_memcpy(key->daddr, rec->header + 12, 4);
		break;
	case 6:
		__builtin_memcpy(key->saddr, rec->header + 24, 16);
		__builtin_memcpy(key->daddr, rec->header + 8, 16);
		break;
	default:
		return false;
	}
	key->sport = ctx->local_port;
	key->dport = bpf_ntohl(ctx->remote_port);
	key->netns_cookie = bpf_get_netns_cookie(ctx);
	return true;
}

/* Fills header, len and status; false if the kernel has no SYN. */
static __always_inline bool read_syn(struct bpf_sock_ops *ctx, struct cdg_rec_syn *rec)
{
	long r = bpf_getsockopt(ctx, SOL_TCP, TCP_BPF_SYN_IP, rec->header, sizeof(rec->header));

	if (r > 0) {
		rec->len = r;
		rec->status = CDG_SYN_OK;
		return true;
	}
	if (r == -28) { /* ENOSPC: the first bytes are there */
		rec->len = sizeof(rec->header);
		rec->status = CDG_SYN_TRUNCATED;
		return true;
	}
	return false;
}

/*
 * Without a saved SYN: did the connection come out of a SYN cookie? Its listener saves SYNs, which
 * accepted sockets inherit, and its first RTT is not that of the SYN-ACK, measured in microseconds,
 * because nobody remembers when that left: it comes from timestamps, in milliseconds, or is 0.
 */
static __always_inline bool from_cookie(struct bpf_sock_ops *ctx, const struct tcp_sock *tp)
{
	int save = 0;

	if ((ctx->skb_tcp_flags & TCPHDR_SYN) || tp->total_retrans || tp->srtt_us % (1000 << 3))
		return false;
	if (!(syn.source & CDG_SYN_SAVE))
		return true;
	return !bpf_getsockopt(ctx, SOL_TCP, TCP_SAVE_SYN, &save, sizeof(save)) && save;
}

/* A SYN that was kept when its SYN-ACK was made. */
static __always_inline bool take_half_open(struct bpf_sock_ops *ctx, struct cdg_rec_syn *rec)
{
	const struct cdg_rec_syn *half;
	struct cdg_syn_key key;

	key_of_socket(ctx, &key);
	half = bpf_map_lookup_elem(&cdg_syn_half, &key);
	if (!half)
		return false;
	__builtin_memcpy(rec->header, half->header, sizeof(rec->header));
	rec->len = half->len;
	rec->status = half->status;
	rec->flags |= half->flags;
	rec->source = CDG_SYN_SYNACK;
	bpf_map_delete_elem(&cdg_syn_half, &key);
	return true;
}

static __always_inline void forget_half_open(struct bpf_sock_ops *ctx)
{
	struct cdg_syn_key key;

	key_of_socket(ctx, &key);
	bpf_map_delete_elem(&cdg_syn_half, &key);
}

/*
 * A Fast Open connection without saved SYN, whose SYN-ACK is yet to be made: remember its slot, and
 * that the connection has our flag. False: without memory for that it must go at once.
 */
static __always_inline bool expect_synack(struct bpf_sock_ops *ctx, struct bpf_sock *sk,
					  struct cdg_rec_syn *rec, __u32 slot)
{
	struct cdg_syn_listener *kept;
	struct cdg_syn_key key;

	kept = bpf_sk_storage_get(&cdg_syn_sk, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!kept)
		return false;
	kept->changed = CDG_SYN_SYNACK;
	key_of_socket(ctx, &key);
	rec->conn.head.seq = slot;
	bpf_map_update_elem(&cdg_syn_half, &key, rec, BPF_ANY);
	rec->conn.head.seq = 0;
	return true;
}

/* The flag is inherited by the connection, where it would cost a call per segment. */
static __always_inline void drop_flag(struct bpf_sock_ops *ctx)
{
	__u32 flags = ctx->bpf_sock_ops_cb_flags;

	if ((flags & BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG) && !syn.shared)
		bpf_sock_ops_cb_flags_set(ctx, flags & ~BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
}

/* Who: all that is known of the connection but its SYN. The record's header is left as it is. */
static __always_inline void fill_who(struct cdg_rec_syn *rec, const struct tcp_sock *tp,
				     __u64 cookie, bool on_syn)
{
	const struct sock *sk = &tp->inet_conn.icsk_inet.sk;

	__builtin_memset(rec, 0, __builtin_offsetof(struct cdg_rec_syn, header));
	rec->conn.head.type = CDG_REC_SYN;
	rec->conn.head.len = sizeof(*rec);
	/* The stack has just read the clock; not for a connection born on its SYN. */
	rec->conn.head.ts_ns = on_syn ? bpf_ktime_get_ns() : tp->tcp_mstamp * 1000;
	rec->conn.netns = sk->__sk_common.skc_net.net->ns.inum;
	rec->conn.cookie = cookie;
	rec->cgroup = sk->sk_cgrp_data.cgroup->kn->id;
	fill_tuple(&rec->conn, &tp->inet_conn.icsk_inet);
}

/* What: the SYN, or why there is none. */
static __always_inline void fill_syn(struct bpf_sock_ops *ctx, const struct tcp_sock *tp,
				     struct cdg_rec_syn *rec)
{
	if (ctx->skb_tcp_flags & TCPHDR_SYN)
		rec->flags = CDG_SYN_UNVERIFIED;
	if (read_syn(ctx, rec)) {
		rec->source = CDG_SYN_SAVE;
		if (syn.source == CDG_SYN_SYNACK) /* an application saves it, too */
			forget_half_open(ctx);
		return;
	}
	__builtin_memset(rec->header, 0, sizeof(rec->header));
	if ((syn.source & CDG_SYN_SYNACK) && take_half_open(ctx, rec))
		return;
	rec->status = CDG_SYN_NOT_SAVED;
	if (from_cookie(ctx, tp)) {
		rec->status = CDG_SYN_COOKIE;
		rec->flags |= CDG_SYN_BY_COOKIE;
	}
}

/*
 * A slot is nobody's while it is being written. Exchanges are full barriers in BPF, also where the
 * processor would reorder stores: readers find the record whole between two looks at the cookie.
 */
static __always_inline bool claim(struct cdg_syn_slot *owner, __u64 number)
{
	/* Nobody's though it has been written: whoever was here a round before is at it still. */
	return __sync_lock_test_and_set(&owner->cookie, 0) || number < syn.entries;
}

static __always_inline void give(struct cdg_syn_slot *owner, __u64 number, __u64 cookie)
{
	*(volatile __u64 *)&owner->number = number;
	__sync_lock_test_and_set(&owner->cookie, cookie);
}

static __always_inline int on_accepted(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct cdg_syn_slot *owner;
	__u64 number, cookie;
	struct cdg_rec_syn *rec;
	struct tcp_sock *tp;
	__u32 slot;

	if (!sk)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	number = __sync_fetch_and_add(&syn.accepted, 1);
	slot = syn.entries ? number % syn.entries : 0;
	rec = bpf_map_lookup_elem(&cdg_syns, &slot);
	owner = bpf_map_lookup_elem(&cdg_syn_index, &slot);
	if (!rec || !owner || !claim(owner, number)) {
		count(&syn.outcomes[CDG_SYN_LOST]);
		if (syn.source & CDG_SYN_SYNACK)
			drop_flag(ctx);
		return 0;
	}
	cookie = bpf_get_socket_cookie(ctx);
	fill_who(rec, tp, cookie, ctx->skb_tcp_flags & TCPHDR_SYN);
	fill_syn(ctx, tp, rec);
	give(owner, number, cookie);
	count(&syn.outcomes[rec->status & 7]);
	if (rec->status == CDG_SYN_NOT_SAVED && (rec->flags & CDG_SYN_UNVERIFIED) &&
	    syn.source == CDG_SYN_SYNACK && expect_synack(ctx, sk, rec, slot))
		return 0;
	if (syn.source & CDG_SYN_SYNACK)
		drop_flag(ctx);
	return 0;
}

/* The SYN of a Fast Open connection that is established already: its slot gets it. */
static __always_inline bool complete(const struct cdg_syn_key *key,
				     const struct cdg_rec_syn *seen)
{
	const struct cdg_rec_syn *half = bpf_map_lookup_elem(&cdg_syn_half, key);
	struct cdg_syn_slot *owner;
	struct cdg_rec_syn *rec;
	__u64 cookie;
	__u32 slot;

	if (!half || !half->conn.cookie)
		return false;
	slot = half->conn.head.seq;
	cookie = half->conn.cookie;
	bpf_map_delete_elem(&cdg_syn_half, key);
	rec = bpf_map_lookup_elem(&cdg_syns, &slot);
	owner = bpf_map_lookup_elem(&cdg_syn_index, &slot);
	if (!rec || !owner || !__sync_bool_compare_and_swap(&owner->cookie, cookie, 0))
		return true;
	__builtin_memcpy(rec->header, seen->header, sizeof(rec->header));
	rec->len = seen->len;
	rec->status = seen->status;
	rec->source = CDG_SYN_SYNACK;
	give(owner, owner->number, cookie);
	__sync_fetch_and_sub(&syn.outcomes[CDG_SYN_NOT_SAVED], 1);
	count(&syn.outcomes[rec->status & 7]);
	return true;
}

/* Keeps the SYN of a handshake until that is complete. */
static __noinline int keep_half_open(struct bpf_sock_ops *ctx)
{
	struct cdg_rec_syn rec = {};
	struct cdg_syn_key key;

	/* A retransmitted SYN-ACK comes without it. */
	if (!read_syn(ctx, &rec) || !key_of_syn(ctx, &rec, &key))
		return 0;
	count(&syn.half_open);
	rec.source = CDG_SYN_SYNACK;
	if (complete(&key, &rec))
		return 0;
	rec.flags = ctx->args[0] == BPF_WRITE_HDR_TCP_SYNACK_COOKIE ? CDG_SYN_BY_COOKIE : 0;
	rec.conn.head.type = CDG_REC_SYN;
	rec.conn.head.len = sizeof(rec);
	rec.conn.head.ts_ns = bpf_ktime_get_ns();
	rec.conn.family = rec.header[0] >> 4;
	__builtin_memcpy(rec.conn.saddr, key.saddr, sizeof(key.saddr));
	__builtin_memcpy(rec.conn.daddr, key.daddr, sizeof(key.daddr));
	rec.conn.sport = key.sport;
	rec.conn.dport = key.dport;
	bpf_map_update_elem(&cdg_syn_half, &key, &rec, BPF_ANY);
	return 0;
}

/* A segment of a connection that has the flag: another program's, or what expect_synack() left. */
static __noinline int on_segment(struct bpf_sock_ops *ctx)
{
	struct cdg_syn_listener *kept;
	struct bpf_sock *sk = ctx->sk;

	if (syn.source != CDG_SYN_SYNACK || !sk)
		return 0;
	kept = bpf_sk_storage_get(&cdg_syn_sk, sk, 0, 0);
	if (!kept || !kept->changed)
		return 0;
	kept->changed = 0;
	drop_flag(ctx);
	return 0;
}

/* A SYN-ACK is being made; or any segment. */
static __always_inline void on_synack(struct bpf_sock_ops *ctx)
{
	if (ctx->is_fullsock)
		on_segment(ctx);
	else if (ctx->args[0] == BPF_WRITE_HDR_TCP_SYNACK_COOKIE || syn.source == CDG_SYN_SYNACK)
		keep_half_open(ctx);
}

/* Replies are left alone: 0 is what the kernel takes for "nothing said". */
SEC("sockops")
int cdg_sockops(struct bpf_sock_ops *ctx)
{
	switch (ctx->op) {
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		on_accepted(ctx);
		break;
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		on_synack(ctx);
		break;
	case BPF_SOCK_OPS_WRITE_HDR_OPT_CB: /* space was reserved, and not by us */
		if (!syn.shared)
			syn.shared = 1;
		break;
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		on_listen(ctx);
		break;
	}
	return 1;
}
