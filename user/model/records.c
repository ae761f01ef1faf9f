/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's events hold. */
#include "user/model/parts.h"
#include "user/model/sentence.h"

/* IPv4-mapped addresses are IPv4 to people; field_get() decides for the address. */
bool derive_family(const void *at, struct value *out)
{
	static const struct field local = {
		.type = FIELD_ADDR,
		.offset = offsetof(struct cdg_rec_conn, saddr),
		.aux = offsetof(struct cdg_rec_conn, family),
	};

	if (!field_get(&local, at, out))
		return false;
	out->kind = VALUE_TEXT;
	out->text = enum_text(event_family_names, out->family);
	out->len = 4;
	return true;
}

bool derive_probability(const void *at, struct value *out)
{
	out->kind = VALUE_REAL;
	out->real = event_probability(*(const uint32_t *)at);
	return true;
}

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
	    "How the reduction is carried out.", .names = event_reduction_names),                 \
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
	.help = "The flow was idle for longer than its timeout: what was measured is forgotten.",
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
