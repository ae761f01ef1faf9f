/* SPDX-License-Identifier: GPL-2.0 */
/* Texts as filters: parse; what is accepted is held against one record of each kind. */
#include <stdlib.h>
#include <string.h>

#include "user/model/event.h"
#include "user/model/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static union {
		struct cdg_rec_conn conn;
		struct cdg_rec_flow flow;
	} record = { .conn = { .family = 4, .saddr = { 10, 0, 0, 1 }, .sport = 443, .cwnd = 40 } };
	struct filter_error err;
	struct filter *filter = NULL;
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = 0;
	if (!filter_parse(text, event_tables, EVENT_KERNEL_TABLES, &filter, &err)) {
		for (size_t i = 0; i < EVENT_KERNEL_TABLES; i++)
			filter_match(filter, event_tables[i], &record);
		filter_free(filter);
	} else if (err.at > strlen(text) || !memchr(err.text, 0, sizeof(err.text)) ||
		   !err.text[0]) {
		abort();
	}
	free(text);
	return 0;
}
