/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of a flow: its snapshot, and its last record. */
#include "user/model/parts.h"
#include "user/model/sentence.h"

static bool uint_value(struct value *out, uint64_t value)
{
	out->kind = VALUE_UINT;
	out->uint = value;
	return true;
}

static bool derive_queue_delay(const void *at, struct value *out)
{
	uint64_t delay_us;

	return event_queue_delay_us(at, &delay_us) && uint_value(out, delay_us);
}

static uint64_t flow_age_ns(const struct cdg_rec_flow *flow)
{
	uint64_t now = flow->conn.head.ts_ns;

	return flow->start_ns && now > flow->start_ns ? now - flow->start_ns : 0;
}

static bool derive_duration(const void *at, struct value *out)
{
	const struct cdg_rec_flow *flow = at;

	return flow->start_ns && uint_value(out, flow_age_ns(flow) / 1000);
}

static bool derive_goodput(const void *at, struct value *out)
{
	const struct cdg_rec_flow *flow = at;
	uint64_t age_ns = flow_age_ns(flow);
	double rate;

	if (!age_ns)
		return false;
	rate = (double)flow->tcp.bytes_acked * 1e9 / (double)age_ns;
	return uint_value(out, rate < 9e18 ? (uint64_t)rate : (uint64_t)9e18);
}

static bool derive_backoff_share(const void *at, struct value *out)
{
	const struct cdg_rec_flow *flow = at;

	if (!flow->seen.draws)
		return false;
	out->kind = VALUE_REAL;
	out->real = (double)flow->totals.backoffs / flow->seen.draws;
	return true;
}

/* A struct cdg_decision; what: "delay back-off". */
#define DECISION_TIME_ROW(rec, m, prefix, what)                                                   \
	ROW(rec, m.ts_ns, prefix "ts_ns", UINT, NS, NONE, "LAST",                                 \
	    "Monotonic time of the last " what "; absent if there was none.",                     \
	    .flags = FIELD_ZERO_NONE)
