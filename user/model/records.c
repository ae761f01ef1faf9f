/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's records hold. Parts that several records share are macros of rows: `rec` is
 * the record's struct, `m` the member that holds the part, `prefix` stands before each name.
 */
#include "user/model/event.h"
#include "user/model/rows.h"
#include "user/model/sentence.h"

static const struct enum_name family_names[] = {
	{ 4, "ipv4", "IPv4, also when the socket is an IPv6 one with a mapped address" },
	{ 6, "ipv6", "IPv6" },
	{},
};

static const struct enum_name ca_state_names[] = {
	{ 0, "open", "nothing unusual" },
	{ 1, "disorder", "duplicate or selective acknowledgements" },
	{ 2, "cwr", "reducing after an ECN echo or a local drop" },
	{ 3, "recovery", "fast retransmit" },
	{ 4, "loss", "after a retransmission timeout" },
	{},
};

static const struct enum_name queue_names[] = {
	{ CDG_QUEUE_UNKNOWN, "unknown", "the gradients do not tell" },
	{ CDG_QUEUE_NONFULL, "nonfull", "both gradients rise, or the maximum falls" },
	{ CDG_QUEUE_FULL, "full", "the minimum still rises, the maximum has stopped" },
	{ CDG_QUEUE_BACKOFF, "backoff", "in a delay back-off" },
	{},
};

static const struct enum_name verdict_names[] = {
	{ CDG_VERDICT_NO_REFERENCE, "no_reference", "first round after a restart" },
	{ CDG_VERDICT_FALLING, "falling", "the gradient was not positive, no coin" },
	{ CDG_VERDICT_KEEP, "keep", "coin drawn, window kept" },
	{ CDG_VERDICT_BACKOFF, "backoff", "coin drawn, window reduced" },
	{ CDG_VERDICT_SUPPRESSED, "suppressed", "too many back-offs had no effect" },
	{ CDG_VERDICT_RECOVERING, "recovering", "after a timeout, no coin" },
	{},
};

static const struct enum_name reduction_names[] = {
	{ CDG_REDUCE_PRR, "prr", "over one round trip, proportionally" },
	{ CDG_REDUCE_STEP, "step", "at once" },
	{},
};

const struct enum_name event_cause_names[] = {
	{ CDG_CAUSE_NONE, "none", "not told" },
	{ CDG_CAUSE_LOSS, "loss", "fast retransmit" },
	{ CDG_CAUSE_RTO, "rto", "retransmission timeout" },
	{ CDG_CAUSE_ECN, "ecn", "the peer echoed congestion experienced" },
	{ CDG_CAUSE_LOCAL, "local", "the local queueing discipline dropped" },
	{ CDG_CAUSE_TLP, "tlp", "a tail loss probe repaired a loss" },
	{},
};

const struct enum_name event_exit_names[] = {
	{ CDG_SS_NONE, "none", "not told" },
	{ CDG_SS_ACK_TRAIN, "ack_train", "ACK train as long as half the minimum RTT" },
	{ CDG_SS_DELAY, "delay", "minimum RTT rose by an eighth" },
	{ CDG_SS_BACKOFF, "backoff", "a delay back-off" },
	{ CDG_SS_CUT, "cut", "a loss, timeout or mark" },
	{},
};

static const struct enum_name tcp_state_names[] = {
	{ 1, "established", NULL }, { 2, "syn-sent", NULL },   { 3, "syn-recv", NULL },
	{ 4, "fin-wait-1", NULL },  { 5, "fin-wait-2", NULL }, { 6, "time-wait", NULL },
	{ 7, "closed", NULL },	    { 8, "close-wait", NULL }, { 9, "last-ack", NULL },
	{ 10, "listening", NULL },  { 11, "closing", NULL },   { 12, "new-syn-recv", NULL },
	{},
};

/* IPv4-mapped addresses are IPv4 to people; field_get() decides for the address. */
static bool derive_family(const void *at, struct value *out)
{
	static const struct field local = {
		.type = FIELD_ADDR,
		.offset = offsetof(struct cdg_rec_conn, saddr),
		.aux = offsetof(struct cdg_rec_conn, family),
	};

	if (!field_get(&local, at, out))
		return false;
	out->kind = VALUE_TEXT;
	out->text = enum_text(family_names, out->family);
	out->len = 4;
	return true;
}

