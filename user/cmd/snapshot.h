/* SPDX-License-Identifier: GPL-2.0 */
/* All flows at one moment: from a loaded instance or the last snapshots in a file. */
#ifndef CMD_SNAPSHOT_H
#define CMD_SNAPSHOT_H

#include "include/cdg_abi.h"
#include "user/cmd/cmd.h"
#include "user/cmd/syn_view.h"
#include "user/model/filter.h"
#include "user/model/flow_syn.h"

struct snapshot {
	struct joined *flows; /* in order of their numbers */
	size_t count;
	size_t room;
	struct cdg_params params; /* in force; live only */
	bool live;
	/* Set beforehand: joins the flows with their SYNs; both NULL: does not. */
	struct syn_view *view;
	const struct fields_table *table; /* widened fields_flow, which the filter is for */
};

static inline void snapshot_release(struct snapshot *s)
{
	free(s->flows);
	*s = (struct snapshot){};
}

/*
 * replay: a file, or NULL for the loaded instance. netns: only flows of this namespace, 0: all.
 * filter may be NULL. Returns enum cmd_exit; logs.
 */
int snapshot_take(struct cmd_ctx *ctx, const char *replay, uint32_t netns,
		  const struct filter *filter, struct snapshot *out);

/*
 * A filter over flows from positional arguments; *out NULL if there are none. table: fields_flow,
 * widened or not. enum cmd_exit.
 */
int snapshot_filter(struct cmd_ctx *ctx, const struct fields_table *table, int argc, char **argv,
		    struct filter **out);

/* Inode number of the namespace that this process is in, 0 if it cannot be told. */
uint32_t snapshot_netns(void);

#endif
