/* SPDX-License-Identifier: GPL-2.0 */
/* All flows at one moment: from a loaded instance or the last snapshots in a file. */
#ifndef CMD_SNAPSHOT_H
#define CMD_SNAPSHOT_H

#include "include/cdg_abi.h"
#include "user/cmd/cmd.h"
#include "user/cmd/syn_view.h"
#include "user/model/filter.h"
#include "user/model/flow_syn.h"

/* One of them: its number, and where the rest is. */
struct snapshot_flow {
	uint64_t flow;
	uint32_t record; /* index */
	uint32_t syn;	 /* index from 1, 0: none is known */
};

struct snapshot {
	struct snapshot_flow *flows; /* in order of their numbers */
	size_t count, room;
	struct cdg_rec_flow *records; /* as they came */
	size_t record_count, record_room;
	struct flow_syn *syns; /* of few flows, and large */
	size_t syn_count, syn_room;
	struct cdg_params params; /* in force; live only */
	bool live;
	/* Set beforehand: joins the flows with their SYNs; both NULL: does not. */
	struct syn_view *view;
	const struct fields_table *table; /* widened fields_flow, which the filter is for */
};

static inline void snapshot_release(struct snapshot *s)
{
	free(s->flows);
	free(s->records);
	free(s->syns);
	*s = (struct snapshot){};
}

static inline const struct cdg_rec_flow *snapshot_record(const struct snapshot *s, size_t i)
{
	return &s->records[s->flows[i].record];
}

/* NULL: none is known. */
static inline const struct flow_syn *snapshot_syn(const struct snapshot *s,
						  const struct snapshot_flow *flow)
{
	return flow->syn ? &s->syns[flow->syn - 1] : NULL;
}

/* Both put together. *out: zeroed, or from an earlier call. */
void snapshot_joined(const struct snapshot *s, size_t i, struct joined *out);

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

#endif
