/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel and this process can do, as sentences. */
#ifndef KERN_PROBE_H
#define KERN_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum probe_result {
	PROBED_OK = 0,
	PROBED_DEGRADED = 1, /* works with less */
	PROBED_MISSING = 2,  /* does not work at all */
};

#define PROBE_CC 1
#define PROBE_SYN 2

struct probe_row {
	const char *name;
	const char *what; /* what it is, one sentence */
	const char *lost; /* what is lost without it */
	const char *next; /* what to type or do next */
	enum probe_result (*look)(void);
	uint8_t needed_by; /* PROBE_CC, PROBE_SYN: what cannot be loaded without it */
};

extern const struct probe_row probe_rows[];
extern const size_t probe_count;

/*
 * Logs the first row that is missing and needed, and returns -ENOTSUP or -EPERM; else 0. cc: the
 * congestion control is to be loaded, not the SYN part alone.
 */
int probe_required(bool cc);

#endif
