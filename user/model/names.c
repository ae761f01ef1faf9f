/* SPDX-License-Identifier: GPL-2.0 */
/* Names of the values in the kernel's records. */
#include "user/model/parts.h"

const struct enum_name event_family_names[] = {
	{ 4, "ipv4", "IPv4, also when the socket is an IPv6 one with a mapped address" },
	{ 6, "ipv6", "IPv6" },
	{},
};

const struct enum_name event_ca_state_names[] = {
	{ 0, "open", "nothing unusual" },
	{ 1, "disorder", "duplicate or selective acknowledgements" },
	{ 2, "cwr", "reducing after an ECN echo or a local drop" },
	{ 3, "recovery", "fast retransmit" },
	{ 4, "loss", "after a retransmission timeout" },
	{},
};

const struct enum_name event_queue_names[] = {
	{ CDG_QUEUE_UNKNOWN, "unknown", "the gradients do not tell" },
	{ CDG_QUEUE_NONFULL, "nonfull", "both gradients rise, or the maximum falls" },
	{ CDG_QUEUE_FULL, "full", "the minimum still rises, the maximum has stopped" },
	{ CDG_QUEUE_BACKOFF, "backoff", "in a delay back-off" },
	{},
};

const struct enum_name event_verdict_names[] = {
	{ CDG_VERDICT_NO_REFERENCE, "no_reference", "first round after a restart" },
	{ CDG_VERDICT_FALLING, "falling", "the gradient was not positive, no coin" },
	{ CDG_VERDICT_KEEP, "keep", "coin drawn, window kept" },
	{ CDG_VERDICT_BACKOFF, "backoff", "coin drawn, window reduced" },
	{ CDG_VERDICT_SUPPRESSED, "suppressed", "too many back-offs had no effect" },
	{ CDG_VERDICT_RECOVERING, "recovering", "after a timeout, no coin" },
	{},
};

const struct enum_name event_reduction_names[] = {
	{ CDG_REDUCE_PRR, "prr", "over one round trip, proportionally" },
	{ CDG_REDUCE_STEP, "step", "at once" },
	{},
};

const struct enum_name event_cause_names[] = {
	{ CDG_CAUSE_NONE, "none", "not told" },
	{ CDG_CAUSE_LOSS, "loss", "fast retransmit" },
	{ CDG_CAUSE_RTO, "rto", "retransmission timeout" },
	{ CDG_CAUSE_ECN, "ecn",
	  "the peer echoed congestion experienced; with ECN a probe that repaired a loss, too" },
	{ CDG_CAUSE_LOCAL, "local", "the local queueing discipline dropped" },
	{ CDG_CAUSE_TLP, "tlp", "a tail loss probe repaired a loss, without ECN" },
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

const struct enum_name event_tcp_state_names[] = {
	{ 1, "established", NULL }, { 2, "syn-sent", NULL },   { 3, "syn-recv", NULL },
	{ 4, "fin-wait-1", NULL },  { 5, "fin-wait-2", NULL }, { 6, "time-wait", NULL },
	{ 7, "closed", NULL },	    { 8, "close-wait", NULL }, { 9, "last-ack", NULL },
	{ 10, "listening", NULL },  { 11, "closing", NULL },   { 12, "new-syn-recv", NULL },
	{},
};
