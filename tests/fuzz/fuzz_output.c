/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any text as the value of --output. Holds: a refusal is a sentence; what is accepted has a place
 * to write to and limits within their ranges.
 */
#include <stdlib.h>
#include <string.h>

#include "user/sink/output.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct output_spec *spec)
{
	if (spec->kind == OUTPUT_STDOUT)
		return;
	if (!spec->path[0] || !spec->text[0] || strlen(spec->path) >= sizeof(spec->path))
		abort();
	if (!spec->keep || spec->keep > OUTPUT_KEEP_MAX)
		abort();
	if (spec->kind == OUTPUT_TCP ? atoi(spec->port) < 1 || atoi(spec->port) > 65535 :
				       spec->port[0] != '\0')
		abort();
	if (spec->kind != OUTPUT_FILE && spec->rotate)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), err[256] = "";
	struct output_spec spec;

	memcpy(text, data, size);
	text[size] = '\0';
	if (!output_parse(text, &spec, err, sizeof(err)))
		check(&spec);
	else if (!*err)
		abort();
	free(text);
	return 0;
}
