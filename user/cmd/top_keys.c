/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/top.h"
#include "user/cmd/top_keys.h"

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

#define F(n) (TUI_KEY_F1 + (n) - 1)

const struct top_key top_keys[] = {
	{ { F(1), 'h', '?' }, "F1 h ?", "Help", "this list", top_do_help, WHEN_ALWAYS },
	{ { F(2), 'C' },
	  "F2 C",
	  "Columns",
	  "choose columns: NAME,..., +NAME,... or all",
	  top_ask_columns,
	  WHEN_LIST },
	{ { F(3), '/' }, "F3 /", "Search", "search a text in the rows", top_ask_search, WHEN_LIST },
	{ { 'n' }, "n", NULL, "search on", top_do_next_match, WHEN_LIST },
	{ { F(4), '\\' },
	  "F4 \\",
	  "Filter",
	  "filter, as 'cdgctl flows'; empty for all",
	  top_ask_filter,
	  WHEN_LIST },
	{ { F(5), 'v', '\t' }, "F5 v", "View", "next view", top_do_view, WHEN_ALWAYS },
	{ { '1', '2', '3', '4', '5' },
	  "1 .. 5",
	  NULL,
	  "flows, detail, destinations, fingerprints, totals",
	  top_do_view_number,
	  WHEN_ALWAYS },
	{ { F(6), 's' },
	  "F6 s",
	  "Sort",
	  "sort by a field; -FIELD: largest first",
	  top_ask_sort,
	  WHEN_LIST },
	{ { '<', '>' },
	  "< >",
	  NULL,
	  "sort by the column to the left or right",
	  top_do_sort_move,
	  WHEN_LIST },
	{ { 'R', 'Q', 'B', 'T' },
	  "R Q B T",
	  NULL,
	  "sort by RTT, queueing delay, back-offs, throughput",
	  top_do_sort_by,
	  WHEN_LIST },
	{ { 'I' }, "I", "Invert", "turn the order round", top_do_invert, WHEN_LIST },
	{ { ' ' }, "Space", "Pause", "freeze and go on", top_do_pause, WHEN_ALWAYS },
	{ { ENTER },
	  "Enter",
	  "Detail",
	  "one flow in detail, and back",
	  top_do_detail,
	  WHEN_ALWAYS },
	{ { ESCAPE, TUI_KEY_BACKSPACE },
	  "Esc",
	  NULL,
	  "back to the flows",
	  top_do_back,
	  WHEN_ALWAYS },
	{ { '+', '-', '=' },
	  "+ -",
	  "Interval",
	  "look half or twice as often",
	  top_do_interval,
	  WHEN_ALWAYS },
	{ { '[', ']' }, "[ ]", "Speed", "replay half or twice as fast", top_do_speed, WHEN_REPLAY },
	{ { ',', '.', '{', '}' },
	  ", . { }",
	  "Seek",
	  "10 s or a minute back or forth",
	  top_do_seek,
	  WHEN_REPLAY },
	{ { TUI_KEY_UP, TUI_KEY_DOWN, 'k', 'j' },
	  "Up Dn k j",
	  NULL,
	  "move",
	  top_do_move,
	  WHEN_LIST },
	{ { TUI_KEY_PAGE_UP, TUI_KEY_PAGE_DOWN },
	  "PgUp PgDn",
	  NULL,
	  "move by a page",
	  top_do_move,
	  WHEN_LIST },
	{ { TUI_KEY_HOME, 'g', TUI_KEY_END, 'G' },
	  "Home End g G",
	  NULL,
	  "first and last",
	  top_do_move,
	  WHEN_LIST },
	{ { TUI_KEY_LEFT, TUI_KEY_RIGHT },
	  "Left Right",
	  NULL,
	  "shift the columns",
	  top_do_scroll,
	  WHEN_LIST },
	{ { 'S' }, "S", "Save", "save the settings", top_do_save, WHEN_ALWAYS },
	{ { CTRL('L') }, "Ctrl-L", NULL, "draw anew", top_do_redraw, WHEN_ALWAYS },
	{ { CTRL('Z') }, "Ctrl-Z", NULL, "stop; fg goes on", top_do_suspend, WHEN_ALWAYS },
	{ { F(10), 'q', CTRL('C') }, "F10 q", "Quit", "quit", top_do_quit, WHEN_ALWAYS },
};
const size_t top_key_count = ARRAY_SIZE(top_keys);

void top_on_key(struct top *t, int key)
{
	t->dirty = true;
	t->message[0] = 0;
	if (t->prompt) {
		top_on_prompt(t, key);
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
