/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/cmd/instance.h"
#include "user/cmd/syn_join.h"
#include "user/kern/session.h"
#include "user/model/event.h"
#include "user/source/file.h"
#include "user/source/iter.h"

struct take {
	struct snapshot *snapshot;
	struct syn_join *join; /* NULL: none */
	uint32_t netns;
};

static int append(struct snapshot *s, const struct event *event)
{
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		void *flows = realloc(s->flows, room * sizeof(*s->flows));

		if (!flows)
			return -ENOMEM;
		s->flows = flows;
		s->room = room;
	}
	joined_fill(&s->flows[s->count++], event);
	return 0;
}

static int on_record(void *arg, const void *data, size_t len)
{
	struct take *take = arg;
	const struct cdg_rec_syn *rec;
	struct event event;

	/* In a file they come before their flows. */
	if (take->join && !event_decode_syn(data, len, &rec)) {
		syn_join_record(take->join, rec);
		return 0;
	}
	if (event_decode(data, len, &event) || event.table != &fields_flow)
		return 0;
	if (take->netns && event.conn->netns != take->netns)
		return 0;
	return append(take->snapshot, &event);
}

/* By number of the flow; of one flow the latest snapshot first. */
static int compare(const void *a, const void *b)
{
	const struct cdg_rec_head *x = &((const struct joined *)a)->conn.head;
	const struct cdg_rec_head *y = &((const struct joined *)b)->conn.head;

	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return (x->ts_ns < y->ts_ns) - (x->ts_ns > y->ts_ns);
}

/* Keeps the latest snapshot of each flow, if it passes the filter; with its SYN. */
static void settle(struct snapshot *s, struct syn_join *join, const struct filter *filter)
{
	uint64_t before = 0;
	size_t kept = 0;

	if (s->count)
		qsort(s->flows, s->count, sizeof(*s->flows), compare);
	for (size_t i = 0; i < s->count; i++) {
		struct joined *flow = &s->flows[i];
		bool first = i == 0 || flow->conn.head.flow != before;

		before = flow->conn.head.flow;
		if (first && join)
			syn_join_find(join, &flow->conn, &flow->syn);
		if (first && filter_match(filter, s->table ? s->table : &fields_flow, flow))
			s->flows[kept++] = *flow;
	}
	s->count = kept;
}

static int from_file(struct cmd_ctx *ctx, const char *path, struct take *take)
{
	_cleanup_(file_reader_freep) struct file_reader *reader = NULL;
	int r = file_reader_new(path, &reader);

	if (r)
		return r;
	cmd_set_origin(ctx->sink, file_origin(reader));
	return file_consume(reader, on_record, take);
}

/* SYNs are looked up now, while the instance is open. */
static int join_live(struct session *session, struct take *take)
{
	_cleanup_(syns_closep) struct syns *syns = NULL;
	_cleanup_(syn_join_freep) struct syn_join *join = NULL;
	int r;

	if (!take->snapshot->view || !session->control->syn)
		return 0;
	r = syns_open(session->pins.dir, &syns);
	if (!r)
		r = syn_join_new(&take->snapshot->view->db, syns, &join);
	if (r)
		return r;
	for (size_t i = 0; i < take->snapshot->count; i++)
		syn_join_want(join, take->snapshot->flows[i].conn.cookie);
	syn_join_look(join);
	for (size_t i = 0; i < take->snapshot->count; i++)
		syn_join_find(join, &take->snapshot->flows[i].conn, &take->snapshot->flows[i].syn);
	return 0;
}

static int from_kernel(struct cmd_ctx *ctx, struct take *take)
{
	_cleanup_(session_closep) struct session *session = NULL;
	int r = session_open(ctx->pin_dir, &session);

	if (r)
		return r;
	take->snapshot->params = *session_params(session);
	take->snapshot->live = true;
	r = iter_flows(session, on_record, take);
	return r ? r : join_live(session, take);
}

int snapshot_take(struct cmd_ctx *ctx, const char *replay, uint32_t netns,
		  const struct filter *filter, struct snapshot *out)
{
	_cleanup_(syn_join_freep) struct syn_join *join = NULL;
	struct take take = { .snapshot = out, .netns = netns };
	int r = 0;

	if (replay && out->view) {
		out->view->replay = true;
		r = syn_join_new(&out->view->db, NULL, &join);
		take.join = join;
	}
	if (!r)
		r = replay ? from_file(ctx, replay, &take) : from_kernel(ctx, &take);
	settle(out, join, filter);
	if (!r)
		return CMD_OK;
	return replay ? cmd_exit(r) : instance_exit(r);
}

int snapshot_filter(struct cmd_ctx *ctx, const struct fields_table *table, int argc, char **argv,
		    struct filter **out)
{
	_cleanup_(freep) char *text = NULL;
	struct filter_error err;
	int r;

	*out = NULL;
	if (!argc)
		return CMD_OK;
	text = cmd_join(argc, argv);
	r = text ? filter_parse(text, &table, 1, out, &err) : -ENOMEM;
	if (r == -EINVAL)
		return cmd_filter_usage(ctx, text, &err);
	return cmd_exit(r);
}

uint32_t snapshot_netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : (uint32_t)st.st_ino;
}
