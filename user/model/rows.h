/* SPDX-License-Identifier: GPL-2.0 */
/* How rows of field tables are written. For the files that define tables only. */
#ifndef MODEL_ROWS_H
#define MODEL_ROWS_H

#include "user/model/fields.h"
#include "user/util/own.h"

/*
 * One row. rec: the record's struct; m: its member, which may be nested (last.rtt_min_us); the rest
 * are designated initializers of struct field.
 */
#define ROW(rec, m, name_, type_, unit_, metric_, column_, help_, ...)                          \
	{                                                                                       \
		.name = name_, .name_len = sizeof(name_) - 1,                                   \
		.type = FIELD_##type_, .unit = UNIT_##unit_,                                    \
		.metric = METRIC_##metric_, .column = column_, .help = help_,                   \
		.offset = offsetof(rec, m), .size = sizeof(((rec *)0)->m), ##__VA_ARGS__        \
	}

/* Absent while the member m of 1 or 8 bytes is 0. */
#define ROW_WHEN(rec, m) .when = offsetof(rec, m), .when_size = sizeof(((rec *)0)->m)

#define TABLE(record, fields_) \
	.size = sizeof(record), .fields = fields_, .count = ARRAY_SIZE(fields_)

#endif
