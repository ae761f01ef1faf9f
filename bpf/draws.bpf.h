/* SPDX-License-Identifier: GPL-2.0 */
/* The numbers that coins take: random, or given by 'cdgctl load --draws'. */
#ifndef CDG_DRAWS_BPF_H
#define CDG_DRAWS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "include/cdg_abi.h"

/* Set before the programs are loaded: the verifier takes out what hangs on it. */
const volatile __u32 draws_given = 0;

/* Made only if draws_given; then cdgctl sizes and fills it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct cdg_draw_key);
	__type(value, __u32);
} cdg_draws SEC(".maps");

/* Not inlined: the key would lengthen the caller's frame. */
static __noinline __u32 given_number(const struct sock *sk, __u32 round)
{
	struct cdg_draw_key key = {
		.port = bpf_ntohs(((const struct inet_sock *)sk)->inet_sport),
		.round = round,
	};
	__u32 *value = bpf_map_lookup_elem(&cdg_draws, &key);

	if (value)
		return *value;
	key = (struct cdg_draw_key){};
	value = bpf_map_lookup_elem(&cdg_draws, &key);
	if (value)
		__sync_fetch_and_add(value, 1);
	return bpf_get_prandom_u32();
}

/* The number that the coin of a round of the flow, from 0, is going to take. */
static __always_inline __u32 draw(const struct sock *sk, __u32 round)
{
	return draws_given ? given_number(sk, round) : bpf_get_prandom_u32();
}

#endif
