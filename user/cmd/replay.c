/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd/cmd.h"
#include "user/model/event.h"
#include "user/model/whatif.h"
#include "user/source/file.h"
#include "user/source/lines.h"
#include "user/util/log.h"

struct opts {
	struct cmd_list settings;
	uint64_t seed;
	bool all;
};

static const struct cmd_option options[] = {
	{ "set", 's', OPTION_LIST, offsetof(struct opts, settings), "KEY=VALUE",
	  "a parameter as it might be, or a preset; more may follow" },
	{ "all", 'a', OPTION_FLAG, offsetof(struct opts, all), NULL,
	  "print every round, not only those decided differently" },
	{ "seed", 0, OPTION_NUMBER, offsetof(struct opts, seed), "N",
	  "for the numbers of coins that the recording did not draw" },
	{},
};

struct replay {
	struct cmd_ctx *ctx;
	struct whatif *whatif;
	const char *path;
	bool all;
	bool flush; /* after each round: somebody may wait for it */
};

static int put_round(struct replay *r, const struct whatif_input *in)
{
	struct whatif_row row;
	int err = whatif_round(r->whatif, in, &row);

	if (err)
		return err;
	if (r->all || row.differs)
		sink_record(r->ctx->sink, &fields_whatif, &row);
	return r->flush ? sink_flush(r->ctx->sink) : sink_error(r->ctx->sink);
}

static int on_round(struct replay *r, const struct cdg_rec_round *rec)
{
	struct whatif_input in = {
		.ts_ns = rec->conn.head.ts_ns,
		.flow = rec->conn.head.flow,
		.number = rec->number,
		.rtt_min_us = rec->round.rtt_min_us,
		.rtt_max_us = rec->round.rtt_max_us,
		.cwnd = rec->conn.cwnd,
		.random = rec->round.random,
		.has_random = rec->round.drawn,
		.grad_min_us = rec->round.grad_min_us,
		.grad_max_us = rec->round.grad_max_us,
		.has_grad = true,
		.verdict = rec->round.verdict,
		.has_verdict = true,
		.ineffectual = rec->conn.backoff_cnt,
		.in_loss = rec->conn.ca_state == 4,
		.no_storage = rec->conn.flags & CDG_CONN_NO_STORAGE,
	};

	return put_round(r, &in);
}

static int on_params(struct replay *r, const struct cdg_params *params)
{
	char err[512];

	if (!whatif_params(r->whatif, params, err, sizeof(err)))
		return 0;
	log_err(0, "with the parameters of the recording: %s", err);
	return -EINVAL;
}

/* Records that are malformed or unknown are left out, as `stream` does. */
static int on_record(void *arg, const void *data, size_t len)
{
	const struct cdg_rec_params *params = event_params(data, len);
	struct replay *r = arg;
	struct event event;
	uint64_t flow;

	if (params)
		return on_params(r, &params->params);
	if (event_decode(data, len, &event))
		return 0;
	flow = event.conn->head.flow;
	switch (event.conn->head.type) {
	case CDG_REC_ROUND:
		return on_round(r, (const struct cdg_rec_round *)event.conn);
	case CDG_REC_FLOW_START:
		return whatif_window(r->whatif, flow,
				     ((const struct cdg_rec_start *)event.conn)->window);
	case CDG_REC_FLOW:
		return whatif_window(r->whatif, flow,
				     ((const struct cdg_rec_flow *)event.conn)->window);
	case CDG_REC_RESTART:
		whatif_restart(r->whatif, flow);
		return 0;
	case CDG_REC_FLOW_END:
		whatif_end(r->whatif, flow);
		return 0;
	default:
		return 0;
	}
}

static int on_line(void *arg, const char *line, size_t len, unsigned long number)
{
	struct replay *r = arg;
	struct whatif_input in;
	char err[256];
	int result;

	if (strspn(line, " \t\r") == len)
		return 0;
	result = whatif_parse(line, len, &in, err, sizeof(err));
	if (!result)
		return put_round(r, &in);
	if (result == -ENOMSG)
		return 0;
	if (result == -EINVAL)
		log_err(0, "line %lu of %s: %s", number, r->path, err);
	return result;
}

/* The comparison, behind the rounds that differ. JSON in has one record out per round instead. */
static void put_summary(struct replay *r, bool lines)
{
	struct whatif_summary sum;

	whatif_summary(r->whatif, &sum);
	if (!lines) {
		sink_record(r->ctx->sink, &fields_whatif_summary, &sum);
		return;
	}
	log_info("%" PRIu64 " rounds of %" PRIu64 " flows, %" PRIu64 " back-offs, %" PRIu64
		 " suppressed; %s", sum.rounds, sum.flows, sum.backoffs, sum.suppressed, sum.note);
}

