/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "user/cmd/instance.h"
#include "user/cmd/snapshot.h"
#include "user/cmd/stream.h"
#include "user/model/event.h"
#include "user/model/rows.h"
#include "user/source/file.h"
#include "user/source/iter.h"
#include "user/source/ring.h"
#include "user/util/log.h"
#include "user/util/loop.h"
#include "version.h"

#define POLL_NS 100000000ull /* single records do not wake the reader */
#define SNAPSHOTS_NS 10000000000ull
#define WRITE_BYTES (256 * 1024) /* written at once when this much waits */
#define RECORD_DONE (-ECANCELED) /* an end that was asked for */

struct opts {
	struct stream_options stream;
	uint64_t snapshots_ns;
	bool sync, force;
};

static const struct cmd_option options[] = {
	STREAM_OPTIONS(struct opts, stream),
	{ "snapshots", 's', OPTION_DURATION, offsetof(struct opts, snapshots_ns), "TIME",
	  "a snapshot of every flow this often, 10s if not given; 0: none" },
	{ "sync", 0, OPTION_FLAG, offsetof(struct opts, sync), NULL,
	  "wait until the disk has it after each write, against power cuts" },
	{ "force", 'f', OPTION_FLAG, offsetof(struct opts, force), NULL,
	  "overwrite the file if it exists" },
	{},
};

/* What `record` came to, printed at the end. */
struct recorded {
	const char *file;
	const char *reason;
	uint64_t events;
	uint64_t snapshots;
	uint64_t bytes;
	uint64_t lost;
	uint64_t duration_us;
};

static const struct field recorded_fields[] = {
	ROW(struct recorded, file, "file", TEXT, NONE, NONE, "FILE", "Where the records are."),
	ROW(struct recorded, reason, "reason", TEXT, NONE, NONE, "REASON", "Why it ended."),
	ROW(struct recorded, events, "events", UINT, NONE, COUNTER, "EVENTS", "Events written."),
	ROW(struct recorded, snapshots, "snapshots", UINT, NONE, COUNTER, "SNAPSHOTS",
	    "Snapshots of flows written."),
	ROW(struct recorded, bytes, "size_bytes", UINT, BYTES, NONE, "SIZE", "Size of the file."),
	ROW(struct recorded, lost, "lost", UINT, NONE, COUNTER, "LOST",
	    "Events lost because they could not be written in time."),
	ROW(struct recorded, duration_us, "duration_us", UINT, US, NONE, "DURATION",
	    "From beginning to end."),
};

static const struct fields_table fields_recorded = {
	.name = "recorded",
	.help = "What a recording came to.",
	TABLE(struct recorded, recorded_fields),
};

struct recorder {
	struct session *session;
	struct ring *ring;
	struct cdg_sub_filter sub;
	struct buf out;
	struct recorded done;
	uint64_t written;	  /* bytes in the file: whole records only */
	uint64_t pending_events;  /* of them in `out` */
	uint64_t pending_snapshots;
	uint64_t limit;		  /* of events, 0: none */
	uint64_t start_ns;
	uint32_t generation;	  /* of the parameters noted last, 0: none */
	int fd;
	bool regular;
	bool sync;
};

static uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/*
 * Writes what waits, whole records. When the disk is full the file is cut back to the last record
 * that is whole.
 */
static int flush(struct recorder *r)
{
	size_t len = r->out.len;
	int err = buf_flush(&r->out, r->fd);

	if (!err && r->sync && r->regular && fdatasync(r->fd))
		err = -errno;
	if (!err) {
		r->written += len;
		r->done.events += r->pending_events;
		r->done.snapshots += r->pending_snapshots;
	} else if (r->regular && ftruncate(r->fd, (off_t)r->written)) {
		log_warn("cannot cut %s back to its last whole record", r->done.file);
	}
	r->pending_events = r->pending_snapshots = 0;
	if (!err || err == -EPIPE)
		return err;
	r->done.reason = err == -ENOSPC ? "disk full" : "write error";
	return log_err(err, "cannot write to %s; the %" PRIu64 " bytes in it are whole records",
		       r->done.file, r->written);
}

static int put(struct recorder *r, const void *data, size_t len)
{
	buf_put(&r->out, data, len);
	buf_fill(&r->out, 0, (8 - len % 8) % 8);
	return r->out.len >= WRITE_BYTES ? flush(r) : 0;
}

static int on_event(void *arg, const void *data, size_t len)
{
	struct recorder *r = arg;
	int err;

	r->pending_events++;
	err = put(r, data, len);
	if (err || !r->limit || r->done.events + r->pending_events < r->limit)
		return err;
	r->done.reason = "count";
	return RECORD_DONE;
}

static int on_snapshot(void *arg, const void *data, size_t len)
{
	struct recorder *r = arg;
	struct cdg_sub_filter any = r->sub;
	struct event event;

	any.kinds = ~0u;
	if (event_decode(data, len, &event) || !event_wanted(&any, event.conn))
		return 0;
	r->pending_snapshots++;
	return put(r, data, len);
}

/* A tuning takes effect at once, so that its note may stand a little behind its first round. */
static int note_params(struct recorder *r)
{
	struct cdg_rec_params rec = {
		.head = { .type = CDG_REC_PARAMS, .len = sizeof(rec), .ts_ns = monotonic_ns() },
		.params = *session_params(r->session),
	};

	if (rec.params.generation == r->generation)
		return 0;
	r->generation = rec.params.generation;
	return put(r, &rec, sizeof(rec));
}

