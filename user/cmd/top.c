/* SPDX-License-Identifier: GPL-2.0 */
/* Scan if due, read keys, draw if something changed and the terminal has taken the last screen. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "user/cmd/snapshot.h"
#include "user/cmd/top.h"
#include "user/kern/namespaces.h"
#include "user/util/loop.h"

#define POLL_NS 100000000ull
#define TOP_QUIT 1

static int on_keys(void *arg)
{
	struct top *t = arg;
	int key;

	while (!t->quit && (key = tui_key(t->tui)) != TUI_KEY_NONE)
		top_on_key(t, key);
	if (t->quit || tui_hung_up(t->tui))
		return TOP_QUIT;
	if (t->dirty)
		top_draw(t);
	return 0;
}

static int scan(struct top *t)
{
	uint64_t instance = t->source.instance;
	int r = top_source_scan(&t->source, t->flow);

	/* Another one counts its flows from 1: the same number is another flow. */
	if (t->source.instance != instance)
		t->flow = 0;
	/* One that replaced it goes on with them, but has no reader of their rounds yet. */
	else if (t->view == VIEW_DETAIL)
		top_source_focus(&t->source, t->flow);
	t->next_scan_ns += t->interval_ns;
	/* Scans that were missed, as after a stop, are not made up for. */
	if (t->next_scan_ns < monotonic_ns())
		t->next_scan_ns = monotonic_ns() + t->interval_ns;
	t->dirty = true;
	return r ? r : top_view_build(t);
}

static int on_tick(void *arg)
{
	struct top *t = arg;
	int r = 0;

	tui_flush(t->tui);
	if (tui_hung_up(t->tui))
		return TOP_QUIT;
	if (!t->paused || !t->source.file)
		r = top_source_poll(&t->source, t->paused);
	if (!r && !t->paused && monotonic_ns() >= t->next_scan_ns)
		r = scan(t);
	/* A flow in detail, and time in a replay, move on between scans. */
	t->dirty |= !t->paused && (t->view == VIEW_DETAIL || t->source.file);
	if (!r && t->dirty)
		top_draw(t);
	return r;
}

/* Another size; or a stop from elsewhere, which gives the terminal back as Ctrl-Z does. */
static int on_signal(void *arg)
{
	struct top *t = arg;
	struct signalfd_siginfo info;

	while (read(t->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTSTP)
			tui_suspend(t->tui);
		tui_refresh(t->tui);
	}
	t->dirty = true;
	top_draw(t);
	return 0;
}

static int catch_signals(struct top *t, struct loop *loop)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	t->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t->signal_fd < 0)
		return log_err(-errno, "cannot receive signals");
	return loop_add_fd(loop, t->signal_fd, on_signal, t);
}

static int open_screen(struct top *t)
{
	struct tui_options options = { .ascii = t->ascii, .colour = t->colour };
	int r = tui_open(&options, &t->tui);

	if (r == -ENOTTY)
		log_err(0, "there is no terminal here. 'cdgtop -b' prints the same rows as text");
	else if (r == -ENODEV)
		log_err(0,
			"this terminal (TERM=%s) cannot move its cursor. 'cdgtop -b' prints the "
			"same "
			"rows as text",
			getenv("TERM") ?: "");
	else if (r)
		log_err(r, "cannot use the terminal");
	return r;
}

static int run_screen(struct top *t)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	int r = loop_new(&loop);

	if (!r)
		r = catch_signals(t, loop);
	if (!r)
		r = loop_add_fd(loop, tui_fd(t->tui), on_keys, t);
	if (!r)
		r = loop_add_timer(loop, POLL_NS, on_tick, t);
	if (r)
		return r;
	if (t->source.file)
		timeline_start(&t->source.timeline, t->source.first_ns, monotonic_ns(),
			       t->source.timeline.speed);
	top_draw(t);
	r = top_source_poll(&t->source, false);
	if (!r)
		r = scan(t);
	if (!r)
		top_draw(t);
	return r ? r : loop_run(loop);
}

