/* SPDX-License-Identifier: GPL-2.0 */
/* What the table of keys points to; for top_keys.c, top_actions.c and top_prompt.c. */
#ifndef CMD_TOP_KEYS_H
#define CMD_TOP_KEYS_H

#include "user/cmd/top.h"

#define CTRL(c) ((c) & 31)
#define ESCAPE 27
#define ENTER '\r'

/* --- top_actions.c --- */

void top_rebuild(struct top *t);
void top_do_help(struct top *t, int key);
void top_do_next_match(struct top *t, int key);
void top_do_sort_move(struct top *t, int key);
void top_do_sort_by(struct top *t, int key);
void top_do_invert(struct top *t, int key);
void top_do_pause(struct top *t, int key);
void top_do_detail(struct top *t, int key);
void top_do_back(struct top *t, int key);
void top_do_view(struct top *t, int key);
void top_do_view_number(struct top *t, int key);
void top_do_interval(struct top *t, int key);
void top_do_speed(struct top *t, int key);
void top_do_seek(struct top *t, int key);
void top_do_save(struct top *t, int key);
void top_do_redraw(struct top *t, int key);
void top_do_suspend(struct top *t, int key);
void top_do_quit(struct top *t, int key);
void top_do_move(struct top *t, int key);
void top_do_scroll(struct top *t, int key);

/* --- top_prompt.c --- */

void top_ask_columns(struct top *t, int key);
void top_ask_search(struct top *t, int key);
void top_ask_filter(struct top *t, int key);
void top_ask_sort(struct top *t, int key);

/* A key while something is being typed. */
void top_on_prompt(struct top *t, int key);

#endif
