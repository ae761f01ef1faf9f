/* SPDX-License-Identifier: GPL-2.0 */
/* `syn get`: one connection. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "user/cmd/syn_look.h"
#include "user/util/log.h"

/* The header alone, for its owner's eyes. */
static int write_raw(const char *path, const struct cdg_rec_syn *rec)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || fchmod(fd, 0600) || write(fd, rec->header, rec->len) != rec->len)
		return log_err(-errno, "cannot write %s", path);
	return 0;
}

/* A connection by its two ends, whichever is named first. enum cmd_exit. */
static int tuple_filter(struct syn_look *l, struct filter **out)
{
	_cleanup_(freep) char *text = NULL;
	const char *tuple = l->opts->tuple, *minus = strchr(tuple, '-');
	int len;

	if (!minus)
		return cmd_usage(l->ctx, "--tuple needs A:P-B:P, such as "
				 "10.0.0.1:443-10.0.0.2:51000");
	len = (int)(minus - tuple);
	if (asprintf(&text, "(src %.*s and dst %s) or (src %s and dst %.*s)", len, tuple, minus + 1,
		     minus + 1, len, tuple) < 0)
		return cmd_exit(-ENOMEM);
	return syn_look_filter(l->ctx, text, out);
}

/* The latest one that the filter matches. */
static int find_latest(struct syn_look *l, const struct filter *filter, struct cdg_rec_syn *out)
{
	struct syn_report report;
	int r = syn_look_syns(l);

	if (r)
		return r;
	for (size_t i = l->recs.count; i-- > 0;) {
		syn_view_fill(&l->view, syn_look_at(l, i), &report);
		if (!filter_match(filter, &fields_syn, &report))
			continue;
		memcpy(out, syn_look_at(l, i), sizeof(*out));
		return 0;
	}
	return -ENOENT;
}

/* filter: NULL, then by the cookie. */
static int find(struct syn_look *l, const struct filter *filter, struct cdg_rec_syn *out)
{
	int r;

	if (filter)
		return find_latest(l, filter, out);
	r = syn_look_flows(l);
	return r ? r : syns_find(l->syns, l->opts->cookie, out);
}

static int no_syn(const struct syn_report *report)
{
	log_err(0, "%s: the connection was accepted, but %s", report->status,
		!strcmp(report->status, "syncookie") ?
			"its SYN was answered with a SYN cookie and nobody kept it" :
		!strcmp(report->status, "not_saved") ?
			"its listener did not save SYNs when it came, or, with "
			"--syn-source=synack, others drove it out before it was complete" :
			"there is no whole SYN of it");
	return CMD_NOT_LOADED;
}

static int show_one(struct syn_look *l, const struct cdg_rec_syn *rec)
{
	struct sink *sink = l->ctx->sink;
	struct syn_report report;

	syn_look_fill(l, rec, &report);
	if (rec->status != CDG_SYN_OK)
		return no_syn(&report);
	if (l->opts->raw && write_raw(l->opts->raw, rec))
		return CMD_REFUSED;
	syn_view_hide(&l->view, &report);
	if (l->ctx->kind != SINK_TEXT) {
		sink_record(sink, &fields_syn, &report);
		return CMD_OK;
	}
	sink_begin_object(sink, NULL);
	sink_fields(sink, &fields_syn, &report);
	sink_end_object(sink);
	return CMD_OK;
}

int syn_get(struct syn_look *l, int argc, char **argv)
{
	_cleanup_(filter_freep) struct filter *filter = NULL;
	struct cdg_rec_syn rec;
	int r;

	(void)argv;
	if (argc || !l->opts->cookie == !l->opts->tuple)
		return cmd_usage(l->ctx, "get needs either --cookie N or --tuple A:P-B:P");
	if (l->opts->raw && l->opts->view.anonymize)
		return cmd_usage(l->ctx, "--raw writes the addresses that --anonymize hides");
	r = l->opts->tuple ? tuple_filter(l, &filter) : CMD_OK;
	if (!r)
		r = syn_look_open(l);
	if (r)
		return r;
	r = find(l, filter, &rec);
	if (r == -ENOENT) {
		log_err(0, "unknown: no such connection was accepted since it is loaded, or newer "
			"ones have driven it out of the map (load it with more --syn-entries)");
		return CMD_NOT_LOADED;
	}
	return r ? cmd_exit(r) : show_one(l, &rec);
}
