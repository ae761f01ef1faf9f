/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any bytes as the file of --web-config. Holds: a refusal is a sentence and leaves
 * nothing behind; what is accepted has both files of TLS or neither, and whoever gives no name is
 * let in only if there are no users.
 */
#include <stdlib.h>
#include <string.h>

#include "user/model/web_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_refused(const struct web_config *config, const char *err)
{
	if (!*err || strlen(err) >= 256)
		abort();
	if (config->cert_file || config->key_file || config->user_count)
		abort();
}

static void check_accepted(struct web_config *config)
{
	if (!config->cert_file != !config->key_file || config->user_count > WEB_USERS_MAX)
		abort();
	for (size_t i = 0; i < config->user_count; i++)
		if (!config->users[i].name || strncmp(config->users[i].hash, "$2", 2))
			abort();
	if (web_config_allows(config, NULL, NULL, 0) != !config->user_count)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct web_config config = {};
	char err[256] = "";

	if (web_config_parse((const char *)data, size, &config, err, sizeof(err)))
		check_refused(&config, err);
	else
		check_accepted(&config);
	web_config_release(&config);
	return 0;
}
