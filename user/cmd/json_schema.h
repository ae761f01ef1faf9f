/* SPDX-License-Identifier: GPL-2.0 */
/* Field tables as JSON Schema (draft 2020-12). */
#ifndef CMD_JSON_SCHEMA_H
#define CMD_JSON_SCHEMA_H

#include "user/sink/sink.h"

/* The schema of a record that is a line. joined: fields that stand behind its own; NULL: none. */
void json_schema_put(struct sink *sink, const struct fields_table *table,
		     const struct fields_table *joined);

#endif
