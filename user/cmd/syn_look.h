/* SPDX-License-Identifier: GPL-2.0 */
/* What `syn`, `syn get` and `syn top` share: an instance's SYNs and flows, and the options. */
#ifndef CMD_SYN_LOOK_H
#define CMD_SYN_LOOK_H

#include "user/cmd/ship.h"
#include "user/cmd/syn_view.h"
#include "user/kern/session.h"
#include "user/model/event.h"
#include "user/model/filter.h"
#include "user/source/syns.h"

struct syn_opts {
	struct syn_view_options view;
	struct ship_options ship;
	const char *columns, *tuple, *raw;
	uint64_t cookie, count;
	bool all_netns, half_open;
};

/* SYNs, or flows, out of the kernel. */
struct syn_list {
	uint8_t *items;
	size_t size; /* of one */
	size_t count, room;
	uint32_t netns; /* only of this one, 0: of all */
};

/* One command under way. */
struct syn_look {
	struct cmd_ctx *ctx;
	const struct syn_opts *opts;
	struct session *session;
	struct syns *syns;
	struct syn_view view;
	struct syn_list recs;  /* struct cdg_rec_syn, oldest first */
	struct syn_list flows; /* struct cdg_rec_flow, by cookie */
};

/* An instance and the signatures. enum cmd_exit, said what is wrong. */
int syn_look_open(struct syn_look *l);
void syn_look_release(struct syn_look *l);

/* Fill flows; recs and flows. 0 or -errno, said. */
int syn_look_flows(struct syn_look *l);
int syn_look_syns(struct syn_look *l);

const struct cdg_rec_syn *syn_look_at(const struct syn_look *l, size_t i);

/* A SYN with what is known of its flow. */
void syn_look_fill(struct syn_look *l, const struct cdg_rec_syn *rec, struct syn_report *report);

/* enum cmd_exit; *out is the caller's. */
int syn_look_filter(struct cmd_ctx *ctx, const char *text, struct filter **out);

/* The words behind `syn`. enum cmd_exit. */
int syn_get(struct syn_look *l, int argc, char **argv);
int syn_top(struct syn_look *l, int argc, char **argv);

#endif
