/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/cmd/instance.h"
#include "user/kern/session.h"
#include "user/model/event.h"
#include "user/source/file.h"
#include "user/source/iter.h"

struct take {
	struct snapshot *snapshot;
	uint32_t netns;
};

static int append(struct snapshot *s, const struct cdg_rec_flow *flow)
{
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		void *flows = realloc(s->flows, room * sizeof(*s->flows));

		if (!flows)
			return -ENOMEM;
		s->flows = flows;
		s->room = room;
	}
	s->flows[s->count++] = *flow;
	return 0;
}

static int on_record(void *arg, const void *data, size_t len)
{
	struct take *take = arg;
	struct event event;

	if (event_decode(data, len, &event) || event.table != &fields_flow)
		return 0;
	if (take->netns && event.conn->netns != take->netns)
		return 0;
	return append(take->snapshot, (const struct cdg_rec_flow *)event.conn);
}

/* By number of the flow; of one flow the latest snapshot first. */
static int compare(const void *a, const void *b)
{
	const struct cdg_rec_head *x = &((const struct cdg_rec_flow *)a)->conn.head;
	const struct cdg_rec_head *y = &((const struct cdg_rec_flow *)b)->conn.head;

	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	return (x->ts_ns < y->ts_ns) - (x->ts_ns > y->ts_ns);
}

/* Keeps the latest snapshot of each flow, if it passes the filter. */
static void settle(struct snapshot *s, const struct filter *filter)
{
	uint64_t before = 0;
	size_t kept = 0;

	if (s->count)
		qsort(s->flows, s->count, sizeof(*s->flows), compare);
	for (size_t i = 0; i < s->count; i++) {
		const struct cdg_rec_flow *flow = &s->flows[i];
		bool first = i == 0 || flow->conn.head.flow != before;

		before = flow->conn.head.flow;
		if (first && filter_match(filter, &fields_flow, flow))
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
	sink_set_clock(ctx->sink, file_origin(reader)->realtime_offset_ns);
	return file_consume(reader, on_record, take);
}

static int from_kernel(struct cmd_ctx *ctx, struct take *take)
{
	_cleanup_(session_closep) struct session *session = NULL;
	int r = session_open(ctx->pin_dir, &session);

	if (r)
		return r;
	take->snapshot->params = *session_params(session);
	take->snapshot->live = true;
	return iter_flows(session, on_record, take);
}

int snapshot_take(struct cmd_ctx *ctx, const char *replay, uint32_t netns,
		  const struct filter *filter, struct snapshot *out)
{
	struct take take = { .snapshot = out, .netns = netns };
	int r = replay ? from_file(ctx, replay, &take) : from_kernel(ctx, &take);

	settle(out, filter);
	if (!r)
		return CMD_OK;
	return replay ? cmd_exit(r) : instance_exit(r);
}

int snapshot_filter(struct cmd_ctx *ctx, int argc, char **argv, struct filter **out)
{
	static const struct fields_table *const table = &fields_flow;
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
