/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>

#include "user/cmd/instance.h"
#include "user/cmd/stream.h"

struct opts {
	struct stream_options stream;
	const char *replay;
};

static const struct cmd_option options[] = {
	STREAM_OPTIONS(struct opts, stream),
	{ "replay", 0, OPTION_TEXT, offsetof(struct opts, replay), "FILE",
	  "read the records of a file instead, - for standard input" },
	{},
};

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(session_closep) struct session *session = NULL;
	_cleanup_(stream_freep) struct stream *stream = NULL;
	char build_id[2 * CDG_BUILD_ID_LEN + 1];
	struct opts o = {};
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	r = stream_new(ctx, &o.stream, count, argv, &stream);
	if (r)
		return r == -EINVAL ? CMD_USAGE : cmd_exit(r);
	if (o.replay)
		return stream_replay(stream, o.replay);
	r = session_open(ctx->pin_dir, &session);
	if (r)
		return instance_exit(r);
	session_build_id_text(session->control->build_id, build_id);
	return stream_live(stream, session, build_id);
}

const struct command cmd_stream = {
	.name = "stream",
	.run = run,
	.synopsis = "[OPTIONS] [FILTER]",
	.summary = "print what CDG decides, as it happens",
	.help = "One line per event, of all network namespaces (-n NAME in front of the command:\n"
		"of one). With -j one JSON object per line: hello first, stats every 10 s with\n"
		"the number of lost records, bye at the end. Up to eight readers at once; the\n"
		"kernel applies --events, --flow, --port and --sample, FILTER is applied here:\n"
		"\n"
		"  cdgctl stream 'dport = :443 and dst 10.0.0.0/8 and (rtt > 50ms or cwnd < 10)'\n"
		"\n"
		"EVENTS: round, backoff, suppressed, cut, undo, slow_start_exit, restart,\n"
		"flow_start, flow_end, syn (a server has accepted a connection), and the groups\n"
		"decisions (backoff to restart), flow (start and end), all.",
	.options = options,
	.root = true,
};
