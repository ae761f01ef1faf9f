// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "user/kern/cgroup.h"
#include "user/kern/defaults.h"
#include "user/kern/listeners.h"
#include "user/kern/load.h"
#include "user/kern/object.h"
#include "user/kern/ops.h"
#include "user/kern/orphans.h"
#include "user/kern/probe.h"
#include "user/kern/registry.h"
#include "user/util/clock.h"
#include "user/util/log.h"
#include "version.h"

/* One load under way. */
struct loading {
	const struct load_options *options;
	struct load_report *report;
	struct pins pins;
	struct session_head old; /* valid if have_old */
	bool have_old;
	bool same_abi;
	int defaults_fd; /* of what was repaired; -1: none */
	gid_t group;	 /* that the pins are for, too; -1: none */
	struct syn_options syn; /* as given, or of the instance that is replaced */
	char old_cgroup[CDG_SYN_PATH];
};

int load_check_name(const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= CDG_NAME_LEN)
		return log_err(-EINVAL, "a name of a congestion control has 1 to %d characters: "
			       "\"%s\"", CDG_NAME_LEN - 1, name);
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return log_err(-EINVAL, "a name of a congestion control consists of "
				       "letters, digits and '_': \"%s\"", name);
	return 0;
}

static void build_id_bytes(__u8 *out)
{
	for (int i = 0; i < CDG_BUILD_ID_LEN; i++)
		sscanf(&CDG_BUILD_ID[2 * i], "%2hhx", &out[i]);
}

static void choose_names(struct loading *l)
{
	char (*names)[CDG_NAME_LEN] = l->report->names;

	if (l->options->no_cc)
		return;
	strcpy(names[0], l->options->name ? l->options->name : CDG_NAME);
	strcpy(names[1], l->options->name ? "" : CDG_NAME_BPF);
}

/* Are the pins whole, and is everything still in force that they stand for? */
static bool is_whole(const struct loading *l)
{
	const struct session_head *old = &l->old;

	return pins_complete(l->pins.dir, session_has_cc(old), old->syn) &&
	       registry_good(&l->pins, old) && (!old->syn || syn_attached(l->pins.dir));
}

/* True if options ask for the SYN part, and not only allow it. */
static bool wants_syn(const struct load_options *o)
{
	return !o->syn.none && (o->no_cc || o->syn.cgroup || o->syn.source || o->syn.entries ||
				o->syn.all_netns);
}

static bool same_cgroup(const struct cdg_syn_state *state, const char *path)
{
	_cleanup_(closep) int fd = path ? cgroup_open(path) : -1;

	return !path || (fd >= 0 && cgroup_id(fd) == (uint64_t)state->cgroup);
}

/* The SYN part that is loaded must be as the options, as far as they say anything. */
static int check_syn(struct loading *l)
{
	_cleanup_(syn_state_unmapp) struct cdg_syn_state *state = NULL;
	struct syn_options *o = &l->syn;

	if (l->old.syn ? o->none : wants_syn(l->options))
		return log_err(-EEXIST, "it is loaded %s SYNs of accepted connections. Run 'cdgctl "
			       "unload' first to change that", l->old.syn ? "with" : "without");
	o->none = !l->old.syn;
	state = l->old.syn ? syn_state_map(l->pins.dir) : NULL;
	if (!state)
		return 0;
	if (!same_cgroup(state, o->cgroup) || (o->source && o->source != state->source) ||
	    (o->entries && o->entries != state->entries))
		return log_err(-EEXIST, "SYNs are saved for the cgroup %s already, with other "
			       "settings. Run 'cdgctl unload' first to change them", state->path);
	memcpy(l->old_cgroup, state->path, sizeof(l->old_cgroup));
	o->cgroup = l->old_cgroup;
	o->source = state->source;
	o->entries = state->entries;
	return 0;
}

