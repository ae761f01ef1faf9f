/* SPDX-License-Identifier: GPL-2.0 */
/* Flows that have a value in common, and what the live view adds to the records of a flow. */
#include <errno.h>
#include <string.h>

#include "user/model/flowtab.h"
#include "user/model/format.h"
#include "user/model/idmap.h"
#include "user/model/rows.h"

#define REC struct flowtab_row

static const struct field top_fields[] = {
	ROW(REC, rate_bytes, "rate_bytes_per_second", UINT, BYTES_PER_SECOND, GAUGE, "RATE",
	    "Bytes delivered per second, since the screen before.", ROW_WHEN(REC, has_rates),
	    .width = 8),
	ROW(REC, backoffs_rate, "backoffs_per_second", REAL, NONE, GAUGE, "BO/s",
	    "Delay back-offs per second, since the screen before.", ROW_WHEN(REC, has_rates),
	    .width = 5),
	ROW(REC, cuts, "cuts", UINT, NONE, COUNTER, "CUTS",
	    "Reductions of the stack: losses, timeouts, marks and local drops."),
	ROW(REC, spark, "gradients", CHARS, NONE, NONE, "GRADIENTS",
	    "Gradients of the last rounds, as a line; the middle is 0.", .width = FLOWTAB_SPARK),
	ROW(REC, ended, "ended", BOOL, NONE, NONE, "ENDED", "The flow is gone."),
};

const struct fields_table fields_top = {
	.name = "top",
	.help = "One flow in cdgtop: all fields of a flow and of its SYN, and these.",
	TABLE(REC, top_fields),
	.columns = "flow,peer,srtt_us,rtt_lowest_us,queue_delay_us,last_grad_us,gradients,cwnd,"
		   "ssthresh,rate_bytes_per_second,backoffs_per_second,cuts,retrans,state,"
		   "label",
};

#undef REC
#define REC struct flowtab_group

static const struct field group_fields[] = {
	ROW(REC, name, "name", TEXT, NONE, INFO, "NAME", "What the flows have in common.",
	    .width = 24),
	ROW(REC, flows, "flows", UINT, NONE, GAUGE, "FLOWS", "Flows that have it."),
	ROW(REC, rtt_us, "rtt_us", UINT, US, GAUGE, "RTT", "Mean of their smoothed RTTs.",
	    .flags = FIELD_ZERO_NONE, .width = 6),
	ROW(REC, lowest_us, "rtt_lowest_us", UINT, US, GAUGE, "LOWEST", "Smallest RTT of all.",
	    .flags = FIELD_ZERO_NONE, .width = 6),
	ROW(REC, queue_us, "queue_delay_us", UINT, US, GAUGE, "QDELAY",
	    "Mean time that their packets wait in queues.", .width = 6),
	ROW(REC, queue_max_us, "queue_delay_max_us", UINT, US, GAUGE, "QMAX",
	    "Longest time that packets of one of them wait.", .width = 6),
	ROW(REC, rate_bytes, "rate_bytes_per_second", UINT, BYTES_PER_SECOND, GAUGE, "RATE",
	    "Bytes delivered per second, of all together.", .width = 8),
	ROW(REC, backoffs_rate, "backoffs_per_second", REAL, NONE, GAUGE, "BO/s",
	    "Delay back-offs per second, of all together.", .width = 5),
	ROW(REC, backoffs, "backoffs", UINT, NONE, COUNTER, "BACKOFFS", "Delay back-offs."),
	ROW(REC, cuts, "cuts", UINT, NONE, COUNTER, "CUTS", "Reductions of the stack."),
	ROW(REC, retrans, "retrans_segs", UINT, SEGMENTS, COUNTER, "RETRANS",
	    "Segments retransmitted."),
};

const struct fields_table fields_group = {
	.name = "group",
	.help = "Flows of cdgtop that have a value in common, such as their peer.",
	TABLE(REC, group_fields),
};

/* The value as text, which two flows must share to be in one group; false: it has none. */
static bool group_name(const struct field *const *by, const void *row, char *out, size_t len)
{
	struct value value;

	while (*by && !field_get(*by, row, &value))
		by++;
	if (!*by)
		return false;
	if (value.kind == VALUE_TEXT) {
		size_t n = value.len < len ? value.len : len - 1;

		memcpy(out, value.text, n);
		out[n] = 0;
		return true;
	}
	format_value(out, len, *by, &value);
	return true;
}

static uint64_t hash(const char *text)
{
	uint64_t h = 0;

	for (; *text; text++)
		h = idmap_mix(h ^ (uint8_t)*text);
	return h;
}

static void add_flow(struct flowtab_group *g, const struct flowtab_row *row)
{
	const struct cdg_rec_flow *flow = &row->flow;
	uint32_t lowest = flow->seen.rtt_lowest_us;
	uint64_t queue;

	g->flows++;
	g->rate_bytes += row->rate_bytes;
	g->backoffs_rate += row->backoffs_rate;
	g->backoffs += flow->totals.backoffs;
	g->cuts += row->cuts;
	g->retrans += flow->tcp.total_retrans;
	if (flow->conn.srtt_us) {
		g->rtt_sum_us += flow->conn.srtt_us;
		g->rtt_us = g->rtt_sum_us / ++g->rtt_flows;
	}
	if (lowest && (!g->lowest_us || lowest < g->lowest_us))
		g->lowest_us = lowest;
	if (!event_queue_delay_us(flow, &queue))
		return;
	g->queue_sum_us += queue;
	g->queue_us = g->queue_sum_us / ++g->queue_flows;
	g->queue_max_us = queue > g->queue_max_us ? queue : g->queue_max_us;
}

/* Group of a name; made if it is not there. Two names of one hash share a group: 2^-64. */
static struct flowtab_group *group_of(struct idmap *map, struct flowtab_group *groups,
				      size_t *count, const char *name)
{
	struct flowtab_group *g = idmap_get(map, hash(name));

	if (g)
		return g;
	g = &groups[*count];
	g->name = strdup(name);
	if (!g->name)
		return NULL;
	++*count;
	return idmap_put(map, hash(name), g) ? NULL : g;
}

int flowtab_groups(const struct flowtab *tab, const struct field *const *by,
		   struct flowtab_group **out, size_t *count)
{
	struct flowtab_group *groups = calloc(flowtab_count(tab) + 1, sizeof(*groups));
	_cleanup_(idmap_release) struct idmap map = {};
	char name[FINGERPRINT_LEN];

	*count = 0;
	for (size_t i = 0; groups && i < flowtab_count(tab); i++) {
		const struct flowtab_row *row = flowtab_at(tab, i);
		struct flowtab_group *g;

		if (row->ended || !group_name(by, row, name, sizeof(name)))
			continue;
		g = group_of(&map, groups, count, name);
		if (!g) {
			flowtab_groups_free(groups, *count);
			return -ENOMEM;
		}
		add_flow(g, row);
	}
	*out = groups;
	return groups ? 0 : -ENOMEM;
}

void flowtab_groups_free(struct flowtab_group *groups, size_t count)
{
	for (size_t i = 0; groups && i < count; i++)
		free((void *)groups[i].name);
	free(groups);
}