static bool derive_probability(const void *at, struct value *out)
{
	out->kind = VALUE_REAL;
	out->real = event_probability(*(const uint32_t *)at);
	return true;
}

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
	const struct cdg_totals *totals = at;

	if (!totals->draws)
		return false;
	out->kind = VALUE_REAL;
	out->real = (double)totals->backoffs / totals->draws;
	return true;
}

#define HEAD_ROWS(rec, m)                                                                         \
	ROW(rec, m.ts_ns, "time", TIME, NONE, NONE, "TIME", "Date and time in UTC."),             \
	ROW(rec, m.ts_ns, "ts_ns", UINT, NS, NONE, "TS",                                          \
	    "The same as nanoseconds of the monotonic clock."),                                  \
	ROW(rec, m.seq, "seq", UINT, NONE, NONE, "SEQ",                                           \
	    "Number of the record in its subscription; a number that never comes is a lost record.", \
	    .flags = FIELD_ZERO_NONE),                                                            \
	ROW(rec, m.flow, "flow", UINT, NONE, NONE, "FLOW",                                        \
	    "Number of the flow, counted from 1 since CDG was loaded.", .width = 4)

#define ADDRESS_ROW(rec, m, side, name_, column_, help_)                                          \
	ROW(rec, m.side, name_, ADDR, NONE, INFO, column_, help_,                                 \
	    .aux = offsetof(rec, m.family))
#define ENDPOINT_ROW(rec, m, side, port_, name_, column_, help_)                                  \
	ROW(rec, m.side, name_, ENDPOINT, NONE, INFO, column_, help_,                             \
	    .aux = offsetof(rec, m.family), .aux2 = offsetof(rec, m.port_),                       \
	    .flags = FIELD_TEXT_ONLY, .width = 15)
#define CONN_FLAG_ROW(rec, m, name_, bit, column_, help_)                                         \
	ROW(rec, m.flags, name_, FLAG, NONE, NONE, column_, help_, .aux = bit)

/* Every kernel record; m: its struct cdg_rec_conn. */
#define CONN_ROWS(rec, m)                                                                         \
	HEAD_ROWS(rec, m.head),                                                                   \
	ROW(rec, m, "family", TEXT, NONE, INFO, "FAMILY", "ipv4 or ipv6.",                        \
	    .derive = derive_family),                                                             \
	ADDRESS_ROW(rec, m, saddr, "saddr", "SADDR", "Local address."),                           \
	ROW(rec, m.sport, "sport", UINT, NONE, INFO, "SPORT", "Local port."),                     \
	ADDRESS_ROW(rec, m, daddr, "daddr", "DADDR", "Address of the peer."),                     \
	ROW(rec, m.dport, "dport", UINT, NONE, INFO, "DPORT", "Port of the peer."),               \
	ENDPOINT_ROW(rec, m, saddr, sport, "local", "LOCAL", "Local address and port."),          \
	ENDPOINT_ROW(rec, m, daddr, dport, "peer", "PEER", "Address and port of the peer."),      \
	ROW(rec, m.netns, "netns", UINT, NONE, INFO, "NETNS",                                     \
	    "Inode number of the network namespace."),                                            \
	ROW(rec, m.cookie, "cookie", UINT, NONE, NONE, "COOKIE",                                  \
	    "Socket cookie as 'ss -e' shows it; absent while nobody has asked the kernel for it.", \
	    .flags = FIELD_ZERO_NONE),                                                            \
	ROW(rec, m.ca_state, "ca_state", ENUM, NONE, NONE, "CA",                                  \
	    "State of the stack's loss recovery.", .names = ca_state_names),                      \
	ROW(rec, m.queue, "queue", ENUM, NONE, NONE, "QUEUE",                                     \
	    "State of the queue that CDG acts upon; stays unknown without use_tolerance.",        \
	    .names = queue_names),                                                                \
	CONN_FLAG_ROW(rec, m, "reducing", CDG_CONN_REDUCING, "REDUCING",                          \
		      "A delay back-off is being carried out."),                                  \
	CONN_FLAG_ROW(rec, m, "no_storage", CDG_CONN_NO_STORAGE, "NOSTORE",                       \
		      "The flow runs without history and totals, for lack of memory."),           \
	CONN_FLAG_ROW(rec, m, "cwnd_limited", CDG_CONN_CWND_LIMITED, "LIMITED",                   \
		      "The window, not the application, limits the flow."),                       \
	CONN_FLAG_ROW(rec, m, "paced", CDG_CONN_PACED, "PACED", "The socket is paced."),          \
	ROW(rec, m.cwnd, "cwnd", UINT, SEGMENTS, GAUGE, "CWND", "Congestion window.",             \
	    .width = 4),                                                                          \
	ROW(rec, m.ssthresh, "ssthresh", UINT, SEGMENTS, GAUGE, "SSTHRESH",                       \
	    "Slow-start threshold; absent until the first reduction.", .flags = FIELD_INF_NONE),  \
	ROW(rec, m.shadow, "shadow", UINT, SEGMENTS, GAUGE, "SHADOW",                             \
	    "Shadow window: what a loss-based sender might have."),                               \
	ROW(rec, m.inflight, "inflight", UINT, SEGMENTS, GAUGE, "INFLIGHT",                       \
	    "Segments in the network."),                                                          \
	ROW(rec, m.delivered, "delivered", UINT, SEGMENTS, COUNTER, "DELIVERED",                  \
	    "Segments delivered to the peer so far."),                                            \
	ROW(rec, m.srtt_us, "srtt_us", UINT, US, GAUGE, "RTT", "Smoothed round-trip time.",       \
	    .flags = FIELD_ZERO_NONE, .width = 6),                                                \
	ROW(rec, m.backoff_cnt, "ineffectual", UINT, NONE, GAUGE, "INEFF",                        \
	    "Delay back-offs in a row that did not make the RTT fall.")