static int names_differ(const struct loading *l)
{
	if (!session_has_cc(&l->old))
		return log_err(-EEXIST, "%s holds no congestion control, only SYNs. Run 'cdgctl "
			       "unload' first, or load it with --pin-dir into a folder of its own",
			       l->pins.dir);
	return log_err(-EEXIST, "%s already holds %s%s%s. Run 'cdgctl unload' first, or "
		       "load the other name with --pin-dir into a folder of its own",
		       l->pins.dir, l->old.names[0], l->old.names[1][0] ? " and " : "",
		       l->old.names[1]);
}

static int clear_remains(struct loading *l)
{
	int r;

	l->report->repaired = true;
	if (l->options->dry_run)
		return 0;
	log_info("%s is incomplete: removing what is left and loading anew", l->pins.dir);
	l->defaults_fd = pins_get(l->pins.dir, PIN_DEFAULTS, 0);
	r = listeners_restore(l->pins.dir);
	if (r)
		return r;
	orphans_unregister(l->pins.dir);
	return pins_remove(l->pins.dir);
}

/* 1: nothing to do, 0: go on, -errno */
static int look_at_old(struct loading *l)
{
	__u8 build_id[CDG_BUILD_ID_LEN];
	int r;

	if (!pins_exist(l->pins.dir))
		return 0;
	r = session_read_head(l->pins.dir, &l->old);
	if (r == -EPERM || r == -EACCES)
		return log_err(r, "cannot open %s: run as root, or with CAP_BPF", l->pins.dir);
	if (r || !is_whole(l))
		return clear_remains(l);
	l->have_old = true;
	l->same_abi = l->old.abi_version == CDG_ABI_VERSION;
	if (memcmp(l->old.names, l->report->names, sizeof(l->old.names)))
		return names_differ(l);
	r = check_syn(l);
	if (r)
		return r;
	build_id_bytes(build_id);
	if (l->options->replace)
		return 0;
	if (memcmp(l->old.build_id, build_id, sizeof(build_id)))
		return log_err(-EEXIST, "another build is loaded. Run 'cdgctl load --replace' to "
			       "put this one in its place, or 'cdgctl unload'");
	if (session_has_cc(&l->old) && l->old.restricted != l->options->restricted)
		return log_err(-EEXIST, "it is loaded %s. Run 'cdgctl unload' first to change that",
			       l->old.restricted ? "restricted" : "for every process");
	l->report->already = true;
	return l->options->group ? pins_share(l->pins.dir, l->group) ? : 1 : 1;
}

/* Before Linux 6.4, where it may be that of an instance whose pins somebody has deleted. */
static int name_taken(const char *name, uint32_t map)
{
	if (!map)
		return log_err(-EEXIST, "the name %s is taken by another congestion control. "
			       "Choose another one with 'cdgctl load --name NAME'", name);
	return log_err(-EEXIST, "the name %s is taken by another congestion control in BPF, "
		       "perhaps by cdgctl with another --pin-dir, or with one that somebody has "
		       "deleted: before Linux 6.4 a name outlives that, and 'bpftool struct_ops "
		       "unregister id %u' frees it. Or choose another one with 'cdgctl load "
		       "--name NAME'", name, map);
}

static int check_names_free(const struct loading *l)
{
	char available[CC_LIST_LEN];
	int r;

	if (l->report->repaired)
		cc_await_free((const char (*)[CDG_NAME_LEN])l->report->names, 2);
	r = cc_available(available, sizeof(available));
	if (r)
		return log_err(r, "cannot read the available congestion controls");
	for (int i = 0; i < 2; i++) {
		const char *name = l->report->names[i];

		if (!name[0] || !cc_listed(available, name))
			continue;
		if (!strcmp(name, CDG_NAME) && probe_native_loaded())
			return log_err(-EEXIST, "the kernel's own tcp_cdg holds the name %s. Run "
				       "'rmmod tcp_cdg', or 'cdgctl load --name %s'", name,
				       CDG_NAME_BPF);
		if (!l->report->linked)
			return name_taken(name, orphans_find(name));
		return log_err(-EEXIST, "the name %s is taken by another congestion control, "
			       "perhaps by cdgctl with another --pin-dir. Choose another one with "
			       "'cdgctl load --name NAME'", name);
	}
	return 0;
}

