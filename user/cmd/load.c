// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/cmd/draws_file.h"
#include "user/cmd/instance.h"
#include "user/model/config.h"
#include "user/model/params.h"
#include "user/util/log.h"
#include "user/util/loop.h"

struct opts {
	struct instance_options instance;
	const char *config, *draws;
	bool replace, dry_run;
};

static const struct cmd_option options[] = {
	INSTANCE_OPTIONS(struct opts, instance),
	{ "config", 0, OPTION_TEXT, offsetof(struct opts, config), "FILE",
	  "take everything from this file, see 'cdgctl help config'" },
	{ "replace", 0, OPTION_FLAG, offsetof(struct opts, replace), NULL,
	  "put this build in the place of the one that is loaded" },
	{ "draws", 0, OPTION_TEXT, offsetof(struct opts, draws), "FILE",
	  "for research: coins take the numbers of this file, see below" },
	{ "dry-run", 'n', OPTION_FLAG, offsetof(struct opts, dry_run), NULL,
	  "let the kernel's verifier see the programs, change nothing" },
	{},
};

static const struct enum_name sources[] = {
	{ CDG_SYN_SAVE, "save", NULL },
	{ CDG_SYN_SYNACK, "synack", NULL },
	{ CDG_SYN_SAVE | CDG_SYN_SYNACK, "auto", NULL },
	{},
};

int instance_options(struct cmd_ctx *ctx, const struct instance_options *o,
		     struct load_options *out)
{
	for (size_t i = 0; o->syn_source && i < ARRAY_SIZE(sources); i++) {
		if (!sources[i].name)
			return cmd_usage(ctx, "--syn-source knows save, synack and auto, not '%s'",
					 o->syn_source);
		if (!strcmp(sources[i].name, o->syn_source)) {
			out->syn.source = sources[i].value;
			break;
		}
	}
	if (o->syn_entries && (o->syn_entries < CDG_SYN_ENTRIES_MIN ||
			       o->syn_entries > CDG_SYN_ENTRIES_MAX))
		return cmd_usage(ctx, "--syn-entries needs a number from %u to %u",
				 CDG_SYN_ENTRIES_MIN, CDG_SYN_ENTRIES_MAX);
	if (o->no_cc && o->no_syn)
		return cmd_usage(ctx, "--no-cc and --no-syn together leave nothing to load");
	if (o->no_cc && (o->name || o->restricted))
		return cmd_usage(ctx, "--no-cc registers nothing: --name and --restricted do not "
				 "go with it");
	if (o->no_syn && (o->cgroup || o->syn_source || o->syn_entries || o->all_netns))
		return cmd_usage(ctx, "--cgroup, --syn-source, --syn-entries and --all-netns do "
				 "not go with --no-syn");
	out->name = o->name;
	out->group = o->group;
	out->restricted = o->restricted;
	out->no_cc = o->no_cc;
	out->syn.none = o->no_syn;
	out->syn.cgroup = o->cgroup;
	out->syn.entries = o->syn_entries;
	out->syn.all_netns = o->all_netns;
	return 0;
}

static void say_syn(struct sink *sink, const struct load_report *r)
{
	sink_say(sink, "saving SYNs of connections accepted in %s; %" PRIu64 " listeners %s",
		 r->syn_cgroup, r->syn_listeners,
		 r->replaced ? "asked since the first load" : "there before");
	if (r->syn_refused && !r->replaced)
		log_warn("%" PRIu64 " listeners could not be changed in full: before Linux 6.12 "
			 "those that existed before serve no SYN cookies. Restart these servers if "
			 "that matters", r->syn_refused);
}

static void say_loaded(struct sink *sink, const struct load_report *r, const char *preset)
{
	const char *second = r->names[1][0] ? r->names[1] : NULL;

	if (r->syn)
		say_syn(sink, r);
	if (!r->names[0][0]) {
		sink_say(sink, "pinned in %s, build %.12s, no congestion control", r->dir,
			 r->build_id);
		return;
	}
	sink_say(sink, "registered %s%s%s%s", r->names[0], second ? " and " : "",
		 second ? second : "", r->replaced ? " in place of the build before" : "");
	sink_say(sink, "pinned in %s, build %.12s, %s parameters", r->dir, r->build_id,
		 preset ? preset : "own");
	if (r->replaced)
		sink_say(sink, "defaults renewed: %d, flows that finish on the old build: %ld",
			 r->renewed, r->old_flows);
	else
		sink_say(sink, "choose it per socket, per route (congctl %s) or as "
			 "net.ipv4.tcp_congestion_control", r->names[0]);
}

