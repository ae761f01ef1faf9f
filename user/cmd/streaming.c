/* SPDX-License-Identifier: GPL-2.0 */
/* The pipe: source -> decode -> filter -> sink, with hello, stats and bye around it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "user/cmd/snapshot.h"
#include "user/cmd/stream.h"
#include "user/cmd/syn_join.h"
#include "user/cmd/syn_view.h"
#include "user/model/event.h"
#include "user/model/filter.h"
#include "user/model/timeline.h"
#include "user/source/file.h"
#include "user/source/ring.h"
#include "user/util/log.h"
#include "user/util/loop.h"
#include "version.h"

#define STATS_NS 10000000000ull /* a stats record this often */
#define POLL_NS 100000000ull	/* single records do not wake the reader */
#define STREAM_DONE (-ECANCELED) /* a limit is reached; not an error */
#define STREAM_LATER 1		/* replay at a speed: the next record is not due */
#define PACE_NS 10000000ull	/* how exactly */

struct stream {
	struct cmd_ctx *ctx;
	struct stream_options options;
	struct cdg_sub_filter sub;
	struct filter *filter;
	char *filter_text;
	char kinds[256];
	struct stream_counts counts;
	uint64_t first_ns, last_ns; /* times of records, or of the clock when live */
	uint64_t next_stats_ns;
	struct ring *ring; /* live only; not owned */
	struct file_reader *file; /* replay only; not owned */
	struct timeline timeline; /* speed 0: as fast as it goes */
	uint64_t sequenced; /* replay: records with a seq, and the largest one */
	uint32_t highest_seq;
	struct syn_view view;
	struct joined_tables *tables;
	struct syn_join *join;
	const char *reason; /* why it ends */
	bool replay;
};

static int parse_filter(struct stream *s, int argc, char **argv)
{
	const struct fields_table *tables[EVENT_KERNEL_TABLES + 1];
	struct filter_error err;
	int r;

	if (!argc)
		return 0;
	s->filter_text = cmd_join(argc, argv);
	if (!s->filter_text)
		return -ENOMEM;
	for (size_t i = 0; i < EVENT_KERNEL_TABLES; i++)
		tables[i] = joined_table(s->tables, event_tables[i]);
	tables[EVENT_KERNEL_TABLES] = &fields_syn_event;
	r = filter_parse(s->filter_text, tables, ARRAY_SIZE(tables), &s->filter, &err);
	if (r == -EINVAL)
		cmd_filter_usage(s->ctx, s->filter_text, &err);
	return r;
}

int stream_new(struct cmd_ctx *ctx, const struct stream_options *options, int argc, char **argv,
	       struct stream **out)
{
	_cleanup_(stream_freep) struct stream *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->ctx = ctx;
	s->options = *options;
	r = stream_subscription(ctx, options, EVENT_KINDS_DEFAULT, &s->sub);
	if (r)
		return r;
	event_kinds_text(s->sub.kinds, s->kinds, sizeof(s->kinds));
	r = joined_tables_new(&s->tables);
	if (!r && syn_view_open(ctx, &options->view, &s->view))
		r = -EINVAL;
	if (r)
		return r;
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
	syn_view_release(&s->view);
	joined_tables_freep(&s->tables);
	syn_join_freep(&s->join);
	free(s);
}

static uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void put_hello(struct stream *s, const struct source_origin *origin)
{
	struct rec_hello hello = {
		.ts_ns = origin->start_ns,
		.host = origin->host,
		.boot_id = origin->boot_id,
		.kernel = origin->kernel,
		.version = origin->version,
		.build_id = origin->build_id,
		.events = s->kinds,
		.filter = s->filter_text,
		.abi_version = CDG_ABI_VERSION,
		.replay = s->replay,
	};

	s->first_ns = s->last_ns = origin->start_ns;
	s->next_stats_ns = origin->start_ns + STATS_NS;
	sink_record(s->ctx->sink, &fields_hello, &hello);
}

static void count_lost(struct stream *s)
{
	struct cdg_sub_stat stat;

	if (s->replay)
		s->counts.lost = event_gaps(s->highest_seq, s->sequenced);
	if (!s->ring)
		return;
	ring_stat(s->ring, &stat);
	s->counts.lost = stat.lost;
}

