/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "user/model/event.h"
#include "user/model/format.h"

/* Texts of durations, several of which may stand in one sentence. */
struct span {
	char text[FORMAT_LEN];
};

static struct span span_us(int64_t us)
{
	struct span span;

	format_us(span.text, sizeof(span.text), us);
	return span;
}

static void __attribute__((format(printf, 4, 5)))
add(struct explanation *out, enum state_severity severity, const char *next, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (out->count == EXPLAIN_MAX)
		return;
	text = out->text[out->count];
	va_start(ap, fmt);
	vsnprintf(text, EXPLAIN_LEN, fmt, ap);
	va_end(ap);
	out->note[out->count++] =
		(struct state_note){ .text = text, .next = next, .severity = severity };
}

static void explain_delay(const struct cdg_rec_flow *flow, struct explanation *out)
{
	uint64_t delay_us;

	if (!event_queue_delay_us(flow, &delay_us)) {
		add(out, SEVERITY_INFO, NULL,
		    "No round has ended yet: nothing is known of its delay.");
		return;
	}
	add(out, SEVERITY_INFO, NULL,
	    "RTT %s now, %s at its lowest: packets wait about %s in queues.",
	    span_us(flow->conn.srtt_us).text, span_us(flow->seen.rtt_lowest_us).text,
	    span_us((int64_t)delay_us).text);
}

static void explain_window(const struct cdg_rec_flow *flow, struct explanation *out)
{
	const struct cdg_rec_conn *c = &flow->conn;
	char threshold[48];

	if (c->ssthresh < 0x7fffffff)
		snprintf(threshold, sizeof(threshold), "threshold %u", c->ssthresh);
	else
		snprintf(threshold, sizeof(threshold), "no threshold yet");
	add(out, SEVERITY_INFO, NULL, "Window %u segments (%s, shadow %u), %u in flight: %s%s.",
	    c->cwnd, threshold, c->shadow, c->inflight,
	    c->cwnd < c->ssthresh ? "slow start" : "congestion avoidance",
	    c->flags & CDG_CONN_REDUCING     ? ", a delay back-off is being carried out" :
	    c->flags & CDG_CONN_CWND_LIMITED ? ", limited by the window" :
					       ", limited by the application or the peer");
}

static void explain_round(const struct cdg_rec_flow *flow, struct explanation *out)
{
	const struct cdg_round *r = &flow->last;

	if (!flow->seen.rounds)
		return;
	if (r->drawn)
		add(out, SEVERITY_INFO, NULL,
		    "Last round: RTT %s to %s, gradient %s over %u rounds, so a back-off had a "
		    "probability of %.2f%%; the coin said %s.",
		    span_us(r->rtt_min_us).text, span_us(r->rtt_max_us).text,
		    span_us(r->grad_us).text, flow->window, event_probability(r->threshold) * 100,
		    r->random > r->threshold ? "back off" : "keep");
	else
		add(out, SEVERITY_INFO, NULL,
		    "Last round: RTT %s to %s; %s, so no coin was drawn.",
		    span_us(r->rtt_min_us).text, span_us(r->rtt_max_us).text,
		    r->verdict == CDG_VERDICT_NO_REFERENCE ? "there was no round to compare with" :
		    r->verdict == CDG_VERDICT_RECOVERING   ? "the flow recovers from a timeout" :
							     "the delay does not rise");
}

static void explain_decisions(const struct cdg_rec_flow *flow, struct explanation *out)
{
	const struct cdg_totals *t = &flow->totals;
	const struct {
		enum decision_kind kind;
		uint64_t total;
	} rows[] = {
		{ DECISION_BACKOFF, t->backoffs },
		{ DECISION_SUPPRESSED, t->suppressed },
		{ DECISION_CUT, (uint64_t)t->cuts_loss + t->cuts_rto + t->cuts_ecn +
					t->cuts_local + t->cuts_tlp },
		{ DECISION_SLOW_START_EXIT, t->slow_start_exits },
	};
	char text[EVENT_SENTENCE_LEN];
	uint64_t ago_us;

	for (size_t i = 0; i < DECISION_COUNT; i++)
		if (event_decision(flow, rows[i].kind, &ago_us, text, sizeof(text)))
			add(out, SEVERITY_INFO, NULL, "%s ago it %s (%" PRIu64 " in all).",
			    span_us((int64_t)ago_us).text, text, rows[i].total);
}

static void explain_suspension(const struct cdg_rec_flow *flow, const struct cdg_params *params,
			       struct explanation *out)
{
	uint32_t count = flow->conn.backoff_cnt;
	bool suspended = params ? params->use_ineff && count >= params->use_ineff
				: flow->last.verdict == CDG_VERDICT_SUPPRESSED;

	if (suspended)
		add(out, SEVERITY_WARNING,
		    "'cdgctl tune use_ineff=0' if it is to give way all the same",
		    "Delay back-off is suspended: %u in a row did not make the RTT fall, so "
		    "something else fills the queue. It ends as soon as the RTT falls.",
		    count);
	else if (count)
		add(out, SEVERITY_INFO, NULL,
		    "%u delay back-offs in a row did not make the RTT fall.", count);
}

static void advise(const struct cdg_rec_flow *flow, const struct cdg_params *params,
		   struct explanation *out)
{
	const struct cdg_totals *t = &flow->totals;
	uint32_t draws = flow->seen.draws;
	uint64_t losses = (uint64_t)t->cuts_loss + t->cuts_rto + t->cuts_tlp;
	uint64_t delay_us;

	if (flow->conn.flags & CDG_CONN_NO_STORAGE)
		add(out, SEVERITY_WARNING, NULL,
		    "It runs without history: only single rounds are compared, and totals are "
		    "missing. Memory was short when it began.");
	if (losses > (uint64_t)t->backoffs + t->suppressed)
		add(out, SEVERITY_INFO,
		    params && params->use_tolerance
			    ? NULL
			    : "in a closed network with random loss: 'cdgctl tune use_tolerance=1'",
		    "Losses, not delay, rule this flow: %" PRIu64 " cuts after losses against %u "
		    "back-offs.",
		    losses, t->backoffs);
	if (!event_queue_delay_us(flow, &delay_us))
		return;
	if (draws >= 20 && t->backoffs * 4ull > draws && delay_us < 1000)
		add(out, SEVERITY_INFO,
		    "'cdgctl tune backoff_factor=21' halves the probability for all flows",
		    "It backs off in %.0f%% of the rounds in which the delay rose, although queues "
		    "are short.",
		    100.0 * t->backoffs / draws);
	if (!t->backoffs && !t->suppressed && delay_us > 20000)
		add(out, SEVERITY_INFO,
		    "'cdgctl tune backoff_factor=84' doubles the probability for all flows",
		    "It waits long in queues and has never backed off: the delay does not rise "
		    "while it is measured.");
}

void explain_flow(const struct cdg_rec_flow *flow, const struct cdg_params *params,
		  struct explanation *out)
{
	out->count = 0;
	explain_delay(flow, out);
	explain_window(flow, out);
	explain_round(flow, out);
	explain_decisions(flow, out);
	explain_suspension(flow, params, out);
	advise(flow, params, out);
}
