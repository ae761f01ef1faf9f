/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/config_keys.h"
#include "user/model/params.h"
#include "user/util/own.h"

#define LINE_MAX_LEN 1024
#define KEYS_MAX 32 /* of either table; test_config.c holds them against it */

/* A file that is being read. */
struct reading {
	struct config config;
	struct config_error *error;
	unsigned int line;
	unsigned int preset_line;
	unsigned int param_line[KEYS_MAX]; /* line of each parameter, 0: not given */
	unsigned int key_line[KEYS_MAX];   /* of each other key */
	char param_text[KEYS_MAX][16];
};

static int refuse(struct reading *r, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int refuse(struct reading *r, unsigned int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->error->text, sizeof(r->error->text), fmt, ap);
	va_end(ap);
	r->error->line = line;
	return -EINVAL;
}

void config_default(struct config *out)
{
	memset(out, 0, sizeof(*out));
	out->cc = true;
	out->syn = true;
	out->syn_source = CDG_SYN_SAVE | CDG_SYN_SYNACK;
	out->syn_entries = CDG_SYN_ENTRIES;
	strcpy(out->preset, presets_table[0].name);
	params_default(&out->params);
}

static int twice(struct reading *r, const char *name, unsigned int *line)
{
	if (*line)
		return refuse(r, r->line, "%s is given twice, first in line %u", name, *line);
	*line = r->line;
	return 0;
}

/* Parameters are put in place when the preset, which may stand behind them, is known. */
static int note_param(struct reading *r, const struct param *param, const char *value)
{
	struct cdg_params scratch = r->config.params;
	size_t i = (size_t)(param - params_table);
	char err[192];
	int err_code = twice(r, param->name, &r->param_line[i]);

	if (err_code)
		return err_code;
	if (params_assign(&scratch, param, value, err, sizeof(err)))
		return refuse(r, r->line, "%s", err);
	if ((size_t)snprintf(r->param_text[i], sizeof(r->param_text[i]), "%s", value) >=
	    sizeof(r->param_text[i]))
		return refuse(r, r->line, "the value of %s has too many digits", param->name);
	return 0;
}

static const char *key_at(size_t i, const void *ctx)
{
	(void)ctx;
	return i < config_key_count ? config_key_table[i].name :
				      params_table[i - config_key_count].name;
}

static int unknown(struct reading *r, const char *name)
{
	const char *near = name_suggest(name, strlen(name), key_at, config_keys(), NULL);

	return refuse(r, r->line, "there is no key '%.40s'%s%s%s; 'cdgctl config' lists them", name,
		      near ? ", did you mean '" : "", near ? near : "", near ? "'" : "");
}

static int assign(struct reading *r, const char *name, const char *value)
{
	const struct param *param = params_find(name, strlen(name));
	char err[192];

	if (param)
		return note_param(r, param, value);
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_key_table[i];
		int err_code;

		if (strcmp(key->name, name))
			continue;
		err_code = twice(r, name, &r->key_line[i]);
		if (err_code)
			return err_code;
		if (key->set(&r->config, key, value, err, sizeof(err)))
			return refuse(r, r->line, "%s", err);
		return 0;
	}
	return unknown(r, name);
}

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " ");
	len = strlen(text);
	while (len && text[len - 1] == ' ')
		text[--len] = 0;
	return text;
}

/* Every byte is printable ASCII or a tab afterwards. */
static int check_bytes(struct reading *r, const char *line, size_t len)
{
	if (len >= LINE_MAX_LEN)
		return refuse(r, r->line, "the line is longer than %d bytes", LINE_MAX_LEN - 1);
	if (len && line[len - 1] == '\r')
		return refuse(r, r->line, "the line ends with a carriage return: save the file "
			      "with Unix line ends");
	for (size_t i = 0; i < len; i++)
		if (line[i] != '\t' && (line[i] < 0x20 || line[i] > 0x7e))
			return refuse(r, r->line, "byte 0x%02x at column %zu: only printable ASCII "
				      "may stand outside of comments", (unsigned char)line[i],
				      i + 1);
	return 0;
}

static int read_line(struct reading *r, const char *line, size_t len)
{
	char copy[LINE_MAX_LEN], *name, *value;
	size_t blank = 0;
	int err;

	while (blank < len && (line[blank] == ' ' || line[blank] == '\t'))
		blank++;
	if (blank == len || line[blank] == '#')
		return 0;
	err = check_bytes(r, line, len);
	if (err)
		return err;
	for (size_t i = 0; i < len; i++)
		copy[i] = line[i] == '\t' ? ' ' : line[i];
	copy[len] = 0;
	value = strchr(copy, '=');
	if (!value)
		return refuse(r, r->line, "expected 'key = value', found '%.40s'", trim(copy));
	*value++ = 0;
	name = trim(copy);
	value = trim(value);
	if (!*name)
		return refuse(r, r->line, "there is no key in front of '='");
	if (!*value)
		return refuse(r, r->line, "%.40s has no value; leave the line out for the default",
			      name);
	return assign(r, name, value);
}

static int put_params(struct reading *r)
{
	const struct preset *preset = params_find_preset(r->config.preset);
	char err[192];

	r->config.params = preset->values;
	for (size_t i = 0; i < params_count; i++)
		if (r->param_line[i])
			params_assign(&r->config.params, &params_table[i], r->param_text[i], err,
				      sizeof(err));
	if (params_check(&r->config.params, err, sizeof(err)))
		return refuse(r, 0, "%s", err);
	return 0;
}

/* The first key given that says how something is done that is switched off. */
static int check_parts(struct reading *r)
{
	const struct config *c = &r->config;

	if (!c->cc && !c->syn)
		return refuse(r, 0, "cc = no and syn = no together leave nothing to load");
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_key_table[i];

		if (!r->key_line[i] || (key->part == PART_CC ? c->cc :
					key->part == PART_SYN ? c->syn : true))
			continue;
		return refuse(r, r->key_line[i], "%s has no meaning with %s = no", key->name,
			      key->part == PART_CC ? "cc" : "syn");
	}
	for (size_t i = 0; i < params_count && !c->cc; i++)
		if (r->param_line[i])
			return refuse(r, r->param_line[i], "%s has no meaning with cc = no",
				      params_table[i].name);
	return 0;
}

int config_parse(const char *text, size_t len, struct config *out, struct config_error *error)
{
	struct reading r = { .error = error };
	int err = 0;

	config_default(&r.config);
	if (len > CONFIG_TEXT_MAX)
		return refuse(&r, 0, "the file is longer than %d bytes", CONFIG_TEXT_MAX);
	for (size_t at = 0; !err && at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end ? (size_t)(end - text) - at : len - at;

		r.line++;
		err = read_line(&r, text + at, line_len);
		at += line_len + 1;
	}
	if (!err)
		err = check_parts(&r);
	if (!err)
		err = put_params(&r);
	if (err)
		return err;
	*out = r.config;
	return 0;
}
