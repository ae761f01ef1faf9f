/* SPDX-License-Identifier: GPL-2.0 */
/* Processor time that the programs of an instance take, as the kernel counts it. */
#ifndef KERN_COST_H
#define KERN_COST_H

#include <stddef.h>
#include <stdint.h>

#include "user/kern/pins.h"

#define COST_PROGRAMS_MAX 40

struct cost {
	struct cost_program {
		char name[16];
		uint64_t runs;
		uint64_t ns; /* of all runs together */
	} programs[COST_PROGRAMS_MAX];
	int count;
	uint64_t took_ns; /* how long was measured */
};

/*
 * Has the kernel count for so long (which itself costs some 20 ns per run of every BPF program of
 * the machine), and fills in those of the instance that are congestion control or look at SYNs.
 * Needs CAP_SYS_ADMIN. Logs; 0 or -errno.
 */
int cost_measure(const struct pins *pins, uint64_t interval_ns, struct cost *out);

#endif
