/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SYNs of accepted connections one by one, by the number of the connection: for a reader that may
 * only read the pins. The kernel maps no memory of descriptors that are only for reading, so this
 * looks each one up.
 */
#ifndef SOURCE_SYN_SLOTS_H
#define SOURCE_SYN_SLOTS_H

#include <stdint.h>

#include "include/cdg_abi.h"

struct syn_slots {
	int slots_fd;
	int index_fd;
	uint32_t instance; /* tells this SYN part from all others since the boot */
	struct cdg_syn_state state;
};

/* dir: of the pins. Not logged; 0, -ENOENT: no SYNs are saved, or another -errno. */
int syn_slots_open(const char *dir, struct syn_slots *out);
void syn_slots_close(struct syn_slots *s);

/*
 * The one of accepted connection number n, counted from 0 as state.accepted does. 0 or -ENOENT:
 * lost, driven out by a newer one, or being written.
 */
int syn_slots_get(const struct syn_slots *s, uint64_t n, struct cdg_rec_syn *out);

#endif