static void put_stats(struct stream *s, uint64_t now_ns)
{
	struct rec_stats stats;

	count_lost(s);
	stats = (struct rec_stats){ .ts_ns = now_ns, .counts = s->counts };
	sink_record(s->ctx->sink, &fields_stats, &stats);
}

static void put_bye(struct stream *s)
{
	struct rec_bye bye;

	count_lost(s);
	bye = (struct rec_bye){
		.ts_ns = s->last_ns,
		.counts = s->counts,
		.duration_us = (s->last_ns - s->first_ns) / 1000,
		.reason = s->reason,
	};
	sink_record(s->ctx->sink, &fields_bye, &bye);
}

/* Under replay time is what the records say, so that every run prints the same bytes. */
static int follow_time(struct stream *s, uint64_t ts_ns)
{
	if (!s->replay)
		return 0;
	if (s->options.duration_ns && ts_ns > s->first_ns &&
	    ts_ns - s->first_ns > s->options.duration_ns) {
		s->reason = "duration";
		return STREAM_DONE;
	}
	if (ts_ns > s->last_ns)
		s->last_ns = ts_ns;
	if (ts_ns >= s->next_stats_ns) {
		put_stats(s, ts_ns);
		/* A leap in a corrupt file must not be made up for tick by tick. */
		s->next_stats_ns = ts_ns < UINT64_MAX - STATS_NS ? ts_ns + STATS_NS : UINT64_MAX;
	}
	return 0;
}

static void follow_seq(struct stream *s, const struct cdg_rec_head *head)
{
	s->sequenced += head->seq != 0;
	if (head->seq > s->highest_seq)
		s->highest_seq = head->seq;
}

/* Under replay: the records that come before all filters, and the time that a record is due at. */
static int replay_record(struct stream *s, const void *data, size_t len)
{
	const struct cdg_rec_params *params = event_params(data, len);
	const struct cdg_rec_head *head = data;
	int r;

	if (s->timeline.speed > 0 && head->ts_ns > timeline_at(&s->timeline, monotonic_ns()))
		return STREAM_LATER;
	follow_seq(s, head);
	if (!params)
		return 0;
	r = follow_time(s, head->ts_ns);
	if (!r)
		sink_record(s->ctx->sink, &fields_parameters, params);
	return r;
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
	sink_record(s->ctx->sink, shown->table, shown->record);
	s->counts.shown++;
}

static int on_record(void *arg, const void *data, size_t len)
{
	struct stream *s = arg;
	struct shown shown;
	int r = s->replay ? replay_record(s, data, len) : 0;

	if (r || event_params(data, len))
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
	r = follow_time(s, shown.conn->head.ts_ns);
	if (r)
		return r;
	s->counts.received++;
	/* The kernel has applied it already to what is live. */
	if (s->replay && !event_wanted(&s->sub, shown.conn))
		return 0;
	if (!filter_match(s->filter, shown.table, shown.record))
		return 0;
	put_record(s, &shown);
	if (s->counts.shown != s->options.count)
		return sink_error(s->ctx->sink);
	s->reason = "count";
	return STREAM_DONE;
}

static int drain(void *arg)
{
	struct stream *s = arg;
	int r, err;

	s->last_ns = monotonic_ns();
	r = ring_consume(s->ring, on_record, s);
	err = sink_flush(s->ctx->sink);
	if (r < 0)
		return r;
	if (err)
		return err;
	if (ring_alive(s->ring))
		return 0;
	s->reason = "unloaded";
	return STREAM_DONE;
}

static int on_stats(void *arg)
{
	struct stream *s = arg;

	put_stats(s, monotonic_ns());
	return sink_flush(s->ctx->sink);
}

static int on_deadline(void *arg)
{
	struct stream *s = arg;
	int r = drain(s);

	s->reason = "duration";
	return r ? r : STREAM_DONE;
}

static int on_reader_gone(void *arg)
{
	(void)arg;
	return -EPIPE;
}

