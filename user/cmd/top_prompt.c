/* SPDX-License-Identifier: GPL-2.0 */
/* Lines that are typed in: what to search, filter, sort by and show. */
#include <stdio.h>
#include <string.h>

#include "user/cmd/top.h"
#include "user/cmd/top_keys.h"

static void ask(struct top *t, enum top_prompt prompt, const char *text)
{
	t->prompt = prompt;
	snprintf(t->typed, sizeof(t->typed), "%s", text);
}

void top_ask_columns(struct top *t, int key)
{
	(void)key;
	ask(t, PROMPT_COLUMNS, t->columns_text);
}

void top_ask_search(struct top *t, int key)
{
	(void)key;
	ask(t, PROMPT_SEARCH, "");
}

void top_ask_filter(struct top *t, int key)
{
	(void)key;
	ask(t, PROMPT_FILTER, t->filter_text);
}

void top_ask_sort(struct top *t, int key)
{
	const struct top_state *s = &t->state[t->view];
	char text[TOP_TEXT] = "";

	(void)key;
	if (s->sort)
		snprintf(text, sizeof(text), "%s%s", s->descending ? "-" : "", s->sort->name);
	ask(t, PROMPT_SORT, text);
}

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
	top_rebuild(t);
}

static void search_typed(struct top *t)
{
	snprintf(t->search, sizeof(t->search), "%s", t->typed);
	top_search_next(t, false);
}

void top_on_prompt(struct top *t, int key)
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
