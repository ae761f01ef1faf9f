// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "user/cmd/cmd.h"
#include "user/cmd/instance.h"
#include "user/kern/flow_iterator.h"
#include "user/kern/namespaces.h"
#include "user/util/log.h"
#include "user/util/loop.h"

#define WAIT_STEP_NS 100000000

struct opts {
	bool wait, dry_run;
	uint64_t timeout_ns;
};

static const struct cmd_option options[] = {
	{ "wait", 'w', OPTION_FLAG, offsetof(struct opts, wait), NULL,
	  "return when the last flow that runs on it has closed" },
	{ "timeout", 0, OPTION_DURATION, offsetof(struct opts, timeout_ns), "TIME",
	  "with --wait: give up after this time" },
	{ "dry-run", 'n', OPTION_FLAG, offsetof(struct opts, dry_run), NULL,
	  "say what would be done, change nothing" },
	{},
};

struct waiting {
	int flows_fd;
	uint64_t left_ns; /* 0: for ever */
};

static int look(void *ctx)
{
	struct waiting *w = ctx;
	long flows = flow_iterator_count(w->flows_fd);

	if (flows <= 0)
		return flows ? (int)flows : 1;
	if (!w->left_ns)
		return 0;
	if (w->left_ns <= WAIT_STEP_NS)
		return log_err(-ETIMEDOUT, "%ld flows still run on it. The names are free; the "
			       "programs go with the last flow", flows);
	w->left_ns -= WAIT_STEP_NS;
	return 0;
}

static int wait_for_flows(const struct unload_report *report, uint64_t timeout_ns)
{
	struct waiting w = { .flows_fd = report->flows_fd, .left_ns = timeout_ns };
	_cleanup_(loop_freep) struct loop *loop = NULL;
	int r;

	if (report->flows <= 0)
		return 0;
	r = loop_new(&loop);
	if (!r)
		r = loop_add_timer(loop, WAIT_STEP_NS, look, &w);
	if (!r)
		r = loop_run(loop);
	if (r == LOOP_SIGNAL)
		return log_err(-EINTR, "interrupted: it is unloaded, but flows still run on it");
	return r < 0 ? r : 0;
}

void instance_show_unloaded(struct cmd_ctx *ctx, const struct unload_report *r, bool dry_run)
{
	const char *second = r->names[1][0] ? r->names[1] : NULL;
	struct sink *sink = ctx->sink;
	const char *would = dry_run ? "would have " : "";

	if (ctx->kind == SINK_TEXT) {
		if (ctx->quiet)
			return;
		if (r->names[0][0] || !r->syn)
			sink_say(sink, "%sunregistered %s%s%s", would,
				 r->names[0][0] ? r->names[0] : "remains", second ? " and " : "",
				 second ? second : "");
		if (r->syn)
			sink_say(sink, "%sgiven %s their former setting back", would,
				 namespaces_in_reach() ? "all listeners" :
							 "this network namespace's listeners");
		if (r->restored)
			sink_say(sink, "%sgiven %d network namespace%s the former default back",
				 would, r->restored, r->restored == 1 ? "" : "s");
		if (r->routes)
			sink_say(sink, "routes that still name it and use the default until it is "
				 "loaded again: %d", r->routes);
		if (r->flows > 0)
			sink_say(sink, "flows that go on with it until they close: %ld", r->flows);
		return;
	}
	sink_begin_object(sink, NULL);
	sink_bool(sink, "loaded", dry_run);
	sink_text(sink, "name", r->names[0][0] ? r->names[0] : NULL);
	sink_text(sink, "name_bpf", second);
	sink_uint(sink, "defaults_restored", r->restored);
	sink_uint(sink, "routes_left", r->routes);
	sink_uint(sink, "flows_left", r->flows > 0 ? r->flows : 0);
	sink_end_object(sink);
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(closep) int flows_fd = -1;
	struct unload_report report;
	struct opts o = {};
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (count)
		return cmd_usage(ctx, "unexpected \"%s\"", argv[0]);
	if (o.timeout_ns && !o.wait)
		return cmd_usage(ctx, "--timeout goes with --wait");
	loop_hold_signals();
	r = unload(ctx->pin_dir, 0, o.dry_run, &report);
	flows_fd = report.flows_fd;
	if (r)
		return instance_exit(r);
	instance_show_unloaded(ctx, &report, o.dry_run);
	r = sink_flush(ctx->sink);
	if (!r && o.wait && !o.dry_run)
		r = wait_for_flows(&report, o.timeout_ns);
	return cmd_exit(r);
}

const struct command cmd_unload = {
	.name = "unload",
	.run = run,
	.synopsis = "[OPTIONS]",
	.summary = "give defaults back, free the names, remove the pins",
	.help = "Every network namespace whose default is ours gets its former one back first;\n"
		"the kernel would otherwise go on using the unregistered programs for new\n"
		"connections. Open flows keep them until they close; --wait waits for that.\n"
		"Also removes what an interrupted load left behind.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_PINS,
};
