/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/web.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/util/log.h"
#include "user/util/own.h"

#define FILE_MAX (256 * 1024)

/* The whole file with a NUL behind it; the caller frees it. Logs; NULL on failure. */
static char *read_file(const char *path)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "re");
	_cleanup_(freep) char *text = malloc(FILE_MAX + 1);
	size_t len;

	if (!file || !text) {
		log_err(-errno, "cannot open %s", path);
		return NULL;
	}
	len = fread(text, 1, FILE_MAX + 1, file);
	if (ferror(file) || len > FILE_MAX) {
		log_err(ferror(file) ? -EIO : -EFBIG, "cannot read %s", path);
		return NULL;
	}
	text[len] = '\0';
	return TAKE_PTR(text);
}

static char *read_beside(const char *path, const char *name)
{
	_cleanup_(freep) char *joined = NULL;
	const char *slash = strrchr(path, '/');

	if (*name == '/' || !slash)
		return read_file(name);
	if (asprintf(&joined, "%.*s/%s", (int)(slash - path), path, name) < 0)
		return NULL;
	return read_file(joined);
}

int web_open(const char *path, struct web *out)
{
	_cleanup_(freep) char *text = read_file(path);
	char err[320];
	int r;

	if (!text)
		return CMD_REFUSED;
	r = web_config_parse(text, strlen(text), &out->config, err, sizeof(err));
	if (r == -EINVAL) {
		log_err(0, "%s, %s", path, err);
		return CMD_USAGE;
	}
	if (r)
		return CMD_REFUSED;
	if (!out->config.cert_file)
		return CMD_OK;
	out->certificate = read_beside(path, out->config.cert_file);
	out->key = read_beside(path, out->config.key_file);
	return out->certificate && out->key ? CMD_OK : CMD_REFUSED;
}

void web_release(struct web *web)
{
	web_config_release(&web->config);
	free(web->certificate);
	if (web->key)
		explicit_bzero(web->key, strlen(web->key));
	free(web->key);
	*web = (struct web){};
}
