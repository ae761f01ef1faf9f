// SPDX-License-Identifier: GPL-2.0
/* What any program on the sockets of a cgroup costs: for the part syn of scripts/bench. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("sockops")
int empty_sockops(struct bpf_sock_ops *ctx)
{
	return 1;
}
