/* SPDX-License-Identifier: GPL-2.0 */
/* Sources yield bytes and decode nothing: ring (pushed), iter (pulled), file (replay). */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One record. data: aligned to 8, valid during the call only. Returns 0 to go on; anything else
 * ends the source's run and is returned by it.
 */
typedef int (*source_cb)(void *ctx, const void *data, size_t len);

/* Where records come from; what `hello` says and what turns ts_ns into a date. NUL-terminated. */
struct source_origin {
	int64_t realtime_offset_ns; /* CLOCK_REALTIME less CLOCK_MONOTONIC */
	uint64_t start_ns;	    /* CLOCK_MONOTONIC when it began */
	char host[64];
	char kernel[64];
	char boot_id[40];
	char version[40];
	char build_id[48];
};

/* CLOCK_REALTIME less CLOCK_MONOTONIC in nanoseconds, now: it changes when the clock is set. */
int64_t source_realtime_offset(void);

/* This machine, now. version and build_id are copied. */
void source_origin_here(struct source_origin *out, const char *version, const char *build_id);

#endif
