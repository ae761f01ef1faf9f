/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parts that several of the kernel's records share, as macros of rows: `rec` is the record's
 * struct, `m` the member that holds the part, `prefix` stands before each name.
 */
#ifndef MODEL_PARTS_H
#define MODEL_PARTS_H

#include "user/model/event.h"
#include "user/model/rows.h"

extern const struct enum_name event_family_names[];
extern const struct enum_name event_ca_state_names[];
extern const struct enum_name event_queue_names[];
extern const struct enum_name event_verdict_names[];
extern const struct enum_name event_reduction_names[];
extern const struct enum_name event_cause_names[];
extern const struct enum_name event_exit_names[];
extern const struct enum_name event_tcp_state_names[];

/* at: a struct cdg_rec_conn. */
bool derive_family(const void *at, struct value *out);

/* at: the __u32 threshold of a coin. */
bool derive_probability(const void *at, struct value *out);

#define HEAD_ROWS(rec, m)                                                                         \
	ROW(rec, m.ts_ns, "time", TIME, NONE, NONE, "TIME", "Date and time in UTC."),             \
	ROW(rec, m.ts_ns, "ts_ns", UINT, NS, NONE, "TS",                                          \
	    "The same as nanoseconds of the monotonic clock."),                                   \
	ROW(rec, m.seq, "seq", UINT, NONE, NONE, "SEQ",                                           \
	    "Number of the record in its subscription; one that never comes is a lost record.",   \
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
	    "State of the stack's loss recovery.", .names = event_ca_state_names),                \
	ROW(rec, m.queue, "queue", ENUM, NONE, NONE, "QUEUE",                                     \
	    "State of the queue that CDG acts upon; without use_tolerance unknown or backoff.",   \
	    .names = event_queue_names),                                                          \
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
	    "What the end of the round decided.", .names = event_verdict_names),                  \
	ROW(rec, m.queue, prefix "queue_inferred", ENUM, NONE, NONE, "INFERRED",                  \
	    "State of the queue by the gradients, also without use_tolerance.",                   \
	    .names = event_queue_names)

#define CC_ROW(rec)                                                                               \
	ROW(rec, cc, "cc", CHARS, NONE, INFO, "CC", "Name of the congestion control.")
#define WINDOW_ROW(rec)                                                                           \
	ROW(rec, window, "window", UINT, NONE, GAUGE, "WINDOW",                                   \
	    "Gradients in the sums of this flow.")

#endif
