/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A screen of characters. Frames are drawn by ncurses into memory and leave for the terminal
 * without ever blocking: while a frame waits, no other is drawn, so a slow terminal costs frames
 * and nothing else.
 */
#ifndef SINK_TUI_H
#define SINK_TUI_H

#include <stdbool.h>
#include <stdint.h>

#include "user/model/chart.h"
#include "user/model/fields.h"
#include "user/util/own.h"

enum tui_style {
	TUI_PLAIN,
	TUI_BOLD,
	TUI_HEADER,   /* of a table; marked also without colours */
	TUI_SELECTED, /* likewise */
	TUI_QUIET,
	TUI_GOOD,
	TUI_NOTICE,
	TUI_BAD,
	TUI_STYLES
};

/* Keys beside characters. */
enum tui_key {
	TUI_KEY_NONE = 0,
	TUI_KEY_UP = 0x1000,
	TUI_KEY_DOWN,
	TUI_KEY_LEFT,
	TUI_KEY_RIGHT,
	TUI_KEY_PAGE_UP,
	TUI_KEY_PAGE_DOWN,
	TUI_KEY_HOME,
	TUI_KEY_END,
	TUI_KEY_BACKSPACE,
	TUI_KEY_F1, /* F2 .. F12 follow */
	TUI_KEY_F12 = TUI_KEY_F1 + 11,
};

struct tui_options {
	bool ascii;  /* no characters beyond ASCII, as where the locale has none */
	bool colour; /* if the terminal has any */
};

struct tui;

/*
 * Takes the terminal. 0; -ENOTTY: there is none; -ENODEV: it cannot move its cursor; or another
 * -errno. Not logged. At most one at a time.
 */
int tui_open(const struct tui_options *options, struct tui **out);

/* Gives it back as it was; waits up to a second for a slow one. */
void tui_close(struct tui *tui);
static inline void tui_closep(struct tui **tui)
{
	if (*tui)
		tui_close(*tui);
	*tui = NULL;
}

int tui_fd(const struct tui *tui); /* readable: keys wait */
bool tui_ascii(const struct tui *tui);
int tui_key(struct tui *tui); /* enum tui_key or a character; TUI_KEY_NONE: none waits */
bool tui_hung_up(const struct tui *tui); /* the terminal is gone */

/* Stops the process as Ctrl-Z does, with the terminal given back; returns when it goes on. */
void tui_suspend(struct tui *tui);

/* The window changed, or its contents are spoilt: the next frame is drawn from nothing. */
void tui_refresh(struct tui *tui);

/* False: the frame before has not left yet, draw later. */
bool tui_begin(struct tui *tui, int *width, int *height);
void tui_end(struct tui *tui);

/* Sends what waits, as far as it goes without blocking. */
void tui_flush(struct tui *tui);

/* Draws text from x on, cut at `width`; bytes from outside are made harmless. Returns its width. */
int tui_text(struct tui *tui, int y, int x, int width, enum tui_style style, const char *text);

/* Fills the rest of a line. */
void tui_fill(struct tui *tui, int y, int x, int width, enum tui_style style);

void tui_chart(struct tui *tui, int y, int x, const struct chart *chart,
	       const enum tui_style styles[4]);

/* How a table is drawn. */
struct tui_table {
	const struct fields_table *table;
	const struct columns *columns;
	const void *const *records;
	size_t count;
	size_t first;	 /* record in the first line */
	size_t selected; /* SIZE_MAX: none */
	size_t column;	 /* first column shown, the first one always is */
	const struct field *sort;
	bool descending;
	int64_t realtime_offset_ns;
};

/* A header and `height` - 1 records. Returns the columns that were shown in full. */
size_t tui_draw_table(struct tui *tui, int y, int width, int height, const struct tui_table *t);

/* All fields of one record as "name value", in as many columns as fit. Returns the lines used. */
int tui_draw_fields(struct tui *tui, int y, int width, int height,
		    const struct fields_table *table, const void *record);

#endif
