/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/exporter.h"

#include <errno.h>
#include <string.h>

#include "user/cmd/instance.h"
#include "user/model/params.h"
#include "user/util/clock.h"
#include "user/util/log.h"
#include "version.h"

int exporter_open(struct cmd_ctx *ctx, bool goes_on, struct exporter *out)
{
	int r;

	memset(out, 0, sizeof(*out));
	r = pins_locate(ctx->pin_dir, false, &out->pins);
	if (r)
		return instance_exit(r);
	source_origin_here(&out->here, CDG_VERSION, CDG_BUILD_ID);
	out->view.serving = goes_on;
	out->view.start_time_ms = (int64_t)clock_ns(CLOCK_REALTIME) / 1000000;
	return goes_on ? label_counts_open(&out->labels) : CMD_OK;
}

void exporter_release(struct exporter *e)
{
	label_counts_release(&e->labels);
}

static void fill_cc(struct exporter *e)
{
	const struct metrics_reading *r = &e->reading;
	struct metrics_view *v = &e->view;

	for (int i = 0; i < 2; i++) {
		v->info_cc[i] = r->head.names[i];
		v->cc[i] = r->head.names[i][0] ? r->head.names[i] : NULL;
	}
	v->has_cc = session_has_cc(&r->head);
	v->kernel_side = r->sum;
	memcpy(v->flows, r->flows, sizeof(v->flows));
	v->generation = r->params.generation;
	_Static_assert(METRICS_PARAMS_MAX >= 10, "all parameters have room");
	for (size_t i = 0; i < params_count && i < METRICS_PARAMS_MAX; i++) {
		v->param_name[i] = params_table[i].name;
		v->param[i] = params_get(&r->params, &params_table[i]);
	}
}

static void fill_syn(struct exporter *e)
{
	const struct cdg_syn_state *syn = &e->reading.syn;
	uint64_t kept = syn->accepted - syn->outcomes[CDG_SYN_LOST];
	struct metrics_view *v = &e->view;

	v->has_syn = e->reading.head.syn;
	_Static_assert(CDG_SYN_STATUS_MAX == 5, "each outcome has a value");
	for (int i = 0; i < CDG_SYN_STATUS_MAX; i++)
		v->syns[i] = syn->outcomes[i];
	v->syn_half_open = syn->half_open;
	v->syn_listeners[0] = syn->listeners;
	v->syn_listeners[1] = syn->listeners_foreign;
	v->syn_listeners[2] = syn->listeners_refused;
	v->map_entries[0] = kept < syn->entries ? kept : syn->entries;
	v->map_max[0] = syn->entries;
	label_counts_fill(&e->labels, v);
}

static void fill_degraded(struct exporter *e)
{
	const struct metrics_reading *r = &e->reading;
	const uint64_t states[DEGRADED_COUNT] = {
		[DEGRADED_NAMES] = r->names_lost,
		[DEGRADED_PINS] = r->pins_missing,
		[DEGRADED_STAGING] = r->staging,
		[DEGRADED_STORAGE] = r->counters.storage_failed != 0,
		[DEGRADED_RING] = r->counters.ring_failed != 0,
		[DEGRADED_CGROUP] = r->cgroup_gone,
		[DEGRADED_SYN_LOST] = r->syn.outcomes[CDG_SYN_LOST] != 0,
	};

	memcpy(e->view.degraded, states, sizeof(states));
}

static void fill(struct exporter *e)
{
	const struct metrics_reading *r = &e->reading;
	struct metrics_view *v = &e->view;

	session_build_id_text(r->head.build_id, e->build_id);
	v->build_id = e->build_id;
	v->registered_by = !session_has_cc(&r->head) ? "" : r->head.linked ? "link" : "map";
	/* Once, as the difference of the clocks is never twice the same. */
	if (e->loaded_ns != r->loaded_ns)
		v->load_time_ms = (int64_t)(clock_ns(CLOCK_REALTIME) - monotonic_ns() +
					    r->loaded_ns) / 1000000;
	e->loaded_ns = r->loaded_ns;
	v->counters = r->counters;
	v->subscribers = r->subscribers;
	for (int i = 0; i < CDG_SUBS_MAX; i++) {
		v->events_sent[i] = r->subs[i].seq - r->subs[i].lost;
		v->events_lost[i] = r->subs[i].lost;
	}
	v->map_entries[1] = r->subscribers;
	v->map_max[1] = CDG_SUBS_MAX;
	fill_cc(e);
	fill_syn(e);
	fill_degraded(e);
}

static void tell(struct exporter *e, int err)
{
	char text[PATH_MAX + 256];

	if (err == e->err)
		return;
	e->err = err;
	if (!err) {
		log_info("reading %s", e->pins.dir);
		return;
	}
	metrics_read_error(&e->pins, err, text, sizeof(text));
	log_warn("%s", text);
}

int exporter_collect(struct exporter *e)
{
	uint64_t begin = monotonic_ns();
	struct metrics_view *v = &e->view;
	int r = metrics_read(&e->pins, &e->reading);

	v->up = !r;
	v->version = CDG_VERSION;
	v->own_build_id = CDG_BUILD_ID;
	v->kernel = e->here.kernel;
	if (!r)
		fill(e);
	v->scrapes++;
	v->scrape_errors += r && r != -ENOENT;
	v->scrape_ns = monotonic_ns() - begin;
	if (v->serving)
		tell(e, r);
	return r;
}

void exporter_tick(struct exporter *e)
{
	label_counts_look(&e->labels, e->pins.dir);
}

int exporter_write(struct exporter *e, enum prom_format format, struct buf *out)
{
	int r = exporter_collect(e);

	prom_write(out, format, &e->view);
	return r;
}
