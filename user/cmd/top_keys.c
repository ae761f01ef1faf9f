/* SPDX-License-Identifier: GPL-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/top.h"
#include "user/model/format.h"

#define CTRL(c) ((c) & 31)
#define ESCAPE 27
#define ENTER '\r'
#define SECOND 1000000000ull

static bool is_list(const struct top *t)
{
	return t->view == VIEW_FLOWS || t->view == VIEW_DESTINATIONS ||
	       t->view == VIEW_FINGERPRINTS;
}

bool top_key_applies(const struct top *t, const struct top_key *key)
{
	return (!(key->when & WHEN_LIST) || is_list(t)) &&
	       (!(key->when & WHEN_REPLAY) || t->source.file);
}

static void rebuild(struct top *t)
{
	if (top_view_build(t))
		snprintf(t->message, sizeof(t->message), "out of memory");
}

static void set_view(struct top *t, enum top_view view)
{
	t->view = view;
	top_source_focus(&t->source, view == VIEW_DETAIL ? t->flow : 0);
	rebuild(t);
}

static void ask(struct top *t, enum top_prompt prompt, const char *text)
{
	t->prompt = prompt;
	snprintf(t->typed, sizeof(t->typed), "%s", text);
}

static void do_help(struct top *t, int key)
{
	(void)key;
	t->help = true;
}

static void do_columns(struct top *t, int key)
{
	(void)key;
	ask(t, PROMPT_COLUMNS, t->columns_text);
}

static void do_search(struct top *t, int key)
{
	(void)key;
	ask(t, PROMPT_SEARCH, "");
}

static void do_next_match(struct top *t, int key)
{
	(void)key;
	top_search_next(t, true);
}

static void do_filter(struct top *t, int key)
{
	(void)key;
	ask(t, PROMPT_FILTER, t->filter_text);
}

static void do_sort(struct top *t, int key)
{
	const struct top_state *s = &t->state[t->view];
	char text[TOP_TEXT] = "";

	(void)key;
	if (s->sort)
		snprintf(text, sizeof(text), "%s%s", s->descending ? "-" : "", s->sort->name);
	ask(t, PROMPT_SORT, text);
}

/* The column left or right of the one that orders. */
static void do_sort_move(struct top *t, int key)
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
	rebuild(t);
}

static void do_sort_by(struct top *t, int key)
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
	rebuild(t);
}

static void do_invert(struct top *t, int key)
{
	struct top_state *s = &t->state[t->view];

	(void)key;
	s->descending = !s->descending;
	rebuild(t);
}

static void do_pause(struct top *t, int key)
{
	(void)key;
	t->paused = !t->paused;
	if (t->source.file)
		timeline_pause(&t->source.timeline, top_clock_ns(), t->paused);
}

/* The detail is that of the flow under the cursor. */
static void choose_flow(struct top *t)
{
	if (t->view == VIEW_FLOWS && t->count)
		top_select(t, t->state[VIEW_FLOWS].selected);
}

static void do_detail(struct top *t, int key)
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

static void do_back(struct top *t, int key)
{
	(void)key;
	if (t->view != VIEW_FLOWS)
		set_view(t, VIEW_FLOWS);
}

static void do_view(struct top *t, int key)
{
	enum top_view view = t->view;

	(void)key;
	choose_flow(t);
	do
		view = (view + 1) % VIEW_COUNT;
	while (!top_view_there(t, view) || (view == VIEW_DETAIL && !t->flow));
	t->back = VIEW_FLOWS;
	set_view(t, view);
}

static void do_view_number(struct top *t, int key)
{
	enum top_view view = (enum top_view)(key - '1');

	if (view == VIEW_DETAIL)
		choose_flow(t);
	t->back = VIEW_FLOWS;
	if (top_view_there(t, view) && (view != VIEW_DETAIL || t->flow))
		set_view(t, view);
}

