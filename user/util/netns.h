/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UTIL_NETNS_H
#define UTIL_NETNS_H

/*
 * Moves this process into a network namespace: a name as `ip netns` keeps them below /run/netns, or
 * a path. Logs its error; 0 or -errno.
 */
int netns_enter(const char *name);

#endif
