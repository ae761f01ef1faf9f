// SPDX-License-Identifier: GPL-2.0
/* Expected values of what is measured: delayed-ACK filter, gradients, hybrid slow start. */
#include "tests/unit/flow.h"
#include "tests/unit/vectors.h"

static void filter_step(struct vec *v, struct cdg_state *st, json_object *o)
{
	if (vec_has(o, "round_reset")) {
		assert_true(vec_in(v, o, "round_reset"));
		st->rtt_min_us = st->rtt_max_us = 0;
	} else {
		uint32_t packets = vec_in(v, o, "pkts");
		int32_t rtt = vec_in(v, o, "rtt");

		cdg_rtt_sample(st, packets, rtt, vec_in(v, o, "sacked_out"));
	}
	vec_eq(v, o, "rtt_min", st->rtt_min_us);
	vec_eq(v, o, "rtt_max", st->rtt_max_us);
	vec_eq(v, o, "delack", st->delack);
	vec_end(v, o);
}

static void delayed_acks_are_filtered(void **state)
{
	struct vec v;

	(void)state;
	vec_open(&v, "delayed_ack_filter");
	for (size_t i = 0; i < vec_count(v.group); i++) {
		json_object *run = vec_item(v.group, i);
		json_object *steps = vec_get(&v, run, "steps");
		struct cdg_state st = { 0 };

		cdg_init(&st, 1, 8, 0, 10);
		for (size_t k = 0; k < vec_count(steps); k++) {
			vec_at(&v, "run %zu step %zu", i, k);
			filter_step(&v, &st, vec_item(steps, k));
		}
		vec_drop(run, "steps");
		vec_drop(run, "name");
		vec_end(&v, run);
	}
	vec_close(&v);
}

/* The random number 0 never backs off, so every round only measures. */
static void gradient_step(struct vec *v, struct flow *f, json_object *rtt, json_object *o)
{
	int32_t min = json_object_get_int64(vec_item(rtt, 0));
	int32_t max = json_object_get_int64(vec_item(rtt, 1));

	f->st.backoff_cnt = 7;
	flow_round(f, min, max, 1, FLOW_NEVER);
	vec_eq_pair(v, o, "rtt", f->round.rtt_min_us, f->round.rtt_max_us);
	vec_eq(v, o, "gmin", f->round.sum_min_us);
	vec_eq(v, o, "gmax", f->round.sum_max_us);
	vec_eq(v, o, "tail", f->st.tail);
	vec_eq(v, o, "gfilled", !!(f->st.flags & CDG_F_FILLED));
	vec_eq(v, o, "grad", f->round.grad_us);
	vec_eq(v, o, "cnt_reset", f->st.backoff_cnt == 0);
	assert_true(f->st.backoff_cnt == 0 || f->st.backoff_cnt == 7);
	vec_eq(v, o, "state", f->st.queue);
	vec_end(v, o);
}

static void gradient_run(struct vec *v, const struct cdg_params *defaults, json_object *run)
{
	json_object *rounds = vec_get(v, run, "rounds");
	json_object *expect = vec_get(v, run, "expect");
	struct cdg_params p = *defaults;
	struct flow f;

	p.window = vec_in(v, run, "window");
	p.use_tolerance = vec_in(v, run, "use_tolerance");
	flow_start(&f, &p, 1, 10);
	f.no_ring = vec_in(v, run, "alloc_fails");
	assert_int_equal(vec_count(rounds), vec_count(expect) + 1);
	flow_round(&f, json_object_get_int64(vec_item(vec_item(rounds, 0), 0)),
		   json_object_get_int64(vec_item(vec_item(rounds, 0), 1)), 1, FLOW_NEVER);
	assert_int_equal(f.round.verdict, CDG_VERDICT_NO_REFERENCE);
	for (size_t k = 0; k < vec_count(expect); k++) {
		vec_at(v, "run %s step %zu", json_object_get_string(vec_get(v, run, "name")), k);
		gradient_step(v, &f, vec_item(rounds, k + 1), vec_item(expect, k));
	}
	vec_drop(run, "rounds");
	vec_drop(run, "expect");
	vec_drop(run, "name");
	vec_end(v, run);
}