#define DECISION_ROW(rec, m, member, name_, type_, unit_, what, ...)                              \
	ROW(rec, m.member, name_, type_, unit_, NONE, "LAST", what, ROW_WHEN(rec, m.ts_ns),       \
	    ##__VA_ARGS__)
#define DECISION_COIN_ROWS(rec, m, prefix, what)                                                  \
	DECISION_TIME_ROW(rec, m, prefix, what),                                                  \
	DECISION_ROW(rec, m, grad_us, prefix "grad_us", INT, US,                                  \
		     "Gradient at the last " what "."),                                           \
	DECISION_ROW(rec, m, threshold, prefix "threshold", UINT, NONE,                           \
		     "Threshold of the coin at the last " what "."),                              \
	DECISION_ROW(rec, m, random, prefix "random", UINT, NONE,                                 \
		     "Number drawn at the last " what "."),                                       \
	DECISION_ROW(rec, m, threshold, prefix "probability", REAL, RATIO,                        \
		     "Probability of the last " what ".", .derive = derive_probability),          \
	DECISION_ROW(rec, m, cwnd_prior, prefix "cwnd_prior", UINT, SEGMENTS,                     \
		     "Window before the last " what "."),                                         \
	DECISION_ROW(rec, m, cwnd_target, prefix "cwnd_target", UINT, SEGMENTS,                   \
		     "Window that the last " what " led to."),                                    \
	DECISION_ROW(rec, m, backoff_cnt, prefix "ineffectual", UINT, NONE,                       \
		     "Count of ineffectual back-offs after the last " what ".")
#define DECISION_CAUSE_ROWS(rec, m, prefix, what, key, names_)                                    \
	DECISION_TIME_ROW(rec, m, prefix, what),                                                  \
	DECISION_ROW(rec, m, cwnd_prior, prefix "cwnd_prior", UINT, SEGMENTS,                     \
		     "Window before the last " what "."),                                         \
	DECISION_ROW(rec, m, cwnd_target, prefix "cwnd_target", UINT, SEGMENTS,                   \
		     "New threshold of the last " what "."),                                      \
	DECISION_ROW(rec, m, cause, prefix key, ENUM, NONE, "Reason of the last " what ".",       \
		     .names = names_)

/* A struct cdg_rec_tcp. */
#define TCP_ROWS(rec, m)                                                                          \
	ROW(rec, m.tcp_state, "state", ENUM, NONE, NONE, "STATE", "State of the connection.",     \
	    .names = event_tcp_state_names),                                                      \
	ROW(rec, m.bytes_acked, "bytes_acked", UINT, BYTES, COUNTER, "ACKED",                     \
	    "Bytes that the peer has acknowledged."),                                             \
	ROW(rec, m.bytes_sent, "bytes_sent", UINT, BYTES, COUNTER, "SENT",                        \
	    "Bytes sent, with retransmissions."),                                                 \
	ROW(rec, m.bytes_retrans, "bytes_retrans", UINT, BYTES, COUNTER, "RETRANSBYTES",          \
	    "Bytes retransmitted."),                                                              \
	ROW(rec, m.bytes_received, "bytes_received", UINT, BYTES, COUNTER, "RECEIVED",            \
	    "Bytes received from the peer."),                                                     \
	ROW(rec, m.pacing_rate_bps, "pacing_rate_bytes_per_second", UINT, BYTES_PER_SECOND,       \
	    GAUGE, "PACING", "Rate that the socket is paced at or would be."),                    \
	ROW(rec, m.segs_out, "segs_out", UINT, SEGMENTS, COUNTER, "SEGSOUT", "Segments sent."),   \
	ROW(rec, m.segs_in, "segs_in", UINT, SEGMENTS, COUNTER, "SEGSIN", "Segments received."),  \
	ROW(rec, m.data_segs_out, "data_segs_out", UINT, SEGMENTS, COUNTER, "DATASEGS",           \
	    "Segments with data sent."),                                                          \
	ROW(rec, m.total_retrans, "retrans_segs", UINT, SEGMENTS, COUNTER, "RETRANS",             \
	    "Segments retransmitted."),                                                           \
	ROW(rec, m.lost, "lost_segs", UINT, SEGMENTS, COUNTER, "LOST",                            \
	    "Segments marked as lost, in all."),                                                  \
	ROW(rec, m.delivered_ce, "delivered_ce", UINT, SEGMENTS, COUNTER, "CE",                   \
	    "Segments delivered with a mark of congestion experienced."),                         \
	ROW(rec, m.mss, "mss", UINT, NONE, GAUGE, "MSS", "Largest segment, in bytes."),           \
	ROW(rec, m.rttvar_us, "rttvar_us", UINT, US, GAUGE, "RTTVAR",                             \
	    "Mean deviation of the RTT."),                                                        \
	ROW(rec, m.min_rtt_us, "min_rtt_us", UINT, US, GAUGE, "MINRTT",                           \
	    "The stack's minimum RTT of the last minutes; absent before the first sample.",       \
	    .flags = FIELD_ZERO_NONE | FIELD_INF_NONE)

/* A struct cdg_seen s and a struct cdg_totals m. */
#define TOTALS_ROW(rec, m, member, name_, column_, help_)                                         \
	ROW(rec, m.member, name_, UINT, NONE, COUNTER, column_, help_)
#define TOTALS_ROWS(rec, s, m)                                                                    \
	TOTALS_ROW(rec, s, rounds, "rounds", "ROUNDS", "Rounds that have ended."),                \
	TOTALS_ROW(rec, s, draws, "draws", "DRAWS", "Coins drawn."),                              \
	TOTALS_ROW(rec, m, backoffs, "backoffs", "BACKOFFS", "Delay back-offs."),                 \
	TOTALS_ROW(rec, m, suppressed, "suppressed", "SUPPR",                                     \
		   "Delay back-offs left out because those before had no effect."),               \
	ROW(rec, conn, "backoff_share", REAL, RATIO, GAUGE, "BACKOFF%",                           \
	    "Back-offs per coin drawn; absent before the first coin.",                            \
	    .derive = derive_backoff_share),                                                      \
	TOTALS_ROW(rec, m, cuts_loss, "cuts_loss", "LOSS", "Reductions after fast retransmit."),  \
	TOTALS_ROW(rec, m, cuts_rto, "cuts_rto", "RTO",                                           \
		   "Reductions after a retransmission timeout."),                                 \
	TOTALS_ROW(rec, m, cuts_ecn, "cuts_ecn", "ECN",                                           \
		   "Reductions after an ECN echo or, with ECN, after a probe's repair."),         \
	TOTALS_ROW(rec, m, cuts_local, "cuts_local", "LOCAL",                                     \
		   "Reductions after a drop in the local queueing discipline."),                  \
	TOTALS_ROW(rec, m, cuts_tlp, "cuts_tlp", "TLP",                                           \
		   "Reductions after a tail loss probe repaired a loss, without ECN."),           \
	TOTALS_ROW(rec, m, tolerated, "tolerated", "TOLERATED",                                   \
		   "Of all these: window kept, the loss not taken as congestion."),               \
	TOTALS_ROW(rec, m, undos, "undos", "UNDOS", "Reductions taken back as unfounded."),       \
	TOTALS_ROW(rec, m, restarts, "restarts", "RESTARTS", "Restarts after idle time."),        \
	TOTALS_ROW(rec, m, slow_start_exits, "slow_start_exits", "SSEXITS",                       \
		   "Times that slow start ended."),                                               \
	ROW(rec, s.rtt_lowest_us, "rtt_lowest_us", UINT, US, GAUGE, "LOWEST",                     \
	    "Smallest RTT of any round; absent before the first.", .flags = FIELD_ZERO_NONE,      \
	    .width = 6)

#define FLOW_ROWS(rec)                                                                            \
	CONN_ROWS(rec, conn),                                                                     \
	CC_ROW(rec),                                                                              \
	ROW(rec, start_ns, "start_ns", UINT, NS, NONE, "START",                                   \
	    "Monotonic time at which the flow took this congestion control.",                     \
	    .flags = FIELD_ZERO_NONE),                                                            \
	ROW(rec, conn, "duration_us", UINT, US, GAUGE, "AGE", "Time since then.",                 \
	    .derive = derive_duration),                                                           \
	ROW(rec, conn, "queue_delay_us", UINT, US, GAUGE, "QDELAY",                               \
	    "Time that packets wait in queues now: smoothed RTT less the lowest one.",            \
	    .derive = derive_queue_delay, .width = 6),                                            \
	ROW(rec, conn, "goodput_bytes_per_second", UINT, BYTES_PER_SECOND, GAUGE, "GOODPUT",      \
	    "Bytes acknowledged per second of duration_us; too high where the connection had "    \
	    "sent with another congestion control before.",                                       \
	    .derive = derive_goodput),                                                            \
	TCP_ROWS(rec, tcp),                                                                       \
	TOTALS_ROWS(rec, seen, totals),                                                           \
	ROW(rec, round_ts_ns, "round_ts_ns", UINT, NS, NONE, "ROUND",                             \
	    "Monotonic time at which the last round ended; absent before the first.",             \
	    .flags = FIELD_ZERO_NONE),                                                            \
	ROUND_ROWS(rec, last, "last_"),                                                           \
	DECISION_COIN_ROWS(rec, backoff, "backoff_", "delay back-off"),                           \
	DECISION_COIN_ROWS(rec, suppressed, "suppressed_", "suppressed back-off"),                \
	DECISION_CAUSE_ROWS(rec, cut, "cut_", "cut", "cause", event_cause_names),                 \
	DECISION_ROW(rec, cut, tolerated, "cut_tolerated", BOOL, NONE,                            \
		     "The last cut kept the window."),                                            \
	DECISION_CAUSE_ROWS(rec, slow_start_exit, "slow_start_exit_", "end of slow start",        \
			    "reason", event_exit_names),                                          \
	WINDOW_ROW(rec),                                                                          \
	ROW(rec, generation, "generation", UINT, NONE, NONE, "GEN",                               \
	    "Number of the parameter set in force, 1 after load.")

#define FLOW_COLUMNS                                                                              \
	"flow,local,peer,srtt_us,rtt_lowest_us,queue_delay_us,cwnd,ssthresh,goodput,"             \
	"backoffs,suppressed,cuts_loss,cuts_rto,cuts_ecn,retrans,duration_us"

static const struct field flow_fields[] = { FLOW_ROWS(struct cdg_rec_flow) };

const struct fields_table fields_flow_end = {
	.name = "flow_end",
	.help = "A connection ends or leaves CDG; with all its totals.",
	TABLE(struct cdg_rec_flow, flow_fields),
	.columns = FLOW_COLUMNS,
	.tone = TONE_PLAIN,
	.sentence = sentence_flow_end,
};

const struct fields_table fields_flow = {
	.name = "flow",
	.help = "Snapshot of one flow: its windows, its totals and the last decision of each kind.",
	TABLE(struct cdg_rec_flow, flow_fields),
	.columns = FLOW_COLUMNS,
	.tone = TONE_PLAIN,
};
