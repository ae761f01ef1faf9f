/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>

#include "user/cmd/instance.h"
#include "user/cmd/stream.h"
#include "user/model/timeline.h"

struct opts {
	struct stream_options stream;
	struct ship_options ship;
	const char *replay, *speed;
};

static const struct cmd_option options[] = {
	STREAM_OPTIONS(struct opts, stream),
	SYN_HEADER_OPTION(struct opts, stream.view),
	SYN_VIEW_OPTIONS(struct opts, stream.view),
	SHIP_OPTIONS(struct opts, ship),
	{ "replay", 0, OPTION_TEXT, offsetof(struct opts, replay), "FILE",
	  "read the records of a file instead, - for standard input" },
	{ "speed", 0, OPTION_TEXT, offsetof(struct opts, speed), "FACTOR",
	  "replay with the recorded pauses: 1 as it was, 10 ten times as fast, 0.5 half" },
	{},
};

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(session_closep) struct session *session = NULL;
	_cleanup_(stream_freep) struct stream *stream = NULL;
	char build_id[2 * CDG_BUILD_ID_LEN + 1];
	struct opts o = {};
	double speed = 0;
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (o.speed && !o.replay)
		return cmd_usage(ctx, "--speed needs --replay");
	if (o.speed && !timeline_parse_speed(o.speed, &speed))
		return cmd_usage(ctx, "--speed needs a factor from 0.001 to 1000000, such as 10 or "
				 "0.5, not '%s'", o.speed);
	r = stream_new(ctx, &o.stream, &o.ship, count, argv, &stream);
	if (r)
		return r;
	if (o.replay)
		return stream_replay(stream, o.replay, speed);
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
		"Without --events decisions and flow. EVENTS: round, backoff, suppressed, cut,\n"
		"undo, slow_start_exit, restart, flow_start, flow_end, syn (a server has accepted\n"
		"a connection), and the groups decisions (backoff to restart), flow (start and\n"
		"end), all.\n"
		SHIP_HELP,
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_EVENTS,
};
