/* SPDX-License-Identifier: GPL-2.0 */
/* cdgtop: a source of records, the table of flows, and a screen or a sink. */
#ifndef CMD_TOP_H
#define CMD_TOP_H

#include <stdio.h>

#include "user/cmd/cmd.h"
#include "user/cmd/syn_join.h"
#include "user/kern/session.h"
#include "user/model/filter.h"
#include "user/model/flowtab.h"
#include "user/model/timeline.h"
#include "user/sink/tui.h"
#include "user/source/file.h"
#include "user/source/ring.h"
#include "user/util/clock.h"
#include "user/util/log.h"

#define TOP_INTERVAL_NS 1000000000ull
#define TOP_INTERVAL_MIN_NS 100000000ull
#define TOP_INTERVAL_MAX_NS 3600000000000ull
#define TOP_TEXT 256

struct top_options {
	bool batch, json, ascii, no_color, help, version;
	uint64_t count;	   /* of screens, 0: no limit */
	uint64_t delay_ns; /* 0: not given */
	const char *pin_dir, *netns, *replay, *speed, *sort, *columns, *view, *db;
};

/* Where records come from: a loaded instance, which may come and go, or a file. */
struct top_source {
	struct flowtab *tab;
	struct log_errors *errors;
	struct sigdb db; /* what fingerprints are held against */
	struct syn_join *join;
	/* live */
	const char *pin_dir;
	uint32_t netns;		/* only its flows, 0: all */
	struct session *session;
	struct syns *syns;	/* NULL: the instance does not save SYNs */
	struct ring *ring;	/* decisions, starts, ends of all flows; NULL: without CAP_BPF */
	struct ring *focus;	/* rounds of one flow */
	uint64_t focus_flow;
	uint64_t pinned_inode;	/* another one: the instance was replaced */
	uint64_t instance;	/* that flows are numbered by: when it was loaded */
	uint64_t lost_before;	/* by rings that are closed now */
	char names[2 * CDG_NAME_LEN + 24]; /* of the congestion control; what is missing */
	char problem[TOP_TEXT]; /* why there is no instance, and what to type; "" if there is one */
	int problem_err;	/* its -errno */
	/* replay */
	const char *path;
	struct file_reader *file;
	struct timeline timeline;
	uint64_t first_ns, last_ns; /* times in the file */
	uint64_t until_ns;	    /* fed so far */
	uint32_t highest_seq;
	uint64_t sequenced;
	int64_t realtime_offset_ns;
	bool ended; /* all records are fed */
};

enum top_view {
	VIEW_FLOWS,
	VIEW_DETAIL,
	VIEW_DESTINATIONS,
	VIEW_FINGERPRINTS,
	VIEW_TOTALS,
	VIEW_COUNT
};

/* What each view remembers. */
struct top_state {
	const struct field *sort;
	bool descending;
	size_t selected, first, column;
};

enum top_prompt {
	PROMPT_NONE,
	PROMPT_SEARCH,
	PROMPT_FILTER,
	PROMPT_SORT,
	PROMPT_COLUMNS,
};

struct top {
	struct top_source source;
	struct flowtab *tab;
	struct tui *tui;
	struct filter *filter;
	struct columns columns, group_columns;
	const void **records; /* of the view, in order */
	size_t count, room;
	struct flowtab_group *groups;
	size_t group_count;
	struct top_state state[VIEW_COUNT];
	enum top_view view, back; /* back: where detail was entered from */
	uint64_t flow;		  /* in detail, and selected in the list */
	uint64_t interval_ns, next_scan_ns;
	enum top_prompt prompt;
	char typed[TOP_TEXT], search[TOP_TEXT], filter_text[TOP_TEXT], columns_text[TOP_TEXT];
	char message[TOP_TEXT];
	uint64_t frames;  /* drawn */
	uint64_t skipped; /* not drawn, as the terminal was slow */
	bool paused, help, dirty, quit, ascii, colour;
	int signal_fd; /* readable: the window changed, or a stop */
	int page; /* lines of the list on the screen */
	struct log_errors errors;
};


/* --- top_source.c --- */

/*
 * Opens what is there; without an instance `problem` says so. db: a file of signatures, or NULL. 0
 * or -errno (not for want of an instance; logs).
 */
int top_source_open(struct top_source *s, const char *db);
void top_source_close(struct top_source *s);

/* Takes what waits; discard: throws it away. 0 or -ENOMEM. Notices an instance that came or went.
 */
int top_source_poll(struct top_source *s, bool discard);

/* Live: a snapshot. Then SYNs and rates. keep: a flow not to be dropped. 0 or -ENOMEM. */
int top_source_scan(struct top_source *s, uint64_t keep);

/* Replay: SYNs and rates at a time of the records. */
void top_source_tick(struct top_source *s, uint64_t at_ns, uint64_t keep);

/* Listens to the rounds of one flow, 0: of none. */
void top_source_focus(struct top_source *s, uint64_t flow);

/* Replay only: time of the records now; to another time (clamped to the file). */
uint64_t top_source_at(const struct top_source *s);
int top_source_seek(struct top_source *s, uint64_t at_ns);

/* Replay: feeds everything until a time of the records. */
int top_source_feed(struct top_source *s, uint64_t until_ns);

/* --- top_view.c --- */

const char *top_view_name(enum top_view view);
const struct fields_table *top_view_table(const struct top *t);
const struct columns *top_view_columns(const struct top *t);

/* Collects, filters and orders the records of the view; keeps the selected flow. 0 or -ENOMEM. */
int top_view_build(struct top *t);

/* Each takes a text as typed; on error message says what is wrong and nothing is changed. */
int top_set_filter(struct top *t, const char *text);
int top_set_sort(struct top *t, const char *text);
int top_set_columns(struct top *t, const char *text);

/* Moves to the next record that has `search` in one of its columns. */
void top_search_next(struct top *t, bool from_next);
void top_select(struct top *t, size_t index);

/* --- top_draw.c --- */

void top_draw(struct top *t);

/* --- top_detail.c, top_totals.c: everything between status and footer --- */

void top_draw_detail(struct top *t, int width, int height);
void top_draw_totals(struct top *t, int width, int height);

/* --- top_keys.c --- */

/* One row of the table that acts, draws the footer and the help. */
struct top_key {
	int keys[5];
	const char *shown; /* "F3 /" */
	const char *word;  /* in the footer; NULL: in the help only */
	const char *help;
	void (*act)(struct top *t, int key);
	uint8_t when; /* WHEN_* */
};
#define WHEN_ALWAYS 0
#define WHEN_LIST 1   /* views of rows */
#define WHEN_REPLAY 2
extern const struct top_key top_keys[];
extern const size_t top_key_count;
bool top_key_applies(const struct top *t, const struct top_key *key);
void top_on_key(struct top *t, int key);

/* --- top_config.c --- */

/* Reads $XDG_CONFIG_HOME/cdgtop/config into *t; what is wrong in it is said in message. */
void top_config_read(struct top *t);
void top_config_write(struct top *t);

/* The same from an open file, whose name is shown. */
void top_config_parse(struct top *t, FILE *f, const char *shown);

/* The settings as such a file; false: filter or columns are longer than *t remembers. */
bool top_config_put(const struct top *t, struct buf *b);

/* --- top_batch.c --- */

int top_batch(struct top *t, const struct top_options *o);

/* --- top.c --- */

/* Everything behind the options; filter: positional arguments, joined, or NULL. enum cmd_exit. */
int top_run(const struct top_options *o, const char *filter);

#endif
