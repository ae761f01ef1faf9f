/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/signatures.h"

#include <errno.h>
#include <stdio.h>

#include "cdg-syn.fp.h"
#include "user/util/log.h"

static int read_text(FILE *file, char *text, size_t *len)
{
	/* One byte more than is allowed: sigdb_parse() then says that it is too long. */
	*len = fread(text, 1, SIGDB_TEXT_MAX + 1, file);
	return ferror(file) ? -EIO : 0;
}

/* *why is filled when the result is not 0. */
static int load(struct sigdb *db, const char *path, char *why, size_t why_len)
{
	_cleanup_(fclosep) FILE *file = fopen(path, "re");
	_cleanup_(freep) char *text = malloc(SIGDB_TEXT_MAX + 1);
	struct sigdb_error error;
	size_t len = 0;
	int r;

	r = !file ? -errno : !text ? -ENOMEM : read_text(file, text, &len);
	if (r) {
		snprintf(why, why_len, "%s", path);
		return r;
	}
	r = sigdb_parse(db, text, len, &error);
	if (r)
		snprintf(why, why_len, "%s:%u: %s", path, error.line, error.text);
	return r;
}

int signatures_load(struct sigdb *db, const char *path)
{
	struct sigdb_error error;
	char why[512];
	int r = path ? load(db, path, why, sizeof(why)) : 0;

	if (r) {
		log_err(r == -EINVAL ? 0 : r, "signature file %s", why);
		return r;
	}
	r = load(db, SIGNATURES_P0F, why, sizeof(why));
	if (r && r != -ENOENT)
		log_warn("signature file %s; going on without it", why);
	r = sigdb_parse(db, (const char *)cdg_syn_fp, sizeof(cdg_syn_fp), &error);
	if (r)
		return log_err(r, "built-in signature file, line %u: %s", error.line, error.text);
	return 0;
}
