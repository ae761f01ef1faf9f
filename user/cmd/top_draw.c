/* SPDX-License-Identifier: GPL-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/top.h"
#include "user/model/format.h"

#define WIDTH_MIN 20
#define HEIGHT_MIN 5
#define POINTS (2 * CHART_WIDTH_MAX)

static void put_time(const struct top *t, char *out, size_t len)
{
	uint64_t at = t->source.file ? top_source_at(&t->source) : top_clock_ns();
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
		tui_text(t->tui, 3, 0, width, TUI_QUIET,
			 t->filter ? "no flow passes the filter" : "no flows");
	if (!t->count && !t->source.file && !t->source.session)
		draw_text(t, 3, width, height - 4, TUI_PLAIN,
			  "Nothing to show yet. As soon as an instance is loaded its flows appear "
			  "here; q quits.");
}

/* A curve that a chart shows: which member, and how it is drawn. */
struct curve {
	const char *name;
	double (*value)(const struct flowtab_sample *s);
	enum tui_style style;
};

static double rtt_min(const struct flowtab_sample *s) { return s->rtt_min_us; }
static double rtt_max(const struct flowtab_sample *s) { return s->rtt_max_us; }
static double gradient(const struct flowtab_sample *s) { return s->grad_us; }
static double cwnd(const struct flowtab_sample *s) { return s->cwnd; }
static double shadow(const struct flowtab_sample *s) { return s->shadow; }

struct panel {
	const char *name;
	bool time;	/* values are us */
	bool signed_;	/* 0 lies in the middle */
	struct curve curve[2];
};

static const struct panel panels[] = {
	{ "RTT", true, false, { { "max", rtt_max, TUI_NOTICE }, { "min", rtt_min, TUI_GOOD } } },
	{ "gradient", true, true, { { "gradient", gradient, TUI_NOTICE } } },
	{ "window", false, false, { { "shadow", shadow, TUI_QUIET }, { "cwnd", cwnd, TUI_GOOD } } },
};

static void label(const struct panel *p, double value, char *out, size_t len)
{
	if (p->time)
		format_us(out, len, (int64_t)value);
	else
		snprintf(out, len, "%.0f", value);
}

static size_t take(const struct flowtab_row *row, const struct curve *curve, size_t room,
		   double *out, double *lo, double *hi)
{
	size_t n = flowtab_history_count(row), first = n > room ? n - room : 0;

	for (size_t i = first; i < n; i++) {
		double value = curve->value(flowtab_history(row, i));

		out[i - first] = value;
		*lo = value < *lo ? value : *lo;
		*hi = value > *hi ? value : *hi;
	}
	return n - first;
}

static void draw_axis(struct top *t, int y, int height, const struct panel *p, double lo, double hi)
{
	char text[FORMAT_LEN];

	tui_text(t->tui, y, 0, 9, TUI_BOLD, p->name);
	if (height > 1) {
		label(p, hi, text, sizeof(text));
		tui_text(t->tui, y + 1, 0, 9, TUI_QUIET, text);
	}
	if (height > 2) {
		label(p, lo, text, sizeof(text));
		tui_text(t->tui, y + height - 1, 0, 9, TUI_QUIET, text);
	}
	for (int i = 0, row = y + 2; i < 2 && p->curve[1].name && height > 4; i++, row++)
		tui_text(t->tui, row, 1, 8, p->curve[i].style, p->curve[i].name);
}

static void draw_panel(struct top *t, int y, int width, int height, const struct panel *p,
		       const struct flowtab_row *row)
{
	enum tui_style styles[4] = { TUI_PLAIN, p->curve[0].style, p->curve[1].style };
	double values[2][POINTS], lo = 1e18, hi = -1e18;
	size_t count[2] = {};
	struct chart chart;

	chart_init(&chart, width > 10 ? (unsigned int)width - 10 : 0, (unsigned int)height,
		   t->ascii);
	for (int i = 0; i < 2 && p->curve[i].name; i++)
		count[i] = take(row, &p->curve[i], chart_points(&chart), values[i], &lo, &hi);
	if (!count[0]) {
		tui_text(t->tui, y, 0, width, TUI_QUIET, "no rounds yet");
		return;
	}
	if (p->signed_) {
		hi = hi > -lo ? hi : -lo;
		lo = -hi;
	}
	hi = hi > lo ? hi : lo + 1;
	for (int i = 0; i < 2 && p->curve[i].name; i++)
		chart_line(&chart, values[i], count[i], lo, hi, (uint8_t)(i + 1));
	draw_axis(t, y, height, p, lo, hi);
	tui_chart(t->tui, y, 10, &chart, styles);
}

