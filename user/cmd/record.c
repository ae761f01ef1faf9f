/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>

#include "user/cmd/instance.h"
#include "user/cmd/recorder.h"
#include "user/cmd/snapshot.h"
#include "user/cmd/stream.h"
#include "user/kern/namespaces.h"
#include "user/util/loop.h"

#define SNAPSHOTS_NS 10000000000ull

struct opts {
	struct stream_options stream;
	uint64_t snapshots_ns;
	bool sync, force;
};

static const struct cmd_option options[] = {
	STREAM_OPTIONS(struct opts, stream),
	SYN_ANONYMIZE_OPTIONS(struct opts, stream.view),
	{ "snapshots", 's', OPTION_DURATION, offsetof(struct opts, snapshots_ns), "TIME",
	  "a snapshot of every flow this often, 10s if not given; 0: none" },
	{ "sync", 0, OPTION_FLAG, offsetof(struct opts, sync), NULL,
	  "wait until the disk has it after each write, against power cuts" },
	{ "force", 'f', OPTION_FLAG, offsetof(struct opts, force), NULL,
	  "overwrite the file if it exists" },
	{},
};

static int on_ring(void *arg)
{
	return recorder_drain(arg);
}

static int on_snapshot_time(void *arg)
{
	return recorder_snapshot(arg);
}

static int on_deadline(void *arg)
{
	struct recorder *r = arg;
	int err = recorder_drain(r);

	r->done.reason = "duration";
	return err ? err : RECORD_DONE;
}

static int set_up_loop(struct recorder *r, struct loop *loop, const struct opts *o)
{
	int err = loop_add_fd(loop, ring_fd(r->ring), on_ring, r);

	if (!err)
		err = loop_add_timer(loop, ring_period_ns(r->ring), on_ring, r);
	if (!err && o->snapshots_ns)
		err = loop_add_timer(loop, o->snapshots_ns, on_snapshot_time, r);
	if (!err && o->stream.duration_ns)
		err = loop_add_timer(loop, o->stream.duration_ns, on_deadline, r);
	return err;
}

static int finish(struct cmd_ctx *ctx, struct recorder *r, int err)
{
	if (r->ring && r->start_ns) {
		recorder_end(r);
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
		err = recorder_open(r, path, o->force);
	if (!err)
		err = recorder_begin(r, stream_ring_bytes(&o->stream));
	if (!err && o->snapshots_ns)
		err = recorder_snapshot(r);
	if (!err)
		err = cmd_ready(o->stream.ready_file);
	if (!err)
		err = set_up_loop(r, loop, o);
	if (!err)
		err = loop_run(loop);
	if (err == LOOP_SIGNAL) {
		r->done.reason = "signal";
		/* The last state of the flows that are still there. */
		err = o->snapshots_ns ? recorder_snapshot(r) : recorder_drain(r);
		err = err ? err : RECORD_DONE;
	}
	return finish(ctx, r, err);
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(session_closep) struct session *session = NULL;
	struct opts o = { .snapshots_ns = SNAPSHOTS_NS };
	struct recorder r = { .fd = -1 };
	_cleanup_(syn_view_release) struct syn_view view = {};
	int code, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (count != 1)
		return cmd_usage(ctx, "expected the name of one file, or - for standard output");
	if (stream_subscription(ctx, &o.stream, "all", &r.sub))
		return CMD_USAGE;
	code = syn_view_open(ctx, &o.stream.view, &view);
	if (code)
		return code;
	r.anonymize = view.anonymize;
	code = session_open(ctx->pin_dir, &session);
	if (code)
		return instance_exit(code);
	/* -n NAME has entered the namespace already: then only its flows are meant. */
	r.sub.netns = ctx->netns ? namespace_own() : 0;
	r.session = session;
	r.limit = o.stream.count;
	r.snapshots = o.snapshots_ns;
	r.sync = o.sync;
	code = record(ctx, &r, &o, argv[0]);
	recorder_close(&r);
	return code;
}

const struct command cmd_record = {
	.name = "record",
	.run = run,
	.synopsis = "[OPTIONS] FILE",
	.summary = "write all events and snapshots of all flows into a file",
	.help = "FILE holds every event, a snapshot of every flow now and then with its SYN, and\n"
		"the parameters in force; - is standard output. Anyone may look at it, without\n"
		"root and on another machine: 'cdgctl stream', 'flows' and 'explain' with\n"
		"--replay FILE, 'cdgctl replay FILE' and 'cdgtop --replay FILE'. It is written\n"
		"ten times a second in whole records, so that all of them can be read when the\n"
		"recorder is killed or the disk fills up.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_EVENTS,
};