/* A struct cdg_round. */
#define ROUND_ROWS(rec, m, prefix)                                                                \
	ROW(rec, m.rtt_min_us, prefix "rtt_min_us", INT, US, GAUGE, "RTTMIN",                     \
	    "Smallest RTT in the round."),                                                        \
	ROW(rec, m.rtt_max_us, prefix "rtt_max_us", INT, US, GAUGE, "RTTMAX",                     \
	    "Largest RTT in the round."),                                                         \
	ROW(rec, m.grad_min_us, prefix "grad_min_us", INT, US, GAUGE, "GMIN",                     \
	    "Change of the smallest RTT against the round before."),                              \
	ROW(rec, m.grad_max_us, prefix "grad_max_us", INT, US, GAUGE, "GMAX",                     \
	    "Change of the largest RTT against the round before."),                               \
	ROW(rec, m.sum_min_us, prefix "sum_min_us", INT, US, GAUGE, "SUMMIN",                     \
	    "Sum of grad_min_us over the last 'window' rounds."),                                 \
	ROW(rec, m.sum_max_us, prefix "sum_max_us", INT, US, GAUGE, "SUMMAX",                     \
	    "Sum of grad_max_us over the last 'window' rounds."),                                 \
	ROW(rec, m.grad_us, prefix "grad_us", INT, US, GAUGE, "GRAD",                             \
	    "The gradient that decides: the sum of the minimum if it rises, else of the maximum, " \
	    "extrapolated to the whole window."),                                                 \
	ROW(rec, m.threshold, prefix "threshold", UINT, NONE, NONE, "THRESHOLD",                  \
	    "The coin says back off if random is above it; absent if no coin was drawn.",         \
	    ROW_WHEN(rec, m.drawn)),                                                              \
	ROW(rec, m.random, prefix "random", UINT, NONE, NONE, "RANDOM",                           \
	    "The number drawn, uniform from 0 to 2^32 - 1; absent if no coin was drawn.",         \
	    ROW_WHEN(rec, m.drawn)),                                                              \
	ROW(rec, m.threshold, prefix "probability", REAL, RATIO, GAUGE, "P",                      \
	    "Probability of a back-off in this round: 1 - threshold / 2^32.",                     \
	    .derive = derive_probability, ROW_WHEN(rec, m.drawn)),                                \
	ROW(rec, m.verdict, prefix "verdict", ENUM, NONE, NONE, "VERDICT",                        \
	    "What the end of the round decided.", .names = verdict_names),                        \
	ROW(rec, m.queue, prefix "queue_inferred", ENUM, NONE, NONE, "INFERRED",                  \
	    "State of the queue by the gradients, also without use_tolerance.",                   \
	    .names = queue_names)

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
	    .names = tcp_state_names),                                                            \
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
	    .flags = FIELD_ZERO_NONE)

/* A struct cdg_totals. */
#define TOTALS_ROW(rec, m, member, name_, column_, help_)                                         \
	ROW(rec, m.member, name_, UINT, NONE, COUNTER, column_, help_)
