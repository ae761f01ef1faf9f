/* SPDX-License-Identifier: GPL-2.0 */
/* A stream out of a file. */
#include <errno.h>

#include "user/cmd/streaming.h"
#include "user/util/loop.h"

#define PACE_NS 10000000ull /* how exactly a speed is kept */

int stream_replay_time(struct stream *s, uint64_t ts_ns)
{
	if (s->options.duration_ns && ts_ns > s->first_ns &&
	    ts_ns - s->first_ns > s->options.duration_ns) {
		s->reason = "duration";
		return STREAM_DONE;
	}
	if (ts_ns > s->last_ns)
		s->last_ns = ts_ns;
	if (ts_ns >= s->next_stats_ns) {
		stream_put_stats(s, ts_ns);
		/* A leap in a corrupt file must not be made up for tick by tick. */
		s->next_stats_ns = ts_ns < UINT64_MAX - STREAM_STATS_NS ? ts_ns + STREAM_STATS_NS
									: UINT64_MAX;
	}
	return 0;
}

static void follow_seq(struct stream *s, const struct cdg_rec_head *head)
{
	s->sequenced += head->seq != 0;
	if (head->seq > s->highest_seq)
		s->highest_seq = head->seq;
}

/* The records that come before all filters, and the time that a record is due at. */
int stream_replay_before(struct stream *s, const void *data, size_t len, bool *done)
{
	const struct cdg_rec_params *params = event_params(data, len);
	const struct cdg_rec_head *head = data;
	int r;

	if (s->timeline.speed > 0 && head->ts_ns > timeline_at(&s->timeline, monotonic_ns()))
		return STREAM_LATER;
	follow_seq(s, head);
	if (!params)
		return 0;
	*done = true;
	r = stream_replay_time(s, head->ts_ns);
	if (!r)
		sink_record(s->sink, &fields_parameters, params);
	return r;
}

static int on_pace(void *arg)
{
	struct stream *s = arg;
	int r = file_consume(s->file, stream_on_record, s), err = sink_flush(s->sink);

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
	if (!r)
		r = stream_watch_output(s, loop);
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

	s->replay = s->view.replay = true;
	if (!r)
		r = syn_join_new(&s->view.db, NULL, &s->join);
	if (!r)
		r = stream_begin(s, file_origin(reader));
	if (r)
		return cmd_exit(r);
	s->file = reader;
	s->reason = "end of file";
	r = cmd_ready(s->options.ready_file);
	if (!r)
		r = speed > 0 ? replay_at_speed(s, speed)
			      : file_consume(reader, stream_on_record, s);
	if (r == -EBADMSG)
		s->reason = "corrupt file";
	r = stream_end(s, r);
	s->file = NULL;
	return r;
}
