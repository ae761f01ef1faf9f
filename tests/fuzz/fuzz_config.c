/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any bytes as cdg.conf. Holds: a refusal is a printable sentence and changes nothing; what is
 * accepted is a valid set of parameters, and its rows, read as a file, are the same again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/config.h"
#include "user/model/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	if (!*text)
		abort();
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			abort();
}

/* Keys of a part that is switched off have no meaning, so they cannot be written back. */
static bool is_meant(const struct config *c, const struct config_row *row)
{
	return *row->value && c->cc && (c->syn || !strcmp(row->key, "syn") || (
		strncmp(row->key, "syn_", 4) && strcmp(row->key, "cgroup") &&
		strcmp(row->key, "all_netns")));
}

static void check_rows(const struct config *c)
{
	struct config again;
	struct config_error error;
	char text[8192];
	size_t used = 0;

	for (size_t i = 0; i < config_keys(); i++) {
		struct config_row row;

		config_row(c, i, &row);
		if (is_meant(c, &row))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s = %s\n",
						 row.key, row.value);
	}
	if (c->cc && (config_parse(text, used, &again, &error) || memcmp(&again, c, sizeof(*c))))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config c, before;
	struct config_error error = {};
	char err[256];

	config_default(&c);
	before = c;
	if (config_parse((const char *)data, size, &c, &error)) {
		check_text(error.text);
		if (memcmp(&c, &before, sizeof(c)))
			abort();
		return 0;
	}
	if (params_check(&c.params, err, sizeof(err)) || (!c.cc && !c.syn))
		abort();
	check_rows(&c);
	return 0;
}