static void fill_control(struct loading *l, struct cdg_control *control, bool fresh)
{
	build_id_bytes(control->build_id);
	if (!fresh) {
		if (!l->options->keep_params) {
			__u32 next = (control->params_active + 1) & (CDG_PARAM_SLOTS - 1);
			__u32 generation = control->params[control->params_active].generation;

			control->params[next] = l->options->params;
			control->params[next].generation = generation + 1;
			control->params_active = next;
		}
		return;
	}
	control->abi_version = CDG_ABI_VERSION;
	memcpy(control->names, l->report->names, sizeof(control->names));
	control->syn = l->report->syn;
	control->restricted = l->options->restricted;
	control->linked = l->report->linked;
	control->loaded_ns = monotonic_ns();
	control->params[0] = l->options->params;
	control->params[0].generation = 1;
}

static int open_defaults(struct loading *l)
{
	int fd = l->have_old ? pins_get(l->pins.dir, PIN_DEFAULTS, 0) :
		 l->defaults_fd >= 0 ? TAKE_FD(l->defaults_fd) : defaults_new();
	int r;

	if (fd < 0)
		return log_err(fd, "cannot keep the defaults of the network namespaces");
	r = defaults_record(fd, (const char (*)[CDG_NAME_LEN])l->report->names, 2);
	if (!r)
		return fd;
	close(fd);
	return r;
}

/* Folder of the instance whose maps are taken over, or NULL. */
static const char *reused(const struct loading *l)
{
	return l->have_old && l->same_abi ? l->pins.dir : NULL;
}

/* Registers the names, or takes them over. */
static int stage_names(struct loading *l, struct object *object)
{
	bool take_over = l->have_old && l->old.linked && l->report->linked;

	if (take_over)
		return object_take_over(object, l->pins.staging, l->pins.dir, l->old.restricted);
	/* Before 6.4 a name cannot change its owner: it is free for a moment. */
	if (l->have_old)
		for (int i = 0; i < 2; i++) {
			_cleanup_(closep) int ops = pins_get(l->pins.dir, PIN_OPS, i);

			if (ops >= 0)
				ops_unregister(ops);
		}
	return object_register(object, l->pins.staging, l->options->restricted);
}

static int stage_syn(struct loading *l, struct object *object)
{
	const struct cdg_syn_state *state = object_syn(object);
	int r;

	/* Of another version: its maps cannot be taken over, and its changes not be told apart. */
	if (l->have_old && l->old.syn && !l->same_abi) {
		r = listeners_restore(l->pins.dir);
		if (r)
			return r;
	}
	r = object_attach_syn(object, l->pins.staging, reused(l));
	if (r || !state)
		return r;
	l->report->syn_source = state->source;
	l->report->syn_listeners = state->listeners;
	l->report->syn_refused = state->listeners_refused;
	memcpy(l->report->syn_cgroup, state->path, sizeof(l->report->syn_cgroup));
	return 0;
}

/* Brings everything into force; it is pinned in the staging folder afterwards. */
static int stage(struct loading *l, struct object *object)
{
	bool cc = l->report->names[0][0];
	_cleanup_(closep) int defaults = cc ? open_defaults(l) : -1;
	int r;

	if (cc && defaults < 0)
		return defaults;
	if (mkdir(l->pins.staging, 0700))
		return log_err(-errno, "cannot create %s", l->pins.staging);
	r = object_pin(object, l->pins.staging, defaults);
	if (r)
		return r;
	l->report->syn = object_syn(object) != NULL;
	l->report->draws = object_draws(object);
	fill_control(l, object_control(object), !reused(l));
	if (cc)
		r = stage_names(l, object);
	return r ? r : stage_syn(l, object);
}

static void undo_stage(struct loading *l)
{
	if (reused(l) && l->old.syn)
		syn_give_back(l->pins.dir);
	listeners_restore_remains(l->pins.staging, l->pins.dir);
	pins_remove(l->pins.staging);
}

