// SPDX-License-Identifier: GPL-2.0
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *type;
	const char *target;
	const char *options;
	bool optional;
} mounts[] = {
	{ .type = "devtmpfs", .target = "/dev", .options = "mode=0755" },
	{ .type = "devpts", .target = "/dev/pts", .options = "ptmxmode=0666" },
	{ .type = "tmpfs", .target = "/dev/shm", .options = "mode=1777" },
	{ .type = "proc", .target = "/proc" },
	{ .type = "sysfs", .target = "/sys" },
	{ .type = "tmpfs", .target = "/run", .options = "mode=0755" },
	{ .type = "tmpfs", .target = "/tmp", .options = "mode=1777" },
	{ .type = "cgroup2", .target = "/sys/fs/cgroup" },
	{ .type = "bpf", .target = "/sys/fs/bpf", .options = "mode=0700" },
	{ .type = "debugfs", .target = "/sys/kernel/debug", .optional = true },
	{ .type = "tracefs", .target = "/sys/kernel/tracing", .optional = true },
};

/* What udev makes elsewhere; bash's <(...) needs /dev/fd. */
static const char *const links[][2] = {
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

/* Memory of control groups can be limited and read, where the kernel has that. */
static void mounts_account_memory(void)
{
	int fd = open("/sys/fs/cgroup/cgroup.subtree_control", O_WRONLY | O_CLOEXEC);
	ssize_t written = fd < 0 ? fd : write(fd, "+memory", 7);

	(void)written; /* tests that need it look themselves */
	if (fd >= 0)
		close(fd);
}

int mounts_make(const char **what)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		/* Fails where the folder is there or belongs to sysfs; mount() tells. */
		mkdir(mounts[i].target, 0755);
		if (!mount(mounts[i].type, mounts[i].target, mounts[i].type, 0,
			   mounts[i].options) ||
		    mounts[i].optional)
			continue;
		/* The kernel may have mounted devtmpfs by itself. */
		if (errno == EBUSY)
			continue;
		*what = mounts[i].target;
		return -errno;
	}
	if (mkdir("/run/lock", 01777) && errno != EEXIST) {
		*what = "/run/lock";
		return -errno;
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST) {
			*what = links[i][1];
			return -errno;
		}
	mounts_account_memory();
	return 0;
}
