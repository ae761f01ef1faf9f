/* SPDX-License-Identifier: GPL-2.0 */
/* What keys do, but for those that ask for a line. */
#include <stdio.h>
#include <string.h>

#include "user/cmd/top.h"
#include "user/cmd/top_keys.h"
#include "user/model/format.h"

#define SECOND 1000000000ull

void top_rebuild(struct top *t)
{
	if (top_view_build(t))
		snprintf(t->message, sizeof(t->message), "out of memory");
}

static void set_view(struct top *t, enum top_view view)
{
	t->view = view;
	top_source_focus(&t->source, view == VIEW_DETAIL ? t->flow : 0);
	top_rebuild(t);
}

void top_do_help(struct top *t, int key)
{
	(void)key;
	t->help = true;
}

void top_do_next_match(struct top *t, int key)
{
	(void)key;
	top_search_next(t, true);
}

/* The column left or right of the one that orders. */
void top_do_sort_move(struct top *t, int key)
{
	const struct columns *columns = top_view_columns(t);
	struct top_state *s = &t->state[t->view];
	size_t at = 0, n = columns->count;

	if (!n)
		return;
	while (at < n && columns->field[at] != s->sort)
		at++;
	if (at == n)
		at = key == '>' ? n - 1 : 0;
	s->sort = columns->field[(at + (key == '>' ? 1 : n - 1)) % n];
	top_rebuild(t);
}

void top_do_sort_by(struct top *t, int key)
{
	static const struct {
		char key;
		const char *sort;
	} by[] = { { 'R', "-srtt_us" }, { 'Q', "-queue_delay_us" }, { 'B', "-backoffs_per_second" },
		   { 'T', "-rate_bytes_per_second" } };

	for (size_t i = 0; i < ARRAY_SIZE(by); i++)
		if (by[i].key == key)
			top_set_sort(t,
				     key == 'R' && t->view != VIEW_FLOWS ? "-rtt_us" : by[i].sort);
	top_rebuild(t);
}

void top_do_invert(struct top *t, int key)
{
	struct top_state *s = &t->state[t->view];

	(void)key;
	s->descending = !s->descending;
	top_rebuild(t);
}

void top_do_pause(struct top *t, int key)
{
	(void)key;
	t->paused = !t->paused;
	if (t->source.file)
		timeline_pause(&t->source.timeline, monotonic_ns(), t->paused);
}

/* The detail is that of the flow under the cursor. */
static void choose_flow(struct top *t)
{
	if (t->view == VIEW_FLOWS && t->count)
		top_select(t, t->state[VIEW_FLOWS].selected);
}

void top_do_detail(struct top *t, int key)
{
	(void)key;
	if (t->view == VIEW_DETAIL) {
		set_view(t, t->back);
		return;
	}
	if (t->view != VIEW_FLOWS || !t->count)
		return;
	choose_flow(t);
	t->back = t->view;
	set_view(t, VIEW_DETAIL);
}

void top_do_back(struct top *t, int key)
{
	(void)key;
	if (t->view != VIEW_FLOWS)
		set_view(t, VIEW_FLOWS);
}

void top_do_view(struct top *t, int key)
{
	enum top_view view = t->view;

	(void)key;
	choose_flow(t);
	do
		view = (view + 1) % VIEW_COUNT;
	while (view == VIEW_DETAIL && !t->flow);
	t->back = VIEW_FLOWS;
	set_view(t, view);
}

void top_do_view_number(struct top *t, int key)
{
	enum top_view view = (enum top_view)(key - '1');

	if (view == VIEW_DETAIL)
		choose_flow(t);
	t->back = VIEW_FLOWS;
	if (view != VIEW_DETAIL || t->flow)
		set_view(t, view);
}

void top_do_interval(struct top *t, int key)
{
	char text[FORMAT_LEN];

	t->interval_ns = key == '-' ? t->interval_ns / 2 : t->interval_ns * 2;
	if (t->interval_ns < TOP_INTERVAL_MIN_NS)
		t->interval_ns = TOP_INTERVAL_MIN_NS;
	if (t->interval_ns > TOP_INTERVAL_MAX_NS)
		t->interval_ns = TOP_INTERVAL_MAX_NS;
	t->next_scan_ns = monotonic_ns() + t->interval_ns;
	format_us(text, sizeof(text), (int64_t)(t->interval_ns / 1000));
	snprintf(t->message, sizeof(t->message), "every %s", text);
}

void top_do_speed(struct top *t, int key)
{
	struct timeline *line = &t->source.timeline;

	timeline_set_speed(line, monotonic_ns(), key == ']' ? line->speed * 2 : line->speed / 2);
	snprintf(t->message, sizeof(t->message), "speed %g", line->speed);
}

void top_do_seek(struct top *t, int key)
{
	static const struct {
		char key;
		int64_t seconds;
	} leaps[] = { { ',', -10 }, { '.', 10 }, { '{', -60 }, { '}', 60 } };
	struct top_source *s = &t->source;
	uint64_t at = top_source_at(s);

	for (size_t i = 0; i < ARRAY_SIZE(leaps); i++) {
		uint64_t leap = (uint64_t)(leaps[i].seconds < 0 ? -leaps[i].seconds :
								  leaps[i].seconds) * SECOND;

		if (leaps[i].key != key)
			continue;
		at = leaps[i].seconds > 0 ? at + leap : at > leap ? at - leap : 0;
	}
	/* The rows that records point to are gone, whatever came of it. */
	if (top_source_seek(s, at))
		snprintf(t->message, sizeof(t->message), "seek: %.200s", t->errors.text);
	top_rebuild(t);
}

void top_do_save(struct top *t, int key)
{
	(void)key;
	top_config_write(t);
}

void top_do_redraw(struct top *t, int key)
{
	(void)key;
	tui_refresh(t->tui);
}

void top_do_suspend(struct top *t, int key)
{
	(void)key;
	tui_suspend(t->tui);
}

void top_do_quit(struct top *t, int key)
{
	(void)key;
	t->quit = true;
}

void top_do_move(struct top *t, int key)
{
	size_t at = t->state[t->view].selected, page = t->page > 1 ? (size_t)t->page - 1 : 1;

	switch (key) {
	case TUI_KEY_UP:
	case 'k':
		at -= at > 0;
		break;
	case TUI_KEY_DOWN:
	case 'j':
		at++;
		break;
	case TUI_KEY_PAGE_UP:
		at -= at > page ? page : at;
		break;
	case TUI_KEY_PAGE_DOWN:
		at += page;
		break;
	case TUI_KEY_HOME:
	case 'g':
		at = 0;
		break;
	default:
		at = SIZE_MAX;
	}
	top_select(t, at);
}

void top_do_scroll(struct top *t, int key)
{
	struct top_state *s = &t->state[t->view];

	if (key == TUI_KEY_LEFT)
		s->column -= s->column > 0;
	else if (s->column + 2 < top_view_columns(t)->count)
		s->column++;
}
