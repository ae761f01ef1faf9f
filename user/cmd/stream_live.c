/* SPDX-License-Identifier: GPL-2.0 */
/* A stream out of a loaded instance. */
#include <errno.h>

#include "user/cmd/snapshot.h"
#include "user/cmd/streaming.h"
#include "user/kern/namespaces.h"
#include "user/util/loop.h"
#include "version.h"

static int drain(void *arg)
{
	struct stream *s = arg;
	int r, err;

	s->last_ns = monotonic_ns();
	r = ring_consume(s->ring, stream_on_record, s);
	err = sink_flush(s->sink);
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

	/* The clock may have been set, or the machine have slept, since. */
	sink_set_clock(s->sink, source_realtime_offset());
	stream_put_stats(s, monotonic_ns());
	return sink_flush(s->sink);
}

static int on_deadline(void *arg)
{
	struct stream *s = arg;
	int r = drain(s);

	s->reason = "duration";
	return r ? r : STREAM_DONE;
}

static int set_up_loop(struct stream *s, struct loop *loop)
{
	int r = loop_add_fd(loop, ring_fd(s->ring), drain, s);

	if (!r)
		r = loop_add_timer(loop, ring_period_ns(s->ring), drain, s);
	if (!r)
		r = loop_add_timer(loop, STREAM_STATS_NS, on_stats, s);
	if (!r)
		r = stream_watch_output(s, loop);
	if (!r && s->options.duration_ns)
		r = loop_add_timer(loop, s->options.duration_ns, on_deadline, s);
	return r;
}

/* Everything is open: until the end. */
static int run(struct stream *s, struct loop *loop, const struct source_origin *origin)
{
	int r = stream_begin(s, origin);

	if (r)
		return cmd_exit(r);
	r = sink_flush(s->sink);
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
	return stream_end(s, r);
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
	s->sub.netns = s->ctx->netns ? namespace_own() : 0;
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
	r = run(s, loop, &origin);
	s->ring = NULL;
	return r;
}
