/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Listeners that exist already. The kernel's iterator sees one network namespace: these visit each.
 */
#ifndef KERN_LISTENERS_H
#define KERN_LISTENERS_H

#include <stdbool.h>

struct bpf_link;

/* Runs the iterator that asks listeners for their SYNs. own_only: here alone. Logs; 0 or -errno. */
int listeners_enable(const struct bpf_link *enable, bool own_only);

/*
 * Detaches the SYN part of the instance pinned in dir and takes back, in every network namespace,
 * what it has changed at listeners. Without a SYN part there nothing happens. Logs; 0 or -errno.
 */
int listeners_restore(const char *dir);

/* The same, unless the listeners belong to the instance in live_dir, too (a replacement). */
int listeners_restore_remains(const char *dir, const char *live_dir);

#endif
