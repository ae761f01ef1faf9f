/* SPDX-License-Identifier: GPL-2.0 */
/* `syn top`: counted by signature. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/snapshot.h"
#include "user/cmd/syn_look.h"
#include "user/kern/namespaces.h"
#include "user/util/log.h"

#define TOP_ROWS 20
#define TOP_ROWS_MAX 1024

/* A connection's key for counting. */
struct counted {
	char sig[FINGERPRINT_LEN];
	const char *label;
	uint64_t count, last_ns;
};

static int by_sig(const void *a, const void *b)
{
	return strcmp(((const struct counted *)a)->sig, ((const struct counted *)b)->sig);
}

static int by_count(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : by_sig(a, b);
}

/* Neighbours with one signature become one row. Returns how many there are. */
static size_t merge(struct counted *rows, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (kept && !by_sig(&rows[kept - 1], &rows[i])) {
			rows[kept - 1].count++;
			if (rows[i].last_ns > rows[kept - 1].last_ns)
				rows[kept - 1].last_ns = rows[i].last_ns;
		} else {
			rows[kept++] = rows[i];
		}
	}
	return kept;
}

static void show_count(struct syn_look *l, const char *sig, const struct counted *row, size_t all)
{
	struct syn_count out = { .sig = sig, .label = row->label, .count = row->count,
				 .last_ns = row->last_ns, .share = (double)row->count / all };

	sink_record(l->ctx->sink, &fields_syn_count, &out);
}

static void show_top(struct syn_look *l, struct counted *rows, size_t count, size_t all)
{
	size_t shown = l->opts->count ? l->opts->count : TOP_ROWS;
	struct counted other = {};

	sink_begin_table(l->ctx->sink, NULL, &fields_syn_count, NULL);
	for (size_t i = 0; i < count; i++) {
		if (i < shown) {
			show_count(l, rows[i].sig, &rows[i], all);
			continue;
		}
		other.count += rows[i].count;
		if (rows[i].last_ns > other.last_ns)
			other.last_ns = rows[i].last_ns;
	}
	if (other.count)
		show_count(l, "other", &other, all);
	sink_end_table(l->ctx->sink);
}

int syn_top(struct syn_look *l, int argc, char **argv)
{
	_cleanup_(filter_freep) struct filter *filter = NULL;
	_cleanup_(freep) char *text = argc ? cmd_join(argc, argv) : NULL;
	_cleanup_(freep) struct counted *rows = NULL;
	struct syn_report report;
	size_t count = 0, all;
	int r = text ? syn_look_filter(l->ctx, text, &filter) : CMD_OK;

	if (l->opts->count > TOP_ROWS_MAX)
		return cmd_usage(l->ctx, "top shows at most %d rows; the rest is counted as other",
				 TOP_ROWS_MAX);
	if (!r)
		r = syn_look_open(l);
	if (r)
		return r;
	l->recs.netns = l->opts->all_netns ? 0 : namespace_own();
	r = syn_look_syns(l);
	if (r)
		return cmd_exit(r);
	rows = calloc(l->recs.count + 1, sizeof(*rows));
	if (!rows)
		return cmd_exit(log_err(-ENOMEM, "syn top"));
	for (size_t i = 0; i < l->recs.count; i++) {
		syn_look_fill(l, syn_look_at(l, i), &report);
		if (!filter_match(filter, &fields_syn, &report))
			continue;
		snprintf(rows[count].sig, sizeof(rows[count].sig), "%s",
			 report.ok ? report.fp.sig : report.status);
		rows[count].label = report.label;
		rows[count].count = 1;
		rows[count++].last_ns = report.ts_ns;
	}
	all = count;
	qsort(rows, count, sizeof(*rows), by_sig);
	count = merge(rows, count);
	qsort(rows, count, sizeof(*rows), by_count);
	show_top(l, rows, count, all);
	return CMD_OK;
}
