/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KERN_ITERATOR_H
#define KERN_ITERATOR_H

#include <errno.h>
#include <unistd.h>

/*
 * Reads on from a BPF iterator, whose program runs meanwhile. The kernel gives EAGAIN after a
 * million objects of which nothing was to be told: it goes on then. Bytes, 0 at the end, or -errno.
 */
static inline ssize_t iterator_read(int fd, void *buf, size_t size)
{
	ssize_t n;

	do
		n = read(fd, buf, size);
	while (n < 0 && (errno == EINTR || errno == EAGAIN));
	return n < 0 ? -errno : n;
}

#endif
