/* SPDX-License-Identifier: GPL-2.0 */
/* One `sig =` line of [tcp:request], and the pieces of text that the parser cuts lines into. */
#ifndef MODEL_SIGDB_SIG_H
#define MODEL_SIGDB_SIG_H

#include "user/model/sigdb.h"

#include <string.h>

struct span {
	const char *at;
	const char *end;
};

static inline size_t span_len(struct span s)
{
	return (size_t)(s.end - s.at);
}

static inline bool span_is(struct span s, const char *text)
{
	return span_len(s) == strlen(text) && memcmp(s.at, text, span_len(s)) == 0;
}

/* Takes what stands before the next `stop` and the stop itself; everything if there is none. */
static inline struct span span_until(struct span *s, char stop)
{
	const char *found = s->at < s->end ? memchr(s->at, stop, span_len(*s)) : NULL;
	struct span head = { s->at, found ? found : s->end };

	s->at = found ? found + 1 : s->end;
	return head;
}

/* Takes a decimal number; false if there is none or it lies outside min..max. */
bool span_number(struct span *s, unsigned int min, unsigned int max, unsigned int *out);

/* Fills everything but label and line. NULL, or what is wrong: a sentence in static storage. */
const char *sigdb_sig_parse(struct span text, struct sigdb_sig *sig);

#endif
