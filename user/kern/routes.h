/* SPDX-License-Identifier: GPL-2.0 */
/* Routes that choose a congestion control (`ip route ... congctl NAME`). */
#ifndef KERN_ROUTES_H
#define KERN_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

struct route_info {
	char prefix[64];
	char dev[16];
	char cc[16];
	uint8_t family; /* 4 or 6 */
	bool locked;	/* `congctl lock`: sockets may not choose another one */
};

typedef int (*route_cb)(void *ctx, const struct route_info *route);

/* Every route of this network namespace, in all tables, that names one. 0 or -errno; not logged. */
int routes_each(route_cb cb, void *ctx);

#endif