static void do_interval(struct top *t, int key)
{
	char text[FORMAT_LEN];

	t->interval_ns = key == '-' ? t->interval_ns / 2 : t->interval_ns * 2;
	if (t->interval_ns < TOP_INTERVAL_MIN_NS)
		t->interval_ns = TOP_INTERVAL_MIN_NS;
	if (t->interval_ns > TOP_INTERVAL_MAX_NS)
		t->interval_ns = TOP_INTERVAL_MAX_NS;
	t->next_scan_ns = top_clock_ns() + t->interval_ns;
	format_us(text, sizeof(text), (int64_t)(t->interval_ns / 1000));
	snprintf(t->message, sizeof(t->message), "every %s", text);
}

static void do_speed(struct top *t, int key)
{
	struct timeline *line = &t->source.timeline;

	timeline_set_speed(line, top_clock_ns(), key == ']' ? line->speed * 2 : line->speed / 2);
	snprintf(t->message, sizeof(t->message), "speed %g", line->speed);
}

static void do_seek(struct top *t, int key)
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
	rebuild(t);
}

static void do_save(struct top *t, int key)
{
	(void)key;
	top_config_write(t);
}

static void do_redraw(struct top *t, int key)
{
	(void)key;
	tui_refresh(t->tui);
}

static void do_suspend(struct top *t, int key)
{
	(void)key;
	tui_suspend(t->tui);
}

static void do_quit(struct top *t, int key)
{
	(void)key;
	t->quit = true;
}

static void do_move(struct top *t, int key)
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

static void do_scroll(struct top *t, int key)
{
	struct top_state *s = &t->state[t->view];

	if (key == TUI_KEY_LEFT)
		s->column -= s->column > 0;
	else if (s->column + 2 < top_view_columns(t)->count)
		s->column++;
}

#define F(n) (TUI_KEY_F1 + (n) - 1)

const struct top_key top_keys[] = {
	{ { F(1), 'h', '?' }, "F1 h ?", "Help", "this list", do_help, WHEN_ALWAYS },
	{ { F(2), 'C' },
	  "F2 C",
	  "Columns",
	  "choose columns: NAME,..., +NAME,... or all",
	  do_columns,
	  WHEN_LIST },
	{ { F(3), '/' }, "F3 /", "Search", "search a text in the rows", do_search, WHEN_LIST },
	{ { 'n' }, "n", NULL, "search on", do_next_match, WHEN_LIST },
	{ { F(4), '\\' },
	  "F4 \\",
	  "Filter",
	  "filter, as 'cdgctl flows'; empty for all",
	  do_filter,
	  WHEN_LIST },
	{ { F(5), 'v', '\t' }, "F5 v", "View", "next view", do_view, WHEN_ALWAYS },
	{ { '1', '2', '3', '4' },
	  "1 .. 4",
	  NULL,
	  "flows, detail, destinations, fingerprints",
	  do_view_number,
	  WHEN_ALWAYS },
	{ { '5' }, "5", NULL, "totals", do_view_number, WHEN_ALWAYS },
	{ { F(6), 's' },
	  "F6 s",
	  "Sort",
	  "sort by a field; -FIELD: largest first",
	  do_sort,
	  WHEN_LIST },
	{ { '<', '>' },
	  "< >",
	  NULL,
	  "sort by the column to the left or right",
	  do_sort_move,
	  WHEN_LIST },
	{ { 'R', 'Q', 'B', 'T' },
	  "R Q B T",
	  NULL,
	  "sort by RTT, queueing delay, back-offs, throughput",
	  do_sort_by,
	  WHEN_LIST },
	{ { 'I' }, "I", "Invert", "turn the order round", do_invert, WHEN_LIST },
	{ { ' ' }, "Space", "Pause", "freeze and go on", do_pause, WHEN_ALWAYS },
	{ { ENTER }, "Enter", "Detail", "one flow in detail, and back", do_detail, WHEN_ALWAYS },
	{ { ESCAPE, TUI_KEY_BACKSPACE }, "Esc", NULL, "back to the flows", do_back, WHEN_ALWAYS },
	{ { '+', '-', '=' },
	  "+ -",
	  "Interval",
	  "look half or twice as often",
	  do_interval,
	  WHEN_ALWAYS },
	{ { '[', ']' }, "[ ]", "Speed", "replay half or twice as fast", do_speed, WHEN_REPLAY },
	{ { ',', '.', '{', '}' },
	  ", . { }",
	  "Seek",
	  "10 s or a minute back or forth",
	  do_seek,
	  WHEN_REPLAY },
	{ { TUI_KEY_UP, TUI_KEY_DOWN, 'k', 'j' }, "Up Dn k j", NULL, "move", do_move, WHEN_LIST },
	{ { TUI_KEY_PAGE_UP, TUI_KEY_PAGE_DOWN },
	  "PgUp PgDn",
	  NULL,
	  "move by a page",
	  do_move,
	  WHEN_LIST },
	{ { TUI_KEY_HOME, 'g', TUI_KEY_END, 'G' },
	  "Home End g G",
	  NULL,
	  "first and last",
	  do_move,
	  WHEN_LIST },
	{ { TUI_KEY_LEFT, TUI_KEY_RIGHT },
	  "Left Right",
	  NULL,
	  "shift the columns",
	  do_scroll,
	  WHEN_LIST },
	{ { 'S' }, "S", "Save", "save the settings", do_save, WHEN_ALWAYS },
	{ { CTRL('L') }, "Ctrl-L", NULL, "draw anew", do_redraw, WHEN_ALWAYS },
	{ { CTRL('Z') }, "Ctrl-Z", NULL, "stop; fg goes on", do_suspend, WHEN_ALWAYS },
	{ { F(10), 'q', CTRL('C') }, "F10 q", "Quit", "quit", do_quit, WHEN_ALWAYS },
};
const size_t top_key_count = ARRAY_SIZE(top_keys);

