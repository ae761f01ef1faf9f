// SPDX-License-Identifier: GPL-2.0
/* Expected values of whole flows: reductions ACK by ACK, and rounds with a fixed random number. */
#include "tests/unit/flow.h"
#include "tests/unit/vectors.h"

/*
 * A window is in flight and each ACK delivers `acked` segments. The first one starts the back-off,
 * which leaves its window alone; then goes out what the window allows. On the last one the
 * reduction ends.
 */
static void reduction_step(struct vec *v, struct flow *f, uint32_t acked, json_object *o)
{
	uint32_t sent = 0;
	int goes_on = 1;

	f->s.ack += acked;
	f->s.acked = acked;
	f->s.delivered += acked;
	f->s.inflight -= acked;
	cdg_rtt_sample(&f->st, acked, 40000, 0);
	if (f->s.ack == acked)
		cdg_reduce_begin(&f->st, &f->p, &f->s);
	else
		goes_on = cdg_reduce_ack(&f->st, &f->p, &f->s);
	if (goes_on)
		sent = f->s.snd_cwnd > f->s.inflight ? f->s.snd_cwnd - f->s.inflight : 0;
	f->s.snd_nxt += sent;
	f->s.data_segs_out += sent;
	f->s.inflight += sent;
	vec_eq(v, o, "ack", f->s.ack);
	vec_eq(v, o, "cwnd", f->s.snd_cwnd);
	vec_eq(v, o, "inflight", f->s.inflight);
	vec_eq(v, o, "sent", sent);
	vec_eq(v, o, "cwr", goes_on);
	vec_same(v, "flag", !!(f->st.flags & CDG_F_REDUCING), goes_on);
	vec_end(v, o);
}

static void reduction_run(struct vec *v, const struct cdg_params *p, json_object *run)
{
	json_object *trace = vec_get(v, run, "trace");
	uint32_t cwnd = vec_in(v, run, "cwnd");
	uint32_t acked = vec_in(v, run, "acked_per_ack");
	struct flow f;

	flow_start(&f, p, cwnd, cwnd);
	f.s.inflight = cwnd;
	f.s.delivered = 4294967290u; /* both totals wrap on the way */
	f.s.data_segs_out = 4294967293u;
	for (size_t k = 0; k < vec_count(trace); k++) {
		vec_at(v, "from %u by %u, ACK %zu", cwnd, acked, k + 1);
		reduction_step(v, &f, acked, vec_item(trace, k));
	}
	vec_eq(v, run, "target", f.s.snd_ssthresh);
	vec_eq(v, run, "acks", vec_count(trace) - 1);
	vec_drop(run, "trace");
	vec_end(v, run);
}

static void reductions_follow_the_stacks_cwr(void **state)
{
	struct cdg_params p;
	struct vec v;

	(void)state;
	vec_open(&v, "prr");
	p = vec_defaults(&v);
	for (size_t i = 0; i < vec_count(v.group); i++)
		reduction_run(&v, &p, vec_item(v.group, i));
	vec_close(&v);
}

/* The event that the file names for what one round did; NULL: none. */
static const char *event_of(const struct flow *f, struct flow_ack did, int was_reducing)
{
	if (was_reducing && !(f->st.flags & CDG_F_REDUCING))
		return "cwr-end";
	if (did.round_ended && f->round.verdict == CDG_VERDICT_BACKOFF)
		return "backoff";
	if (did.round_ended && f->round.verdict == CDG_VERDICT_SUPPRESSED)
		return "ineffectual";
	return NULL;
}

static void trace_event_eq(struct vec *v, json_object *o, const char *event)
{
	json_object *events = vec_get(v, o, "events");
	const char *text = vec_count(events) ? json_object_get_string(vec_item(events, 0)) : NULL;

	assert_true(vec_count(events) <= 1);
	if (strcmp(text ?: "none", event ?: "none"))
		fail_msg("group %s, %s: event %s, expected %s", v->name, v->where,
			 event ?: "none", text ?: "none");
	v->checked++;
	vec_drop(o, "events");
}

