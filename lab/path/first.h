/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LAB_PATH_FIRST_H
#define LAB_PATH_FIRST_H

#include <err.h>
#include <sched.h>
#include <stddef.h>

/*
 * The two ends go before other programs of the machine, as the reader of what our flows decide:
 * native flows have none.
 */
static inline void go_first(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		warn("real-time scheduling");
}

#endif
