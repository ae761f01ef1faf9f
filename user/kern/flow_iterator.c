// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "include/cdg_abi.h"
#include "user/kern/flow_iterator.h"
#include "user/kern/iterator.h"
#include "user/kern/types.h"
#include "user/util/own.h"

bool flow_iterator_sees_all(void)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_ITER);
	const struct btf *btf = kernel_types();
	_cleanup_(closep) int fd = -1;
	int id;

	id = btf ? btf__find_by_name_kind(btf, "bpf_iter_bpf_sk_storage_map", BTF_KIND_FUNC) : 0;
	if (id <= 0)
		return false;
	opts.attach_btf_id = id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, NULL, "GPL", nothing, ARRAY_SIZE(nothing), &opts);
	return fd >= 0;
}

/* Does the iterator behind a link see only the network namespace that it is run in? */
static bool is_per_netns(int link_fd)
{
	char target[32] = "";
	struct bpf_link_info info = {
		.iter.target_name = (uintptr_t)target,
		.iter.target_name_len = sizeof(target),
	};
	uint32_t len = sizeof(info);

	bpf_obj_get_info_by_fd(link_fd, &info, &len);
	return !strcmp(target, "tcp");
}

/* Does one run, in the own network namespace, find all flows that are asked for? */
static bool one_run_does(int link_fd, uint32_t netns)
{
	return !is_per_netns(link_fd) || (netns && netns == namespace_own());
}

void flow_iterator_warn(int link_fd, uint32_t netns)
{
	static bool warned;

	if (!warned && !one_run_does(link_fd, netns)) {
		namespaces_warn();
		warned = true;
	}
}

uint32_t flow_iterator_reach(int link_fd, uint32_t netns)
{
	return netns || !is_per_netns(link_fd) || namespaces_in_reach() ? netns : namespace_own();
}

int flow_iterator_each(int link_fd, uint32_t netns, namespace_cb cb, void *ctx)
{
	if (one_run_does(link_fd, netns))
		return cb(ctx, NULL);
	flow_iterator_warn(link_fd, netns);
	return namespaces_each(false, cb, ctx);
}

struct counting {
	int link_fd;
	long bytes;
};

static int count_here(void *ctx, const struct namespace_info *info)
{
	struct counting *counting = ctx;
	_cleanup_(closep) int fd = bpf_iter_create(counting->link_fd);
	char buf[16384];
	ssize_t n;

	(void)info;
	if (fd < 0)
		return -errno;
	while ((n = iterator_read(fd, buf, sizeof(buf))) > 0)
		counting->bytes += n;
	return n;
}

long flow_iterator_count(int link_fd)
{
	struct counting counting = { .link_fd = link_fd };
	int r = link_fd < 0 ? link_fd : flow_iterator_each(link_fd, 0, count_here, &counting);

	return r ? r : counting.bytes / (long)sizeof(struct cdg_rec_flow);
}
