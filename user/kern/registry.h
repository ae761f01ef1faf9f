/* SPDX-License-Identifier: GPL-2.0 */
/* Who holds a name of a congestion control, judged from the kernel and the pins. */
#ifndef KERN_REGISTRY_H
#define KERN_REGISTRY_H

#include "user/kern/session.h"

enum registry_owner {
	REGISTRY_FREE = 0,
	REGISTRY_OURS = 1,
	REGISTRY_NATIVE = 2, /* a kernel module */
	REGISTRY_FOREIGN = 3, /* another BPF program, or another pin folder */
};

enum registry_by {
	REGISTRY_BY_NOTHING = 0,
	REGISTRY_BY_LINK = 1,
	REGISTRY_BY_MAP = 2,
};

struct registry_entry {
	enum registry_owner owner;
	enum registry_by by;
	bool registered;    /* available to sockets under this name */
	bool stale;	    /* pinned here, but not what the name means */
	const char *detail; /* who the owner is, a constant; NULL when ours or free */
};

/*
 * Name i of the instance pinned at pins->dir; head NULL: nothing is loaded there. 0, or -errno: it
 * cannot be told. Not logged.
 */
int registry_look(const struct pins *pins, const struct session_head *head, int i,
		   const char *name, struct registry_entry *out);

/* 1: every name of the instance means its programs, 0: one does not, or -errno. Not logged. */
int registry_good(const struct pins *pins, const struct session_head *head);

#endif
