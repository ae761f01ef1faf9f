// SPDX-License-Identifier: GPL-2.0
/* Expected values of the windows: ssthresh, shadow, suspension, events, undo. */
#include "tests/unit/flow.h"
#include "tests/unit/vectors.h"

static void ssthresh_is_exact_in_every_state(void **state)
{
	struct cdg_params p;
	struct vec v;

	(void)state;
	vec_open(&v, "ssthresh");
	p = vec_defaults(&v);
	for (size_t i = 0; i < vec_count(v.group); i++) {
		json_object *o = vec_item(v.group, i);
		uint32_t cwnd = vec_in(&v, o, "cwnd");
		struct flow f;

		vec_at(&v, "case %zu", i);
		flow_start(&f, &p, 1000, cwnd);
		f.st.queue = vec_in(&v, o, "state");
		f.st.shadow = vec_in(&v, o, "shadow");
		f.p.use_tolerance = vec_in(&v, o, "use_tolerance");
		f.p.use_shadow = vec_in(&v, o, "use_shadow");
		f.p.backoff_beta = vec_in(&v, o, "beta");
		vec_eq(&v, o, "ssthresh", cdg_ssthresh(&f.st, &f.p, cwnd, FLOW_INFINITE, cwnd));
		vec_eq(&v, o, "shadow_after", f.st.shadow);
		vec_end(&v, o);
	}
	vec_close(&v);
}

/* One more coin that says back off; a reduction is carried to its end. */
static void ineffectual_step(struct vec *v, struct flow *f, json_object *o)
{
	struct cdg_round r = { 0 };
	enum cdg_verdict verdict;

	vec_eq(v, o, "cwnd", f->s.snd_cwnd);
	verdict = cdg_coin(&f->st, &f->p, 100000, FLOW_ALWAYS, &r);
	if (verdict == CDG_VERDICT_BACKOFF)
		cdg_reduce_begin(&f->st, &f->p, &f->s);
	vec_eq(v, o, "backoff", verdict == CDG_VERDICT_BACKOFF);
	vec_eq(v, o, "cnt", f->st.backoff_cnt);
	vec_eq(v, o, "ssthresh", f->s.snd_ssthresh);
	if (verdict == CDG_VERDICT_BACKOFF) {
		f->s.ack = ++f->s.snd_nxt;
		assert_false(cdg_reduce_ack(&f->st, &f->p, &f->s));
	} else {
		assert_int_equal(verdict, CDG_VERDICT_SUPPRESSED);
	}
}

static void ineffectual_run(struct vec *v, const struct cdg_params *defaults, json_object *run)
{
	json_object *steps = vec_get(v, run, "expect");
	struct cdg_params p = *defaults;
	struct flow f;
	int number = 0;

	p.use_ineff = vec_in(v, run, "use_ineff");
	p.window = 1;
	flow_start(&f, &p, 1000, 1000);
	for (size_t k = 0; k < vec_count(steps); k++) {
		json_object *o = vec_item(steps, k);

		vec_at(v, "limit %u step %zu", p.use_ineff, k);
		if (json_object_is_type(vec_get(v, o, "step"), json_type_string)) {
			assert_string_equal(json_object_get_string(vec_get(v, o, "step")),
					    "gradient -32 in min");
			f.st.prev_min_us = f.st.prev_max_us = 1000;
			f.st.rtt_min_us = 968;
			f.st.rtt_max_us = 1100;
			cdg_gradient(&f.st, &f.p, &f.ring[0], &f.round);
			vec_eq(v, o, "cnt", f.st.backoff_cnt);
			vec_drop(o, "step");
		} else {
			vec_eq(v, o, "step", number++);
			ineffectual_step(v, &f, o);
		}
		vec_end(v, o);
	}
	vec_drop(run, "expect");
	vec_end(v, run);
}

static void ineffectual_backoffs_are_suspended(void **state)
{
	struct cdg_params p;
	struct vec v;

	(void)state;
	vec_open(&v, "ineffectual");
	p = vec_defaults(&v);
	for (size_t i = 0; i < vec_count(v.group); i++)
		ineffectual_run(&v, &p, vec_item(v.group, i));
	vec_close(&v);
}

static void pair_in(struct vec *v, json_object *o, const char *key, __s32 *a, __s32 *b)
{
	json_object *pair = vec_get(v, o, key);

	*a = json_object_get_int64(vec_item(pair, 0));
	*b = json_object_get_int64(vec_item(pair, 1));
}

/* Reads only: `before` is used for two cases. */
static int64_t peek(struct vec *v, json_object *o, const char *key)
{
	return json_object_get_int64(vec_get(v, o, key));
}

static void events_load(struct vec *v, struct flow *f, json_object *o)
{
	struct cdg_state *st = &f->st;

	pair_in(v, o, "rtt", &st->rtt_min_us, &st->rtt_max_us);
	pair_in(v, o, "rtt_prev", &st->prev_min_us, &st->prev_max_us);
	pair_in(v, o, "gsum", &st->sum_min_us, &st->sum_max_us);
	st->tail = peek(v, o, "tail");
	st->flags = peek(v, o, "gfilled") ? CDG_F_FILLED : 0;
	st->queue = peek(v, o, "state");
	st->delack = peek(v, o, "delack");
	st->rtt_seq = peek(v, o, "rtt_seq");
	st->shadow = peek(v, o, "shadow_wnd");
	st->backoff_cnt = peek(v, o, "backoff_cnt");
	st->sample_cnt = peek(v, o, "sample_cnt");
	st->delay_min_us = peek(v, o, "delay_min");
	f->s.snd_cwnd = peek(v, o, "snd_cwnd");
	f->s.snd_ssthresh = peek(v, o, "snd_ssthresh");
}

