// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/cmd/instance.h"
#include "user/cmd/users.h"
#include "user/kern/cost.h"
#include "user/kern/flow_iterator.h"
#include "user/kern/registry.h"
#include "user/kern/session.h"
#include "user/kern/syn.h"
#include "user/model/params.h"
#include "user/model/state.h"
#include "user/util/log.h"
#include "version.h"

#define COST_NS 1000000000ull

struct opts {
	const char *cost; /* a time, "" for COST_NS, NULL: not asked for */
	uint64_t cost_ns;
};

static const struct cmd_option options[] = {
	{ "cost", 0, OPTION_MAYBE, offsetof(struct opts, cost), "TIME",
	  "measure what the programs cost, for a second or so long" },
	{},
};

static void show_names(struct cmd_ctx *ctx, const struct pins *pins,
		       const struct session_head *head)
{
	static const char *const role[] = { "for users", "for BPF" };
	static const char *const usual[] = { CDG_NAME, CDG_NAME_BPF };
	char build_id[2 * CDG_BUILD_ID_LEN + 1] = "";

	if (head)
		session_build_id_text(head->build_id, build_id);
	sink_begin_table(ctx->sink, "names", &fields_name, NULL);
	for (int i = 0; i < 2; i++) {
		const char *name = head ? head->names[i] : usual[i];
		struct registry_entry entry;
		struct state_name row = {};

		if (!name[0])
			continue;
		registry_look(pins, head, i, name, &entry);
		row.name = name;
		row.role = head && !head->names[1][0] ? "for all" : role[i];
		row.build_id = entry.owner == REGISTRY_OURS ? build_id : NULL;
		row.detail = entry.detail;
		row.owner = entry.owner;
		row.registered_by = entry.by;
		row.registered = entry.registered;
		row.stale = entry.stale;
		sink_record(ctx->sink, &fields_name, &row);
	}
	sink_end_table(ctx->sink);
}

static void note(struct cmd_ctx *ctx, uint8_t severity, const char *text, const char *next)
{
	struct state_note row = { .text = text, .next = next, .severity = severity };

	sink_record(ctx->sink, &fields_note, &row);
}

static void show_syn_notes(struct cmd_ctx *ctx, const struct cdg_syn_state *syn, bool attached)
{
	if (!attached)
		note(ctx, SEVERITY_ERROR, "no SYNs are saved any more: their cgroup is gone, or "
		     "somebody detached the program", "run 'cdgctl load', with another --cgroup if "
		     "it is gone, which repairs it");
	if (syn->outcomes[CDG_SYN_LOST])
		note(ctx, SEVERITY_WARNING, "SYNs whose places in the map were still being written",
		     "load it with more --syn-entries");
	if (syn->listeners_refused)
		note(ctx, SEVERITY_INFO, "listeners could not be asked for all SYNs: before Linux "
		     "6.12 those that existed before serve no SYN cookies",
		     "restart these servers if that matters");
}

static void show_draws_note(struct cmd_ctx *ctx, const struct session *s)
{
	struct session_draws draws;
	char text[160];

	if (!session_draws(s, &draws))
		return;
	snprintf(text, sizeof(text), "coins are not random but take the %u numbers of 'load "
		 "--draws'; %u rounds found none", draws.numbers, draws.missing);
	note(ctx, SEVERITY_WARNING, text, "this is for research: run 'cdgctl unload' and 'cdgctl "
	     "load' before it meets other people's traffic");
}

