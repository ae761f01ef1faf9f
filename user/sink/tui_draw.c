/* SPDX-License-Identifier: GPL-2.0 */
#include <string.h>

#include "user/sink/tui_own.h"
#include "user/util/utf8.h"

void tui_styles(struct tui *t)
{
	static const short colours[TUI_STYLES] = {
		[TUI_GOOD] = COLOR_GREEN, [TUI_NOTICE] = COLOR_YELLOW, [TUI_BAD] = COLOR_RED,
		[TUI_QUIET] = COLOR_CYAN,
	};

	t->colour = t->colour && has_colors();
	if (!t->colour)
		return;
	start_color();
	use_default_colors();
	for (short i = 1; i < TUI_STYLES; i++)
		if (colours[i])
			init_pair(i, colours[i], -1);
	init_pair(TUI_HEADER, COLOR_BLACK, COLOR_GREEN);
	init_pair(TUI_SELECTED, COLOR_BLACK, COLOR_CYAN);
}

static attr_t style_of(const struct tui *t, enum tui_style style)
{
	static const attr_t mono[TUI_STYLES] = {
		[TUI_BOLD] = A_BOLD,	     [TUI_HEADER] = A_REVERSE | A_BOLD,
		[TUI_SELECTED] = A_REVERSE, [TUI_QUIET] = A_NORMAL,
		[TUI_NOTICE] = A_BOLD,	     [TUI_BAD] = A_BOLD | A_UNDERLINE,
	};

	if (!t->colour || style == TUI_PLAIN || style == TUI_BOLD)
		return mono[style];
	return (attr_t)COLOR_PAIR(style);
}

/* One character of text into out: itself, or what stands for it. Returns the bytes taken. */
static size_t next_character(const struct tui *t, const char *text, size_t len, char out[5])
{
	size_t size = utf8_next(text, len);

	if (!size || utf8_is_control(text, size) || (t->ascii && size > 1)) {
		strcpy(out, "?");
		return size ? size : 1;
	}
	memcpy(out, text, size);
	out[size] = 0;
	return size;
}

int tui_text(struct tui *t, int y, int x, int width, enum tui_style style, const char *text)
{
	size_t len = strlen(text);
	int used = 0;
	char one[5];

	if (y < 0 || y >= LINES || x < 0 || x >= COLS)
		return 0;
	width = width < COLS - x ? width : COLS - x;
	attrset((attr_t)style_of(t, style));
	for (move(y, x); len && used < width; used++) {
		size_t size = next_character(t, text, len, one);

		addstr(one);
		text += size;
		len -= size;
	}
	attrset(A_NORMAL);
	return used;
}

void tui_fill(struct tui *t, int y, int x, int width, enum tui_style style)
{
	if (y < 0 || y >= LINES || x < 0 || x >= COLS)
		return;
	attrset(style_of(t, style));
	mvhline(y, x, ' ' | style_of(t, style), width < COLS - x ? width : COLS - x);
	attrset(A_NORMAL);
}

void tui_chart(struct tui *t, int y, int x, const struct chart *chart,
	       const enum tui_style styles[4])
{
	for (unsigned int row = 0; row < chart->height; row++)
		for (unsigned int column = 0; column < chart->width; column++) {
			char cell[4];
			uint8_t series = chart_cell(chart, column, row, cell);

			if (series)
				tui_text(t, y + (int)row, x + (int)column, 1, styles[series & 3],
					 cell);
		}
}
