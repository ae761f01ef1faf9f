// SPDX-License-Identifier: GPL-2.0
/* What any program attached to a cgroup's sockets costs: subtracted by scripts/bench-syn. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("sockops")
int empty_sockops(struct bpf_sock_ops *ctx)
{
	return 1;
}