/* What was typed takes effect; a mistake keeps the prompt open. */
static void accept(struct top *t)
{
	enum top_prompt prompt = t->prompt;
	int r = 0;

	switch (prompt) {
	case PROMPT_FILTER:
		r = top_set_filter(t, t->typed);
		break;
	case PROMPT_SORT:
		r = *t->typed ? top_set_sort(t, t->typed) : 0;
		break;
	case PROMPT_COLUMNS:
		r = top_set_columns(t, t->typed);
		break;
	default:
		break;
	}
	if (r)
		return;
	t->prompt = PROMPT_NONE;
	rebuild(t);
}

static void search_typed(struct top *t)
{
	snprintf(t->search, sizeof(t->search), "%s", t->typed);
	top_search_next(t, false);
}

static void on_prompt(struct top *t, int key)
{
	size_t len = strlen(t->typed);
	bool search = t->prompt == PROMPT_SEARCH && key != ESCAPE;

	if (key == ENTER) {
		accept(t);
	} else if (key == ESCAPE || key == CTRL('C')) {
		t->prompt = PROMPT_NONE;
	} else if (key == TUI_KEY_BACKSPACE) {
		/* All bytes of the last character. */
		while (len && (t->typed[len - 1] & 0xc0) == 0x80)
			len--;
		t->typed[len ? len - 1 : 0] = 0;
	} else if (key == CTRL('U')) {
		t->typed[0] = 0;
	} else if (key >= ' ' && key < 256 && key != 127 && len + 1 < sizeof(t->typed)) {
		t->typed[len] = (char)key;
		t->typed[len + 1] = 0;
	}
	if (search)
		search_typed(t);
}

void top_on_key(struct top *t, int key)
{
	t->dirty = true;
	t->message[0] = 0;
	if (t->prompt) {
		on_prompt(t, key);
		return;
	}
	if (t->help && key != CTRL('C') && key != 'q') {
		t->help = false;
		return;
	}
	for (size_t i = 0; i < top_key_count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(top_keys[i].keys); k++)
			if (key && top_keys[i].keys[k] == key && top_key_applies(t, &top_keys[i])) {
				top_keys[i].act(t, key);
				return;
			}
}