static void gradients_are_bit_exact(void **state)
{
	struct cdg_params p;
	struct vec v;

	(void)state;
	vec_open(&v, "gradient");
	p = vec_defaults(&v);
	for (size_t i = 0; i < vec_count(v.group); i++)
		gradient_run(&v, &p, vec_item(v.group, i));
	vec_close(&v);
}

/* null, "train", "delay", "not-in-slow-start" in the file. */
static void exit_eq(struct vec *v, json_object *o, int in_slow_start, enum cdg_ss_exit got)
{
	static const char *const names[] = {
		[CDG_SS_NONE] = "", [CDG_SS_ACK_TRAIN] = "train", [CDG_SS_DELAY] = "delay",
	};
	const char *text = json_object_get_string(vec_get(v, o, "exit"));

	if (strcmp(text ?: "", in_slow_start ? names[got] : "not-in-slow-start"))
		fail_msg("group %s, %s: exit is %d in%s slow start, expected %s", v->name,
			 v->where, got, in_slow_start ? "" : " no", text ?: "none");
	v->checked++;
	vec_drop(o, "exit");
}

/*
 * The vectors call the function itself, also where cong_avoid() would not (detect 0): then only
 * the smallest delay is kept.
 */
static void hystart_step(struct vec *v, struct flow *f, json_object *o)
{
	int in_slow_start = f->s.snd_cwnd < f->s.snd_ssthresh;
	enum cdg_ss_exit got = CDG_SS_NONE;

	f->s.now_us = vec_in(v, o, "now_us");
	f->st.rtt_min_us = f->st.rtt_max_us = vec_in(v, o, "rtt_min");
	if (f->p.hystart_detect)
		assert_int_equal(cdg_ack_begin(&f->st, &f->p, &f->s, &got), CDG_NEXT_GROW);
	else
		got = cdg_hystart(&f->st, &f->p, f->s.now_us, cdg_cwnd_limited(&f->s), 0);
	exit_eq(v, o, in_slow_start, got);
	vec_eq(v, o, "ssthresh", f->s.snd_ssthresh);
	vec_eq(v, o, "delay_min", f->st.delay_min_us);
	vec_eq(v, o, "last_ack", f->st.last_ack_us);
	vec_eq(v, o, "round_start", f->st.round_start_us);
	vec_eq(v, o, "sample_cnt", f->st.sample_cnt);
	vec_end(v, o);
}

static void hystart_run(struct vec *v, const struct cdg_params *defaults, json_object *run)
{
	json_object *steps = vec_get(v, run, "steps");
	struct cdg_params p = *defaults;
	struct flow f;

	p.hystart_detect = vec_in(v, run, "detect");
	flow_start(&f, &p, 1000, vec_in(v, run, "cwnd"));
	f.s.ack = 1000; /* never after rtt_seq: the round goes on */
	f.s.is_cwnd_limited = vec_in(v, run, "cwnd_limited");
	f.s.max_packets_out = vec_in(v, run, "max_packets_out");
	for (size_t k = 0; k < vec_count(steps); k++) {
		vec_at(v, "run %s step %zu", json_object_get_string(vec_get(v, run, "name")), k);
		hystart_step(v, &f, vec_item(steps, k));
	}
	vec_drop(run, "steps");
	vec_drop(run, "name");
	vec_end(v, run);
}

static void hybrid_slow_start_is_bit_exact(void **state)
{
	struct cdg_params p;
	struct vec v;

	(void)state;
	vec_open(&v, "hystart");
	p = vec_defaults(&v);
	for (size_t i = 0; i < vec_count(v.group); i++)
		hystart_run(&v, &p, vec_item(v.group, i));
	vec_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("vectors: delayed ACKs are filtered", delayed_acks_are_filtered),
		CASE("vectors: gradients are bit-exact", gradients_are_bit_exact),
		CASE("vectors: hybrid slow start is bit-exact", hybrid_slow_start_is_bit_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
