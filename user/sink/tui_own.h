/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the screen share: tui.c has the terminal, tui_draw.c writes on it. */
#ifndef SINK_TUI_OWN_H
#define SINK_TUI_OWN_H

#include <curses.h>
#include <stdio.h>
#include <termios.h>

#include "user/sink/tui.h"
#include "user/util/buf.h"

struct tui {
	int tty;  /* an open file of our own: O_NONBLOCK would reach the shell's otherwise */
	int page; /* memory that ncurses writes its bytes into */
	FILE *in, *out;
	SCREEN *screen;
	struct termios before;
	struct buf pending; /* bytes on their way to the terminal */
	size_t sent;
	bool ascii, colour, spoilt, hung_up;
};

/* Once the screen is there: its colours, if it has any. */
void tui_styles(struct tui *t);

#endif
