/* SPDX-License-Identifier: GPL-2.0 */
/* Words as arguments of tune: what is accepted is a valid set, what is refused changed nothing. */
#include <stdlib.h>
#include <string.h>

#include "user/model/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cdg_params before, after;
	char *text = malloc(size + 1), *word, *save, *argv[16];
	char err[256] = "", again[256];
	int argc = 0;

	memcpy(text, data, size);
	text[size] = 0;
	for (word = strtok_r(text, " \n", &save); word && argc < 16;
	     word = strtok_r(NULL, " \n", &save))
		argv[argc++] = word;
	params_default(&before);
	after = before;
	if (params_parse(&after, argc, argv, err, sizeof(err))) {
		if (memcmp(&before, &after, sizeof(before)) || !err[0])
			abort();
	} else if (params_check(&after, again, sizeof(again))) {
		abort();
	}
	free(text);
	return 0;
}
