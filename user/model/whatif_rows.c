/* SPDX-License-Identifier: GPL-2.0 */
/* What the records of a what-if hold, and how they read. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "user/model/format.h"
#include "user/model/parts.h"
#include "user/model/whatif.h"

#define REC struct whatif_row

/* Appends at *used as far as there is room. */
static void __attribute__((format(printf, 4, 5)))
say(char *out, size_t len, size_t *used, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out + *used, len - *used, fmt, ap);
	va_end(ap);
	if (n > 0)
		*used = (size_t)n < len - *used ? *used + (size_t)n : len - 1;
}

static void sentence_whatif(const void *record, char *out, size_t len)
{
	static const char *const would[] = {
		[CDG_VERDICT_NO_REFERENCE] = "has no reference",
		[CDG_VERDICT_FALLING] = "draws no coin",
		[CDG_VERDICT_KEEP] = "keeps",
		[CDG_VERDICT_BACKOFF] = "backs off",
		[CDG_VERDICT_SUPPRESSED] = "leaves a back-off out",
		[CDG_VERDICT_RECOVERING] = "recovers from a timeout",
	};
	const struct whatif_row *row = record;
	char grad[FORMAT_LEN];
	size_t used = 0;

	format_us(grad, sizeof(grad), row->round.grad_us);
	say(out, len, &used, "#%" PRIu64 " round %" PRIu32 ": %s", row->flow, row->number,
	    would[row->round.verdict]);
	if (row->has_recorded)
		say(out, len, &used, ", recorded: %s",
		    enum_text(event_verdict_names, row->recorded) ?: "unknown");
	say(out, len, &used, ", gradient %s", grad);
	if (row->round.drawn)
		say(out, len, &used, ", probability %.2f%%%s",
		    event_probability(row->round.threshold) * 100,
		    row->made ? " (number made up)" : "");
	say(out, len, &used, ", cwnd %" PRIu32, row->cwnd);
	if (row->cwnd_target)
		say(out, len, &used, " to %" PRIu32, row->cwnd_target);
	if (row->unjudged)
		say(out, len, &used, ", not compared: the rounds before are not all known");
}

static const struct field whatif_fields[] = {
	ROW(REC, ts_ns, "time", TIME, NONE, NONE, "TIME",
	    "Date and time in UTC; absent if the input has none.", .flags = FIELD_ZERO_NONE),
	ROW(REC, ts_ns, "ts_ns", UINT, NS, NONE, "TS",
	    "The same as nanoseconds of the monotonic clock.", .flags = FIELD_ZERO_NONE),
	ROW(REC, flow, "flow", UINT, NONE, NONE, "FLOW", "Number of the flow."),
	ROW(REC, number, "round", UINT, NONE, NONE, "ROUND",
	    "Number of the round in its flow, from 1."),
	ROW(REC, cwnd, "cwnd", UINT, SEGMENTS, NONE, "CWND", "Congestion window as recorded."),
	ROUND_ROWS(REC, round, ""),
	ROW(REC, cwnd_target, "cwnd_target", UINT, SEGMENTS, NONE, "TARGET",
	    "Window that a back-off leads to; absent without one.", .flags = FIELD_ZERO_NONE),
	ROW(REC, made, "random_made", BOOL, NONE, NONE, "MADE",
	    "The recording drew no coin here: the number is made up, the same in every run."),
	ROW(REC, recorded, "recorded_verdict", ENUM, NONE, NONE, "RECORDED",
	    "What was decided in truth; absent if the input does not say.",
	    .names = event_verdict_names, ROW_WHEN(REC, has_recorded)),
	ROW(REC, differs, "differs", BOOL, NONE, NONE, "DIFFERS",
	    "The decision is another one than the recorded one."),
	ROW(REC, unjudged, "unjudged", BOOL, NONE, NONE, "UNJUDGED",
	    "Not compared, because rounds before this one are missing in the input."),
};

const struct fields_table fields_whatif = {
	.name = "whatif",
	.help = "A recorded round, decided anew with other parameters.",
	TABLE(REC, whatif_fields),
	.tone = TONE_NOTICE,
	.sentence = sentence_whatif,
};

#undef REC
#define REC struct whatif_summary
#define SUM_ROW(member, name_, column_, help_) \
	ROW(REC, member, name_, UINT, NONE, COUNTER, column_, help_)

static void sentence_whatif_summary(const void *record, char *out, size_t len)
{
	const struct whatif_summary *s = record;

	snprintf(out, len,
		 "%" PRIu64 " rounds of %" PRIu64 " flows with %s: %" PRIu64
		 " back-offs instead of %" PRIu64 ", %" PRIu64 " added, %" PRIu64
		 " removed; %" PRIu64 " suppressed instead of %" PRIu64 "; %" PRIu64
		 " decisions differ, %" PRIu64 " rounds were not compared. %c%s",
		 s->rounds, s->flows, s->settings ?: "the recorded parameters", s->backoffs,
		 s->backoffs_recorded, s->backoffs_added, s->backoffs_removed, s->suppressed,
		 s->suppressed_recorded, s->differing, s->unjudged, s->note[0] - 'a' + 'A',
		 s->note + 1);
}

static const struct field summary_fields[] = {
	ROW(REC, settings, "settings", TEXT, NONE, NONE, "SETTINGS",
	    "Parameters that were changed; absent if none."),
	SUM_ROW(flows, "flows", "FLOWS", "Flows in the recording."),
	SUM_ROW(rounds, "rounds", "ROUNDS", "Rounds in the recording."),
	SUM_ROW(unjudged, "unjudged", "UNJUDGED",
		"Rounds that were not compared, because rounds before them are missing."),
	SUM_ROW(differing, "differing", "DIFFERING", "Decisions that differ, of those compared."),
	SUM_ROW(made, "made", "MADE", "Coins whose number is made up, as none was drawn in truth."),
	SUM_ROW(backoffs_recorded, "backoffs_recorded", "WERE", "Back-offs in truth."),
	SUM_ROW(backoffs, "backoffs", "BACKOFFS", "Back-offs with the other parameters."),
	SUM_ROW(backoffs_added, "backoffs_added", "ADDED", "Of these: would have happened anew."),
	SUM_ROW(backoffs_removed, "backoffs_removed", "REMOVED",
		"Back-offs in truth that would not have happened."),
	SUM_ROW(suppressed_recorded, "suppressed_recorded", "SUPPR_WERE",
		"Back-offs left out in truth."),
	SUM_ROW(suppressed, "suppressed", "SUPPRESSED",
		"Back-offs left out with the other parameters."),
	ROW(REC, note, "note", TEXT, NONE, NONE, "NOTE", "How far this may be trusted."),
};

const struct fields_table fields_whatif_summary = {
	.name = "whatif_summary",
	.help = "What other parameters would have come to.",
	TABLE(REC, summary_fields),
	.tone = TONE_PLAIN,
	.sentence = sentence_whatif_summary,
};
