/* SPDX-License-Identifier: GPL-2.0 */
/* Control groups of the second version, by path and by number. */
#ifndef KERN_CGROUP_H
#define KERN_CGROUP_H

#include <stddef.h>
#include <stdint.h>

/*
 * path: a folder in a cgroup2 file system, NULL for the root of the first one mounted. Logs; fd to
 * close, or -ENOENT (no such folder, no cgroup2), -EINVAL (no cgroup2 folder) or another -errno.
 */
int cgroup_open(const char *path);

/* Number that the kernel knows it by; 0 if it cannot be told. */
uint64_t cgroup_id(int fd);

/* Absolute path of an open one, as far as it fits. */
void cgroup_path(int fd, char *out, size_t len);

/* Folder of a number below the mount point, "/" for the root. 0 or -errno; not logged. */
int cgroup_name(uint64_t id, char *out, size_t len);

#endif
