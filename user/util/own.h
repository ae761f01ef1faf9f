/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ownership by cleanup attributes. An owned local starts as
 * `_cleanup_(x_freep) struct x *x = NULL;` and leaves its function only through TAKE_PTR(x) or
 * TAKE_FD(fd).
 */
#ifndef UTIL_OWN_H
#define UTIL_OWN_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))

#define TAKE_PTR(p)               \
	({                        \
		typeof(p) _p = (p); \
		(p) = NULL;       \
		_p;               \
	})

#define TAKE_FD(fd)              \
	({                       \
		int _fd = (fd);  \
		(fd) = -1;       \
		_fd;             \
	})

/* For a type with `void name_free(struct name *)` that accepts NULL: defines name_freep(). */
#define OWN_FREEP(type, name)                         \
	static inline void name##_freep(type **p)     \
	{                                             \
		if (*p)                               \
			name##_free(*p);              \
		*p = NULL;                            \
	}

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
