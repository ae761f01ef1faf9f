/* SPDX-License-Identifier: GPL-2.0 */
/* The input as a file, for what takes a path. */
#ifndef FUZZ_MEMFILE_H
#define FUZZ_MEMFILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMFILE_PATH 64

/* fd to be closed; path: MEMFILE_PATH bytes. */
static inline int memfile_new(const uint8_t *data, size_t size, char *path)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, MEMFILE_PATH, "/proc/self/fd/%d", fd);
	return fd;
}

#endif