/* As many bytes as there are, up to the length of the magic, so that a pipe can be told apart. */
static ssize_t peek(int fd, char *out, size_t want)
{
	size_t have = 0;

	while (have < want) {
		ssize_t n = read(fd, out + have, want - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static bool is_json(const char *begun, size_t len)
{
	size_t at = 0;

	while (at < len && strchr(" \t\r\n", begun[at]))
		at++;
	return at == len || begun[at] == '{';
}

static int replay_file(struct replay *r, int fd, const char *begun, size_t len)
{
	_cleanup_(file_reader_freep) struct file_reader *reader = NULL;
	int err = file_reader_take(fd, r->path, begun, len, &reader);

	if (err)
		return err;
	cmd_set_origin(r->ctx->sink, file_origin(reader));
	err = file_consume(reader, on_record, r);
	put_summary(r, false);
	return err;
}

static int replay_lines(struct replay *r, int fd, const char *begun, size_t len)
{
	_cleanup_(closep) int owned = fd;
	int err;

	r->all = true;
	r->flush = lseek(fd, 0, SEEK_CUR) < 0;
	err = lines_each(owned, r->path, begun, len, on_line, r);
	if (!err)
		put_summary(r, true);
	return err;
}

static int replay(struct replay *r)
{
	char begun[sizeof(FILE_MAGIC) - 1];
	int fd = file_open(&r->path);
	ssize_t len;

	if (fd < 0)
		return fd;
	len = peek(fd, begun, sizeof(begun));
	if (len < 0) {
		close(fd);
		return log_err((int)len, "cannot read %s", r->path);
	}
	if (len && is_json(begun, (size_t)len))
		return replay_lines(r, fd, begun, (size_t)len);
	if ((size_t)len == sizeof(begun) && !memcmp(begun, FILE_MAGIC, sizeof(begun)))
		return replay_file(r, fd, begun, sizeof(begun));
	close(fd);
	return log_err(0, "%s is not a file of CDG records, nor JSON: give what 'cdgctl record' "
		       "has written, or one object per line such as {\"rtt_min_us\":20000,"
		       "\"rtt_max_us\":21000,\"cwnd\":40}", r->path), -EBADMSG;
}

/* key=value may follow --set without another one; no parameter's name has other characters. */
static bool is_setting(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyz_")] == '=';
}

/* Moves settings out of the positional arguments. *path: what is left, "-" if nothing. */
static int sort_arguments(struct cmd_ctx *ctx, int count, char **argv, struct cmd_list *settings,
			  const char **path)
{
	*path = NULL;
	for (int i = 0; i < count; i++) {
		if (is_setting(argv[i])) {
			if (settings->count == CMD_LIST_MAX)
				return cmd_usage(ctx, "more than %d settings", CMD_LIST_MAX);
			settings->item[settings->count++] = argv[i];
			continue;
		}
		if (*path)
			return cmd_usage(ctx,
					 "expected one file, and settings as key=value, not '%s'",
					 argv[i]);
		*path = argv[i];
	}
	if (*path || !isatty(STDIN_FILENO)) {
		*path = *path ? *path : "-";
		return 0;
	}
	return cmd_usage(ctx, "expected a file that 'cdgctl record' has written, or rounds as JSON "
			 "on standard input");
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(whatif_freep) struct whatif *whatif = NULL;
	struct replay r = { .ctx = ctx };
	struct opts o = {};
	char err[512];
	int result, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (sort_arguments(ctx, count, argv, &o.settings, &r.path))
		return CMD_USAGE;
	result = whatif_new(o.settings.count, o.settings.item, o.seed, &whatif, err, sizeof(err));
	if (result == -EINVAL)
		return cmd_usage(ctx, "--set: %s", err);
	if (result)
		return cmd_exit(result);
	r.whatif = whatif;
	r.all = o.all;
	return cmd_exit(replay(&r));
}

const struct command cmd_replay = {
	.name = "replay",
	.run = run,
	.synopsis = "[FILE] [--set KEY=VALUE ...]",
	.summary = "what recorded rounds would have decided with other parameters",
	.help = "Runs the recorded rounds through CDG's own code with other parameters and prints "
		"where\n"
		"decisions differ: back-offs that would and that would not have happened. Without\n"
		"settings every decision comes out as recorded. 'cdgctl tune' lists the "
		"parameters.\n"
		"\n"
		"  cdgctl replay FILE --set backoff_factor=84 use_ineff=0\n"
		"\n"
		"This is open loop: the RTTs stay as recorded, although every other decision would "
		"have\n"
		"changed what came after it. Trust single decisions, and take counts as an "
		"estimate.\n"
		"\n"
		"FILE may also hold rounds as JSON, one object per line, as may standard input (no "
		"FILE,\n"
		"or -). Then there is one record per round:\n"
		"\n"
		"  {\"rtt_min_us\":20000,\"rtt_max_us\":21000,\"cwnd\":40,\"random\":2147483648}\n"
		"\n"
		"cwnd, random, flow and round may be left out; what 'cdgctl -j stream -e round' "
		"prints\n"
		"will do. 'cdgctl fields whatif' explains the records.",
	.options = options,
};
