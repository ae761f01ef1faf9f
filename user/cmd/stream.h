/* SPDX-License-Identifier: GPL-2.0 */
/* Streaming, shared by `stream` and `run`. */
#ifndef CMD_STREAM_H
#define CMD_STREAM_H

#include "user/cmd/cmd.h"
#include "user/cmd/ship.h"
#include "user/cmd/syn_view.h"
#include "user/kern/session.h"

/* What to stream and for how long; all zero: the default kinds, for ever. */
struct stream_options {
	const char *events; /* as event_kinds_parse() takes it, NULL: the default */
	const char *ready_file;
	uint64_t count;	      /* of events, 0: no limit */
	uint64_t duration_ns; /* 0: no limit */
	uint64_t sample;
	uint64_t flow;
	uint64_t port; /* local */
	uint64_t buffer_kb;
	struct syn_view_options view;
};

/* Rows for a command whose options are `type` with a struct stream_options as `member`. */
#define STREAM_OPTION(name_, letter_, type_, type, member, arg_, help_) \
	{ name_, letter_, OPTION_##type_, offsetof(type, member), arg_, help_ }
#define STREAM_OPTIONS(type, m)                                                                   \
	STREAM_OPTION("events", 'e', TEXT, type, m.events, "LIST",                                \
		      "kinds of records, such as decisions,flow,round or all"),                   \
	STREAM_OPTION("count", 'n', NUMBER, type, m.count, "COUNT", "end after so many events"),  \
	STREAM_OPTION("duration", 0, DURATION, type, m.duration_ns, "TIME",                       \
		      "end after this time, such as 10s or 2m"),                                  \
	STREAM_OPTION("flow", 0, NUMBER, type, m.flow, "NUMBER", "only this flow"),               \
	STREAM_OPTION("port", 0, NUMBER, type, m.port, "PORT", "only this local port"),           \
	STREAM_OPTION("sample", 0, NUMBER, type, m.sample, "N",                                   \
		      "only flows whose number is a multiple of N"),                              \
	STREAM_OPTION("buffer", 0, NUMBER, type, m.buffer_kb, "KB",                               \
		      "size of the ring buffer, 64 to 262144; 4096 if not given"),                \
	STREAM_OPTION("ready-file", 0, TEXT, type, m.ready_file, "PATH",                          \
		      "create this file as soon as every event will be seen")

/*
 * Checks the options and fills a subscription's filter, without a namespace. kinds: events unless
 * others are asked for. Logs; 0 or -EINVAL.
 */
int stream_subscription(struct cmd_ctx *ctx, const struct stream_options *options,
			const char *kinds, struct cdg_sub_filter *out);

/* Size of the ring buffer that they ask for. */
size_t stream_ring_bytes(const struct stream_options *options);

struct stream;

/*
 * Checks options and the filter (positional arguments) before anything is opened; logs. enum
 * cmd_exit. ctx must outlive the stream.
 */
int stream_new(struct cmd_ctx *ctx, const struct stream_options *options,
	       const struct ship_options *ship, int argc, char **argv, struct stream **out);
void stream_free(struct stream *stream);
OWN_FREEP(struct stream, stream)

/*
 * Subscribes to a loaded instance and prints until a limit, a signal, the end of the reader or an
 * unload. build_id: of the instance, as text. Returns enum cmd_exit; logs.
 */
int stream_live(struct stream *stream, struct session *session, const char *build_id);

/* The same from a file. speed: 1 as it was, 2 twice as fast; 0: as fast as it goes. */
int stream_replay(struct stream *stream, const char *path, double speed);

#endif