static void warn_of_draws(const struct load_report *r)
{
	if (r->draws)
		log_warn("coins are not random but take the %u given numbers: for research only, "
			 "until 'cdgctl unload'", r->draws);
}

void instance_show_loaded(struct cmd_ctx *ctx, const struct load_report *r)
{
	struct sink *sink = ctx->sink;

	warn_of_draws(r);
	if (ctx->kind == SINK_TEXT) {
		if (r->already)
			sink_say(sink, "already loaded, same build id %.12s: %s", r->build_id,
				 r->names[0][0] ? r->names[0] : "SYNs only");
		else if (!ctx->quiet)
			say_loaded(sink, r, params_preset(&r->params));
		return;
	}
	sink_begin_object(sink, NULL);
	sink_bool(sink, "loaded", true);
	sink_bool(sink, "already", r->already);
	sink_bool(sink, "replaced", r->replaced);
	sink_bool(sink, "repaired", r->repaired);
	sink_text(sink, "name", r->names[0][0] ? r->names[0] : NULL);
	sink_text(sink, "name_bpf", r->names[1][0] ? r->names[1] : NULL);
	sink_text(sink, "pin_dir", r->dir);
	sink_text(sink, "build_id", r->build_id);
	sink_text(sink, "registered_by", !r->names[0][0] ? NULL : r->linked ? "link" : "map");
	sink_text(sink, "syn_source", r->syn ? enum_text(sources, r->syn_source) : NULL);
	sink_text(sink, "syn_cgroup", r->syn ? r->syn_cgroup : NULL);
	sink_uint(sink, "syn_listeners", r->syn_listeners);
	sink_uint(sink, "syn_listeners_refused", r->syn_refused);
	sink_uint(sink, "draws", r->draws);
	sink_uint(sink, "netns_renewed", r->renewed);
	sink_uint(sink, "old_flows", r->old_flows > 0 ? r->old_flows : 0);
	sink_end_object(sink);
}

int instance_exit(int err)
{
	return err == -ENOTSUP ? CMD_NO_FEATURE : err == -EINVAL ? CMD_USAGE :
	       err == -ENOENT ? CMD_NOT_LOADED : cmd_exit(err);
}

/* config owns the texts. */
static int take_config(struct cmd_ctx *ctx, const struct opts *o, int count,
		       struct config *config, struct load_options *out)
{
	const struct instance_options none = {};
	struct config usual;
	int r;

	config_default(&usual);
	if (count || memcmp(&o->instance, &none, sizeof(none)))
		return cmd_usage(ctx, "--config says everything: put the other options and the "
				 "parameters into %s", o->config);
	r = instance_read_config(o->config, config);
	if (r)
		return r == -EINVAL ? CMD_USAGE : cmd_exit(r);
	out->name = config->name[0] ? config->name : NULL;
	out->group = config->group[0] ? config->group : NULL;
	out->restricted = config->restricted;
	out->no_cc = !config->cc;
	out->params = config->params;
	out->syn.none = !config->syn;
	out->syn.cgroup = config->cgroup[0] ? config->cgroup : NULL;
	/* What is as usual is not insisted upon: kernels without cgroup2 load the rest. */
	if (config->syn_source != usual.syn_source)
		out->syn.source = config->syn_source;
	if (config->syn_entries != usual.syn_entries)
		out->syn.entries = config->syn_entries;
	out->syn.all_netns = config->all_netns;
	out->exact = true;
	return 0;
}

static int take_options(struct cmd_ctx *ctx, const struct opts *o, int count, char **argv,
			struct load_options *out)
{
	char err[256];

	params_default(&out->params);
	if (params_parse(&out->params, count, argv, err, sizeof(err)))
		return cmd_usage(ctx, "%s", err);
	if (instance_options(ctx, &o->instance, out))
		return CMD_USAGE;
	if (o->instance.no_cc && count)
		return cmd_usage(ctx, "--no-cc has no parameters");
	out->keep_params = !count;
	return 0;
}

