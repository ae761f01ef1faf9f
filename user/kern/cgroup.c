// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "user/kern/cgroup.h"
#include "user/kern/pins.h"
#include "user/util/log.h"
#include "user/util/own.h"

#define FILEID_KERNFS 0xfe /* type of kernfs's file handles: the number alone */

struct handle {
	struct file_handle head;
	uint64_t id;
};

int cgroup_open(const char *path)
{
	_cleanup_(closep) int fd = -1;
	char root[PATH_MAX];
	struct statfs fs;

	if (!path && pins_cgroup_root(root))
		return log_err(-ENOENT, "no cgroup v2 file system is mounted. Run 'mount -t "
			       "cgroup2 cgroup2 DIR' and try again");
	fd = open(path ? path : root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return log_err(-errno, "cannot open the cgroup %s", path ? path : root);
	if (fstatfs(fd, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
		return log_err(-EINVAL, "%s is not in a cgroup v2 file system. 'findmnt -t "
			       "cgroup2' lists these", path ? path : root);
	return TAKE_FD(fd);
}

uint64_t cgroup_id(int fd)
{
	struct handle h = { .head.handle_bytes = sizeof(h.id) };
	int mount;

	return name_to_handle_at(fd, "", &h.head, &mount, AT_EMPTY_PATH) ? 0 : h.id;
}

void cgroup_path(int fd, char *out, size_t len)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, out, len - 1);
	out[n < 0 ? 0 : n] = '\0';
}

int cgroup_name(uint64_t id, char *out, size_t len)
{
	struct handle h = { .head = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS },
			    .id = id };
	_cleanup_(closep) int root = -1, fd = -1;
	char mount[PATH_MAX], path[PATH_MAX];
	size_t skip;

	if (pins_cgroup_root(mount))
		return -ENOENT;
	root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = root < 0 ? -1 : open_by_handle_at(root, &h.head, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	cgroup_path(fd, path, sizeof(path));
	skip = strncmp(path, mount, strlen(mount)) ? 0 : strlen(mount);
	snprintf(out, len, "%s", path[skip] ? path + skip : "/");
	return 0;
}
