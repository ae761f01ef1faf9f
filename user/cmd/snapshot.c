/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* Room for one more; the array, which may have moved, or NULL. */
static void *one_more(void *items, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 64;
	void *grown;

	if (count < *room)
		return items;
	grown = count < UINT32_MAX / 2 ? realloc(items, more * size) : NULL;
	if (grown)
		*room = more;
	return grown;
}

static int append(struct snapshot *s, const struct event *event)
{
	struct snapshot_flow *flows = one_more(s->flows, s->count, &s->room, sizeof(*s->flows));
	struct cdg_rec_flow *records;

	if (!flows)
		return -ENOMEM;
	s->flows = flows;
	records = one_more(s->records, s->record_count, &s->record_room, sizeof(*s->records));
	if (!records)
		return -ENOMEM;
	s->records = records;
	flows[s->count++] = (struct snapshot_flow){
		.flow = event->conn->head.flow,
		.record = (uint32_t)s->record_count,
	};
	memcpy(&records[s->record_count++], event->conn, sizeof(*records));
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

/* By one byte of the number; equal ones stay in order. */
static void sort_by_byte(const struct snapshot_flow *from, struct snapshot_flow *to, size_t count,
			 unsigned int shift)
{
	size_t at[256] = {}, sum = 0;

	for (size_t i = 0; i < count; i++)
		at[from[i].flow >> shift & 255]++;
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		size_t n = at[i];

		at[i] = sum;
		sum += n;
	}
	for (size_t i = 0; i < count; i++)
		to[at[from[i].flow >> shift & 255]++] = from[i];
}

/* A byte after the other, from the lowest to the highest that any number has. */
static int sort_flows(struct snapshot *s)
{
	struct snapshot_flow *other = malloc(s->count * sizeof(*other)), *swap;
	uint64_t highest = 0;

	if (!other)
		return -ENOMEM;
	for (size_t i = 0; i < s->count; i++)
		if (s->flows[i].flow > highest)
			highest = s->flows[i].flow;
	for (unsigned int shift = 0; shift < 64 && highest >> shift; shift += 8) {
		sort_by_byte(s->flows, other, s->count, shift);
		swap = s->flows;
		s->flows = other;
		other = swap;
	}
	free(other);
	return 0;
}

/* The flows in order of their numbers, each with its latest record. */
static int order_flows(struct snapshot *s)
{
	size_t kept = 0;

	if (s->count && sort_flows(s)) {
		s->count = 0;
		return -ENOMEM;
	}
	for (size_t i = 0; i < s->count; i++) {
		struct snapshot_flow *last = kept ? &s->flows[kept - 1] : NULL;

		if (!last || last->flow != s->flows[i].flow)
			s->flows[kept++] = s->flows[i];
		else if (s->records[s->flows[i].record].conn.head.ts_ns >
			 s->records[last->record].conn.head.ts_ns)
			*last = s->flows[i];
	}
	s->count = kept;
	return 0;
}

/* Without memory the SYN of a flow is missing, and nothing else. */
static void add_syn(struct snapshot *s, struct snapshot_flow *flow, const struct flow_syn *syn)
{
	struct flow_syn *syns = one_more(s->syns, s->syn_count, &s->syn_room, sizeof(*s->syns));

	if (!syns)
		return;
	s->syns = syns;
	syns[s->syn_count++] = *syn;
	flow->syn = (uint32_t)s->syn_count;
}

static void join_flows(struct snapshot *s, struct syn_join *join)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct flow_syn *syn = syn_join_get(join, &snapshot_record(s, i)->conn);

		if (syn && syn->status)
			add_syn(s, &s->flows[i], syn);
	}
}

/* In order of the numbers is the reverse of how the kernel has them: no processor expects that. */
static void fetch_ahead(const struct snapshot *s, size_t i)
{
	const char *at = i < s->count ? (const char *)snapshot_record(s, i) : NULL;

	for (size_t k = 0; at && k < sizeof(struct cdg_rec_flow); k += 64)
		__builtin_prefetch(at + k);
}

void snapshot_joined(const struct snapshot *s, size_t i, struct joined *out)
{
	const struct flow_syn *syn = snapshot_syn(s, &s->flows[i]);

	fetch_ahead(s, i + 2);
	out->flow = *snapshot_record(s, i);
	if (syn)
		out->syn = *syn;
	else if (out->syn.status)
		memset(&out->syn, 0, sizeof(out->syn));
}

static void keep_matching(struct snapshot *s, const struct filter *filter)
{
	const struct fields_table *table = s->table ? s->table : &fields_flow;
	struct joined joined = {};
	size_t kept = 0;

	if (!filter)
		return;
	for (size_t i = 0; i < s->count; i++) {
		snapshot_joined(s, i, &joined);
		if (filter_match(filter, table, &joined))
			s->flows[kept++] = s->flows[i];
	}
	s->count = kept;
}

/* Of a file that is broken the flows before that. */
static int from_file(struct cmd_ctx *ctx, const char *path, struct take *take)
{
	_cleanup_(file_reader_freep) struct file_reader *reader = NULL;
	int r = file_reader_new(path, &reader);

	if (r)
		return r;
	cmd_set_origin(ctx->sink, file_origin(reader));
	r = file_consume(reader, on_record, take);
	if (!order_flows(take->snapshot) && take->join)
		join_flows(take->snapshot, take->join);
	return r;
}

/* SYNs are looked up now, while the instance is open. */
static int join_live(struct session *session, struct take *take)
{
	_cleanup_(syns_closep) struct syns *syns = NULL;
	_cleanup_(syn_join_freep) struct syn_join *join = NULL;
	int r;

	if (!take->snapshot->view || !session->control->syn)
		return 0;
	r = syn_view_signatures(take->snapshot->view);
	if (!r)
		r = syns_open(session->pins.dir, &syns);
	if (!r)
		r = syn_join_new(&take->snapshot->view->db, syns, &join);
	if (r)
		return r;
	for (size_t i = 0; i < take->snapshot->count; i++)
		syn_join_want(join, snapshot_record(take->snapshot, i)->conn.cookie);
	syn_join_look(join);
	join_flows(take->snapshot, join);
	return 0;
}

static int from_kernel(struct cmd_ctx *ctx, struct take *take)
{
	_cleanup_(session_closep) struct session *session = NULL;
	int r = session_open(ctx->pin_dir, &session), err;

	if (r)
		return r;
	take->snapshot->params = *session_params(session);
	take->snapshot->live = true;
	r = iter_flows(session, take->netns, on_record, take);
	err = order_flows(take->snapshot);
	r = r ? r : err;
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
		r = syn_view_signatures(out->view);
		if (!r)
			r = syn_join_new(&out->view->db, NULL, &join);
		take.join = join;
	}
	if (!r)
		r = replay ? from_file(ctx, replay, &take) : from_kernel(ctx, &take);
	keep_matching(out, filter);
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