/* What is loaded gets the parameters of the file; 1: they were changed, 0, or -errno. */
static int tune_to(struct cmd_ctx *ctx, const struct config *config)
{
	_cleanup_(session_closep) struct session *s = NULL;
	struct cdg_params params;
	int r = session_open(ctx->pin_dir, &s);

	if (r)
		return r;
	do {
		const struct cdg_params *now = session_params(s);

		params = config->params;
		params.generation = now->generation;
		params.reserved = now->reserved;
		if (!memcmp(&params, now, sizeof(params)))
			return 0;
		r = session_set_params(s, &params);
	} while (r == -ESTALE);
	return r ? r : 1;
}

static int show_already(struct cmd_ctx *ctx, const struct load_report *report,
			const struct config *config)
{
	int r = config && config->cc ? tune_to(ctx, config) : 0;

	if (r < 0)
		return instance_exit(r);
	instance_show_loaded(ctx, report);
	if (r && !ctx->quiet)
		sink_say(ctx->sink, "the parameters of the file are in force now");
	return CMD_OK;
}

static int take_draws(struct cmd_ctx *ctx, const char *path, struct draws *draws,
		      struct load_options *out)
{
	int r;

	if (!path)
		return 0;
	if (out->no_cc)
		return cmd_usage(ctx, "--draws is about coins, and without a congestion control "
				 "there are none");
	r = draws_read(path, draws);
	if (r)
		return r == -EINVAL ? CMD_USAGE : cmd_exit(r);
	out->draws = draws->draw;
	out->draw_count = draws->count;
	return 0;
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(draws_release) struct draws draws = {};
	struct opts o = {};
	struct load_options load_options = { .pin_dir = ctx->pin_dir };
	struct load_report report;
	struct config config;
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	r = o.config ? take_config(ctx, &o, count, &config, &load_options) :
		       take_options(ctx, &o, count, argv, &load_options);
	if (!r)
		r = take_draws(ctx, o.draws, &draws, &load_options);
	if (r)
		return r;
	load_options.replace = o.replace;
	load_options.dry_run = o.dry_run;
	loop_hold_signals();
	r = load(&load_options, &report);
	if (r)
		return instance_exit(r);
	if (o.dry_run && !report.already) {
		sink_say(ctx->sink, "the kernel accepts all programs; nothing was changed");
		return CMD_OK;
	}
	if (report.already && o.draws)
		return cmd_usage(ctx, "it is already loaded. Give --replace, too, for other "
				 "numbers");
	if (report.already && count)
		return cmd_usage(ctx, "it is already loaded. Change its parameters with "
				 "'cdgctl tune'");
	if (report.already)
		return show_already(ctx, &report, o.config && !o.dry_run ? &config : NULL);
	instance_show_loaded(ctx, &report);
	return CMD_OK;
}

const struct command cmd_load = {
	.name = "load",
	.run = run,
	.synopsis = "[OPTIONS] [PRESET] [key=value ...]",
	.summary = "register the congestion control, save SYNs, and return",
	.help = "Loads the BPF programs, registers them as congestion controls cdg and cdg_bpf\n"
		"(the kernel refuses the name cdg to BPF programs that would select it) and pins\n"
		"everything in a BPF file system. They stay until 'cdgctl unload' or a reboot.\n"
		"Loading twice changes nothing. A failed load leaves nothing behind, a failed\n"
		"--replace leaves the old build running. Parameters are those of 'cdgctl tune'.\n"
		"With --config what is loaded already gets the file's parameters. Another name,\n"
		"cgroup or SYN source needs 'cdgctl unload' first.\n"
		"SYNs of connections that servers accept are saved, too: see 'cdgctl help syn'.\n"
		INSTANCE_HELP "\n"
		"A file of --draws has lines 'PORT NUMBER': round after round of a flow has the\n"
		"next NUMBER (0 to 4294967295) of its local port, and if a coin is drawn it\n"
		"says back off when NUMBER is greater than the threshold. Where none is left\n"
		"coins are random, and 'cdgctl status' counts these rounds. Lines that begin\n"
		"with # are comments. --replace keeps the numbers, or takes those of another\n"
		"--draws. Never use it in production: who can foresee a coin can keep a flow\n"
		"from backing off.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_LOAD,
};
