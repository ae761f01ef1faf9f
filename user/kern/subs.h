/* SPDX-License-Identifier: GPL-2.0 */
/* Subscriptions: eight slots, each with its owner's ring and a filter that the programs apply. */
#ifndef KERN_SUBS_H
#define KERN_SUBS_H

#include "user/kern/session.h"

/*
 * Puts a ring buffer into a free slot; records flow from now on. wakeup_bytes: wake the reader once
 * per so many, a power of two. Slot or -errno; logs (-EBUSY: all eight are taken).
 */
int subs_claim(struct session *s, const struct cdg_sub_filter *filter, int ring_fd,
	       uint32_t wakeup_bytes);

/* Takes it out again. */
void subs_release(struct session *s, int slot);

/* Frees the slots of processes that are gone. */
void subs_sweep(struct session *s);

/* True if the owner of the slot is gone. */
bool subs_stale(const struct cdg_sub *sub);

#endif
