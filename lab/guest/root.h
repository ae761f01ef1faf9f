/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LAB_GUEST_ROOT_H
#define LAB_GUEST_ROOT_H

/*
 * Mounts the image that all machines share: loads the modules whose paths stand in /lab/modules,
 * one per line, waits for the persistent memory and mounts it by DAX, so that pages are used where
 * they lie in the host's page cache. Its folders take the place of those of the same name here.
 * When it fails *what says at what. 0 or -errno.
 */
int root_mount(const char **what);

#endif
