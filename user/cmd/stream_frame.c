/* SPDX-License-Identifier: GPL-2.0 */
/* What stands around the records of a stream: its output; hello, stats and bye. */
#include <errno.h>

#include "user/cmd/streaming.h"
#include "user/util/loop.h"

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

	sink_record(s->sink, &fields_hello, &hello);
}

int stream_begin(struct stream *s, const struct source_origin *origin)
{
	int r = ship_open(s->ship, s->replay);

	if (r)
		return r;
	s->sink = ship_sink(s->ship);
	cmd_set_origin(s->sink, origin);
	s->first_ns = s->last_ns = origin->start_ns;
	s->next_stats_ns = origin->start_ns + STREAM_STATS_NS;
	put_hello(s, origin);
	return 0;
}

static int on_reader_gone(void *arg)
{
	(void)arg;
	return -EPIPE;
}

static int on_output(void *output)
{
	output_pump(output);
	return 0;
}

static int on_reload(void *output)
{
	output_reopen(output);
	return 0;
}

int stream_watch_output(struct stream *s, struct loop *loop)
{
	struct output *output = ship_output(s->ship);

	if (!output)
		return loop_add_hangup(loop, STDOUT_FILENO, on_reader_gone, s);
	loop_set_reload(loop, on_reload, output);
	return loop_add_fd(loop, output_fd(output), on_output, output);
}

static void count_lost(struct stream *s)
{
	struct cdg_sub_stat stat;

	s->counts.dropped = ship_dropped(s->ship);
	if (s->replay)
		s->counts.lost = event_gaps(s->highest_seq, s->sequenced);
	if (!s->ring)
		return;
	ring_stat(s->ring, &stat);
	s->counts.lost = stat.lost;
}

void stream_put_stats(struct stream *s, uint64_t now_ns)
{
	struct rec_stats stats;

	count_lost(s);
	stats = (struct rec_stats){ .ts_ns = now_ns, .counts = s->counts };
	sink_record(s->sink, &fields_stats, &stats);
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
	sink_record(s->sink, &fields_bye, &bye);
}

int stream_end(struct stream *s, int r)
{
	int err;

	if (r == -EPIPE)
		return CMD_OK;
	/* What waits goes first: bye counts what it had no room for, and needs room itself. */
	err = sink_flush(s->sink);
	if (ship_output(s->ship))
		output_settle(ship_output(s->ship));
	put_bye(s);
	if (!err)
		err = sink_flush(s->sink);
	if (ship_output(s->ship))
		output_finish(ship_output(s->ship));
	if (err == -EPIPE || r == STREAM_DONE)
		return CMD_OK;
	return cmd_exit(r);
}
