/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel and this process can do, as sentences. */
#ifndef KERN_PROBE_H
#define KERN_PROBE_H

#include <stdbool.h>
#include <stddef.h>

enum probe_result {
	PROBED_OK = 0,
	PROBED_DEGRADED = 1, /* works with less */
	PROBED_MISSING = 2,  /* does not work at all */
};

struct probe_row {
	const char *name;
	const char *what; /* what it is, one sentence */
	const char *lost; /* what is lost without it */
	const char *next; /* what to type or do next */
	enum probe_result (*look)(void);
	bool required;	  /* nothing can be loaded without it */
};

extern const struct probe_row probe_rows[];
extern const size_t probe_count;

/* Logs the first required row that is missing and returns -ENOTSUP or -EPERM; else 0. */
int probe_required(void);

/* True while the kernel's own tcp_cdg is loaded or built in. */
bool probe_native_loaded(void);

#endif
