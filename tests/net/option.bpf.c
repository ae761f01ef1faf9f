// SPDX-License-Identifier: GPL-2.0
/* Another's program: gives each segment of a cgroup's connections and of their SYN-ACKs, where the
 * listener came after it, a TCP option, and counts. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define EPHEMERAL 32768 /* the first local port of a client */

char LICENSE[] SEC("license") = "GPL";

/* Kind, length and magic number of an experiment. */
static const __u8 option[4] = { 254, 4, 0xcd, 0x60 };

__u64 written[3]; /* by clients, by servers, on SYN-ACKs */

static __always_inline void count(const struct bpf_sock_ops *ctx)
{
	__u32 by = !ctx->is_fullsock ? 2 : ctx->local_port < EPHEMERAL;

	__sync_fetch_and_add(&written[by], 1);
}

SEC("sockops")
int option_sockops(struct bpf_sock_ops *ctx)
{
	switch (ctx->op) {
#ifndef FROM_LISTENER
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
#endif
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags |
						       BPF_SOCK_OPS_WRITE_HDR_OPT_CB_FLAG);
		break;
	case BPF_SOCK_OPS_HDR_OPT_LEN_CB:
		bpf_reserve_hdr_opt(ctx, sizeof(option), 0);
		break;
	case BPF_SOCK_OPS_WRITE_HDR_OPT_CB:
		if (!bpf_store_hdr_opt(ctx, option, sizeof(option), 0))
			count(ctx);
		break;
	}
	return 1;
}