/*
 * One ACK per round. It acknowledges one segment after the end of the round before, and by then a
 * window of new segments is out behind it. A reduction lasts one such round: the vectors were made
 * with the stack's CWR, whose state shows as ca_state 2; here the reduction is played meanwhile.
 */
static void trace_step(struct vec *v, struct flow *f, uint32_t random, json_object *o)
{
	int was_reducing = f->st.flags & CDG_F_REDUCING;
	json_object *rtt = vec_get(v, o, "rtt_in");
	const struct cdg_state *st = &f->st;
	struct flow_ack did;

	did = flow_round(f, json_object_get_int64(vec_item(rtt, 0)),
			 json_object_get_int64(vec_item(rtt, 1)), f->s.snd_cwnd, random);
	vec_drop(o, "rtt_in");
	trace_event_eq(v, o, event_of(f, did, was_reducing));
	vec_eq(v, o, "ca_state", st->flags & CDG_F_REDUCING ? 2 : 0);
	vec_eq_pair(v, o, "rtt", st->rtt_min_us, st->rtt_max_us);
	vec_eq_pair(v, o, "rtt_prev", st->prev_min_us, st->prev_max_us);
	vec_eq_pair(v, o, "gsum", st->sum_min_us, st->sum_max_us);
	vec_eq(v, o, "tail", st->tail);
	vec_eq(v, o, "gfilled", !!(st->flags & CDG_F_FILLED));
	vec_eq(v, o, "state", st->queue);
	vec_eq(v, o, "delack", st->delack);
	vec_eq(v, o, "rtt_seq", st->rtt_seq);
	vec_eq(v, o, "shadow_wnd", st->shadow);
	vec_eq(v, o, "backoff_cnt", st->backoff_cnt);
	vec_eq(v, o, "sample_cnt", st->sample_cnt);
	vec_eq(v, o, "delay_min", st->delay_min_us);
	vec_eq(v, o, "snd_cwnd", f->s.snd_cwnd);
	vec_eq(v, o, "snd_ssthresh", f->s.snd_ssthresh);
	vec_end(v, o);
}

static void trace_params(struct vec *v, json_object *run, struct cdg_params *p)
{
	json_object *o = vec_get(v, run, "params");

	if (vec_has(o, "use_tolerance"))
		p->use_tolerance = vec_in(v, o, "use_tolerance");
	vec_end(v, o);
	vec_drop(run, "params");
}

static void trace_run(struct vec *v, const struct cdg_params *defaults, json_object *run)
{
	json_object *start = vec_get(v, run, "start");
	json_object *steps = vec_get(v, run, "steps");
	uint32_t random = vec_in(v, run, "random");
	uint32_t cwnd = vec_in(v, start, "cwnd");
	struct cdg_params p = *defaults;
	struct flow f;

	trace_params(v, run, &p);
	flow_start(&f, &p, vec_in(v, start, "snd_nxt"), cwnd);
	f.s.snd_ssthresh = vec_in(v, start, "ssthresh");
	vec_end(v, start);
	for (size_t k = 0; k < vec_count(steps); k++) {
		vec_at(v, "run %s round %zu", json_object_get_string(vec_get(v, run, "name")),
		       k + 1);
		trace_step(v, &f, random, vec_item(steps, k));
	}
	vec_drop(run, "start");
	vec_drop(run, "steps");
	vec_drop(run, "name");
	vec_end(v, run);
}

static void whole_flows_follow_the_vectors(void **state)
{
	struct cdg_params p;
	struct vec v;

	(void)state;
	vec_open(&v, "trace");
	p = vec_defaults(&v);
	for (size_t i = 0; i < vec_count(v.group); i++)
		trace_run(&v, &p, vec_item(v.group, i));
	vec_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("vectors: played reductions follow the stack's CWR ACK by ACK",
		     reductions_follow_the_stacks_cwr),
		CASE("vectors: whole flows with a fixed random number follow the vectors",
		     whole_flows_follow_the_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
