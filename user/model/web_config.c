/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/web_config.h"

#include <crypt.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "user/util/own.h"

/* Of an unknown user, so that the time does not tell who is known: bcrypt, of nothing in use. */
#define NOBODY "$2b$10$LTNTw.egx5IPhzkvNrSxTesWmIE1XCxcFw8oHd6sysy.N6trnZvHa"

struct parse {
	yaml_document_t document;
	struct web_config *config;
	char *err;
	size_t err_len;
};

static int refuse(struct parse *p, const yaml_node_t *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(struct parse *p, const yaml_node_t *at, const char *fmt, ...)
{
	char sentence[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	snprintf(p->err, p->err_len, "line %zu: %s", at ? at->start_mark.line + 1 : 1, sentence);
	return -EINVAL;
}

static yaml_node_t *node(struct parse *p, int index)
{
	return yaml_document_get_node(&p->document, index);
}

static const char *scalar(const yaml_node_t *n)
{
	return n && n->type == YAML_SCALAR_NODE && n->data.scalar.length &&
			       strlen((const char *)n->data.scalar.value) == n->data.scalar.length ?
		       (const char *)n->data.scalar.value : NULL;
}

static int keep(struct parse *p, const yaml_node_t *key, const yaml_node_t *value, char **out)
{
	const char *text = scalar(value);

	if (!text)
		return refuse(p, value, "%s needs a text", scalar(key));
	if (*out)
		return refuse(p, key, "%s is given twice", scalar(key));
	*out = strdup(text);
	return *out ? 0 : -ENOMEM;
}

static int on_tls(struct parse *p, const yaml_node_t *key, const yaml_node_t *value)
{
	const char *name = scalar(key);

	if (!strcmp(name, "cert_file"))
		return keep(p, key, value, &p->config->cert_file);
	if (!strcmp(name, "key_file"))
		return keep(p, key, value, &p->config->key_file);
	return refuse(p, key, "tls_server_config.%s is not supported, only cert_file and key_file "
		      "are. Put a proxy such as nginx in front for more", name);
}

static int on_user(struct parse *p, const yaml_node_t *key, const yaml_node_t *value)
{
	struct web_config *c = p->config;
	struct web_user *user = &c->users[c->user_count];
	const char *hash = scalar(value);
	int r;

	if (c->user_count == WEB_USERS_MAX)
		return refuse(p, key, "there are more than %d users", WEB_USERS_MAX);
	if (!hash || strlen(hash) != 60 || strncmp(hash, "$2", 2))
		return refuse(p, value, "the password of %s must be a bcrypt hash, as 'htpasswd "
			      "-nBC 10 \"\"' prints it", scalar(key));
	for (size_t i = 0; i < c->user_count; i++)
		if (!strcmp(c->users[i].name, scalar(key)))
			return refuse(p, key, "user %s is given twice", scalar(key));
	c->user_count++;
	r = keep(p, key, key, &user->name);
	return r ? r : keep(p, key, value, &user->hash);
}

/* Calls each for the pairs of a mapping; an empty one is allowed. */
static int walk(struct parse *p, const yaml_node_t *at,
		int (*each)(struct parse *p, const yaml_node_t *key, const yaml_node_t *value))
{
	int r = 0;

	if (at->type == YAML_SCALAR_NODE && !at->data.scalar.length)
		return 0;
	if (at->type != YAML_MAPPING_NODE)
		return refuse(p, at, "expected names with values");
	for (yaml_node_pair_t *pair = at->data.mapping.pairs.start;
	     !r && pair < at->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = node(p, pair->key);

		if (!scalar(key))
			return refuse(p, key, "expected a name");
		r = each(p, key, node(p, pair->value));
	}
	return r;
}

static int on_section(struct parse *p, const yaml_node_t *key, const yaml_node_t *value)
{
	const char *name = scalar(key);
	int r;

	if (!strcmp(name, "basic_auth_users"))
		return walk(p, value, on_user);
	if (strcmp(name, "tls_server_config"))
		return refuse(p, key, "%s is not supported, only tls_server_config and "
			      "basic_auth_users are. Put a proxy such as nginx in front for more",
			      name);
	r = walk(p, value, on_tls);
	if (!r && (!p->config->cert_file || !p->config->key_file))
		return refuse(p, key, "tls_server_config needs both cert_file and key_file");
	return r;
}

int web_config_parse(const char *text, size_t len, struct web_config *out, char *err,
		     size_t err_len)
{
	struct parse p = { .config = out, .err = err, .err_len = err_len };
	yaml_parser_t parser;
	yaml_node_t *root;
	int r;

	memset(out, 0, sizeof(*out));
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (!yaml_parser_load(&parser, &p.document)) {
		snprintf(err, err_len, "line %zu: this is not YAML: %s",
			 parser.problem_mark.line + 1, parser.problem ? parser.problem : "?");
		yaml_parser_delete(&parser);
		return -EINVAL;
	}
	root = yaml_document_get_root_node(&p.document);
	r = root ? walk(&p, root, on_section) : 0;
	yaml_document_delete(&p.document);
	yaml_parser_delete(&parser);
	if (r)
		web_config_release(out);
	return r;
}

static void wipe(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void web_config_release(struct web_config *config)
{
	free(config->cert_file);
	free(config->key_file);
	for (size_t i = 0; i < config->user_count; i++) {
		free(config->users[i].name);
		free(config->users[i].hash);
	}
	for (size_t i = 0; i < WEB_KEPT; i++) {
		free(config->kept[i].name);
		wipe(config->kept[i].password);
	}
	memset(config, 0, sizeof(*config));
}

/* In a time that depends on the length of b alone. */
static bool same(const char *a, const char *b)
{
	size_t len = strlen(a), other = strlen(b);
	unsigned char differs = len != other;

	for (size_t i = 0; i < other; i++)
		differs |= (unsigned char)((i < len ? a[i] : 0) ^ b[i]);
	return !differs;
}

static bool was_right(const struct web_config *config, const char *user, const char *password)
{
	int found = 0;

	for (size_t i = 0; i < WEB_KEPT; i++)
		if (config->kept[i].name && config->kept[i].password)
			found |= (int)same(config->kept[i].name, user) &
				 (int)same(config->kept[i].password, password);
	return found;
}

static void remember(struct web_config *config, const char *user, const char *password)
{
	size_t i = config->next_kept++ % WEB_KEPT;

	free(config->kept[i].name);
	wipe(config->kept[i].password);
	config->kept[i].name = strdup(user);
	config->kept[i].password = strdup(password);
}

static bool check(const struct web_config *config, const char *user, const char *password)
{
	_cleanup_(freep) struct crypt_data *data = calloc(1, sizeof(*data));
	const char *hash = NOBODY, *made;
	bool known = false;

	for (size_t i = 0; i < config->user_count; i++)
		if (!strcmp(config->users[i].name, user)) {
			hash = config->users[i].hash;
			known = true;
		}
	made = data ? crypt_r(password, hash, data) : NULL;
	return made && same(made, hash) && known;
}

bool web_config_allows(struct web_config *config, const char *user, const char *password,
		       uint64_t now_s)
{
	if (!config->user_count)
		return true;
	if (!user)
		return false;
	if (was_right(config, user, password))
		return true;
	if (config->failures_second != now_s)
		config->failures = 0;
	config->failures_second = now_s;
	if (config->failures >= WEB_FAILURES_MAX)
		return false;
	if (check(config, user, password)) {
		remember(config, user, password);
		return true;
	}
	config->failures++;
	return false;
}