/* What the loop or the file came to -> exit code; the last record and the last error. */
static int finish(struct stream *s, int r)
{
	if (r == -EPIPE)
		return CMD_OK;
	put_bye(s);
	if (sink_flush(s->ctx->sink) == -EPIPE || r == STREAM_DONE)
		return CMD_OK;
	return cmd_exit(r);
}

static int set_up_loop(struct stream *s, struct loop *loop)
{
	int r = loop_add_fd(loop, ring_fd(s->ring), drain, s);

	if (!r)
		r = loop_add_timer(loop, POLL_NS, drain, s);
	if (!r)
		r = loop_add_timer(loop, STATS_NS, on_stats, s);
	if (!r)
		r = loop_add_hangup(loop, STDOUT_FILENO, on_reader_gone, s);
	if (!r && s->options.duration_ns)
		r = loop_add_timer(loop, s->options.duration_ns, on_deadline, s);
	return r;
}

int stream_live(struct stream *s, struct session *session, const char *build_id)
{
	_cleanup_(syns_closep) struct syns *syns = NULL;
	_cleanup_(ring_closep) struct ring *ring = NULL;
	_cleanup_(loop_freep) struct loop *loop = NULL;
	size_t bytes = stream_ring_bytes(&s->options);
	struct source_origin origin;
	int r;

	/* -n NAME has entered the namespace already: then only its flows are meant. */
	s->sub.netns = s->ctx->netns ? snapshot_netns() : 0;
	r = session->control->syn ? syns_open(session->pins.dir, &syns) : 0;
	if (!r)
		r = syn_join_new(&s->view.db, syns, &s->join);
	if (!r)
		r = loop_new(&loop);
	if (!r)
		r = ring_open(session, &s->sub, bytes, &ring);
	if (r)
		return cmd_exit(r);
	s->ring = ring;
	s->reason = "error";
	source_origin_here(&origin, CDG_VERSION, build_id);
	put_hello(s, &origin);
	r = sink_flush(s->ctx->sink);
	if (!r)
		r = cmd_ready(s->options.ready_file);
	if (!r)
		r = set_up_loop(s, loop);
	if (!r)
		r = loop_run(loop);
	if (r == LOOP_SIGNAL) {
		s->reason = "signal";
		r = drain(s) == -EPIPE ? -EPIPE : STREAM_DONE;
	}
	r = finish(s, r);
	s->ring = NULL;
	return r;
}

static int on_pace(void *arg)
{
	struct stream *s = arg;
	int r = file_consume(s->file, on_record, s), err = sink_flush(s->ctx->sink);

	if (err)
		return err;
	return r == STREAM_LATER ? 0 : r ? r : STREAM_DONE;
}

/* With the pauses that lie between the records, divided by the speed. */
static int replay_at_speed(struct stream *s, double speed)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	int r = loop_new(&loop);

	if (!r)
		r = loop_add_timer(loop, PACE_NS, on_pace, s);
	if (r)
		return r;
	timeline_start(&s->timeline, file_origin(s->file)->start_ns, monotonic_ns(), speed);
	r = on_pace(s);
	if (!r)
		r = loop_run(loop);
	if (r == LOOP_SIGNAL) {
		s->reason = "signal";
		r = STREAM_DONE;
	}
	return r;
}

int stream_replay(struct stream *s, const char *path, double speed)
{
	_cleanup_(file_reader_freep) struct file_reader *reader = NULL;
	int r = file_reader_new(path, &reader);

	if (!r)
		r = syn_join_new(&s->view.db, NULL, &s->join);
	if (r)
		return cmd_exit(r);
	s->replay = s->view.replay = true;
	s->file = reader;
	s->reason = "end of file";
	sink_set_clock(s->ctx->sink, file_origin(reader)->realtime_offset_ns);
	put_hello(s, file_origin(reader));
	r = cmd_ready(s->options.ready_file);
	if (!r)
		r = speed > 0 ? replay_at_speed(s, speed) : file_consume(reader, on_record, s);
	if (r == -EBADMSG)
		s->reason = "corrupt file";
	r = finish(s, r);
	s->file = NULL;
	return r;
}
