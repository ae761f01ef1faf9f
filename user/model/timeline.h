/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Time of a replay against time of the clock: speed, pause and seek. All times in ns; a clock time
 * must not run backwards between calls.
 */
#ifndef MODEL_TIMELINE_H
#define MODEL_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#define TIMELINE_SPEED_MIN 0.001
#define TIMELINE_SPEED_MAX 1000000.0

struct timeline {
	uint64_t at_ns;	   /* time of the records ... */
	uint64_t clock_ns; /* ... at this time of the clock */
	double speed;	   /* records' time per clock's time */
	bool paused;
};

void timeline_start(struct timeline *t, uint64_t at_ns, uint64_t clock_ns, double speed);

/* Time of the records at this moment; saturates. */
uint64_t timeline_at(const struct timeline *t, uint64_t clock_ns);

void timeline_set_speed(struct timeline *t, uint64_t clock_ns, double speed);
void timeline_pause(struct timeline *t, uint64_t clock_ns, bool paused);
void timeline_seek(struct timeline *t, uint64_t clock_ns, uint64_t at_ns);

/* "2", "0.5", "10x" within the limits above; false otherwise. */
bool timeline_parse_speed(const char *text, double *out);

#endif