static int screen(struct top *t)
{
	int r;

	log_setup("cdgtop", LOG_INFOS, NULL);
	r = open_screen(t);
	if (r)
		return r == -ENODEV || r == -ENOTTY ? CMD_USAGE : CMD_REFUSED;
	/* From here on stderr would spoil the screen. */
	log_setup("cdgtop", LOG_ERRORS, &t->errors);
	t->errors.used = 0;
	r = run_screen(t);
	tui_closep(&t->tui);
	log_setup("cdgtop", LOG_INFOS, NULL);
	closep(&t->signal_fd);
	if (r < 0)
		log_err(r, "%s", t->errors.used ? t->errors.text : "ended early");
	return r < 0 ? CMD_REFUSED : CMD_OK;
}

static int usage(const char *message)
{
	log_err(0, "%s; try 'cdgtop --help'", message);
	return CMD_USAGE;
}

/* Options beat the configuration. */
static int apply_options(struct top *t, const struct top_options *o, const char *filter)
{
	if (o->delay_ns)
		t->interval_ns = o->delay_ns;
	if (t->interval_ns < TOP_INTERVAL_MIN_NS || t->interval_ns > TOP_INTERVAL_MAX_NS)
		return usage("--delay needs a time from 100ms to 1h");
	t->source.timeline.speed = 1;
	if (o->speed && !o->replay)
		return usage("--speed needs --replay");
	if (o->speed && !timeline_parse_speed(o->speed, &t->source.timeline.speed))
		return usage("--speed needs a factor from 0.001 to 1000000, such as 10 or 0.5");
	if (o->count && !o->batch)
		return usage("--count needs --batch");
	if (o->json && !o->batch)
		return usage("--json needs --batch");
	t->message[0] = 0;
	if ((o->columns && top_set_columns(t, o->columns)) || (filter && top_set_filter(t, filter)))
		return usage(t->message);
	for (enum top_view view = 0; o->view && view <= VIEW_COUNT; view++) {
		if (view == VIEW_COUNT)
			return usage("--view knows flows, destinations, fingerprints and totals");
		if (strcmp(top_view_name(view), o->view) || view == VIEW_DETAIL)
			continue;
		t->view = view;
		break;
	}
	if (o->sort && top_set_sort(t, o->sort))
		return usage(t->message);
	return 0;
}

static int set_up(struct top *t, const struct top_options *o, const char *filter)
{
	int r = flowtab_new(t->ascii, &t->tab);

	if (r)
		return CMD_REFUSED;
	t->source.tab = t->tab;
	t->source.errors = &t->errors;
	columns_default(flowtab_table(t->tab), &t->columns);
	columns_default(&fields_group, &t->group_columns);
	t->view = VIEW_DESTINATIONS;
	top_set_sort(t, "-flows");
	t->state[VIEW_FINGERPRINTS] = t->state[VIEW_DESTINATIONS];
	t->view = VIEW_FLOWS;
	top_set_sort(t, "-rate_bytes_per_second");
	if (!o->batch) {
		char message[TOP_TEXT];

		top_config_read(t);
		snprintf(message, sizeof(message), "%s", t->message);
		r = apply_options(t, o, filter);
		snprintf(t->message, sizeof(t->message), "%s", message);
		return r;
	}
	return apply_options(t, o, filter);
}

static int run(struct top *t, const struct top_options *o, const char *filter)
{
	int r = set_up(t, o, filter);

	if (r)
		return r;
	if (top_source_open(&t->source, o->db))
		return CMD_REFUSED;
	/* Errors of the file come up when replay arrives at them. */
	if (t->source.path)
		log_setup("cdgtop", LOG_ERRORS, &t->errors);
	if (o->batch) {
		log_setup("cdgtop", LOG_ERRORS, &t->errors);
		return top_batch(t, o);
	}
	return screen(t);
}

int top_run(const struct top_options *o, const char *filter)
{
	const char *no_color = getenv("NO_COLOR");
	struct top *t = calloc(1, sizeof(*t));
	int code;

	if (!t)
		return CMD_REFUSED;
	t->ascii = o->ascii;
	t->colour = !o->no_color && !(no_color && *no_color);
	t->interval_ns = TOP_INTERVAL_NS;
	t->signal_fd = -1;
	t->source.pin_dir = o->pin_dir;
	t->source.netns = o->netns ? namespace_own() : 0;
	t->source.path = o->replay;
	code = run(t, o, filter);
	top_source_close(&t->source);
	flowtab_groups_free(t->groups, t->group_count);
	flowtab_freep(&t->tab);
	filter_freep(&t->filter);
	free(t->records);
	free(t);
	return code;
}
