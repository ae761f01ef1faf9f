/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>

#include "user/cmd/instance.h"
#include "user/cmd/syn_look.h"
#include "user/kern/namespaces.h"
#include "user/source/iter.h"
#include "user/util/log.h"

static void release_list(struct syn_list *l)
{
	free(l->items);
}

static void *item(const struct syn_list *l, size_t i)
{
	return l->items + i * l->size;
}

static int append(struct syn_list *l, const void *data)
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
	struct syn_list *l = arg;
	const struct cdg_rec_syn *rec;

	if (event_decode_syn(data, len, &rec))
		return 0;
	/* Of half-open handshakes only the map's key knows it. */
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

void syn_look_release(struct syn_look *l)
{
	syn_view_release(&l->view);
	release_list(&l->recs);
	release_list(&l->flows);
	syns_closep(&l->syns);
	session_closep(&l->session);
}

int syn_look_open(struct syn_look *l)
{
	int r = syn_view_open(l->ctx, &l->opts->view, &l->view);

	if (r)
		return r;
	r = session_open(l->ctx->pin_dir, &l->session);
	if (!r)
		r = syns_open(l->session->pins.dir, &l->syns);
	return r ? instance_exit(r) : CMD_OK;
}

int syn_look_flows(struct syn_look *l)
{
	int r;

	l->flows.size = sizeof(struct cdg_rec_flow);
	if (!l->session->control->names[0][0])
		return 0;
	r = iter_flows(l->session, l->recs.netns, on_flow, &l->flows);
	if (l->flows.count)
		qsort(l->flows.items, l->flows.count, l->flows.size, by_cookie);
	return r;
}

int syn_look_syns(struct syn_look *l)
{
	int r;

	l->recs.size = sizeof(struct cdg_rec_syn);
	if (l->opts->half_open)
		r = syns_each_half_open(l->syns, l->recs.netns ? namespace_own_cookie() : 0, on_syn,
					&l->recs);
	else
		r = syns_each(l->syns, on_syn, &l->recs);
	if (l->recs.count)
		qsort(l->recs.items, l->recs.count, l->recs.size, by_time);
	return r ? r : syn_look_flows(l);
}

void syn_look_fill(struct syn_look *l, const struct cdg_rec_syn *rec, struct syn_report *report)
{
	const struct cdg_rec_flow *flow = NULL;

	syn_view_fill(&l->view, rec, report);
	if (rec->conn.cookie && l->flows.count)
		flow = bsearch(&rec->conn, l->flows.items, l->flows.count, l->flows.size,
			       by_cookie);
	if (flow)
		syn_report_flow(report, flow);
}

const struct cdg_rec_syn *syn_look_at(const struct syn_look *l, size_t i)
{
	return item(&l->recs, i);
}

int syn_look_filter(struct cmd_ctx *ctx, const char *text, struct filter **out)
{
	static const struct fields_table *const table = &fields_syn;
	struct filter_error err;
	int r = filter_parse(text, &table, 1, out, &err);

	return r == -EINVAL ? cmd_filter_usage(ctx, text, &err) : cmd_exit(r);
}
