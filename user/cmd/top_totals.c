/* SPDX-License-Identifier: GPL-2.0 */
/* All flows together: counts, and how their delays are spread. */
#include <inttypes.h>
#include <stdio.h>

#include "user/cmd/top.h"
#include "user/model/format.h"

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

void top_draw_totals(struct top *t, int width, int height)
{
	const struct flowtab_totals *sum = flowtab_totals(t->tab);
	int y = 3 + tui_draw_fields(t->tui, 2, width, height - 3, &fields_totals, sum);
	int half = width / 2;

	if (y + 3 > height - 1)
		return;
	draw_hist(t, y, 0, half - 1, height - 1 - y, "RTT of flows", &sum->rtt);
	draw_hist(t, y, half, width - half, height - 1 - y, "queueing delay of flows", &sum->queue);
}