static int replace_or_create(struct loading *l)
{
	_cleanup_(object_freep) struct object *object = NULL;
	const struct object_parts parts = {
		.names = (const char (*)[CDG_NAME_LEN])l->report->names,
		.syn = l->syn.none ? NULL : &l->syn,
		.syn_needed = l->have_old || wants_syn(l->options),
		.draws = l->options->draws,
		.draw_count = l->options->draw_count,
	};
	int r = object_load(&parts, reused(l), &object);

	if (r || l->options->dry_run)
		return r;
	if (l->have_old) {
		_cleanup_(closep) int flows = pins_get(l->pins.dir, PIN_FLOWS, 0);

		l->report->old_flows = session_count_flows(flows);
	}
	if (l->have_old && !l->options->group)
		l->group = pins_group(l->pins.dir);
	r = stage(l, object);
	if (!r && l->group != (gid_t)-1)
		r = pins_share(l->pins.staging, l->group);
	if (!r)
		r = pins_commit(&l->pins);
	if (r) {
		undo_stage(l);
		return r;
	}
	if (l->have_old) {
		l->report->replaced = true;
		r = pins_remove(l->pins.staging); /* now the old instance */
	}
	/* Without an old one, too: a default outlives the registration that it was chosen by. */
	if (!l->report->names[0][0])
		return r;
	return defaults_renew((const char (*)[CDG_NAME_LEN])l->report->names, 2,
			      &l->report->renewed) ? : r;
}

static int find_group(struct loading *l)
{
	const char *name = l->options->group;
	struct group *group;

	if (!name)
		return 0;
	errno = 0;
	group = getgrnam(name);
	if (!group)
		return log_err(errno ? -errno : -EINVAL, "there is no group '%s'. Run 'groupadd "
			       "--system %s', or name another one", name, name);
	l->group = group->gr_gid;
	return 0;
}

/*
 * Before anything is touched: what is left of an instance that is to be repaired must not go for a
 * mistyped path.
 */
static int check_cgroup(const char *path)
{
	_cleanup_(closep) int fd = path ? cgroup_open(path) : -1;

	if (!path || fd >= 0)
		return 0;
	return fd == -ENOENT ? -EINVAL : fd;
}

static int load_locked(struct loading *l)
{
	int r;

	if (pins_exist(l->pins.staging) && !l->options->dry_run) {
		log_info("removing what an interrupted load left in %s", l->pins.staging);
		l->report->repaired = true;
		r = listeners_restore_remains(l->pins.staging, l->pins.dir) ? :
		    pins_remove(l->pins.staging);
		if (r)
			return r;
	}
	r = look_at_old(l);
	if (r)
		return r > 0 ? 0 : r;
	if (!l->have_old && !(l->options->dry_run && l->report->repaired))
		r = check_names_free(l);
	return r ? r : replace_or_create(l);
}

int load(const struct load_options *options, struct load_report *report)
{
	struct loading l = { .options = options, .report = report, .defaults_fd = -1,
			     .group = -1, .syn = options->syn };
	_cleanup_(closep) int lock = -1;
	int r;

	memset(report, 0, sizeof(*report));
	if (options->no_cc && options->syn.none)
		return log_err(-EINVAL, "--no-cc and --no-syn together leave nothing to load");
	r = options->name ? load_check_name(options->name) : 0;
	if (!r)
		r = find_group(&l);
	if (!r)
		r = probe_required(!options->no_cc);
	if (!r)
		r = check_cgroup(options->syn.cgroup);
	if (!r)
		r = pins_locate(options->pin_dir, !options->dry_run, &l.pins);
	if (!r)
		r = pins_lock(&l.pins, &lock);
	if (r)
		return r;
	choose_names(&l);
	strcpy(report->dir, l.pins.dir);
	strcpy(report->build_id, CDG_BUILD_ID);
	report->linked = ops_have_links();
	r = load_locked(&l);
	closep(&l.defaults_fd);
	return r;
}
