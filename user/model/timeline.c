/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/timeline.h"

#include <stdlib.h>
#include <string.h>

void timeline_start(struct timeline *t, uint64_t at_ns, uint64_t clock_ns, double speed)
{
	*t = (struct timeline){ .at_ns = at_ns, .clock_ns = clock_ns, .speed = speed };
}

uint64_t timeline_at(const struct timeline *t, uint64_t clock_ns)
{
	double passed;

	if (t->paused || clock_ns <= t->clock_ns)
		return t->at_ns;
	passed = (double)(clock_ns - t->clock_ns) * t->speed;
	if (passed >= (double)(UINT64_MAX - t->at_ns))
		return UINT64_MAX;
	return t->at_ns + (uint64_t)passed;
}

void timeline_seek(struct timeline *t, uint64_t clock_ns, uint64_t at_ns)
{
	t->at_ns = at_ns;
	t->clock_ns = clock_ns;
}

void timeline_set_speed(struct timeline *t, uint64_t clock_ns, double speed)
{
	timeline_seek(t, clock_ns, timeline_at(t, clock_ns));
	t->speed = speed < TIMELINE_SPEED_MIN   ? TIMELINE_SPEED_MIN :
		   speed > TIMELINE_SPEED_MAX ? TIMELINE_SPEED_MAX :
						  speed;
}

void timeline_pause(struct timeline *t, uint64_t clock_ns, bool paused)
{
	timeline_seek(t, clock_ns, timeline_at(t, clock_ns));
	t->paused = paused;
}

bool timeline_parse_speed(const char *text, double *out)
{
	size_t len = strspn(text, "0123456789.");
	double value;
	char *end;

	/* strtod() takes "inf", "nan", signs and hexadecimal too. */
	if (!len || (text[len] && strcmp(text + len, "x")))
		return false;
	value = strtod(text[0] == '0' && text[1] == 'x' ? "0" : text, &end);
	if (end != text + len)
		return false;
	if (!(value >= TIMELINE_SPEED_MIN && value <= TIMELINE_SPEED_MAX))
		return false;
	*out = value;
	return true;
}
