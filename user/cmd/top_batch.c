/* SPDX-License-Identifier: GPL-2.0 */
/* cdgtop without a screen: the same rows as text or JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "user/cmd/instance.h"
#include "user/cmd/top.h"
#include "user/model/format.h"
#include "user/util/loop.h"

#define POLL_NS 100000000ull
#define BATCH_DONE 1

struct batch {
	struct top *top;
	struct sink *sink;
	const struct top_options *options;
	uint64_t shown;
	uint64_t at_ns; /* replay: of the records */
};

static int show(struct batch *b)
{
	struct top *t = b->top;
	const struct flowtab_totals *sum = flowtab_totals(t->tab);
	char text[FORMAT_TIME_LEN], rate[FORMAT_LEN];
	int r = top_view_build(t);

	if (r)
		return r;
	format_time(text, sizeof(text),
		    (int64_t)(sum->ts_ns + (uint64_t)t->source.realtime_offset_ns));
	format_bytes(rate, sizeof(rate), sum->rate_bytes);
	sink_say(b->sink, "%s%s  %" PRIu64 " flows  %sB/s  %.1f back-offs/s  %" PRIu64 " lost",
		 b->shown ? "\n" : "", text, sum->flows, rate, sum->backoffs_rate, sum->lost);
	if (b->options->json)
		sink_record(b->sink, &fields_totals, sum);
	if (t->view != VIEW_TOTALS) {
		bool all = b->options->json && !b->options->columns;

		sink_begin_table(b->sink, NULL, top_view_table(t),
				 all ? NULL : top_view_columns(t));
		for (size_t i = 0; i < t->count; i++)
			sink_record(b->sink, top_view_table(t), t->records[i]);
		sink_end_table(b->sink);
	} else if (!b->options->json) {
		sink_fields(b->sink, &fields_totals, sum);
	}
	b->shown++;
	r = sink_flush(b->sink);
	return r ? r : b->shown == b->options->count ? BATCH_DONE : 0;
}

/* The file's own time: every run prints the same bytes. */
static int run_file(struct batch *b)
{
	struct top_source *s = &b->top->source;
	uint64_t step = (uint64_t)((double)b->top->interval_ns * s->timeline.speed);
	int r = 0;

	step = step ? step : 1;
	for (uint64_t at = s->first_ns; !r; at += step) {
		bool last = at >= s->last_ns;

		r = top_source_feed(s, last ? UINT64_MAX : at);
		top_source_tick(s, last ? s->last_ns : at, 0);
		if (!r)
			r = show(b);
		if (last)
			break;
	}
	return r;
}

static int on_poll(void *arg)
{
	struct batch *b = arg;

	return top_source_poll(&b->top->source, false);
}

static int on_interval(void *arg)
{
	struct batch *b = arg;
	int r = top_source_poll(&b->top->source, false);

	if (!r)
		r = top_source_scan(&b->top->source, 0);
	if (!r && *b->top->source.problem) {
		log_setup("cdgtop", LOG_INFOS, NULL);
		return log_err(b->top->source.problem_err, "%s", b->top->source.problem);
	}
	return r ? r : show(b);
}

static int run_live(struct batch *b)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	int r = loop_new(&loop);

	if (!r)
		r = loop_add_timer(loop, POLL_NS, on_poll, b);
	if (!r)
		r = loop_add_timer(loop, b->top->interval_ns, on_interval, b);
	if (!r)
		r = on_interval(b);
	return r ? r : loop_run(loop);
}

int top_batch(struct top *t, const struct top_options *o)
{
	struct sink_options options = { .kind = o->json ? SINK_JSON : SINK_TEXT,
					.fd = STDOUT_FILENO,
					.realtime_offset_ns = t->source.realtime_offset_ns };
	_cleanup_(sink_freep) struct sink *sink = NULL;
	struct batch b = { .top = t, .options = o };
	int r = sink_new(&options, &sink);

	if (r)
		return CMD_REFUSED;
	b.sink = sink;
	r = t->source.file ? run_file(&b) : run_live(&b);
	if (*t->source.problem && t->source.file) {
		log_setup("cdgtop", LOG_INFOS, NULL);
		log_err(0, "%s", t->source.problem);
		return CMD_REFUSED;
	}
	if (sink_error(sink) && sink_error(sink) != -EPIPE) {
		log_setup("cdgtop", LOG_INFOS, NULL);
		return cmd_exit(log_err(r, "cannot write to standard output"));
	}
	return r == BATCH_DONE || r == LOOP_SIGNAL ? CMD_OK : instance_exit(r);
}
