/* SPDX-License-Identifier: GPL-2.0 */
/* `syn`, and its words `get` and `top`: what the maps hold. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "user/cmd/instance.h"
#include "user/cmd/snapshot.h"
#include "user/cmd/syn_view.h"
#include "user/kern/session.h"
#include "user/model/filter.h"
#include "user/source/iter.h"
#include "user/source/syns.h"
#include "user/util/log.h"

#define TOP_ROWS 20
#define TOP_ROWS_MAX 1024

struct opts {
	struct syn_view_options view;
	const char *columns, *tuple, *raw;
	uint64_t cookie, count;
	bool all_netns, half_open;
};

/* SYNs, or flows, out of the kernel. */
struct list {
	uint8_t *items;
	size_t size; /* of one */
	size_t count, room;
	uint32_t netns; /* only of this one, 0: of all */
};

static void release_list(struct list *l)
{
	free(l->items);
}

static void *item(const struct list *l, size_t i)
{
	return l->items + i * l->size;
}

static int append(struct list *l, const void *data)
{
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 256;
		void *items = realloc(l->items, room * l->size);

		if (!items)
			return -ENOMEM;
		l->items = items;
		l->room = room;
	}
	memcpy(item(l, l->count++), data, l->size);
	return 0;
}

static int on_syn(void *arg, const void *data, size_t len)
{
	struct list *l = arg;
	const struct cdg_rec_syn *rec;

	if (event_decode_syn(data, len, &rec))
		return 0;
	/* Half-open handshakes have no namespace yet. */
	if (l->netns && rec->conn.netns && rec->conn.netns != l->netns)
		return 0;
	return append(l, rec);
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = ((const struct cdg_rec_syn *)a)->conn.head.ts_ns;
	uint64_t y = ((const struct cdg_rec_syn *)b)->conn.head.ts_ns;

	return (x > y) - (x < y);
}

static int on_flow(void *arg, const void *data, size_t len)
{
	struct event event;

	if (event_decode(data, len, &event) || event.table != &fields_flow || !event.conn->cookie)
		return 0;
	return append(arg, event.conn);
}

static int by_cookie(const void *a, const void *b)
{
	uint64_t x = ((const struct cdg_rec_conn *)a)->cookie;
	uint64_t y = ((const struct cdg_rec_conn *)b)->cookie;

	return (x > y) - (x < y);
}

/* One command under way. */
struct look {
	struct cmd_ctx *ctx;
	const struct opts *opts;
	struct session *session;
	struct syns *syns;
	struct syn_view view;
	struct list recs;  /* struct cdg_rec_syn, oldest first */
	struct list flows; /* struct cdg_rec_flow, by cookie */
};

static void release_look(struct look *l)
{
	syn_view_release(&l->view);
	release_list(&l->recs);
	release_list(&l->flows);
	syns_closep(&l->syns);
	session_closep(&l->session);
}

/* enum cmd_exit */
static int open_look(struct look *l)
{
	int r = syn_view_open(l->ctx, &l->opts->view, &l->view);

	if (r)
		return r;
	r = session_open(l->ctx->pin_dir, &l->session);
	if (!r)
		r = syns_open(l->session->pins.dir, &l->syns);
	return r ? instance_exit(r) : CMD_OK;
}

static int take_flows(struct look *l)
{
	int r;

	l->flows.size = sizeof(struct cdg_rec_flow);
	if (!l->session->control->names[0][0])
		return 0;
	r = iter_flows(l->session, on_flow, &l->flows);
	if (l->flows.count)
		qsort(l->flows.items, l->flows.count, l->flows.size, by_cookie);
	return r;
}

static int take_syns(struct look *l)
{
	int r;

	l->recs.size = sizeof(struct cdg_rec_syn);
	r = l->opts->half_open ? syns_each_half_open(l->syns, on_syn, &l->recs) :
				 syns_each(l->syns, on_syn, &l->recs);
	if (l->recs.count)
		qsort(l->recs.items, l->recs.count, l->recs.size, by_time);
	return r ? r : take_flows(l);
}

static void fill(struct look *l, const struct cdg_rec_syn *rec, struct syn_report *report)
{
	const struct cdg_rec_flow *flow = NULL;

	syn_view_fill(&l->view, rec, report);
	if (rec->conn.cookie && l->flows.count)
		flow = bsearch(&rec->conn, l->flows.items, l->flows.count, l->flows.size,
			       by_cookie);
	if (flow)
		syn_report_flow(report, flow);
}

static int parse_filter(struct cmd_ctx *ctx, const char *text, struct filter **out)
{
	static const struct fields_table *const table = &fields_syn;
	struct filter_error err;
	int r = filter_parse(text, &table, 1, out, &err);

	return r == -EINVAL ? cmd_filter_usage(ctx, text, &err) : cmd_exit(r);
}

