/* SPDX-License-Identifier: GPL-2.0 */
/* Snapshots: one CDG_REC_FLOW for each flow that a loaded instance drives, in every namespace. */
#ifndef SOURCE_ITER_H
#define SOURCE_ITER_H

#include "user/kern/session.h"
#include "user/source/source.h"

/*
 * Yields every flow. netns: inode of the one network namespace that is asked for, 0 for all;
 * others' flows may come as well. Logs; 0, -errno, or what cb returned.
 */
int iter_flows(struct session *s, uint32_t netns, source_cb cb, void *ctx);

#endif
