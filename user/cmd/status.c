// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/cmd/instance.h"
#include "user/kern/registry.h"
#include "user/kern/defaults.h"
#include "user/kern/namespaces.h"
#include "user/kern/routes.h"
#include "user/kern/session.h"
#include "user/kern/subs.h"
#include "user/model/event.h"
#include "user/model/params.h"
#include "user/model/state.h"
#include "user/util/log.h"
#include "version.h"

/* What the walk over the namespaces needs. */
struct view {
	struct cmd_ctx *ctx;
	const struct session_head *head;
	const struct namespace_info *netns;
	bool default_ours;
};

static bool is_ours(const struct session_head *head, const char *cc)
{
	for (int i = 0; i < 2; i++)
		if (head->names[i][0] && !strcmp(head->names[i], cc))
			return true;
	return false;
}

static bool show_names(struct cmd_ctx *ctx, const struct pins *pins,
		       const struct session_head *head)
{
	static const char *const role[] = { "for users", "for BPF" };
	static const char *const usual[] = { CDG_NAME, CDG_NAME_BPF };
	char build_id[2 * CDG_BUILD_ID_LEN + 1] = "";
	bool good = true;

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
		good &= !head || (entry.registered && !entry.stale && entry.owner == REGISTRY_OURS);
		sink_record(ctx->sink, &fields_name, &row);
	}
	sink_end_table(ctx->sink);
	return good;
}

static void show_params(struct cmd_ctx *ctx, const struct cdg_params *params)
{
	struct state_param row;

	sink_begin_table(ctx->sink, "parameters", &fields_param, NULL);
	for (size_t i = 0; i < params_count; i++) {
		params_row(params, i, &row);
		sink_record(ctx->sink, &fields_param, &row);
	}
	sink_end_table(ctx->sink);
}

static int show_default(void *arg, const struct namespace_info *info)
{
	struct state_default row = { .netns_name = info->name, .netns = info->inode };
	struct view *view = arg;
	char cc[CDG_NAME_LEN];

	if (cc_default(cc))
		return 0;
	row.cc = cc;
	row.ours = is_ours(view->head, cc);
	view->default_ours |= row.ours;
	if (row.ours || info->is_initial)
		sink_record(view->ctx->sink, &fields_default, &row);
	return 0;
}

static int show_route(void *arg, const struct route_info *route)
{
	struct view *view = arg;
	struct state_route row = {
		.netns_name = view->netns->name, .netns = view->netns->inode,
		.prefix = route->prefix, .dev = route->dev, .cc = route->cc,
		.family = route->family, .locked = route->locked,
	};

	if (is_ours(view->head, route->cc))
		sink_record(view->ctx->sink, &fields_route, &row);
	return 0;
}

static int show_routes(void *arg, const struct namespace_info *info)
{
	struct view *view = arg;

	view->netns = info;
	if (routes_each(show_route, view))
		log_warn("cannot read the routes of network namespace %s", info->name);
	return 0;
}

static void command_of(uint32_t pid, char *out, size_t len)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	f = fopen(path, "r");
	if (!f || !fgets(out, len, f))
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

static void filter_text(const struct cdg_sub_filter *f, char *out, size_t len)
{
	size_t used;

	event_kinds_text(f->kinds, out, len);
	used = strlen(out);
	if (f->sport)
		used += snprintf(out + used, len - used, " sport=%u", f->sport);
	if (f->dport && used < len)
		used += snprintf(out + used, len - used, " dport=%u", f->dport);
	if (f->flow && used < len)
		used += snprintf(out + used, len - used, " flow=%llu", f->flow);
	if (f->netns && used < len)
		used += snprintf(out + used, len - used, " netns=%u", f->netns);
	if (f->sample > 1 && used < len)
		snprintf(out + used, len - used, " 1-in-%u", f->sample);
}