/* The last `count` that pass, 0: all; *first: where they begin, by marks for what passes. */
static size_t first_of(const bool *passes, size_t count, uint64_t wanted)
{
	size_t first = count;

	if (!wanted)
		return 0;
	while (first && wanted)
		wanted -= passes[--first];
	return first;
}

static int show_list(struct look *l, const struct filter *filter)
{
	_cleanup_(freep) bool *passes = calloc(l->recs.count + 1, sizeof(*passes));
	struct syn_report report;
	struct columns columns;
	char err[256];

	if (!passes)
		return cmd_exit(log_err(-ENOMEM, "syn"));
	if (l->opts->columns &&
	    columns_parse(&fields_syn, l->opts->columns, &columns, err, sizeof(err)))
		return cmd_usage(l->ctx, "--columns: %s", err);
	for (size_t i = 0; i < l->recs.count; i++) {
		fill(l, item(&l->recs, i), &report);
		passes[i] = filter_match(filter, &fields_syn, &report);
	}
	sink_begin_table(l->ctx->sink, NULL, &fields_syn, l->opts->columns ? &columns : NULL);
	for (size_t i = first_of(passes, l->recs.count, l->opts->count); i < l->recs.count; i++) {
		if (!passes[i])
			continue;
		fill(l, item(&l->recs, i), &report);
		syn_view_hide(&l->view, &report);
		sink_record(l->ctx->sink, &fields_syn, &report);
	}
	sink_end_table(l->ctx->sink);
	return cmd_exit(sink_flush(l->ctx->sink));
}

static int run_list(struct look *l, int argc, char **argv)
{
	_cleanup_(filter_freep) struct filter *filter = NULL;
	_cleanup_(freep) char *text = argc ? cmd_join(argc, argv) : NULL;
	int r = text ? parse_filter(l->ctx, text, &filter) : CMD_OK;

	if (!r)
		r = open_look(l);
	if (r)
		return r;
	l->recs.netns = l->opts->all_netns ? 0 : snapshot_netns();
	r = take_syns(l);
	return r ? cmd_exit(r) : show_list(l, filter);
}

/* The header alone, for its owner's eyes. */
static int write_raw(const char *path, const struct cdg_rec_syn *rec)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || fchmod(fd, 0600) || write(fd, rec->header, rec->len) != rec->len)
		return log_err(-errno, "cannot write %s", path);
	return 0;
}

/* A connection by its two ends, whichever is named first; *out: the latest one. */
static int find_tuple(struct look *l, struct cdg_rec_syn *out)
{
	_cleanup_(filter_freep) struct filter *filter = NULL;
	_cleanup_(freep) char *text = NULL;
	const char *tuple = l->opts->tuple, *minus = strchr(tuple, '-');
	struct syn_report report;
	int r, len = (int)(minus - tuple);

	if (asprintf(&text, "(src %.*s and dst %s) or (src %s and dst %.*s)", len, tuple, minus + 1,
		     minus + 1, len, tuple) < 0)
		return -ENOMEM;
	r = parse_filter(l->ctx, text, &filter);
	if (r)
		return -EINVAL;
	r = take_syns(l);
	if (r)
		return r;
	for (size_t i = l->recs.count; i-- > 0;) {
		syn_view_fill(&l->view, item(&l->recs, i), &report);
		if (!filter_match(filter, &fields_syn, &report))
			continue;
		memcpy(out, item(&l->recs, i), sizeof(*out));
		return 0;
	}
	return -ENOENT;
}

static int find(struct look *l, struct cdg_rec_syn *out)
{
	int r;

	if (l->opts->tuple)
		return find_tuple(l, out);
	r = take_flows(l);
	return r ? r : syns_find(l->syns, l->opts->cookie, out);
}

static int no_syn(const struct syn_report *report)
{
	log_err(0, "%s: the connection was accepted, but %s", report->status,
		!strcmp(report->status, "syncookie") ?
			"its SYN was answered with a SYN cookie and nobody kept it" :
		!strcmp(report->status, "not_saved") ?
			"its listener did not save SYNs when it came" :
			"there is no whole SYN of it");
	return CMD_NOT_LOADED;
}

