/* SPDX-License-Identifier: GPL-2.0 */
/* All network namespaces of this machine that a process, a mount or /run/netns keeps. */
#ifndef KERN_NAMESPACES_H
#define KERN_NAMESPACES_H

#include <stdbool.h>
#include <stdint.h>

struct namespace_info {
	uint32_t inode;	     /* as in records: `netns` */
	const char *name;    /* "name" of `ip netns`, else a path; valid during the call */
	int is_initial;	     /* bool: the one that others inherit their default from */
};

/* Called inside the namespace. Non-zero ends the walk and is returned. */
typedef int (*namespace_cb)(void *ctx, const struct namespace_info *info);

/*
 * Visits every namespace once and returns to the caller's own. Those that vanish meanwhile are left
 * out. Logs; 0, -errno, or what cb returned. Needs CAP_SYS_ADMIN; without it (or with own_only)
 * visits the caller's own alone.
 */
int namespaces_each(int own_only, namespace_cb cb, void *ctx);

/* Can other network namespaces than the caller's be entered? */
bool namespaces_in_reach(void);

/* Warns, once in the life of the process, if the other namespaces are out of reach. */
void namespaces_warn(void);

/* Inode of the caller's own; 0 if it cannot be told. */
uint32_t namespace_own(void);

/* The kernel's cookie of the caller's own (SO_NETNS_COOKIE), as BPF reads it; 0 likewise. */
uint64_t namespace_own_cookie(void);

#endif