/* syn: NULL without the SYN part. */
static void show_notes(struct cmd_ctx *ctx, const struct session *s,
		       const struct cdg_syn_state *syn, bool attached, bool whole, bool names_good,
		       bool staging, bool build_differs, uint64_t lost)
{
	const struct cdg_counters *c = &s->stats->counters;

	sink_begin_table(ctx->sink, "notes", &fields_note, NULL);
	if (!names_good)
		note(ctx, SEVERITY_ERROR, "a name that is pinned here is not registered any more",
		     "run 'cdgctl load', which repairs it");
	if (!whole)
		note(ctx, SEVERITY_ERROR, "pins are missing",
		     "run 'cdgctl load', which repairs it");
	if (syn)
		show_syn_notes(ctx, syn, attached);
	show_draws_note(ctx, s);
	if (staging)
		note(ctx, SEVERITY_WARNING, "an interrupted load left a staging folder",
		     "run 'cdgctl load', which removes it");
	if (build_differs)
		note(ctx, SEVERITY_INFO, "another build than this cdgctl's is loaded",
		     "run 'cdgctl load --replace' to load this one");
	if (c->storage_failed)
		note(ctx, SEVERITY_WARNING, "flows run without gradient ring and totals, because "
		     "the kernel had no memory for them", "see storage_failed");
	if (c->ring_failed)
		note(ctx, SEVERITY_WARNING, "flows with a large window run without gradient ring",
		     "see ring_failed");
	if (lost)
		note(ctx, SEVERITY_WARNING, "a subscriber was too slow and lost records",
		     "give it a filter, or --buffer");
	sink_end_table(ctx->sink);
}

static int show_unloaded(struct cmd_ctx *ctx, const struct pins *pins)
{
	struct state_summary summary = {
		.pin_dir = pins->dir, .version = CDG_VERSION, .code = CMD_NOT_LOADED,
	};

	sink_begin_object(ctx->sink, NULL);
	sink_fields(ctx->sink, &fields_summary, &summary);
	show_names(ctx, pins, NULL);
	sink_begin_table(ctx->sink, "notes", &fields_note, NULL);
	if (pins_exist(pins->staging))
		note(ctx, SEVERITY_WARNING, "an interrupted load left a staging folder",
		     "run 'cdgctl load' or 'cdgctl unload', which remove it");
	note(ctx, SEVERITY_INFO, "cdg is not loaded", "run 'sudo cdgctl load'");
	sink_end_table(ctx->sink);
	sink_end_object(ctx->sink);
	return CMD_NOT_LOADED;
}

static void fill_summary(const struct session *s, const struct session_head *head,
			 char *build_id, struct state_summary *out)
{
	_cleanup_(closep) int flows = pins_get(s->pins.dir, PIN_FLOWS, 0);
	const struct cdg_counters *c = &s->stats->counters;
	long count = flow_iterator_count(flows);

	session_build_id_text(head->build_id, build_id);
	*out = (struct state_summary){
		.pin_dir = s->pins.dir,
		.version = CDG_VERSION,
		.build_id = build_id,
		.preset = params_preset(session_params(s)),
		.loaded_ns = s->control->loaded_ns,
		.flows = count > 0 ? count : 0,
		.flows_started = c->flows_started,
		.flows_ended = c->flows_ended,
		.storage_failed = c->storage_failed,
		.ring_failed = c->ring_failed,
		.generation = session_params(s)->generation,
		.loaded = true,
		.restricted = head->restricted,
	};
}

static void show_syn(struct cmd_ctx *ctx, const struct cdg_syn_state *syn, bool attached)
{
	uint64_t kept = syn->accepted - syn->outcomes[CDG_SYN_LOST];
	uint64_t known = kept < syn->entries ? kept : syn->entries;
	struct state_syn row = {
		.cgroup = (const char *)syn->path,
		.source = syn->source,
		.entries = syn->entries,
		.known = known,
		.evicted = kept - known,
		.accepted = syn->accepted,
		.ok = syn->outcomes[CDG_SYN_OK],
		.syncookie = syn->outcomes[CDG_SYN_COOKIE],
		.not_saved = syn->outcomes[CDG_SYN_NOT_SAVED],
		.truncated = syn->outcomes[CDG_SYN_TRUNCATED],
		.lost = syn->outcomes[CDG_SYN_LOST],
		.half_open = syn->half_open,
		.listeners = syn->listeners,
		.listeners_foreign = syn->listeners_foreign,
		.listeners_refused = syn->listeners_refused,
		.attached = attached,
	};

	sink_begin_object(ctx->sink, "syn");
	sink_fields(ctx->sink, &fields_state_syn, &row);
	sink_end_object(ctx->sink);
}