static void events_eq(struct vec *v, const struct flow *f, json_object *o)
{
	const struct cdg_state *st = &f->st;

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
}

/* The slots themselves are not cleared: what counts is that no old gradient is ever used again. */
static int ring_reads_as_zero(struct flow *f)
{
	for (int round = 0; round < 8; round++) {
		cdg_rtt_sample(&f->st, 1, 1000, 0);
		f->st.prev_min_us = f->st.prev_max_us = 1000;
		cdg_gradient(&f->st, &f->p, &f->ring[f->st.tail], &f->round);
		if (f->st.sum_min_us || f->st.sum_max_us || f->round.grad_us)
			return 0;
	}
	return 1;
}

static void completing_and_restarting_set_the_state(void **state)
{
	json_object *before, *after;
	struct cdg_params p;
	struct flow f;
	struct vec v;

	(void)state;
	vec_open(&v, "events");
	p = vec_defaults(&v);
	before = vec_get(&v, v.group, "before");

	vec_at(&v, "end of CWR");
	after = vec_get(&v, v.group, "after_complete_cwr");
	flow_start(&f, &p, 1, 10);
	events_load(&v, &f, before);
	cdg_cwr_complete(&f.st, peek(&v, after, "rtt_seq"));
	events_eq(&v, &f, after);
	vec_end(&v, after);

	vec_at(&v, "restart after idle");
	after = vec_get(&v, v.group, "after_cwnd_restart");
	flow_start(&f, &p, 1, 10);
	events_load(&v, &f, before);
	cdg_reset(&f.st, peek(&v, after, "rtt_seq"), f.s.snd_cwnd);
	events_eq(&v, &f, after);
	vec_eq(&v, after, "ring_all_zero", ring_reads_as_zero(&f));
	vec_end(&v, after);
	vec_close(&v);
}

static void shadow_window_grows_with_the_window(void **state)
{
	struct cdg_params p;
	struct vec v;

	(void)state;
	vec_open(&v, "shadow_growth");
	p = vec_defaults(&v);
	for (size_t i = 0; i < vec_count(v.group); i++) {
		json_object *o = vec_item(v.group, i);
		uint32_t cwnd = vec_in(&v, o, "cwnd");
		struct flow f;

		vec_at(&v, "case %zu", i);
		flow_start(&f, &p, 1000, cwnd);
		f.s.snd_ssthresh = vec_has(o, "ssthresh") ? vec_in(&v, o, "ssthresh") : cwnd;
		f.s.is_cwnd_limited = vec_in(&v, o, "limited");
		f.s.acked = vec_in(&v, o, "acked");
		f.st.shadow = vec_in(&v, o, "shadow");
		cdg_ack_grow(&f.st, &f.s);
		vec_eq(&v, o, "cwnd_after", f.s.snd_cwnd);
		vec_eq(&v, o, "shadow_after", f.st.shadow);
		if (vec_has(o, "cwnd_cnt_after"))
			vec_eq(&v, o, "cwnd_cnt_after", f.s.snd_cwnd_cnt);
		vec_end(&v, o);
	}
	vec_close(&v);
}

/* Linux leaves the shadow halved after an undo; we give it back (deviation D3). */
static void loss_and_its_undo_are_exact(void **state)
{
	struct cdg_params p;
	struct vec v;

	(void)state;
	vec_open(&v, "loss_and_undo");
	p = vec_defaults(&v);
	for (size_t i = 0; i < vec_count(v.group); i++) {
		json_object *o = vec_item(v.group, i);
		uint32_t cwnd = vec_in(&v, o, "cwnd");
		uint32_t shadow = vec_in(&v, o, "shadow");
		uint32_t ssthresh;
		struct flow f;

		vec_at(&v, "case %zu", i);
		p.use_shadow = vec_in(&v, o, "use_shadow");
		flow_start(&f, &p, 1000, cwnd);
		f.st.shadow = shadow;
		ssthresh = cdg_ssthresh(&f.st, &f.p, cwnd, FLOW_INFINITE, FLOW_INFINITE);
		vec_eq(&v, o, "ssthresh", ssthresh);
		vec_eq(&v, o, "shadow_after", f.st.shadow);
		vec_eq(&v, o, "shadow_after_undo_linux", f.st.shadow);
		vec_eq(&v, o, "undo_cwnd", cdg_undo(&f.st, ssthresh, cwnd));
		vec_same(&v, "shadow after our undo", f.st.shadow, shadow);
		vec_end(&v, o);
	}
	vec_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("vectors: ssthresh is exact in every state", ssthresh_is_exact_in_every_state),
		CASE("vectors: ineffectual back-offs are suspended",
		     ineffectual_backoffs_are_suspended),
		CASE("vectors: the end of CWR and the restart after idle set the state",
		     completing_and_restarting_set_the_state),
		CASE("vectors: the shadow window grows with the window",
		     shadow_window_grows_with_the_window),
		CASE("vectors: a loss and its undo are exact", loss_and_its_undo_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
