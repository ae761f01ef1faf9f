/* SPDX-License-Identifier: GPL-2.0 */
/* --web-config: the file and those that it names. */
#ifndef CMD_WEB_H
#define CMD_WEB_H

#include "user/model/web_config.h"

struct web {
	struct web_config config;
	char *certificate; /* PEM; NULL: no TLS */
	char *key;
};

/* Names in the file are relative to its folder. Logs; enum cmd_exit. */
int web_open(const char *path, struct web *out);
void web_release(struct web *web);

#endif