static uint64_t show_subscribers(struct cmd_ctx *ctx, const struct session *s)
{
	uint64_t lost = 0;

	sink_begin_table(ctx->sink, "subscribers", &fields_subscriber, NULL);
	for (uint32_t i = 0; i < CDG_SUBS_MAX; i++) {
		const struct cdg_sub *sub = &s->control->subs[i];
		char command[32], filter[256];
		struct state_subscriber row = {
			.command = command, .filter = filter, .slot = i, .pid = sub->pid,
			.sent = s->stats->subs[i].sent, .lost = s->stats->subs[i].lost,
			.stale = subs_stale(sub),
		};

		if (!sub->pid)
			continue;
		command_of(sub->pid, command, sizeof(command));
		filter_text(&sub->filter, filter, sizeof(filter));
		lost += row.lost;
		sink_record(ctx->sink, &fields_subscriber, &row);
	}
	sink_end_table(ctx->sink);
	return lost;
}

static void note(struct cmd_ctx *ctx, uint8_t severity, const char *text, const char *next)
{
	struct state_note row = { .text = text, .next = next, .severity = severity };

	sink_record(ctx->sink, &fields_note, &row);
}

static void show_notes(struct cmd_ctx *ctx, const struct session *s, bool names_good,
		       bool staging, bool build_differs, uint64_t lost)
{
	const struct cdg_counters *c = &s->stats->counters;

	sink_begin_table(ctx->sink, "notes", &fields_note, NULL);
	if (!names_good)
		note(ctx, SEVERITY_ERROR, "a name that is pinned here is not registered any more",
		     "run 'cdgctl load', which repairs it");
	if (!pins_complete(s->pins.dir))
		note(ctx, SEVERITY_ERROR, "pins are missing",
		     "run 'cdgctl load', which repairs it");
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
	long count = session_count_flows(flows);

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

static int show_loaded(struct cmd_ctx *ctx, const struct session *s,
		       const struct session_head *head)
{
	char build_id[2 * CDG_BUILD_ID_LEN + 1];
	struct view view = { .ctx = ctx, .head = head };
	struct state_summary summary;
	uint64_t lost;
	bool good, staging = pins_exist(s->pins.staging);

	fill_summary(s, head, build_id, &summary);
	good = registry_good(&s->pins, head);
	summary.degraded = !good || !pins_complete(s->pins.dir) || staging ||
			   summary.storage_failed || summary.ring_failed;
	summary.code = summary.degraded ? CMD_DEGRADED : CMD_OK;
	sink_begin_object(ctx->sink, NULL);
	sink_fields(ctx->sink, &fields_summary, &summary);
	show_names(ctx, &s->pins, head);
	show_params(ctx, session_params(s));
	sink_begin_table(ctx->sink, "defaults", &fields_default, NULL);
	namespaces_each(false, show_default, &view);
	sink_end_table(ctx->sink);
	sink_begin_table(ctx->sink, "routes", &fields_route, NULL);
	namespaces_each(false, show_routes, &view);
	sink_end_table(ctx->sink);
	lost = show_subscribers(ctx, s);
	show_notes(ctx, s, good, staging, strcmp(build_id, CDG_BUILD_ID) != 0, lost);
	sink_end_object(ctx->sink);
	return summary.code;
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(session_closep) struct session *s = NULL;
	struct session_head head;
	struct pins pins;
	int r, count = cmd_options(ctx, argc, argv, NULL);

	if (count < 0)
		return CMD_USAGE;
	if (count)
		return cmd_usage(ctx, "unexpected \"%s\"", argv[0]);
	r = pins_locate(ctx->pin_dir, false, &pins);
	if (r)
		return instance_exit(r);
	if (!pins_exist(pins.dir) && errno == ENOENT)
		return show_unloaded(ctx, &pins);
	r = session_open(ctx->pin_dir, &s);
	if (!r)
		r = session_read_head(pins.dir, &head);
	if (r == -ENOENT)
		return CMD_DEGRADED;
	return r ? instance_exit(r) : show_loaded(ctx, s, &head);
}

const struct command cmd_status = {
	.name = "status",
	.run = run,
	.synopsis = "",
	.summary = "tell what is loaded, who owns the names and who uses them",
	.help = "Computed from the kernel and the pins at this moment: names and their owners,\n"
		"parameters, flows, defaults of network namespaces and routes that use it,\n"
		"subscribers and what they lost, remains and degraded states.\n"
		"Exit code 3: not loaded, 5: loaded, but not all is well.",
	.root = true,
};