#define TOTALS_ROWS(rec, m)                                                                       \
	TOTALS_ROW(rec, m, rounds, "rounds", "ROUNDS", "Rounds that have ended."),                \
	TOTALS_ROW(rec, m, draws, "draws", "DRAWS", "Coins drawn."),                              \
	TOTALS_ROW(rec, m, backoffs, "backoffs", "BACKOFFS", "Delay back-offs."),                 \
	TOTALS_ROW(rec, m, suppressed, "suppressed", "SUPPR",                                     \
		   "Delay back-offs left out because those before had no effect."),               \
	ROW(rec, m, "backoff_share", REAL, RATIO, GAUGE, "BACKOFF%",                              \
	    "Back-offs per coin drawn; absent before the first coin.",                            \
	    .derive = derive_backoff_share),                                                  \
	TOTALS_ROW(rec, m, cuts_loss, "cuts_loss", "LOSS", "Reductions after fast retransmit."),  \
	TOTALS_ROW(rec, m, cuts_rto, "cuts_rto", "RTO",                                           \
		   "Reductions after a retransmission timeout."),                                 \
	TOTALS_ROW(rec, m, cuts_ecn, "cuts_ecn", "ECN", "Reductions after an ECN echo."),         \
	TOTALS_ROW(rec, m, cuts_local, "cuts_local", "LOCAL",                                     \
		   "Reductions after a drop in the local queueing discipline."),                  \
	TOTALS_ROW(rec, m, cuts_tlp, "cuts_tlp", "TLP",                                           \
		   "Reductions after a tail loss probe repaired a loss."),                        \
	TOTALS_ROW(rec, m, tolerated, "tolerated", "TOLERATED",                                   \
		   "Of all these: window kept, the loss not taken as congestion."),               \
	TOTALS_ROW(rec, m, undos, "undos", "UNDOS", "Reductions taken back as unfounded."),       \
	TOTALS_ROW(rec, m, restarts, "restarts", "RESTARTS", "Restarts after idle time."),        \
	TOTALS_ROW(rec, m, slow_start_exits, "slow_start_exits", "SSEXITS",                       \
		   "Times that slow start ended."),                                               \
	ROW(rec, m.rtt_lowest_us, "rtt_lowest_us", UINT, US, GAUGE, "LOWEST",                     \
	    "Smallest RTT of any round; absent before the first.", .flags = FIELD_ZERO_NONE,      \
	    .width = 6)

#define CC_ROW(rec)                                                                               \
	ROW(rec, cc, "cc", CHARS, NONE, INFO, "CC", "Name of the congestion control.")
#define WINDOW_ROW(rec)                                                                           \
	ROW(rec, window, "window", UINT, NONE, GAUGE, "WINDOW",                                   \
	    "Gradients in the sums of this flow.")

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
	    "Bytes acknowledged per second, over the whole life of the flow.",                    \
	    .derive = derive_goodput),                                                            \
	TCP_ROWS(rec, tcp),                                                                       \
	TOTALS_ROWS(rec, totals),                                                                 \
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

static const struct field round_fields[] = {
	CONN_ROWS(struct cdg_rec_round, conn),
	ROW(struct cdg_rec_round, number, "round", UINT, NONE, NONE, "ROUND",
	    "Number of the round in its flow, from 1."),
	ROUND_ROWS(struct cdg_rec_round, round, ""),
};

const struct fields_table fields_round = {
	.name = "round",
	.help = "A round, one RTT long, has ended: what was measured and what the coin said.",
	TABLE(struct cdg_rec_round, round_fields),
	.tone = TONE_QUIET,
	.sentence = sentence_round,
};

#define BACKOFF_ROWS                                                                              \
	CONN_ROWS(struct cdg_rec_backoff, conn),                                                  \
	ROUND_ROWS(struct cdg_rec_backoff, round, ""),                                            \
	ROW(struct cdg_rec_backoff, cwnd_prior, "cwnd_prior", UINT, SEGMENTS, NONE, "PRIOR",      \
	    "Window before the decision."),                                                       \
	ROW(struct cdg_rec_backoff, cwnd_target, "cwnd_target", UINT, SEGMENTS, NONE, "TARGET",   \
	    "Window it leads to."),                                                               \
	ROW(struct cdg_rec_backoff, reduction, "reduction", ENUM, NONE, NONE, "REDUCTION",        \
	    "How the reduction is carried out.", .names = reduction_names),                       \
	ROW(struct cdg_rec_backoff, use_ineff, "use_ineff", UINT, NONE, NONE, "LIMIT",            \
	    "Ineffectual back-offs after which further ones are left out; 0: never.")

static const struct field backoff_fields[] = { BACKOFF_ROWS };

