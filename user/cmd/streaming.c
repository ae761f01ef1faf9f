/* SPDX-License-Identifier: GPL-2.0 */
/* The pipe: decode -> filter -> sink, for records from a ring or a file. */
#include "user/cmd/streaming.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int parse_filter(struct stream *s, int argc, char **argv)
{
	const struct fields_table *tables[EVENT_KERNEL_TABLES + 1];
	struct filter_error err;
	int r;

	if (!argc)
		return CMD_OK;
	s->filter_text = cmd_join(argc, argv);
	if (!s->filter_text)
		return cmd_exit(-ENOMEM);
	for (size_t i = 0; i < EVENT_KERNEL_TABLES; i++)
		tables[i] = joined_table(s->tables, event_tables[i]);
	tables[EVENT_KERNEL_TABLES] = &fields_syn_event;
	r = filter_parse(s->filter_text, tables, ARRAY_SIZE(tables), &s->filter, &err);
	return r == -EINVAL ? cmd_filter_usage(s->ctx, s->filter_text, &err) : cmd_exit(r);
}

int stream_new(struct cmd_ctx *ctx, const struct stream_options *options,
	       const struct ship_options *ship, int argc, char **argv, struct stream **out)
{
	_cleanup_(stream_freep) struct stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return cmd_exit(-ENOMEM);
	s->ctx = ctx;
	s->options = *options;
	if (stream_subscription(ctx, options, EVENT_KINDS_DEFAULT, &s->sub))
		return CMD_USAGE;
	event_kinds_text(s->sub.kinds, s->kinds, sizeof(s->kinds));
	r = cmd_exit(joined_tables_new(&s->tables));
	if (!r)
		r = syn_view_open(ctx, &options->view, &s->view);
	if (!r)
		r = ship_new(ctx, ship, &s->ship);
	if (!r)
		r = parse_filter(s, argc, argv);
	if (r)
		return r;
	*out = TAKE_PTR(s);
	return 0;
}

void stream_free(struct stream *s)
{
	if (s->filter)
		filter_free(s->filter);
	free(s->filter_text);
	ship_freep(&s->ship);
	syn_view_release(&s->view);
	joined_tables_freep(&s->tables);
	syn_join_freep(&s->join);
	free(s);
}

/* What is shown of a record, whichever kind it is. */
struct shown {
	const struct cdg_rec_conn *conn; /* as it came */
	const struct fields_table *table;
	const void *record;
	struct joined joined;
	struct syn_report syn;
};

static int decode_flow(struct stream *s, const void *data, size_t len, struct shown *out)
{
	struct event event;
	int r = event_decode(data, len, &event);

	if (r)
		return r;
	joined_fill(&out->joined, &event);
	syn_join_find(s->join, event.conn, &out->joined.syn);
	out->conn = event.conn;
	out->table = joined_table(s->tables, event.table);
	out->record = &out->joined;
	return 0;
}

static int decode_syn(struct stream *s, const void *data, size_t len, struct shown *out)
{
	const struct cdg_rec_syn *rec;
	int r = event_decode_syn(data, len, &rec);

	if (r)
		return r;
	syn_view_fill(&s->view, rec, &out->syn);
	syn_join_learn(s->join, &out->syn);
	out->conn = &rec->conn;
	out->table = &fields_syn_event;
	out->record = &out->syn;
	return 0;
}

static void put_record(struct stream *s, struct shown *shown)
{
	if (shown->record == &shown->syn)
		syn_view_hide(&s->view, &shown->syn);
	else
		syn_view_hide_conn(&s->view, &shown->joined.conn);
	sink_record(s->sink, shown->table, shown->record);
	s->counts.shown++;
}

static int show(struct stream *s, struct shown *shown)
{
	/* The kernel has applied it already to what is live. */
	if (s->replay && !event_wanted(&s->sub, shown->conn))
		return 0;
	if (!filter_match(s->filter, shown->table, shown->record))
		return 0;
	put_record(s, shown);
	if (s->counts.shown != s->options.count)
		return sink_error(s->sink);
	s->reason = "count";
	return STREAM_DONE;
}

int stream_on_record(void *arg, const void *data, size_t len)
{
	struct stream *s = arg;
	struct shown shown;
	bool done = false;
	int r = s->replay ? stream_replay_before(s, data, len, &done) : 0;

	if (r || done)
		return r;
	r = decode_flow(s, data, len, &shown);
	if (r == -ENOMSG)
		r = decode_syn(s, data, len, &shown);
	if (r) {
		s->counts.received++;
		s->counts.invalid += r == -EBADMSG;
		s->counts.unknown += r == -ENOMSG;
		return 0;
	}
	r = s->replay ? stream_replay_time(s, shown.conn->head.ts_ns) : 0;
	if (r)
		return r;
	s->counts.received++;
	return show(s, &shown);
}