static int drain(void *arg)
{
	struct recorder *r = arg;
	int err = note_params(r), n;

	if (err)
		return err;
	n = ring_consume(r->ring, on_event, r);
	err = flush(r);
	if (err || n < 0)
		return err ? err : n;
	if (ring_alive(r->ring))
		return 0;
	r->done.reason = "unloaded";
	return RECORD_DONE;
}

/* An instance that is just being unloaded has no snapshot; drain() notices that. */
static int take_snapshot(void *arg)
{
	struct recorder *r = arg;
	int err;

	if (!ring_alive(r->ring))
		return drain(r);
	err = iter_flows(r->session, on_snapshot, r);
	return err ? err : flush(r);
}

static int on_deadline(void *arg)
{
	struct recorder *r = arg;
	int err = drain(r);

	r->done.reason = "duration";
	return err ? err : RECORD_DONE;
}

static int open_file(struct recorder *r, const char *path, bool force)
{
	struct stat st;

	r->done.file = path;
	if (!strcmp(path, "-")) {
		r->done.file = "standard output";
		r->fd = dup(STDOUT_FILENO);
	} else {
		r->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL),
			     0644);
	}
	if (r->fd < 0 && errno == EEXIST)
		return log_err(-EEXIST,
			       "%s exists. Choose another name, or --force to overwrite it", path);
	if (r->fd < 0)
		return log_err(-errno, "cannot create %s", path);
	if (isatty(r->fd))
		return log_err(-EINVAL, "records are no text for a terminal. Name a file, or send "
			       "them on: cdgctl record - | gzip > FILE");
	r->regular = !fstat(r->fd, &st) && S_ISREG(st.st_mode);
	return 0;
}

static int begin(struct recorder *r, const struct stream_options *o)
{
	char build_id[2 * CDG_BUILD_ID_LEN + 1];
	struct source_origin origin;
	int err = ring_open(r->session, &r->sub, stream_ring_bytes(o), &r->ring);

	if (err)
		return err;
	session_build_id_text(r->session->control->build_id, build_id);
	source_origin_here(&origin, CDG_VERSION, build_id);
	r->start_ns = origin.start_ns;
	err = file_write_head(r->fd, &origin);
	if (err)
		return log_err(err, "cannot write to %s", r->done.file);
	r->written = sizeof(struct file_head);
	err = note_params(r);
	return err ? err : take_snapshot(r);
}

static int set_up_loop(struct recorder *r, struct loop *loop, const struct opts *o)
{
	int err = loop_add_fd(loop, ring_fd(r->ring), drain, r);

	if (!err)
		err = loop_add_timer(loop, POLL_NS, drain, r);
	if (!err && o->snapshots_ns)
		err = loop_add_timer(loop, o->snapshots_ns, take_snapshot, r);
	if (!err && o->stream.duration_ns)
		err = loop_add_timer(loop, o->stream.duration_ns, on_deadline, r);
	return err;
}

static int finish(struct cmd_ctx *ctx, struct recorder *r, int err)
{
	struct cdg_sub_stat stat;

	if (r->ring && r->start_ns) {
		ring_stat(r->ring, &stat);
		r->done.lost = stat.lost;
		r->done.bytes = r->written;
		r->done.duration_us = (monotonic_ns() - r->start_ns) / 1000;
		if (strcmp(r->done.file, "standard output"))
			sink_record(ctx->sink, &fields_recorded, &r->done);
	}
	return err == RECORD_DONE ? CMD_OK : cmd_exit(err);
}

static int record(struct cmd_ctx *ctx, struct recorder *r, const struct opts *o, const char *path)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	int err = loop_new(&loop);

	if (!err)
		err = open_file(r, path, o->force);
	if (!err)
		err = begin(r, &o->stream);
	if (!err)
		err = cmd_ready(o->stream.ready_file);
	if (!err)
		err = set_up_loop(r, loop, o);
	if (!err)
		err = loop_run(loop);
	if (err == LOOP_SIGNAL) {
		r->done.reason = "signal";
		err = drain(r);
		/* The last state of the flows that are still there. */
		if (!err && o->snapshots_ns)
			err = take_snapshot(r);
		err = err ? err : RECORD_DONE;
	}
	return finish(ctx, r, err);
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(session_closep) struct session *session = NULL;
	struct opts o = { .snapshots_ns = SNAPSHOTS_NS };
	struct recorder r = { .fd = -1 };
	int code, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (count != 1)
		return cmd_usage(ctx, "expected the name of one file, or - for standard output");
	if (stream_subscription(ctx, &o.stream, "all", &r.sub))
		return CMD_USAGE;
	code = session_open(ctx->pin_dir, &session);
	if (code)
		return instance_exit(code);
	/* -n NAME has entered the namespace already: then only its flows are meant. */
	r.sub.netns = ctx->netns ? snapshot_netns() : 0;
	r.session = session;
	r.limit = o.stream.count;
	r.sync = o.sync;
	code = record(ctx, &r, &o, argv[0]);
	ring_closep(&r.ring);
	closep(&r.fd);
	buf_release(&r.out);
	return code;
}

const struct command cmd_record = {
	.name = "record",
	.run = run,
	.synopsis = "[OPTIONS] FILE",
	.summary = "write all events and snapshots of all flows into a file",
	.help = "FILE holds every event, a snapshot of every flow now and then, and the parameters "
		"in\n"
		"force; - is standard output. Anyone may look at it, without root and on another\n"
		"machine: 'cdgctl stream', 'flows' and 'explain' with --replay FILE, 'cdgctl "
		"replay\n"
		"FILE' and 'cdgtop --replay FILE'. It is written ten times a second in whole "
		"records,\n"
		"so that all of them can be read when the recorder is killed or the disk fills up.",
	.options = options,
	.root = true,
};