const struct fields_table fields_backoff = {
	.name = "backoff",
	.help = "The delay rose and the coin said so: the window is reduced.",
	TABLE(struct cdg_rec_backoff, backoff_fields),
	.tone = TONE_NOTICE,
	.sentence = sentence_backoff,
};

const struct fields_table fields_suppressed = {
	.name = "suppressed",
	.help = "A back-off was due but left out: those before did not make the delay fall.",
	TABLE(struct cdg_rec_backoff, backoff_fields),
	.tone = TONE_NOTICE,
	.sentence = sentence_suppressed,
};

static const struct field cut_fields[] = {
	CONN_ROWS(struct cdg_rec_cut, conn),
	ROW(struct cdg_rec_cut, cause, "cause", ENUM, NONE, NONE, "CAUSE",
	    "Why the stack reduces.", .names = event_cause_names),
	ROW(struct cdg_rec_cut, cwnd_prior, "cwnd_prior", UINT, SEGMENTS, NONE, "PRIOR",
	    "Window before the cut."),
	ROW(struct cdg_rec_cut, cwnd_target, "cwnd_target", UINT, SEGMENTS, NONE, "TARGET",
	    "The new slow-start threshold."),
	ROW(struct cdg_rec_cut, tolerated, "tolerated", BOOL, NONE, NONE, "TOLERATED",
	    "The loss is taken as not caused by congestion, the window kept."),
	ROW(struct cdg_rec_cut, in_reduction, "in_reduction", BOOL, NONE, NONE, "MET",
	    "It met a delay back-off, which had reduced already."),
};

const struct fields_table fields_cut = {
	.name = "cut",
	.help = "The stack reduces the window: loss, timeout, ECN echo or local drop.",
	TABLE(struct cdg_rec_cut, cut_fields),
	.tone = TONE_BAD,
	.sentence = sentence_cut,
};

static const struct field undo_fields[] = {
	CONN_ROWS(struct cdg_rec_undo, conn),
	ROW(struct cdg_rec_undo, cwnd_prior, "cwnd_prior", UINT, SEGMENTS, NONE, "PRIOR",
	    "Window before the undo."),
	ROW(struct cdg_rec_undo, cwnd_restored, "cwnd_restored", UINT, SEGMENTS, NONE, "RESTORED",
	    "Window after it."),
};

const struct fields_table fields_undo = {
	.name = "undo",
	.help = "A reduction turned out to be unfounded and is taken back.",
	TABLE(struct cdg_rec_undo, undo_fields),
	.tone = TONE_GOOD,
	.sentence = sentence_undo,
};

static const struct field slow_start_exit_fields[] = {
	CONN_ROWS(struct cdg_rec_ss_exit, conn),
	ROW(struct cdg_rec_ss_exit, reason, "reason", ENUM, NONE, NONE, "REASON",
	    "Why slow start ended.", .names = event_exit_names),
	ROW(struct cdg_rec_ss_exit, rtt_min_us, "rtt_min_us", INT, US, GAUGE, "RTTMIN",
	    "Smallest RTT in the running round."),
	ROW(struct cdg_rec_ss_exit, delay_min_us, "delay_min_us", INT, US, GAUGE, "DELAYMIN",
	    "Smallest RTT since slow start began."),
};

const struct fields_table fields_slow_start_exit = {
	.name = "slow_start_exit",
	.help = "Slow start has ended, and why.",
	TABLE(struct cdg_rec_ss_exit, slow_start_exit_fields),
	.tone = TONE_PLAIN,
	.sentence = sentence_slow_start_exit,
};

static const struct field restart_fields[] = {
	CONN_ROWS(struct cdg_rec_restart, conn),
};

const struct fields_table fields_restart = {
	.name = "restart",
	.help = "The flow was idle for longer than its timeout: all that was measured is forgotten.",
	TABLE(struct cdg_rec_restart, restart_fields),
	.tone = TONE_PLAIN,
	.sentence = sentence_restart,
};

static const struct field flow_start_fields[] = {
	CONN_ROWS(struct cdg_rec_start, conn),
	CC_ROW(struct cdg_rec_start),
	ROW(struct cdg_rec_start, mss, "mss", UINT, NONE, GAUGE, "MSS",
	    "Largest segment, in bytes."),
	WINDOW_ROW(struct cdg_rec_start),
};

const struct fields_table fields_flow_start = {
	.name = "flow_start",
	.help = "A connection takes CDG as its congestion control.",
	TABLE(struct cdg_rec_start, flow_start_fields),
	.tone = TONE_PLAIN,
	.sentence = sentence_flow_start,
};

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
