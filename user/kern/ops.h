/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registration of a congestion control from a struct_ops map, by hand: libbpf 1.1 (Debian 12) knows
 * no struct_ops links, and none before 1.4 lets a loader change name and flags.
 *
 * Kernels from 6.4 on: the map holds the operations, a BPF link registers them; closing the last
 * reference to the link unregisters. Before: writing the map registers, deleting its element
 * unregisters, and the registration outlives its maker.
 */
#ifndef KERN_OPS_H
#define KERN_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "include/cdg_abi.h"

#define OPS_MAP_LINK (1u << 13)		/* BPF_F_LINK */
#define OPS_NON_RESTRICTED 1u		/* TCP_CONG_NON_RESTRICTED */

/* One member of tcp_congestion_ops and the program behind it. */
struct ops_member {
	const char *name;
	int prog_fd;
};

/* True if this kernel registers by links. */
bool ops_have_links(void);

/*
 * Fills the map's element: on kernels without links this registers. Logs nothing; -EEXIST: the name
 * is taken (before 6.4).
 */
int ops_fill(int map_fd, const char *cc, uint32_t flags, const struct ops_member *members,
	     int count);

/* Registers a filled map; fd of the link or -errno. -EEXIST: the name is taken. */
int ops_link(int map_fd);

/* Puts another filled map of the same name behind the link. 0 or -errno. */
int ops_link_update(int link_fd, int map_fd);

/* Deletes the element: unregisters on kernels without links, harmless otherwise. */
void ops_unregister(int map_fd);

/* Id of the map behind a link, 0 if the link is dead or not known. */
uint32_t ops_linked_map(int link_fd);

/* Id of a map, 0 if it cannot be told. */
uint32_t ops_map_id(int map_fd);

#define OPS_PROGS_MAX 32

/* What a filled map holds. */
struct ops_value {
	bool in_use; /* registered, without a link */
	char name[CDG_NAME_LEN];
	uint32_t progs[OPS_PROGS_MAX]; /* their ids */
	int prog_count;
};

/* 0, -ENOTSUP: it holds something else than a congestion control, or another -errno. */
int ops_read(int map_fd, struct ops_value *out);

#endif
