/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/sentence.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "user/model/format.h"

/* Text that grows in a buffer of fixed size; what does not fit is left out. */
struct words {
	char *out;
	size_t len;
	size_t used;
};

static void __attribute__((format(printf, 2, 3))) say(struct words *w, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(w->out + w->used, w->len - w->used, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	w->used = (size_t)n < w->len - w->used ? w->used + (size_t)n : w->len - 1;
}

static void say_us(struct words *w, int64_t us)
{
	w->used += format_us(w->out + w->used, w->len - w->used, us);
}

static void say_bytes(struct words *w, uint64_t bytes)
{
	w->used += format_bytes(w->out + w->used, w->len - w->used, bytes);
}

static void say_endpoint(struct words *w, const struct cdg_rec_conn *conn, const uint8_t *addr,
			 uint16_t port)
{
	struct field field = { .type = FIELD_ADDR,
			       .offset = (uint16_t)(addr - (const uint8_t *)conn),
			       .aux = offsetof(struct cdg_rec_conn, family) };
	struct value value;

	if (field_get(&field, conn, &value))
		w->used += format_endpoint(w->out + w->used, w->len - w->used, value.family,
					   value.addr, port);
	else
		say(w, "?");
}

static struct words begin(const struct cdg_rec_conn *conn, char *out, size_t len)
{
	struct words w = { .out = out, .len = len };

	say(&w, "#%" PRIu64 " ", (uint64_t)conn->head.flow);
	say_endpoint(&w, conn, conn->saddr, conn->sport);
	say(&w, " > ");
	say_endpoint(&w, conn, conn->daddr, conn->dport);
	say(&w, " ");
	return w;
}

double event_probability(uint32_t threshold)
{
	return 1.0 - threshold / 4294967296.0;
}

static void say_coin(struct words *w, const struct cdg_round *r)
{
	say(w, "gradient ");
	say_us(w, r->grad_us);
	say(w, ", probability %.2f%%", event_probability(r->threshold) * 100);
}


void sentence_round(const void *record, char *out, size_t len)
{
	const struct cdg_rec_round *rec = record;
	struct words w = begin(&rec->conn, out, len);

	say(&w, "round %u: rtt ", rec->number);
	say_us(&w, rec->round.rtt_min_us);
	say(&w, "..");
	say_us(&w, rec->round.rtt_max_us);
	say(&w, ", ");
	switch (rec->round.verdict) {
	case CDG_VERDICT_NO_REFERENCE:
		say(&w, "no reference yet");
		break;
	case CDG_VERDICT_FALLING:
		say(&w, "gradient ");
		say_us(&w, rec->round.grad_us);
		say(&w, ", no coin");
		break;
	case CDG_VERDICT_RECOVERING:
		say(&w, "gradient ");
		say_us(&w, rec->round.grad_us);
		say(&w, ", recovering from a timeout");
		break;
	default:
		say_coin(&w, &rec->round);
		say(&w, ": %s", rec->round.verdict == CDG_VERDICT_KEEP	  ? "keeps" :
				rec->round.verdict == CDG_VERDICT_BACKOFF ? "backs off" :
									    "suppressed");
	}
	say(&w, ", cwnd %u", rec->conn.cwnd);
}

void sentence_backoff(const void *record, char *out, size_t len)
{
	const struct cdg_rec_backoff *rec = record;
	struct words w = begin(&rec->conn, out, len);

	say(&w, "backs off, cwnd %u to %u: ", rec->cwnd_prior, rec->cwnd_target);
	say_coin(&w, &rec->round);
	say(&w, ", rtt ");
	say_us(&w, rec->round.rtt_min_us);
	say(&w, "..");
	say_us(&w, rec->round.rtt_max_us);
	if (rec->conn.backoff_cnt)
		say(&w, ", %u in a row without effect", rec->conn.backoff_cnt);
}

void sentence_suppressed(const void *record, char *out, size_t len)
{
	const struct cdg_rec_backoff *rec = record;
	struct words w = begin(&rec->conn, out, len);

	say(&w, "keeps cwnd %u although a back-off was due: %u in a row had no effect (limit %u), ",
	    rec->cwnd_prior, rec->conn.backoff_cnt, rec->use_ineff);
	say_coin(&w, &rec->round);
}

static const char *cause_words(unsigned int cause)
{
	static const char *const words[CDG_CAUSE_MAX] = {
		[CDG_CAUSE_NONE] = "a reduction of unknown cause",
		[CDG_CAUSE_LOSS] = "a loss, repaired by fast retransmit",
		[CDG_CAUSE_RTO] = "a retransmission timeout",
		[CDG_CAUSE_ECN] = "an ECN echo",
		[CDG_CAUSE_LOCAL] = "a drop in the local queueing discipline",
		[CDG_CAUSE_TLP] = "a loss at the tail, repaired by a probe",
	};

	return words[cause < CDG_CAUSE_MAX ? cause : CDG_CAUSE_NONE];
}

void sentence_cut(const void *record, char *out, size_t len)
{
	const struct cdg_rec_cut *rec = record;
	struct words w = begin(&rec->conn, out, len);

	if (rec->tolerated)
		say(&w, "tolerates %s, cwnd stays %u: the queue is not full",
		    cause_words(rec->cause), rec->cwnd_prior);
	else
		say(&w, "cuts cwnd %u to %u after %s", rec->cwnd_prior, rec->cwnd_target,
		    cause_words(rec->cause));
	if (rec->in_reduction)
		say(&w, ", within a delay back-off");
}

void sentence_undo(const void *record, char *out, size_t len)
{
	const struct cdg_rec_undo *rec = record;
	struct words w = begin(&rec->conn, out, len);

	say(&w, "takes the reduction back, cwnd %u to %u: nothing was lost", rec->cwnd_prior,
	    rec->cwnd_restored);
}

static const char *exit_words(unsigned int reason)
{
	switch (reason) {
	case CDG_SS_ACK_TRAIN:
		return "ACKs came in a train as long as the path";
	case CDG_SS_DELAY:
		return "the minimum RTT rose by an eighth";
	case CDG_SS_BACKOFF:
		return "a delay back-off";
	case CDG_SS_CUT:
		return "a loss, timeout or mark";
	default:
		return "unknown reason";
	}
}

void sentence_slow_start_exit(const void *record, char *out, size_t len)
{
	const struct cdg_rec_ss_exit *rec = record;
	struct words w = begin(&rec->conn, out, len);

	say(&w, "leaves slow start at cwnd %u: %s", rec->conn.cwnd, exit_words(rec->reason));
	if (!rec->rtt_min_us || !rec->delay_min_us)
		return;
	say(&w, ", rtt ");
	say_us(&w, rec->rtt_min_us);
	say(&w, ", smallest ");
	say_us(&w, rec->delay_min_us);
}

void sentence_restart(const void *record, char *out, size_t len)
{
	const struct cdg_rec_restart *rec = record;
	struct words w = begin(&rec->conn, out, len);

	say(&w, "starts afresh after idle time, cwnd %u", rec->conn.cwnd);
}

void sentence_flow_start(const void *record, char *out, size_t len)
{
	const struct cdg_rec_start *rec = record;
	struct words w = begin(&rec->conn, out, len);

	say(&w, "starts with %.*s, mss %u, window of %u gradients", CDG_NAME_LEN,
	    (const char *)rec->cc, rec->mss, rec->window);
}

void sentence_flow_end(const void *record, char *out, size_t len)
{
	const struct cdg_rec_flow *rec = record;
	const struct cdg_totals *t = &rec->totals;
	struct words w = begin(&rec->conn, out, len);
	uint64_t cuts = (uint64_t)t->cuts_loss + t->cuts_rto + t->cuts_ecn + t->cuts_local +
			t->cuts_tlp;

	say(&w, "ends");
	if (rec->start_ns && rec->conn.head.ts_ns > rec->start_ns) {
		say(&w, " after ");
		say_us(&w, (int64_t)((rec->conn.head.ts_ns - rec->start_ns) / 1000));
	}
	say(&w, ": ");
	say_bytes(&w, rec->tcp.bytes_acked);
	say(&w, " bytes, %u rounds, %u back-offs, %u suppressed, %" PRIu64
		" cuts, %u segments sent again",
	    rec->seen.rounds, t->backoffs, t->suppressed, cuts, rec->tcp.total_retrans);
}

bool event_queue_delay_us(const struct cdg_rec_flow *flow, uint64_t *out)
{
	uint32_t srtt = flow->conn.srtt_us, lowest = flow->seen.rtt_lowest_us;

	if (!srtt || !lowest)
		return false;
	*out = srtt > lowest ? srtt - lowest : 0;
	return true;
}

bool event_decision(const struct cdg_rec_flow *flow, enum decision_kind kind, uint64_t *ago_us,
		    char *out, size_t len)
{
	const struct cdg_decision *const decisions[DECISION_COUNT] = {
		[DECISION_BACKOFF] = &flow->backoff,
		[DECISION_SUPPRESSED] = &flow->suppressed,
		[DECISION_CUT] = &flow->cut,
		[DECISION_SLOW_START_EXIT] = &flow->slow_start_exit,
	};
	const struct cdg_decision *d = decisions[kind];
	struct words w = { .out = out, .len = len };
	struct cdg_round coin = { .grad_us = d->grad_us, .threshold = d->threshold };

	if (!d->ts_ns)
		return false;
	*ago_us = flow->conn.head.ts_ns > d->ts_ns ? (flow->conn.head.ts_ns - d->ts_ns) / 1000 : 0;
	switch (kind) {
	case DECISION_BACKOFF:
		say(&w, "backed off, cwnd %u to %u: ", d->cwnd_prior, d->cwnd_target);
		say_coin(&w, &coin);
		break;
	case DECISION_SUPPRESSED:
		say(&w, "left a back-off out at cwnd %u: %u in a row had no effect, ",
		    d->cwnd_prior, d->backoff_cnt);
		say_coin(&w, &coin);
		break;
	case DECISION_CUT:
		if (d->tolerated)
			say(&w, "tolerated %s, cwnd stayed %u", cause_words(d->cause),
			    d->cwnd_prior);
		else
			say(&w, "cut cwnd %u to %u after %s", d->cwnd_prior, d->cwnd_target,
			    cause_words(d->cause));
		break;
	default:
		say(&w, "left slow start at cwnd %u: %s", d->cwnd_prior, exit_words(d->cause));
	}
	return true;
}

void sentence_hello(const void *record, char *out, size_t len)
{
	const struct rec_hello *hello = record;
	struct words w = { .out = out, .len = len };

	say(&w, "%s %s on %s, linux %s: %s", hello->replay ? "replay of" : "cdgctl",
	    hello->version, hello->host, hello->kernel, hello->events);
	if (hello->filter)
		say(&w, " where %s", hello->filter);
}

static void say_stats(struct words *w, const struct stream_counts *counts)
{
	say(w, "%" PRIu64 " records received, %" PRIu64 " shown, %" PRIu64 " lost",
	    counts->received, counts->shown, counts->lost);
	if (counts->invalid || counts->unknown)
		say(w, ", %" PRIu64 " invalid, %" PRIu64 " of unknown kind", counts->invalid,
		    counts->unknown);
	if (counts->dropped)
		say(w, ", %" PRIu64 " dropped by the output", counts->dropped);
}

void sentence_stats(const void *record, char *out, size_t len)
{
	struct words w = { .out = out, .len = len };

	say_stats(&w, &((const struct rec_stats *)record)->counts);
}

void sentence_bye(const void *record, char *out, size_t len)
{
	const struct rec_bye *bye = record;
	struct words w = { .out = out, .len = len };

	say(&w, "%s after ", bye->reason);
	say_us(&w, (int64_t)bye->duration_us);
	say(&w, ": ");
	say_stats(&w, &bye->counts);
}
