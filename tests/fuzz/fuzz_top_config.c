/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any bytes as cdgtop's configuration. Holds: whatever is said is a sentence that ends, what is set
 * is within its range, and settings that are written and read again are the same.
 */
#include <stdlib.h>
#include <string.h>

#include "user/cmd/top.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void begin(struct top *t)
{
	if (flowtab_new(false, &t->tab))
		abort();
	t->interval_ns = TOP_INTERVAL_NS;
	columns_default(flowtab_table(t->tab), &t->columns);
}

static void parse(struct top *t, const void *data, size_t size)
{
	FILE *f = fmemopen((void *)data, size, "r");

	if (!f)
		abort();
	top_config_parse(t, f, "config");
	fclose(f);
}

static void end(struct top *t)
{
	flowtab_freep(&t->tab);
	filter_freep(&t->filter);
}

static void check_range(const struct top *t)
{
	if (t->interval_ns < TOP_INTERVAL_MIN_NS || t->interval_ns > TOP_INTERVAL_MAX_NS)
		abort();
	if (t->view >= VIEW_COUNT || t->view == VIEW_DETAIL || !t->columns.count)
		abort();
	if (!memchr(t->message, 0, sizeof(t->message)))
		abort();
}

/* The interval is written in whole milliseconds. */
static void check_written(const struct top *t)
{
	_cleanup_(buf_release) struct buf text = {}, again = {};
	struct top other = {};

	if (!top_config_put(t, &text))
		return;
	begin(&other);
	parse(&other, text.data, text.len);
	if (*other.message || !top_config_put(&other, &again) || text.len != again.len ||
	    memcmp(text.data, again.data, text.len))
		abort();
	end(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct top t;

	if (!size)
		return 0;
	memset(&t, 0, sizeof(t));
	begin(&t);
	parse(&t, data, size);
	check_range(&t);
	check_written(&t);
	end(&t);
	return 0;
}
