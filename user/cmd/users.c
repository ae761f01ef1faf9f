// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "user/cmd/users.h"
#include "user/kern/defaults.h"
#include "user/kern/namespaces.h"
#include "user/kern/routes.h"
#include "user/kern/subs.h"
#include "user/model/event.h"
#include "user/model/state.h"
#include "user/util/log.h"

/* What the walk over the namespaces needs. */
struct view {
	struct cmd_ctx *ctx;
	const struct session_head *head;
	const struct namespace_info *netns;
};

static bool is_ours(const struct session_head *head, const char *cc)
{
	for (int i = 0; i < 2; i++)
		if (head->names[i][0] && !strcmp(head->names[i], cc))
			return true;
	return false;
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

static int show_routes_of(void *arg, const struct namespace_info *info)
{
	struct view *view = arg;

	view->netns = info;
	if (routes_each(show_route, view))
		log_warn("cannot read the routes of network namespace %s", info->name);
	return 0;
}

void users_show_defaults(struct cmd_ctx *ctx, const struct session_head *head)
{
	struct view view = { .ctx = ctx, .head = head };

	sink_begin_table(ctx->sink, "defaults", &fields_default, NULL);
	namespaces_warn();
	namespaces_each(false, show_default, &view);
	sink_end_table(ctx->sink);
}

void users_show_routes(struct cmd_ctx *ctx, const struct session_head *head)
{
	struct view view = { .ctx = ctx, .head = head };

	sink_begin_table(ctx->sink, "routes", &fields_route, NULL);
	namespaces_each(false, show_routes_of, &view);
	sink_end_table(ctx->sink);
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

uint64_t users_show_subscribers(struct cmd_ctx *ctx, const struct session *s)
{
	uint64_t lost = 0;

	sink_begin_table(ctx->sink, "subscribers", &fields_subscriber, NULL);
	for (uint32_t i = 0; i < CDG_SUBS_MAX; i++) {
		const struct cdg_sub *sub = &s->control->subs[i];
		char command[32], filter[256];
		struct state_subscriber row = {
			.command = command, .filter = filter, .slot = i, .pid = sub->pid,
			.sent = s->stats->subs[i].seq - s->stats->subs[i].lost,
			.lost = s->stats->subs[i].lost,
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

