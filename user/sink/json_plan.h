/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records as lines of compact JSON, fast: what is the same in every line of a table is made once.
 * For the json*.c files only.
 */
#ifndef SINK_JSON_PLAN_H
#define SINK_JSON_PLAN_H

#include "user/sink/ops.h"

/* Writes the record as a whole line; false: it is not for such a line, and nothing was written. */
bool json_plan_record(struct sink *s, const struct fields_table *table, const void *record,
		      const struct columns *columns);

/* Columns that were given may change from now on. */
void json_plan_forget_columns(struct sink *s);

void json_plan_release(struct sink *s);

#endif
