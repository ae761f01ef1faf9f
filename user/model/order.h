/* SPDX-License-Identifier: GPL-2.0 */
/* Records in the order of one field. */
#ifndef MODEL_ORDER_H
#define MODEL_ORDER_H

#include "user/model/fields.h"

/*
 * Sorts pointers to records of one table; equal ones keep their order, absent values come last
 * whichever way round. 0 or -ENOMEM (nothing is changed).
 */
int order_records(const void **records, size_t count, const struct field *field, bool descending);

#endif
