/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/whatif.h"

#include <errno.h>
#include <string.h>

#include "include/cdg_algo.h"
#include "user/model/idmap.h"
#include "user/model/params.h"

struct flow {
	struct cdg_state st;
	uint32_t recorded_window; /* 0: not known */
	uint32_t number;	  /* of the last round */
	uint32_t unknown;	  /* rounds until the ring holds nothing that was not seen */
	uint8_t queue;
	bool begun;
	struct cdg_grad ring[CDG_WINDOW_MAX];
};

struct whatif {
	struct cdg_params params; /* recorded ones with the settings */
	char *const *settings;
	int count;
	bool window_set; /* by the settings: then it holds for every flow */
	uint64_t seed;
	struct idmap flows;
	struct whatif_summary sum;
	char text[512];
};

static void join(struct whatif *w)
{
	size_t used = 0;

	for (int i = 0; i < w->count; i++) {
		size_t len = strlen(w->settings[i]);

		if (used + len + 2 > sizeof(w->text))
			break;
		if (used)
			w->text[used++] = ' ';
		memcpy(w->text + used, w->settings[i], len);
		used += len;
	}
	w->text[used] = 0;
}

int whatif_new(int count, char *const *settings, uint64_t seed, struct whatif **out, char *err,
	       size_t err_len)
{
	_cleanup_(whatif_freep) struct whatif *w = calloc(1, sizeof(*w));
	struct cdg_params params;
	int r;

	if (!w)
		return -ENOMEM;
	w->settings = settings;
	w->count = count;
	w->seed = seed;
	for (int i = 0; i < count; i++)
		w->window_set |= !strchr(settings[i], '=') || !strncmp(settings[i], "window=", 7);
	params_default(&params);
	r = whatif_params(w, &params, err, err_len);
	if (r)
		return r;
	join(w);
	*out = TAKE_PTR(w);
	return 0;
}

void whatif_free(struct whatif *w)
{
	for (size_t i = 0; i < w->flows.size; i++)
		free(w->flows.slots[i].value);
	idmap_release(&w->flows);
	free(w);
}

int whatif_params(struct whatif *w, const struct cdg_params *params, char *err, size_t err_len)
{
	struct cdg_params set = *params;
	int r = params_parse(&set, w->count, w->settings, err, err_len);

	if (!r)
		w->params = set;
	return r;
}

static struct flow *flow_of(struct whatif *w, uint64_t id)
{
	struct flow *f = idmap_get(&w->flows, id);

	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	if (!f || idmap_put(&w->flows, id, f)) {
		free(f);
		return NULL;
	}
	w->sum.flows++;
	return f;
}

int whatif_window(struct whatif *w, uint64_t id, uint32_t window)
{
	struct flow *f = flow_of(w, id);

	if (!f)
		return -ENOMEM;
	if (window && window <= CDG_WINDOW_MAX && !(window & (window - 1)))
		f->recorded_window = window;
	return 0;
}

void whatif_restart(struct whatif *w, uint64_t id)
{
	struct flow *f = idmap_get(&w->flows, id);

	if (!f || !f->begun)
		return;
	cdg_reset(&f->st, 0, 0);
	f->queue = CDG_QUEUE_UNKNOWN;
	f->unknown = 0;
}

void whatif_end(struct whatif *w, uint64_t id)
{
	free(idmap_take(&w->flows, id));
}

/* A flow that was under way, or of which rounds are missing, has gradients that were not seen. */
static void follow_number(struct whatif *w, struct flow *f, const struct whatif_input *in)
{
	uint32_t window = w->window_set || !f->recorded_window ? w->params.window :
								 f->recorded_window;
	uint32_t number = in->number ? in->number : f->number + 1;
	bool gap = f->begun ? number != f->number + 1 : number != 1;

	if (!f->begun || gap) {
		cdg_init(&f->st, in->flow, window, 0, in->cwnd);
		f->unknown = gap ? window : 0;
		f->begun = true;
	}
	f->number = number;
}

