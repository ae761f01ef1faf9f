/* SPDX-License-Identifier: GPL-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/top.h"
#include "user/model/format.h"

#define WIDTH_MIN 20
#define HEIGHT_MIN 5

static void put_time(const struct top *t, char *out, size_t len)
{
	uint64_t at = t->source.file ? top_source_at(&t->source) : monotonic_ns();
	char text[FORMAT_TIME_LEN];

	format_time(text, sizeof(text), (int64_t)(at + (uint64_t)t->source.realtime_offset_ns));
	snprintf(out, len, "%.8sZ", text + 11);
}

/* "x2 12.3s/45s" */
static void put_position(const struct top *t, char *out, size_t len)
{
	const struct top_source *s = &t->source;
	char at[FORMAT_LEN], all[FORMAT_LEN];

	format_us(at, sizeof(at), (int64_t)((top_source_at(s) - s->first_ns) / 1000));
	format_us(all, sizeof(all), (int64_t)((s->last_ns - s->first_ns) / 1000));
	snprintf(out, len, " x%g %s/%s", s->timeline.speed, at, all);
}

static void draw_header(struct top *t, int width)
{
	const struct flowtab_totals *sum = flowtab_totals(t->tab);
	char text[2 * TOP_TEXT], position[192] = "", clock[16], rate[FORMAT_LEN];
	int x;

	put_time(t, clock, sizeof(clock));
	if (t->source.file)
		put_position(t, position, sizeof(position));
	format_bytes(rate, sizeof(rate), sum->rate_bytes);
	x = tui_text(t->tui, 0, 0, width, TUI_BOLD, "cdgtop ");
	x += tui_text(t->tui, 0, x, width - x, TUI_GOOD, t->source.names);
	snprintf(text, sizeof(text), "%s  %" PRIu64 " flows  %sB/s  %.1f back-offs/s  ", position,
		 sum->flows, rate, sum->backoffs_rate);
	x += tui_text(t->tui, 0, x, width - x, TUI_PLAIN, text);
	snprintf(text, sizeof(text), "%" PRIu64 " lost", sum->lost);
	x += tui_text(t->tui, 0, x, width - x, sum->lost ? TUI_BAD : TUI_PLAIN, text);
	if (t->paused)
		x += tui_text(t->tui, 0, x, width - x, TUI_NOTICE, "  PAUSED");
	if (width - x > (int)strlen(clock) + 1)
		tui_text(t->tui, 0, width - (int)strlen(clock), (int)strlen(clock), TUI_QUIET,
			 clock);
}

/* Line 1: what went wrong or happened, else what is shown. */
static void draw_status(struct top *t, int width)
{
	const struct top_state *s = &t->state[t->view];
	char text[3 * TOP_TEXT];

	if (*t->message || *t->source.problem) {
		tui_text(t->tui, 1, 0, width, TUI_NOTICE,
			 *t->message ? t->message : t->source.problem);
		return;
	}
	snprintf(text, sizeof(text), "%s%s%s%s%s%s", top_view_name(t->view),
		 s->sort && t->view != VIEW_DETAIL && t->view != VIEW_TOTALS ? " by " : "",
		 s->sort && t->view != VIEW_DETAIL && t->view != VIEW_TOTALS ? s->sort->name : "",
		 s->sort && s->descending && t->view != VIEW_DETAIL && t->view != VIEW_TOTALS ?
			 ", largest first" : "",
		 *t->filter_text ? " where " : "", t->filter_text);
	tui_text(t->tui, 1, 0, width, TUI_QUIET, text);
}

static void draw_prompt(struct top *t, int y, int width)
{
	static const char *const names[] = {
		[PROMPT_SEARCH] = "Search: ",
		[PROMPT_FILTER] = "Filter: ",
		[PROMPT_SORT] = "Sort by: ",
		[PROMPT_COLUMNS] = "Columns: ",
	};
	const char *typed = t->typed;
	int x = tui_text(t->tui, y, 0, width, TUI_BOLD, names[t->prompt]);

	/* Its end is what matters. */
	while ((int)strlen(typed) > width - x - 1 && *typed)
		typed++;
	x += tui_text(t->tui, y, x, width - x, TUI_PLAIN, typed);
	tui_text(t->tui, y, x, width - x, TUI_SELECTED, " ");
}

