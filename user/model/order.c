/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/order.h"

#include <errno.h>
#include <string.h>

#include "user/util/own.h"

/* What is compared, taken out of each record once. */
struct key {
	const void *record;
	uint64_t bits; /* order-preserving; of texts and addresses 0 */
	uint32_t index;
	uint8_t absent;
	uint8_t slow; /* bool: ask field_compare() */
};

struct how {
	const struct field *field;
	bool descending;
};

#define SIGN (1ull << 63)

static void fill(struct key *key, const struct field *field)
{
	struct value value;

	key->absent = !field_get(field, key->record, &value);
	switch (value.kind) {
	case VALUE_UINT:
	case VALUE_TIME:
		key->bits = value.uint;
		break;
	case VALUE_BOOL:
		key->bits = value.boolean;
		break;
	case VALUE_INT:
		key->bits = (uint64_t)value.sint ^ SIGN;
		break;
	case VALUE_REAL:
		memcpy(&key->bits, &value.real, sizeof(key->bits));
		key->bits ^= key->bits & SIGN ? UINT64_MAX : SIGN;
		break;
	default:
		key->slow = !key->absent;
	}
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct key *x = a, *y = b;
	const struct how *how = arg;
	int r;

	if (x->absent != y->absent)
		return x->absent - y->absent;
	r = x->slow && y->slow ? field_compare(how->field, x->record, y->record) :
				 (x->bits > y->bits) - (x->bits < y->bits);
	if (r)
		return how->descending ? -r : r;
	return x->index < y->index ? -1 : 1;
}

int order_records(const void **records, size_t count, const struct field *field, bool descending)
{
	_cleanup_(freep) struct key *keys = calloc(count ? count : 1, sizeof(*keys));
	struct how how = { .field = field, .descending = descending };

	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		keys[i].record = records[i];
		keys[i].index = (uint32_t)i;
		fill(&keys[i], field);
	}
	qsort_r(keys, count, sizeof(*keys), compare, &how);
	for (size_t i = 0; i < count; i++)
		records[i] = keys[i].record;
	return 0;
}
