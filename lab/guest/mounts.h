/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LAB_GUEST_MOUNTS_H
#define LAB_GUEST_MOUNTS_H

/*
 * Mounts the kernel's file systems. Those that every kernel of the lab must have are an error
 * when missing; *what is then set to the place. 0 or -errno.
 */
int mounts_make(const char **what);

#endif
