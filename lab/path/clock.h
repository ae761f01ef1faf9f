/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LAB_PATH_CLOCK_H
#define LAB_PATH_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of the monotonic clock: the one of the kernel's time stamps in CDG's records. */
static inline uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

#endif
