/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Filters, in the manner of ss(8):
 *
 *   dport = :443 and dst 10.0.0.0/8 and (rtt > 50ms or backoffs >= 3) and not sport = :22
 *
 *   filter := term { [and | or] term }     `and` binds tighter and may be left out
 *   term   := not term | ( filter ) | src ADDRESS | dst ADDRESS | FIELD | FIELD OPERATOR VALUE
 *   && || ! are and, or, not
 *   ADDRESS  10.0.0.1  10.0.0.0/8  [2001:db8::]/32  10.0.0.1:443  :443
 *   OPERATOR = == eq  != ne  < lt  > gt  <= le  >= ge
 *   VALUE    a number with a unit that fits the field (us ms s m h, k m g, %), a name of an enum, a
 *            text, or an address
 *
 * A field by itself is true when it is true or not 0. A field that a record does not have, or whose
 * value is absent, makes its comparison false.
 */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include "user/model/fields.h"
#include "user/util/own.h"

struct filter;

struct filter_error {
	size_t at; /* byte in the text where it went wrong */
	char text[256]; /* what was expected, a sentence without full stop */
};

/*
 * tables: the records it will be held against; a name must be known to one of them. They must
 * outlive the filter. 0, -EINVAL with *err filled, or -ENOMEM.
 */
int filter_parse(const char *text, const struct fields_table *const *tables, size_t count,
		 struct filter **out, struct filter_error *err);
void filter_free(struct filter *filter);
OWN_FREEP(struct filter, filter)

/* NULL filter: always true. table must be one of those given to filter_parse(). */
bool filter_match(const struct filter *filter, const struct fields_table *table,
		  const void *record);

#endif
