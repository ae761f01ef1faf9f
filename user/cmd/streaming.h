/* SPDX-License-Identifier: GPL-2.0 */
/* A stream under way. For the stream*.c files only. */
#ifndef CMD_STREAMING_H
#define CMD_STREAMING_H

#include "user/cmd/stream.h"
#include "user/cmd/syn_join.h"
#include "user/model/event.h"
#include "user/model/filter.h"
#include "user/model/timeline.h"
#include "user/source/file.h"
#include "user/source/ring.h"
#include "user/util/clock.h"

#define STREAM_STATS_NS 10000000000ull /* a stats record this often */
#define STREAM_DONE (-ECANCELED)       /* a limit is reached; not an error */
#define STREAM_LATER 1		       /* replay at a speed: the next record is not due */

struct stream {
	struct cmd_ctx *ctx;
	struct stream_options options;
	struct ship *ship;
	struct sink *sink; /* of ship; not owned */
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


/* Opens the output and greets: the records of this origin follow. 0 or -errno. */
int stream_begin(struct stream *s, const struct source_origin *origin);
/* Notices a reader that has gone, or serves the output. 0 or -errno. */
struct loop;
int stream_watch_output(struct stream *s, struct loop *loop);
void stream_put_stats(struct stream *s, uint64_t now_ns);

/* What the loop or the file came to -> exit code; the last record and the last error. */
int stream_end(struct stream *s, int r);

/* source_cb: one record from the source to the sink. 0, STREAM_DONE, STREAM_LATER or -errno. */
int stream_on_record(void *stream, const void *data, size_t len);

/* Replay: before a record is shown; the same values. *done: it is none of those to be shown. */
int stream_replay_before(struct stream *s, const void *data, size_t len, bool *done);

/* Under replay time is what the records say, so that every run prints the same bytes. */
int stream_replay_time(struct stream *s, uint64_t ts_ns);

#endif