static int show_one(struct look *l, const struct cdg_rec_syn *rec)
{
	struct sink *sink = l->ctx->sink;
	struct syn_report report;

	fill(l, rec, &report);
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

static int run_get(struct look *l, int argc, char **argv)
{
	struct cdg_rec_syn rec;
	int r;

	(void)argv;
	if (argc || !l->opts->cookie == !l->opts->tuple)
		return cmd_usage(l->ctx, "get needs either --cookie N or --tuple A:P-B:P");
	if (l->opts->tuple && !strchr(l->opts->tuple, '-'))
		return cmd_usage(l->ctx, "--tuple needs A:P-B:P, such as "
				 "10.0.0.1:443-10.0.0.2:51000");
	if (l->opts->raw && l->opts->view.anonymize)
		return cmd_usage(l->ctx, "--raw writes the addresses that --anonymize hides");
	r = open_look(l);
	if (r)
		return r;
	r = find(l, &rec);
	if (r == -ENOENT) {
		log_err(0, "unknown: no such connection was accepted since it is loaded, or newer "
			"ones have driven it out of the map (load it with more --syn-entries)");
		return CMD_NOT_LOADED;
	}
	return r ? (r == -EINVAL ? CMD_USAGE : cmd_exit(r)) : show_one(l, &rec);
}

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

static void show_count(struct look *l, const char *sig, const struct counted *row, size_t all)
{
	struct syn_count out = { .sig = sig, .label = row->label, .count = row->count,
				 .last_ns = row->last_ns, .share = (double)row->count / all };

	sink_record(l->ctx->sink, &fields_syn_count, &out);
}

static void show_top(struct look *l, struct counted *rows, size_t count, size_t all)
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

static int run_top(struct look *l, int argc, char **argv)
{
	_cleanup_(filter_freep) struct filter *filter = NULL;
	_cleanup_(freep) char *text = argc ? cmd_join(argc, argv) : NULL;
	_cleanup_(freep) struct counted *rows = NULL;
	struct syn_report report;
	size_t count = 0, all;
	int r = text ? parse_filter(l->ctx, text, &filter) : CMD_OK;

	if (l->opts->count > TOP_ROWS_MAX)
		return cmd_usage(l->ctx, "top shows at most %d rows; the rest is counted as other",
				 TOP_ROWS_MAX);
	if (!r)
		r = open_look(l);
	if (r)
		return r;
	l->recs.netns = l->opts->all_netns ? 0 : snapshot_netns();
	r = take_syns(l);
	if (r)
		return cmd_exit(r);
	rows = calloc(l->recs.count + 1, sizeof(*rows));
	if (!rows)
		return cmd_exit(log_err(-ENOMEM, "syn top"));
	for (size_t i = 0; i < l->recs.count; i++) {
		fill(l, item(&l->recs, i), &report);
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

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*run)(struct look *l, int argc, char **argv);
	} words[] = { { "get", run_get }, { "top", run_top } };
	struct opts o = {};
	_cleanup_(release_look) struct look l = { .ctx = ctx, .opts = &o };
	int count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (count && !strcmp(argv[0], words[i].word))
			return words[i].run(&l, count - 1, argv + 1);
	if (o.cookie || o.tuple || o.raw)
		return cmd_usage(ctx, "--cookie, --tuple and --raw go with 'syn get'");
	return run_list(&l, count, argv);
}

static const struct cmd_option options[] = {
	{ "all-netns", 'a', OPTION_FLAG, offsetof(struct opts, all_netns), NULL,
	  "of all network namespaces, not of this one only" },
	{ "count", 'n', OPTION_NUMBER, offsetof(struct opts, count), "COUNT",
	  "the latest so many; with top: so many rows, 20 if not given" },
	{ "columns", 'c', OPTION_TEXT, offsetof(struct opts, columns), "LIST",
	  "fields to show; +LIST: besides the usual ones; all" },
	{ "half-open", 0, OPTION_FLAG, offsetof(struct opts, half_open), NULL,
	  "handshakes that are not complete (load --syn-source=synack)" },
	{ "cookie", 0, OPTION_NUMBER, offsetof(struct opts, cookie), "N",
	  "get: the connection with this socket cookie" },
	{ "tuple", 0, OPTION_TEXT, offsetof(struct opts, tuple), "A:P-B:P",
	  "get: the latest connection between these ends" },
	{ "raw", 0, OPTION_TEXT, offsetof(struct opts, raw), "FILE",
	  "get: write the bytes of the headers into this file" },
	SYN_HEADER_OPTION(struct opts, view),
	SYN_VIEW_OPTIONS(struct opts, view),
	{},
};

const struct command cmd_syn = {
	.name = "syn",
	.run = run,
	.synopsis = "[OPTIONS] [FILTER] | get --cookie N | get --tuple A:P-B:P | top [FILTER]",
	.summary = "SYNs of accepted connections: fingerprints, labels, why one is missing",
	.help = "One row per connection that servers have accepted, oldest first: the signature\n"
		"of its SYN, the system it speaks for, distance and path MTU; of a connection\n"
		"that CDG drives RTT, retransmissions and window, too (-c +srtt_us,cwnd).\n"
		"  get   one of them; exit code 3 and the reason if there is no SYN\n"
		"  top   counted by signature; what is not shown is counted as other\n"
		"FILTER is like that of 'cdgctl flows': 'dport = 443 and label = \"Linux\"'.\n"
		"Live: 'cdgctl stream --events syn'. A label is a hint: any sender can forge it.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_PINS,
};
