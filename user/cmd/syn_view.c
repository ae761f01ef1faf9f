/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/syn_view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "user/cmd/signatures.h"
#include "user/kern/cgroup.h"
#include "user/util/log.h"

static int read_key(const char *path, uint8_t key[ANONYMIZE_KEY_LEN])
{
	_cleanup_(fclosep) FILE *file = NULL;

	if (!path)
		return getrandom(key, ANONYMIZE_KEY_LEN, 0) == ANONYMIZE_KEY_LEN
			       ? 0
			       : log_err(-errno, "random key");
	file = fopen(path, "re");
	if (!file)
		return log_err(-errno, "open %s", path);
	if (fread(key, 1, ANONYMIZE_KEY_LEN, file) == ANONYMIZE_KEY_LEN)
		return 0;
	return log_err(-ENODATA, "%s: a key has at least %d bytes; make one with "
		       "'head -c 16 /dev/urandom > %s'", path, ANONYMIZE_KEY_LEN, path);
}

int syn_view_begin(struct cmd_ctx *ctx, const struct syn_view_options *o, struct syn_view *out)
{
	if (o->anonymize && anonymize_mode_parse(o->anonymize, &out->anonymize.mode))
		return cmd_usage(ctx, "--anonymize takes prefix or hash");
	if (o->key && out->anonymize.mode != ANONYMIZE_HASH)
		return cmd_usage(ctx, "--anonymize-key needs --anonymize=hash");
	if (o->header && out->anonymize.mode)
		return cmd_usage(ctx, "--header shows the addresses that --anonymize hides");
	out->header = o->header;
	if (out->anonymize.mode == ANONYMIZE_HASH && read_key(o->key, out->anonymize.key))
		return CMD_REFUSED;
	out->db_path = o->db;
	return CMD_OK;
}

int syn_view_signatures(struct syn_view *view)
{
	int r = view->has_db ? 0 : signatures_load(&view->db, view->db_path);

	view->has_db |= !r;
	return r;
}

int syn_view_open(struct cmd_ctx *ctx, const struct syn_view_options *o, struct syn_view *out)
{
	int r = syn_view_begin(ctx, o, out);

	if (r)
		return r;
	r = syn_view_signatures(out);
	return r == -EINVAL ? CMD_USAGE : r ? CMD_REFUSED : CMD_OK;
}

void syn_view_release(struct syn_view *view)
{
	sigdb_release(&view->db);
}

static const char *name_of_cgroup(struct syn_view *view, uint64_t id)
{
	if (id && id != view->cgroup_id &&
	    cgroup_name(id, view->cgroup, sizeof(view->cgroup)))
		view->cgroup[0] = '\0';
	view->cgroup_id = id;
	return id && view->cgroup[0] ? view->cgroup : NULL;
}

void syn_view_fill(struct syn_view *view, const struct cdg_rec_syn *rec, struct syn_report *report)
{
	syn_report_record(report, &view->db, rec, view->header);
	report->cgroup = view->replay ? NULL : name_of_cgroup(view, report->cgroup_id);
}

void syn_view_hide(const struct syn_view *view, struct syn_report *report)
{
	anonymize_address(&view->anonymize, report->saddr, report->family);
	anonymize_address(&view->anonymize, report->daddr, report->family);
}

void syn_view_hide_conn(const struct syn_view *view, struct cdg_rec_conn *conn)
{
	anonymize_address(&view->anonymize, conn->saddr, conn->family);
	anonymize_address(&view->anonymize, conn->daddr, conn->family);
}
