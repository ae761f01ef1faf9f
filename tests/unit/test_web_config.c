/* SPDX-License-Identifier: GPL-2.0 */
/* --web-config: what is taken, what is refused, and who is let in. */
#include "case.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/model/web_config.h"
#include "user/util/own.h"

static int parse(const char *text, struct web_config *config, char *err, size_t len)
{
	return web_config_parse(text, strlen(text), config, err, len);
}

/* bcrypt of a password at the lowest cost. */
static const char *hash_of(const char *password)
{
	static struct crypt_data data;
	static char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	assert_non_null(crypt_gensalt_rn("$2b$", 4, NULL, 0, setting, sizeof(setting)));
	return crypt_r(password, setting, &data);
}

static void good_files(void **state)
{
	struct web_config config;
	char err[256], text[512];

	(void)state;
	assert_int_equal(parse("", &config, err, sizeof(err)), 0);
	assert_int_equal(parse("# nothing\n", &config, err, sizeof(err)), 0);
	assert_int_equal(parse("basic_auth_users:\n", &config, err, sizeof(err)), 0);
	snprintf(text, sizeof(text),
		 "tls_server_config:\n  cert_file: a.pem\n  key_file: 'b c.pem'\n"
		 "basic_auth_users:\n  alice: %s\n", hash_of("x"));
	assert_int_equal(parse(text, &config, err, sizeof(err)), 0);
	assert_string_equal(config.cert_file, "a.pem");
	assert_string_equal(config.key_file, "b c.pem");
	assert_int_equal(config.user_count, 1);
	assert_string_equal(config.users[0].name, "alice");
	web_config_release(&config);
}

static void bad_files(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "a: [", "this is not YAML" },
		{ "- a\n", "expected names with values" },
		{ "http_server_config:\n  http2: false\n", "http_server_config is not supported" },
		{ "rate_limit: {}\n", "rate_limit is not supported" },
		{ "tls_server_config:\n  cert_file: a\n", "needs both" },
		{ "tls_server_config:\n", "needs both" },
		{ "tls_server_config:\n  cert_file: a\n  key_file: b\n  min_version: TLS13\n",
		  "line 4: tls_server_config.min_version is not supported" },
		{ "tls_server_config:\n  cert_file: a\n  cert_file: b\n", "given twice" },
		{ "tls_server_config:\n  cert_file: [a]\n", "needs a text" },
		{ "basic_auth_users:\n  alice: secret\n", "bcrypt" },
		{ "basic_auth_users:\n  alice:\n", "bcrypt" },
		{ "basic_auth_users: alice\n", "expected names with values" },
		{ "? [a]\n: b\n", "expected a name" },
	};
	struct web_config config;
	char err[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse(cases[i].text, &config, err, sizeof(err)), -EINVAL);
		if (!strstr(err, cases[i].says))
			fail_msg("%s: %s", cases[i].text, err);
		assert_null(config.cert_file);
		assert_int_equal(config.user_count, 0);
	}
}

static void passwords(void **state)
{
	struct web_config config;
	char err[256], text[256];

	(void)state;
	parse("", &config, err, sizeof(err));
	assert_true(web_config_allows(&config, NULL, "", 1));
	snprintf(text, sizeof(text), "basic_auth_users: {alice: %s}\n", hash_of("open sesame"));
	assert_int_equal(parse(text, &config, err, sizeof(err)), 0);
	assert_false(web_config_allows(&config, NULL, "", 1));
	assert_false(web_config_allows(&config, "alice", "", 1));
	assert_false(web_config_allows(&config, "alice", "open sesam", 1));
	assert_false(web_config_allows(&config, "bob", "open sesame", 1));
	for (int i = 0; i < 3; i++) /* checked, then remembered */
		assert_true(web_config_allows(&config, "alice", "open sesame", 1));
	assert_false(web_config_allows(&config, "alice", "open sesame ", 1));
	web_config_release(&config);
}

static void guessing_is_slowed_down(void **state)
{
	struct web_config config;
	char err[256], text[256];

	(void)state;
	snprintf(text, sizeof(text), "basic_auth_users: {alice: %s}\n", hash_of("right"));
	assert_int_equal(parse(text, &config, err, sizeof(err)), 0);
	for (int i = 0; i < WEB_FAILURES_MAX; i++)
		assert_false(web_config_allows(&config, "alice", "wrong", 7));
	assert_false(web_config_allows(&config, "alice", "right", 7));
	assert_true(web_config_allows(&config, "alice", "right", 8));
	for (int i = 0; i < 2 * WEB_FAILURES_MAX; i++)
		assert_false(web_config_allows(&config, "alice", "wrong", 9));
	assert_true(web_config_allows(&config, "alice", "right", 9));
	web_config_release(&config);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("good files", good_files),
		CASE("bad files, each with its sentence", bad_files),
		CASE("passwords", passwords),
		CASE("guessing is slowed down, who is known is let in", guessing_is_slowed_down),
	};

	return cmocka_run_group_tests_name("web_config", cases, NULL, NULL);
}
