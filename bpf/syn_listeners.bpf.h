/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Listeners: asked to save SYNs when they begin to listen, those that were there before by a walk,
 * and all as they were at the end. What is changed is noted first, so that it can be taken back; an
 * application's own TCP_SAVE_SYN is left alone.
 */
#ifndef CDG_SYN_LISTENERS_BPF_H
#define CDG_SYN_LISTENERS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "include/cdg_abi.h"

#define CGROUP_DEPTH 64
#define PROGRAMS_MAX 64

/* Written by cdgctl before the programs are attached; counted here. */
struct cdg_syn_state syn SEC(".data.syn") = { .entries = CDG_SYN_ENTRIES };

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct cdg_syn_listener);
} cdg_syn_sk SEC(".maps");

static __always_inline void count(__u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

/* It saves SYNs of its own accord, unless that was us: a socket may listen for the second time. */
static __always_inline void note_foreign(struct cdg_syn_listener *kept)
{
	if (kept->foreign || (kept->changed & CDG_SYN_SAVE))
		return;
	kept->foreign = 1;
	count(&syn.listeners_foreign);
}

/* Other than 0: refused. */
static __always_inline int ask_for_synacks(struct bpf_sock_ops *ctx, struct cdg_syn_listener *kept)
{
	__u32 flags = ctx->bpf_sock_ops_cb_flags;

	if (flags & BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG) {
		/* Our own, where a socket listens for the second time. */
		if (!(kept->changed & CDG_SYN_SYNACK))
			syn.shared = 1;
		return 0;
	}
	if (bpf_sock_ops_cb_flags_set(ctx, flags | BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG))
		return -1;
	kept->changed |= CDG_SYN_SYNACK;
	return 0;
}

/* A socket starts to listen. */
static __noinline int on_listen(struct bpf_sock_ops *ctx)
{
	struct cdg_syn_listener *kept;
	struct bpf_sock *sk = ctx->sk;
	int save = 0, one = 1, refused = 0;
	__u32 before;

	if (!sk)
		return 0;
	kept = bpf_sk_storage_get(&cdg_syn_sk, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!kept) {
		count(&syn.listeners_refused);
		return 0;
	}
	before = kept->changed;
	if (syn.source & CDG_SYN_SYNACK)
		refused = ask_for_synacks(ctx, kept);
	if (syn.source & CDG_SYN_SAVE) {
		if (bpf_getsockopt(ctx, SOL_TCP, TCP_SAVE_SYN, &save, sizeof(save)))
			refused = 1;
		else if (!save && bpf_setsockopt(ctx, SOL_TCP, TCP_SAVE_SYN, &one, sizeof(one)))
			refused = 1;
		else if (!save)
			kept->changed |= CDG_SYN_SAVE;
		else
			note_foreign(kept);
	}
	if (refused)
		count(&syn.listeners_refused);
	if (kept->changed && !before)
		count(&syn.listeners);
	return 0;
}

/* Like attachment to a cgroup: at it or below. `self` is the first member of struct cgroup. */
static __always_inline bool below_cgroup(const struct tcp_sock *tp, __u64 id)
{
	const struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	const struct cgroup *at = BPF_CORE_READ(sk, sk_cgrp_data.cgroup);

	for (int i = 0; at && i < CGROUP_DEPTH; i++) {
		if (BPF_CORE_READ(at, kn, id) == id)
			return true;
		at = (const struct cgroup *)BPF_CORE_READ(at, self.parent);
	}
	return false;
}

/* A listener out of the iterator over this network namespace, or NULL. */
static __always_inline struct tcp_sock *listener_of(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;

	if (!skc || skc->skc_state != TCP_LISTEN)
		return NULL;
	return bpf_skc_to_tcp_sock(skc);
}

/* Listeners that were there before us. */
SEC("iter/tcp")
int cdg_syn_enable(struct bpf_iter__tcp *ctx)
{
	struct tcp_sock *tp = listener_of(ctx);
	struct cdg_syn_listener *kept;
	int save = 0, one = 1, flags;
	bool refused = false;

	if (!tp || !below_cgroup(tp, syn.cgroup))
		return 0;
	kept = bpf_sk_storage_get(&cdg_syn_sk, tp, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!kept) {
		count(&syn.listeners_refused);
		return 0;
	}
	if (kept->changed) /* listen() was faster than this walk */
		return 0;
	flags = tp->bpf_sock_ops_cb_flags;
	if ((syn.source & CDG_SYN_SYNACK) && (flags & BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG)) {
		syn.shared = 1;
	} else if (syn.source & CDG_SYN_SYNACK) {
		flags |= BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG;
		if (bpf_setsockopt(tp, SOL_TCP, TCP_BPF_SOCK_OPS_CB_FLAGS, &flags, sizeof(flags)))
			refused = true;
		else
			kept->changed |= CDG_SYN_SYNACK;
	}
	if (syn.source & CDG_SYN_SAVE) {
		if (bpf_getsockopt(tp, SOL_TCP, TCP_SAVE_SYN, &save, sizeof(save)))
			refused = true;
		else if (save)
			note_foreign(kept);
		else if (bpf_setsockopt(tp, SOL_TCP, TCP_SAVE_SYN, &one, sizeof(one)))
			refused = true;
		else
			kept->changed |= CDG_SYN_SAVE;
	}
	if (refused)
		count(&syn.listeners_refused);
	if (kept->changed)
		count(&syn.listeners);
	return 0;
}

/* Sockops programs that are attached where this listener is. Ours is not any more. */
static __always_inline const struct bpf_prog_array *attached_to(const struct tcp_sock *tp)
{
	const struct sock *sk = &tp->inet_conn.icsk_inet.sk;
	const void *at = BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
	const struct bpf_prog_array *programs = NULL;

	if (!at)
		return NULL;
	at += bpf_core_field_offset(struct cgroup, bpf.effective);
	at += bpf_core_enum_value(enum cgroup_bpf_attach_type, CGROUP_SOCK_OPS) * sizeof(void *);
	bpf_core_read(&programs, sizeof(programs), at);
	return programs;
}

static __always_inline const struct bpf_prog *program_at(const struct bpf_prog_array *programs,
							 int i)
{
	const struct bpf_prog *program = NULL;

	if (programs)
		bpf_core_read(&program, sizeof(program), &programs->items[i].prog);
	return program;
}

/* Is one of them another instance's of ours? What it found switched on it takes for others'. */
static __noinline bool instance_in(const struct bpf_prog_array *programs)
{
	static const char ours[] = "cdg_sockops";
	char name[sizeof(ours)] = "";

	for (int i = 0; i < PROGRAMS_MAX; i++) {
		const struct bpf_prog *program = program_at(programs, i);

		if (!program)
			return false;
		BPF_CORE_READ_STR_INTO(&name, program, aux, name);
		if (!bpf_strncmp(name, sizeof(name), ours))
			return true;
	}
	return false;
}

/*
 * Takes back what was changed, unless somebody has changed it since. Neither tells who wants it:
 * the flag for SYN-ACKs stays where there is another program, saving where it is an instance's.
 */
SEC("iter/tcp")
int cdg_syn_restore(struct bpf_iter__tcp *ctx)
{
	struct tcp_sock *tp = listener_of(ctx);
	const struct bpf_prog_array *others;
	struct cdg_syn_listener *kept;
	int save = 0, zero = 0, flags;

	if (!tp)
		return 0;
	kept = bpf_sk_storage_get(&cdg_syn_sk, tp, 0, 0);
	if (!kept)
		return 0;
	others = attached_to(tp);
	if ((kept->changed & CDG_SYN_SAVE) && !instance_in(others) &&
	    !bpf_getsockopt(tp, SOL_TCP, TCP_SAVE_SYN, &save, sizeof(save)) && save == 1)
		bpf_setsockopt(tp, SOL_TCP, TCP_SAVE_SYN, &zero, sizeof(zero));
	if ((kept->changed & CDG_SYN_SYNACK) && !program_at(others, 0)) {
		flags = tp->bpf_sock_ops_cb_flags & ~BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG;
		bpf_setsockopt(tp, SOL_TCP, TCP_BPF_SOCK_OPS_CB_FLAGS, &flags, sizeof(flags));
	}
	kept->changed = 0;
	return 0;
}

#endif
