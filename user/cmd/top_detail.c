/* SPDX-License-Identifier: GPL-2.0 */
/* One flow in detail: what it is, its past as charts, its decisions in words. */
#include <stdio.h>
#include <string.h>

#include "user/cmd/top.h"
#include "user/model/format.h"

#define POINTS (2 * CHART_WIDTH_MAX)

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

/* A header and one line of these fields. */
static void draw_line(struct top *t, int y, int width, const void *record, const char *fields)
{
	struct columns columns;
	char err[1];
	struct tui_table table = { .table = flowtab_table(t->tab), .columns = &columns,
				   .records = &record, .count = 1, .selected = SIZE_MAX };

	columns_parse(table.table, fields, &columns, err, sizeof(err));
	tui_draw_table(t->tui, y, width, 2, &table);
}

void top_draw_detail(struct top *t, int width, int height)
{
	const struct flowtab_row *row = flowtab_find(t->tab, t->flow);
	bool syn = row && row->joined.syn.status && height >= 12;
	int y = syn ? 7 : 5, room = height - y - 1, each, decisions;

	if (!row) {
		tui_text(t->tui, 2, 0, width, TUI_NOTICE, "this flow is gone; Esc goes back");
		return;
	}
	draw_line(t, 2, width, row,
		  "flow,local,peer,srtt_us,queue_delay_us,last_grad_us,cwnd,ssthresh,shadow,"
		  "rate_bytes_per_second,backoffs,suppressed,cuts,retrans,queue,ca_state,cc");
	if (syn)
		draw_line(t, 4, width, row, "syn_status,label,class,quality,sig");
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
