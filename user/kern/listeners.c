// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>

#include "user/kern/iterator.h"
#include "user/kern/listeners.h"
#include "user/kern/namespaces.h"
#include "user/kern/ops.h"
#include "user/kern/pins.h"
#include "user/util/log.h"
#include "user/util/own.h"

/* An iterator's programs run while it is read. */
static int read_to_end(int fd)
{
	char buf[256];
	ssize_t n;

	do
		n = iterator_read(fd, buf, sizeof(buf));
	while (n > 0);
	return n;
}

static int enable_here(void *ctx, const struct namespace_info *info)
{
	const struct bpf_link *link = ctx;
	_cleanup_(closep) int fd = bpf_iter_create(bpf_link__fd(link));
	int r = fd < 0 ? -errno : read_to_end(fd);

	return r ? log_err(r, "cannot walk the listeners of network namespace %s", info->name) : 0;
}

int listeners_enable(const struct bpf_link *enable, bool own_only)
{
	if (!own_only)
		namespaces_warn();
	return namespaces_each(own_only, enable_here, (void *)enable);
}

static int restore_here(void *ctx, const struct namespace_info *info)
{
	_cleanup_(closep) int fd = open(ctx, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : read_to_end(fd);

	if (r)
		log_warn("cannot give the listeners of network namespace %s back their setting",
			 info->name);
	return 0;
}

int listeners_restore(const char *dir)
{
	_cleanup_(closep) int link = pins_get(dir, PIN_SYN_LINK, 0);
	char path[PATH_MAX];

	/*
	 * First, or a new listener could slip in behind the walk. And at once, not when the kernel
	 * comes to it: what is attached then is of others.
	 */
	if (link >= 0)
		bpf_link_detach(link);
	pins_path(path, dir, PIN_SYN_LINK, 0);
	if (unlink(path) && errno != ENOENT)
		return log_err(-errno, "cannot remove %s", path);
	pins_path(path, dir, PIN_SYN_RESTORE, 0);
	if (access(path, F_OK))
		return 0;
	namespaces_warn();
	return namespaces_each(false, restore_here, path);
}

int listeners_restore_remains(const char *dir, const char *live_dir)
{
	_cleanup_(closep) int here = pins_get(dir, PIN_SYN_LISTENERS, 0);
	_cleanup_(closep) int live = pins_get(live_dir, PIN_SYN_LISTENERS, 0);

	if (here < 0 || (live >= 0 && ops_map_id(here) == ops_map_id(live)))
		return 0;
	return listeners_restore(dir);
}