/*
 * The reference that the kernel used: a reduction makes its own RTT the reference, which is in no
 * record, but the gradients are. Without them the round before is it.
 */
static void set_reference(struct cdg_state *st, const struct whatif_input *in)
{
	if (in->has_verdict && in->verdict == CDG_VERDICT_NO_REFERENCE) {
		st->prev_min_us = st->prev_max_us = 0;
	} else if (in->has_grad) {
		st->prev_min_us = cdg_sub(in->rtt_min_us, in->grad_min_us);
		st->prev_max_us = cdg_sub(in->rtt_max_us, in->grad_max_us);
	}
}

static uint32_t chance(const struct whatif *w, const struct whatif_input *in, uint32_t number)
{
	return (uint32_t)(idmap_mix(idmap_mix(w->seed ^ idmap_mix(in->flow)) + number) >> 32);
}

static void count(struct whatif *w, const struct whatif_row *row)
{
	struct whatif_summary *sum = &w->sum;
	bool before = row->has_recorded && row->recorded == CDG_VERDICT_BACKOFF;
	bool now = row->round.verdict == CDG_VERDICT_BACKOFF;

	sum->rounds++;
	sum->unjudged += row->unjudged;
	if (row->unjudged)
		return;
	sum->made += row->made;
	sum->differing += row->differs;
	sum->backoffs_recorded += before;
	sum->backoffs += now;
	sum->backoffs_added += row->has_recorded && now && !before;
	sum->backoffs_removed += before && !now;
	sum->suppressed_recorded += row->has_recorded && row->recorded == CDG_VERDICT_SUPPRESSED;
	sum->suppressed += row->round.verdict == CDG_VERDICT_SUPPRESSED;
}

/* The reduction is over at once: its RTT, if it was recorded, comes with the next round. */
static void skip_reduction(struct cdg_state *st, const struct cdg_round *round)
{
	st->rtt_min_us = round->rtt_min_us;
	st->rtt_max_us = round->rtt_max_us;
	cdg_cwr_complete(st, 0);
}

int whatif_round(struct whatif *w, const struct whatif_input *in, struct whatif_row *row)
{
	struct cdg_sock s = { .snd_cwnd = in->cwnd,
			      .snd_ssthresh = in->cwnd,
			      .in_loss = in->in_loss };
	struct flow *f = flow_of(w, in->flow);
	struct cdg_grad *slot;

	if (!f)
		return -ENOMEM;
	follow_number(w, f, in);
	*row = (struct whatif_row){
		.ts_ns = in->ts_ns, .flow = in->flow, .number = f->number, .cwnd = in->cwnd,
		.recorded = in->verdict, .has_recorded = in->has_verdict,
		.unjudged = f->unknown > 0, .round.queue = f->queue,
	};
	f->st.rtt_min_us = in->rtt_min_us;
	f->st.rtt_max_us = in->rtt_max_us;
	set_reference(&f->st, in);
	slot = in->no_storage || !f->st.window_shift ? NULL : &f->ring[f->st.tail];
	cdg_ack_round(&f->st, &w->params, &s, slot,
		      in->has_random ? in->random : chance(w, in, f->number), &row->round);
	f->queue = row->round.queue;
	row->made = row->round.drawn && !in->has_random;
	if (row->round.verdict == CDG_VERDICT_BACKOFF) {
		row->cwnd_target = s.snd_ssthresh;
		skip_reduction(&f->st, &row->round);
	}
	if (f->unknown) {
		f->unknown -= row->round.verdict != CDG_VERDICT_NO_REFERENCE;
		if (in->has_verdict)
			f->st.backoff_cnt = (uint16_t)cdg_min_u32(in->ineffectual, 65535);
	}
	row->differs = in->has_verdict && !row->unjudged && in->verdict != row->round.verdict;
	count(w, row);
	return 0;
}

void whatif_summary(const struct whatif *w, struct whatif_summary *out)
{
	*out = w->sum;
	out->settings = w->count ? w->text : NULL;
	out->note =
		"open loop: the RTTs stay as recorded, although every other decision would have "
		"changed what came after it";
}
