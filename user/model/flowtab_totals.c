/* SPDX-License-Identifier: GPL-2.0 */
/* All flows together. */
#include "user/model/flowtab_row.h"
#include "user/model/rows.h"

#define REC struct flowtab_totals
#define COUNT(member, name_, column_, help_) \
	ROW(REC, member, name_, UINT, NONE, COUNTER, column_, help_)
#define DELAY(member, name_, column_, help_) \
	ROW(REC, member, name_, UINT, US, GAUGE, column_, help_, .flags = FIELD_ZERO_NONE)

static const struct field totals_fields[] = {
	ROW(REC, ts_ns, "time", TIME, NONE, NONE, "TIME", "Date and time in UTC."),
	ROW(REC, ts_ns, "ts_ns", UINT, NS, NONE, "TS",
	    "The same as nanoseconds of the monotonic clock."),
	COUNT(flows, "flows", "FLOWS", "Flows that are there."),
	COUNT(started, "started", "STARTED", "Flows seen to start."),
	COUNT(ended, "ended", "ENDED", "Flows seen to end."),
	COUNT(limited, "cwnd_limited", "LIMITED", "Flows that their window limits."),
	COUNT(reducing, "reducing", "REDUCING", "Flows in a delay back-off."),
	ROW(REC, rate_bytes, "rate_bytes_per_second", UINT, BYTES_PER_SECOND, GAUGE, "RATE",
	    "Bytes delivered per second."),
	ROW(REC, backoffs_rate, "backoffs_per_second", REAL, NONE, GAUGE, "BO/s",
	    "Delay back-offs per second."),
	ROW(REC, suppressed_rate, "suppressed_per_second", REAL, NONE, GAUGE, "SUPPR/s",
	    "Back-offs left out per second."),
	ROW(REC, cuts_rate, "cuts_per_second", REAL, NONE, GAUGE, "CUTS/s",
	    "Reductions of the stack per second."),
	COUNT(backoffs, "backoffs", "BACKOFFS", "Delay back-offs of the flows that are there."),
	COUNT(suppressed, "suppressed", "SUPPR", "Back-offs that they left out."),
	COUNT(cuts, "cuts", "CUTS", "Reductions of the stack on them."),
	COUNT(tolerated, "tolerated", "TOLERATED", "Losses that they tolerated."),
	COUNT(undos, "undos", "UNDOS", "Reductions that they took back."),
	COUNT(retrans, "retrans_segs", "RETRANS", "Segments that they sent again."),
	DELAY(rtt_p50_us, "rtt_p50_us", "RTT50", "Half of the RTTs lie below it (power of two)."),
	DELAY(rtt_p95_us, "rtt_p95_us", "RTT95", "95 % of the RTTs lie below it."),
	DELAY(queue_p50_us, "queue_delay_p50_us", "QD50",
	      "Half of the queueing delays lie below it."),
	DELAY(queue_p95_us, "queue_delay_p95_us", "QD95",
	      "95 % of the queueing delays lie below it."),
	COUNT(records, "records", "RECORDS", "Records that came from the kernel or the file."),
	COUNT(lost, "lost", "LOST", "Records lost because this reader was too slow."),
	COUNT(invalid, "invalid", "INVALID", "Records refused as malformed."),
	COUNT(unknown, "unknown", "UNKNOWN", "Records of a kind that this version does not know."),
};

const struct fields_table fields_totals = {
	.name = "totals",
	.help = "All flows of cdgtop together.",
	TABLE(REC, totals_fields),
};

void totals_add(struct flowtab_totals *sum, const struct flowtab_row *row)
{
	const struct cdg_rec_flow *flow = &row->flow;
	uint64_t queue_us;

	sum->backoffs += flow->totals.backoffs;
	sum->suppressed += flow->totals.suppressed;
	sum->cuts += row->cuts;
	sum->tolerated += flow->totals.tolerated;
	sum->undos += flow->totals.undos;
	sum->retrans += flow->tcp.total_retrans;
	sum->rate_bytes += row->rate_bytes;
	sum->limited += (flow->conn.flags & CDG_CONN_CWND_LIMITED) != 0;
	sum->reducing += (flow->conn.flags & CDG_CONN_REDUCING) != 0;
	sum->flows += !row->ended;
	if (row->ended || !flow->conn.srtt_us)
		return;
	hist_add(&sum->rtt, flow->conn.srtt_us);
	if (event_queue_delay_us(flow, &queue_us))
		hist_add(&sum->queue, queue_us);
}

static double rate(uint64_t now, uint64_t before, double seconds)
{
	return seconds > 0 && now > before ? (double)(now - before) / seconds : 0;
}

void totals_end(struct flowtab_totals *sum, const struct flowtab_events *now,
		const struct flowtab_events *before, double seconds)
{
	sum->started = now->started;
	sum->ended = now->ended;
	sum->backoffs_rate = rate(now->backoffs, before->backoffs, seconds);
	sum->suppressed_rate = rate(now->suppressed, before->suppressed, seconds);
	sum->cuts_rate = rate(now->cuts, before->cuts, seconds);
	sum->rtt_p50_us = hist_quantile_us(&sum->rtt, 0.5);
	sum->rtt_p95_us = hist_quantile_us(&sum->rtt, 0.95);
	sum->queue_p50_us = hist_quantile_us(&sum->queue, 0.5);
	sum->queue_p95_us = hist_quantile_us(&sum->queue, 0.95);
}