static void draw_decisions(struct top *t, int y, int width, int height,
			   const struct flowtab_row *row)
{
	char text[EVENT_SENTENCE_LEN], line[EVENT_SENTENCE_LEN + 32], clock[FORMAT_TIME_LEN];

	tui_text(t->tui, y, 0, width, TUI_BOLD, "latest decisions");
	for (size_t i = 0; i < flowtab_log_count(row) && (int)i + 1 < height; i++) {
		const struct flowtab_decision *d = flowtab_log(row, i);
		static const enum tui_style styles[] = {
			[TONE_PLAIN] = TUI_PLAIN, [TONE_QUIET] = TUI_QUIET, [TONE_GOOD] = TUI_GOOD,
			[TONE_NOTICE] = TUI_NOTICE, [TONE_BAD] = TUI_BAD,
		};
		const char *words;

		d->table->sentence(&d->record, text, sizeof(text));
		/* Who it is stands above already: "#7 A:P > B:P ". */
		words = strstr(text, " > ");
		words = words ? strchr(words + 3, ' ') : NULL;
		format_time(clock, sizeof(clock), (int64_t)(d->record.conn.head.ts_ns +
				    (uint64_t)t->source.realtime_offset_ns));
		snprintf(line, sizeof(line), "%.12s%s", clock + 11, words ? words : text);
		tui_text(t->tui, y + 1 + (int)i, 0, width, styles[d->table->tone], line);
	}
	if (!flowtab_log_count(row) && height > 1)
		tui_text(t->tui, y + 1, 0, width, TUI_QUIET, "none seen yet");
}

static void draw_detail(struct top *t, int width, int height)
{
	const struct flowtab_row *row = flowtab_find(t->tab, t->flow);
	int y = 5, room = height - 6, each, decisions;
	struct columns columns;
	const void *record = row;
	char err[1];
	struct tui_table table = { .table = flowtab_table(t->tab), .columns = &columns,
				   .records = &record, .count = 1, .selected = SIZE_MAX };

	if (!row) {
		tui_text(t->tui, 2, 0, width, TUI_NOTICE, "this flow is gone; Esc goes back");
		return;
	}
	columns_parse(flowtab_table(t->tab),
		      "flow,local,peer,srtt_us,queue_delay_us,last_grad_us,cwnd,ssthresh,shadow,"
		      "rate_bytes_per_second,backoffs,suppressed,cuts,retrans,queue,ca_state,cc",
		      &columns, err, sizeof(err));
	tui_draw_table(t->tui, 2, width, 2, &table);
	if (room < 3)
		return;
	decisions = room / 4 < 2 ? 2 : room / 4 > FLOWTAB_LOG + 1 ? FLOWTAB_LOG + 1 : room / 4;
	each = (room - decisions) / (int)ARRAY_SIZE(panels);
	/* Where there is no room for three charts the first ones are shown. */
	for (size_t i = 0; i < ARRAY_SIZE(panels) && y + 1 < height - 1 - decisions; i++) {
		int h = each >= 2 ? each : height - 1 - decisions - y < 2 ?
						   height - 1 - decisions - y : 2;

		draw_panel(t, y, width, h, &panels[i], row);
		y += h;
	}
	draw_decisions(t, height - 1 - decisions, width, decisions, row);
}

/* Counts by powers of two as bars. */
static int draw_hist(struct top *t, int y, int x, int width, int height, const char *name,
		     const struct hist *h)
{
	uint64_t most = 1;
	size_t first = HIST_BUCKETS, last = 0;
	int line = 1;

	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		most = h->bucket[i] > most ? h->bucket[i] : most;
		if (h->bucket[i]) {
			first = i < first ? i : first;
			last = i;
		}
	}
	tui_text(t->tui, y, x, width, TUI_BOLD, name);
	for (size_t i = first; i <= last && line < height; i++, line++) {
		char edge[FORMAT_LEN], text[FORMAT_LEN + 48];
		int bar = width > 24 ? (int)(h->bucket[i] * (uint64_t)(width - 24) / most) : 0;

		if (i + 1 < HIST_BUCKETS)
			format_us(edge, sizeof(edge), (int64_t)hist_edge_us(i));
		else
			snprintf(edge, sizeof(edge), "more");
		snprintf(text, sizeof(text), "%s %7s %8" PRIu64, i + 1 < HIST_BUCKETS ? "<" : " ",
			 edge, h->bucket[i]);
		tui_text(t->tui, y + line, x, width, TUI_PLAIN, text);
		tui_fill(t->tui, y + line, x + 20, bar ? bar : h->bucket[i] > 0, TUI_SELECTED);
	}
	return line;
}

static void draw_totals(struct top *t, int width, int height)
{
	const struct flowtab_totals *sum = flowtab_totals(t->tab);
	int y = 3 + tui_draw_fields(t->tui, 2, width, height - 3, &fields_totals, sum);
	int half = width / 2;

	if (y + 3 > height - 1)
		return;
	draw_hist(t, y, 0, half - 1, height - 1 - y, "RTT of flows", &sum->rtt);
	draw_hist(t, y, half, width - half, height - 1 - y, "queueing delay of flows", &sum->queue);
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
		[VIEW_FLOWS] = draw_list, [VIEW_DETAIL] = draw_detail,
		[VIEW_DESTINATIONS] = draw_list, [VIEW_FINGERPRINTS] = draw_list,
		[VIEW_TOTALS] = draw_totals,
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
