/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "user/cmd/cmd.h"
#include "user/cmd/exporter.h"
#include "user/cmd/instance.h"
#include "user/util/log.h"
#include "user/util/loop.h"

struct opts {
	const char *format, *textfile, *ready_file;
	uint64_t interval_ns;
	bool list;
};

static const struct cmd_option options[] = {
	{ "format", 'f', OPTION_TEXT, offsetof(struct opts, format), "FORMAT",
	  "openmetrics or prometheus; prometheus if not given" },
	{ "textfile", 't', OPTION_TEXT, offsetof(struct opts, textfile), "PATH",
	  "write this file, for node_exporter's textfile collector: name it *.prom" },
	{ "interval", 'i', OPTION_DURATION, offsetof(struct opts, interval_ns), "TIME",
	  "with --textfile: again each 15s or whatever is given, until interrupted" },
	{ "ready-file", 0, OPTION_TEXT, offsetof(struct opts, ready_file), "PATH",
	  "with --interval: create this file once the first one is written" },
	{ "list", 'l', OPTION_FLAG, offsetof(struct opts, list), NULL,
	  "what there is to export: names, types, units, labels, meaning" },
	{},
};

struct run {
	struct exporter exporter;
	enum prom_format format;
	const char *textfile;
	bool failed; /* the last file could not be written */
};

static void list(struct cmd_ctx *ctx)
{
	char name[METRICS_ROW_TEXT], labels[METRICS_ROW_TEXT];
	struct metrics_row row;

	sink_begin_table(ctx->sink, NULL, &fields_metric, NULL);
	for (size_t i = 0; i < metrics_family_count; i++) {
		metrics_row(&metrics_families[i], name, labels, &row);
		sink_record(ctx->sink, &fields_metric, &row);
	}
	sink_end_table(ctx->sink);
}

/* Whole or not at all: written beside it and renamed. 0 or -errno. */
static int replace_file(const char *path, struct buf *text)
{
	_cleanup_(freep) char *staged = NULL;
	_cleanup_(closep) int fd = -1;
	int r;

	/* Its name must not end in .prom: node_exporter would read it. */
	if (asprintf(&staged, "%s.%d.tmp", path, (int)getpid()) < 0)
		return -ENOMEM;
	fd = open(staged, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	r = fchmod(fd, 0644) ? -errno : buf_flush(text, fd);
	if (!r && rename(staged, path))
		r = -errno;
	if (r)
		unlink(staged);
	return r;
}

static int write_textfile(struct run *run)
{
	_cleanup_(buf_release) struct buf text = {};
	int r, err = exporter_write(&run->exporter, run->format, &text);

	r = replace_file(run->textfile, &text);
	if (r && !run->failed)
		log_err(r, "cannot write %s", run->textfile);
	if (!r && run->failed)
		log_info("writing %s again", run->textfile);
	run->failed = r != 0;
	return r ? r : err;
}

/* A disk that is full today may have room tomorrow. */
static int on_interval(void *arg)
{
	struct run *run = arg;

	exporter_tick(&run->exporter);
	write_textfile(run);
	return 0;
}

static int on_second(void *arg)
{
	struct run *run = arg;

	exporter_tick(&run->exporter);
	return 0;
}

static int go_on(struct run *run, const struct opts *o)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	int r = loop_new(&loop);

	if (!r)
		r = loop_add_timer(loop, o->interval_ns, on_interval, run);
	if (!r)
		r = loop_add_timer(loop, 1000000000, on_second, run);
	if (r)
		return CMD_REFUSED;
	write_textfile(run);
	if (run->failed || cmd_ready(o->ready_file))
		return CMD_REFUSED;
	r = loop_run(loop);
	return r == LOOP_SIGNAL ? CMD_OK : CMD_REFUSED;
}

/* The values went out; is there more to say of what was read? */
static int settle(const struct run *run, int err)
{
	char text[PATH_MAX + 256];

	if (!err)
		return CMD_OK;
	metrics_read_error(&run->exporter.pins, err, text, sizeof(text));
	log_err(0, "%s", text);
	return instance_exit(err);
}

static int once(struct run *run)
{
	_cleanup_(buf_release) struct buf text = {};
	int r, err;

	if (run->textfile) {
		err = write_textfile(run);
		return run->failed ? CMD_REFUSED : settle(run, err);
	}
	err = exporter_write(&run->exporter, run->format, &text);
	r = buf_flush(&text, STDOUT_FILENO);
	if (r && r != -EPIPE)
		return cmd_exit(log_err(r, "cannot write to standard output"));
	return settle(run, err);
}

static int check(struct cmd_ctx *ctx, const struct opts *o, struct run *run)
{
	if (o->format && !prom_format_parse(o->format, &run->format))
		return cmd_usage(ctx, "--format knows openmetrics and prometheus, not '%s'",
				 o->format);
	if (o->interval_ns && !o->textfile)
		return cmd_usage(ctx, "--interval goes with --textfile; 'cdgctl serve' answers "
				 "Prometheus itself");
	if (o->ready_file && !o->interval_ns)
		return cmd_usage(ctx, "--ready-file goes with --interval");
	if (o->interval_ns && o->interval_ns < 100000000)
		return cmd_usage(ctx, "--interval must be 100ms or more");
	if (run->format == PROM_OPENMETRICS && o->textfile)
		return cmd_usage(ctx, "--textfile is for node_exporter, which does not read "
				 "OpenMetrics: leave --format out");
	return CMD_OK;
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct run *run __attribute__((cleanup(freep))) = calloc(1, sizeof(*run));
	struct opts o = {};
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (count)
		return cmd_usage(ctx, "unexpected \"%s\"", argv[0]);
	if (o.list) {
		list(ctx);
		return CMD_OK;
	}
	if (ctx->kind != SINK_TEXT)
		return cmd_usage(ctx, "metrics are text for Prometheus: -j goes with --list only");
	if (!run)
		return CMD_REFUSED;
	r = check(ctx, &o, run);
	if (!r)
		r = exporter_open(ctx, o.interval_ns != 0, &run->exporter);
	if (r)
		return r;
	run->textfile = o.textfile;
	r = o.interval_ns ? go_on(run, &o) : once(run);
	exporter_release(&run->exporter);
	return r;
}

const struct command cmd_metrics = {
	.name = "metrics",
	.run = run,
	.synopsis = "[OPTIONS]",
	.summary = "counters and histograms for Prometheus, once or into a file",
	.help = "Prints everything that is counted, in the text form of Prometheus or as\n"
		"OpenMetrics. The kernel counts always, whether or not somebody asks. With\n"
		"--textfile the text goes to a file that node_exporter serves (it is replaced at\n"
		"once, mode 0644). 'cdgctl serve' answers Prometheus itself, and 'cdgctl metrics\n"
		"--list' tells what there is, also as JSON and without anything loaded.\n"
		"Exit code 3: nothing is loaded; cdg_up is 0 then.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_READ,
};
