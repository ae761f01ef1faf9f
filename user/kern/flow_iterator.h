/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The iterator that snapshots come from (PIN_FLOWS). It walks the socket storage of all network
 * namespaces; on hardened kernels, which refuse that, the sockets of one, and is run in each.
 */
#ifndef KERN_FLOW_ITERATOR_H
#define KERN_FLOW_ITERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "user/kern/namespaces.h"

/*
 * May this process load the iterator over socket storage? Found out by loading one that does
 * nothing: some hardened kernels refuse it to everybody.
 */
bool flow_iterator_sees_all(void);

/*
 * Warns, once in the life of the process, if flows are out of its reach. netns: inode of the only
 * network namespace that is asked for, or 0.
 */
void flow_iterator_warn(int link_fd, uint32_t netns);

/*
 * Whose flows are within reach, of those that are asked for: the inode of a network namespace, or 0
 * for all. netns: as above.
 */
uint32_t flow_iterator_reach(int link_fd, uint32_t netns);

/*
 * Calls cb where the iterator is to be run: once, with info NULL, or in each network namespace that
 * can be entered; warns as above if some cannot. Other than 0 from cb ends that. Logs; 0, -errno,
 * or what cb returned.
 */
int flow_iterator_each(int link_fd, uint32_t netns, namespace_cb cb, void *ctx);

/*
 * Flows that the instance of a link drives now, or -errno. It counts on after an unload, as long as
 * the link is open. Not logged.
 */
long flow_iterator_count(int link_fd);

#endif
