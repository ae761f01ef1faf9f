/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Congestion controls that are registered and whose pin is gone. Before Linux 6.4 a registration
 * outlives the pin of its map, and nothing but the map unregisters it. Only such are found here;
 * from 6.4 on a registration ends with its link. Finding them takes CAP_SYS_ADMIN.
 */
#ifndef KERN_ORPHANS_H
#define KERN_ORPHANS_H

#include <stdint.h>

/*
 * Unregisters whatever uses maps of the instance that are still pinned at dir. Not for a folder
 * beside another one whose programs use the same maps.
 */
void orphans_unregister(const char *dir);

/* Id of the map that has registered the name, 0 if none is found. */
uint32_t orphans_find(const char *name);

#endif
