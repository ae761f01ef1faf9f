/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file that exporters of Prometheus take as web.config.file: TLS and passwords. Known are
 * tls_server_config with cert_file and key_file, and basic_auth_users; anything else is refused,
 * because a setting that is not obeyed would leave a door open.
 */
#ifndef MODEL_WEB_CONFIG_H
#define MODEL_WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_USERS_MAX 64
#define WEB_KEPT 8	    /* passwords that were right lately */
#define WEB_FAILURES_MAX 10 /* wrong passwords that are looked at per second */

struct web_user {
	char *name;
	char *hash; /* bcrypt */
};

struct web_config {
	char *cert_file; /* these two: both or neither */
	char *key_file;
	struct web_user users[WEB_USERS_MAX];
	size_t user_count; /* 0: everybody is let in */
	/* Right ones: checking a hash takes a tenth of a second by design. */
	struct {
		char *name;
		char *password;
	} kept[WEB_KEPT];
	size_t next_kept;
	uint64_t failures_second;
	unsigned int failures;
};

/* text: YAML. 0, -ENOMEM, or -EINVAL with a sentence in err; then *out is empty. */
int web_config_parse(const char *text, size_t len, struct web_config *out, char *err,
		     size_t err_len);
void web_config_release(struct web_config *config);

/*
 * True if user (NULL: none) and password are right, or none are needed. now_s: a clock in seconds;
 * beyond WEB_FAILURES_MAX wrong ones in one second none is looked at, so that nobody can keep the
 * processor busy with hashes.
 */
bool web_config_allows(struct web_config *config, const char *user, const char *password,
		       uint64_t now_s);

#endif