static void draw_footer(struct top *t, int y, int width)
{
	int x = 0;

	if (t->prompt) {
		draw_prompt(t, y, width);
		return;
	}
	for (size_t i = 0; i < top_key_count && x < width; i++) {
		const struct top_key *key = &top_keys[i];
		int first = (int)strcspn(key->shown, " ");
		char shown[16];

		if (!key->word || !top_key_applies(t, key))
			continue;
		/* A pair of keys stays a pair, of several names the first is enough. */
		snprintf(shown, sizeof(shown), "%.*s", first > 1 ? first : (int)strlen(key->shown),
			 key->shown);
		if (x + (int)(strlen(shown) + strlen(key->word)) > width)
			break;
		x += tui_text(t->tui, y, x, width - x, TUI_BOLD, shown);
		x += tui_text(t->tui, y, x, width - x, TUI_SELECTED, key->word);
	}
}

/* Text over several lines, broken at blanks. Returns the lines used. */
static int draw_text(struct top *t, int y, int width, int height, enum tui_style style,
		     const char *text)
{
	int lines = 0;
	char line[CHART_WIDTH_MAX];

	for (; *text && lines < height; lines++) {
		size_t room = width < (int)sizeof(line) ? (size_t)width : sizeof(line) - 1;
		size_t len = strlen(text), cut = len <= room ? len : room;

		while (cut && text[cut] && text[cut] != ' ')
			cut--;
		cut = cut ? cut : len < room ? len : room;
		snprintf(line, sizeof(line), "%.*s", (int)cut, text);
		tui_text(t->tui, y + lines, 0, width, style, line);
		text += cut + strspn(text + cut, " ");
	}
	return lines;
}

static const char no_fingerprints[] =
	"No flow here was accepted while SYNs were saved: 'cdgctl load' saves them unless told "
	"--no-syn, and only servers have them.";

static void draw_list(struct top *t, int width, int height)
{
	struct top_state *s = &t->state[t->view];
	size_t page = height > 4 ? (size_t)height - 4 : 1;
	struct tui_table table = {
		.table = top_view_table(t), .columns = top_view_columns(t), .records = t->records,
		.count = t->count, .selected = s->selected, .column = s->column, .sort = s->sort,
		.descending = s->descending, .realtime_offset_ns = t->source.realtime_offset_ns,
	};

	t->page = (int)page;
	if (s->selected < s->first)
		s->first = s->selected;
	if (s->selected >= s->first + page)
		s->first = s->selected - page + 1;
	if (s->first && s->first + page > t->count)
		s->first = t->count > page ? t->count - page : 0;
	table.first = s->first;
	tui_draw_table(t->tui, 2, width, height - 3, &table);
	if (!t->count && !*t->source.problem)
		draw_text(t, 3, width, height - 4, TUI_QUIET,
			  t->view == VIEW_FINGERPRINTS ? no_fingerprints :
			  t->filter && t->view == VIEW_FLOWS ? "no flow passes the filter" :
							       "no flows");
	if (!t->count && !t->source.file && !t->source.session)
		draw_text(t, 3, width, height - 4, TUI_PLAIN,
			  "Nothing to show yet. As soon as an instance is loaded its flows appear "
			  "here; q quits.");
}

static void draw_help(struct top *t, int width, int height)
{
	int y = 0;

	tui_text(t->tui, y++, 0, width, TUI_BOLD, "Keys (any key goes back):");
	for (size_t i = 0; i < top_key_count && y < height; i++) {
		const struct top_key *key = &top_keys[i];

		if ((key->when & WHEN_REPLAY) && !t->source.file)
			continue;
		tui_text(t->tui, y, 1, 13, TUI_GOOD, key->shown);
		tui_text(t->tui, y++, 15, width - 15, TUI_PLAIN, key->help);
	}
	if (y + 1 < height)
		tui_text(t->tui, y + 1, 0, width, TUI_QUIET,
			 "A filter: dport = :443 and dst 10.0.0.0/8 and (rtt > 50ms or backoffs >= "
			 "3)");
}

void top_draw(struct top *t)
{
	static void (*const views[])(struct top *t, int width, int height) = {
		[VIEW_FLOWS] = draw_list, [VIEW_DETAIL] = top_draw_detail,
		[VIEW_DESTINATIONS] = draw_list, [VIEW_FINGERPRINTS] = draw_list,
		[VIEW_TOTALS] = top_draw_totals,
	};
	int width, height;

	if (!tui_begin(t->tui, &width, &height)) {
		t->skipped++;
		return;
	}
	t->dirty = false;
	t->frames++;
	if (width < WIDTH_MIN || height < HEIGHT_MIN) {
		tui_text(t->tui, 0, 0, width, TUI_PLAIN, "terminal too small");
	} else if (t->help) {
		draw_help(t, width, height);
	} else {
		draw_header(t, width);
		draw_status(t, width);
		views[t->view](t, width, height);
		draw_footer(t, height - 1, width);
	}
	tui_end(t->tui);
}
