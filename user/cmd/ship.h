/* SPDX-License-Identifier: GPL-2.0 */
/* Records on their way to a log pipeline: --schema and --output. */
#ifndef CMD_SHIP_H
#define CMD_SHIP_H

#include "user/cmd/cmd.h"
#include "user/sink/output.h"

struct ship_options {
	const char *schema;
	const char *output;
	uint64_t output_buffer_kb;
};

/* Rows for a command whose options are `type` with a struct ship_options as `m`. */
#define SCHEMA_OPTION(type, m)                                                                    \
	{ "schema", 0, OPTION_TEXT, offsetof(type, m.schema), "native|ecs|otel",                  \
	  "with -j: names of Elastic Common Schema, or log records of OpenTelemetry" }
#define SHIP_OPTIONS(type, m)                                                                     \
	SCHEMA_OPTION(type, m),                                                                   \
	{ "output", 'o', OPTION_TEXT, offsetof(type, m.output), "WHERE",                          \
	  "-, file:PATH[,rotate=SIZE[,keep=N]], unix:PATH or tcp:HOST:PORT" },                    \
	{ "output-buffer", 0, OPTION_NUMBER, offsetof(type, m.output_buffer_kb), "KB",            \
	  "records that may wait for it, 64 to 1048576; 8192 if not given" }
#define SHIP_HELP                                                                                 \
	"\n"                                                                                      \
	"--output sends records elsewhere without ever waiting for it: what finds no room in\n"   \
	"--output-buffer is dropped in whole records and counted (dropped in stats and bye,\n"    \
	"a line on stderr). A file is made with mode 0600 and appended to; at SIZE it becomes\n"  \
	"PATH.1, up to PATH.5 or PATH.N; HUP opens it anew, for logrotate. Connections that\n"    \
	"break are made again, with growing pauses of at most 10 s. A host's name is looked up\n" \
	"once, at the start."

struct ship;

/* Checks options before anything is opened; logs. enum cmd_exit. */
int ship_new(struct cmd_ctx *ctx, const struct ship_options *options, struct ship **out);
void ship_free(struct ship *ship);
OWN_FREEP(struct ship, ship)

/* --schema alone, for commands that print to stdout: sets the sink of ctx. enum cmd_exit. */
int ship_schema(struct cmd_ctx *ctx, const char *schema);

/* Opens the output. patient: it may be waited for. Logs; 0 or -errno. */
int ship_open(struct ship *ship, bool patient);

/* Where records go: a sink of its own, or that of ctx. */
struct sink *ship_sink(struct ship *ship);

/* NULL: stdout. */
struct output *ship_output(struct ship *ship);

/* Dropped so far. */
uint64_t ship_dropped(const struct ship *ship);

#endif
