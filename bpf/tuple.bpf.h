/* SPDX-License-Identifier: GPL-2.0 */
/* Socket -> the ends of its connection: all 36 bytes and the family. */
#ifndef CDG_TUPLE_BPF_H
#define CDG_TUPLE_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "include/cdg_abi.h"

static __always_inline void fill_tuple(struct cdg_rec_conn *conn, const struct inet_sock *inet)
{
	const struct sock_common *skc = &inet->sk.__sk_common;

	conn->sport = bpf_ntohs(inet->inet_sport);
	conn->dport = bpf_ntohs(skc->skc_dport);
	if (skc->skc_family == AF_INET6) {
		conn->family = 6;
		for (int i = 0; i < 4; i++) {
			((__be32 *)conn->saddr)[i] = skc->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
			((__be32 *)conn->daddr)[i] = skc->skc_v6_daddr.in6_u.u6_addr32[i];
		}
	} else {
		conn->family = 4;
		*(__be32 *)conn->saddr = skc->skc_rcv_saddr;
		*(__be32 *)conn->daddr = skc->skc_daddr;
		for (int i = 1; i < 4; i++)
			((__be32 *)conn->saddr)[i] = ((__be32 *)conn->daddr)[i] = 0;
	}
}

#endif