static void show_cost(struct cmd_ctx *ctx, const struct cost *cost)
{
	sink_begin_table(ctx->sink, "cost", &fields_cost, NULL);
	for (int i = 0; i < cost->count; i++) {
		const struct cost_program *p = &cost->programs[i];
		struct state_cost row = {
			.program = p->name,
			.runs = p->runs,
			.run_ns = p->runs ? p->ns / p->runs : 0,
			.cpu_share = (double)p->ns / (double)cost->took_ns,
		};

		sink_record(ctx->sink, &fields_cost, &row);
	}
	sink_end_table(ctx->sink);
}

static int show_loaded(struct cmd_ctx *ctx, const struct session *s,
		       const struct session_head *head, const struct cost *cost)
{
	char build_id[2 * CDG_BUILD_ID_LEN + 1];
	struct state_summary summary;
	uint64_t lost;
	_cleanup_(syn_state_unmapp) struct cdg_syn_state *syn = syn_state_map(s->pins.dir);
	int good = registry_good(&s->pins, head), attached = syn ? syn_attached(s->pins.dir) : 1;
	bool whole, staging = pins_exist(s->pins.staging);

	if (good < 0 || attached < 0)
		return cmd_exit(log_err(good < 0 ? good : attached, "cannot look at %s",
					s->pins.dir));
	whole = pins_complete(s->pins.dir, session_has_cc(head), head->syn);
	fill_summary(s, head, build_id, &summary);
	summary.degraded = !good || !whole || staging || !attached || summary.storage_failed ||
			   summary.ring_failed || (syn && syn->outcomes[CDG_SYN_LOST]);
	summary.code = summary.degraded ? CMD_DEGRADED : CMD_OK;
	sink_begin_object(ctx->sink, NULL);
	sink_fields(ctx->sink, &fields_summary, &summary);
	show_names(ctx, &s->pins, head);
	if (session_has_cc(head)) {
		instance_show_params(ctx, session_params(s));
		users_show_defaults(ctx, head);
		users_show_routes(ctx, head);
	}
	if (syn)
		show_syn(ctx, syn, attached);
	lost = users_show_subscribers(ctx, s);
	if (cost)
		show_cost(ctx, cost);
	show_notes(ctx, s, syn, attached, whole, good, staging,
		   strcmp(build_id, CDG_BUILD_ID) != 0, lost);
	sink_end_object(ctx->sink);
	return summary.code;
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(session_closep) struct session *s = NULL;
	struct session_head head;
	struct pins pins;
	struct opts o = { .cost_ns = COST_NS };
	struct cost cost;
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (count)
		return cmd_usage(ctx, "unexpected \"%s\"", argv[0]);
	if (o.cost && o.cost[0] && (cmd_duration(o.cost, &o.cost_ns) || !o.cost_ns))
		return cmd_usage(ctx, "--cost needs a time such as 10s or 500ms, not \"%s\"",
				 o.cost);
	r = pins_locate(ctx->pin_dir, false, &pins);
	if (r)
		return instance_exit(r);
	if (!pins_exist(pins.dir) && errno == ENOENT)
		return show_unloaded(ctx, &pins);
	r = session_open(ctx->pin_dir, &s);
	if (!r) {
		r = session_read_head(pins.dir, &head);
		if (r)
			log_err(r, "cannot look at %s", pins.dir);
	}
	if (r == -ENOENT)
		return CMD_DEGRADED;
	if (r)
		return instance_exit(r);
	if (o.cost && cost_measure(&s->pins, o.cost_ns, &cost))
		return CMD_REFUSED;
	return show_loaded(ctx, s, &head, o.cost ? &cost : NULL);
}

const struct command cmd_status = {
	.name = "status",
	.run = run,
	.synopsis = "",
	.summary = "tell what is loaded, who owns the names and who uses them",
	.help = "Computed from the kernel and the pins at this moment: names and their owners,\n"
		"parameters, flows, defaults of network namespaces and routes that use it,\n"
		"subscribers and what they lost, remains and degraded states.\n"
		"--cost adds, per BPF program, how often it ran, the mean time of a run and its\n"
		"share of one processor. The kernel counts that for all programs of the machine\n"
		"meanwhile; it needs CAP_SYS_ADMIN.\n"
		"Exit code 3: not loaded, 5: loaded, but not all is well.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_PINS,
};
