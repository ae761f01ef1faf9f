// SPDX-License-Identifier: GPL-2.0
/* What is there before a load: whole, to be repaired, or somebody else's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/kern/cgroup.h"
#include "user/kern/defaults.h"
#include "user/kern/listeners.h"
#include "user/kern/load_own.h"
#include "user/kern/native.h"
#include "user/kern/orphans.h"
#include "user/kern/registry.h"
#include "user/util/log.h"
#include "version.h"

void load_build_id(__u8 *out)
{
	for (int i = 0; i < CDG_BUILD_ID_LEN; i++)
		sscanf(&CDG_BUILD_ID[2 * i], "%2hhx", &out[i]);
}

/*
 * Are the pins whole, and is everything still in force that they stand for? 1, 0, or -errno, with
 * which nothing may be repaired.
 */
static int is_whole(const struct loading *l)
{
	const struct session_head *old = &l->old;
	int names = registry_good(&l->pins, old), syn = old->syn ? syn_attached(l->pins.dir) : 1;

	if (names < 0 || syn < 0)
		return log_err(names < 0 ? names : syn, "cannot look at %s", l->pins.dir);
	return names && syn && pins_complete(l->pins.dir, session_has_cc(old), old->syn);
}

bool load_wants_syn(const struct load_options *o)
{
	return !o->syn.none && (o->no_cc || o->syn.cgroup || o->syn.source || o->syn.entries ||
				o->syn.all_netns);
}

static bool same_cgroup(const struct cdg_syn_state *state, const char *path)
{
	_cleanup_(closep) int fd = path ? cgroup_open(path) : -1;

	return !path || (fd >= 0 && cgroup_id(fd) == (uint64_t)state->cgroup);
}

/* What the options leave open is as it was. */
static void keep_syn(struct loading *l, const struct cdg_syn_state *state)
{
	struct syn_options *o = &l->syn;

	memcpy(l->old_cgroup, state->path, sizeof(l->old_cgroup));
	o->cgroup = o->cgroup ? : l->old_cgroup;
	o->source = o->source ? : state->source;
	o->entries = o->entries ? : state->entries;
}

/* The SYN part that is loaded must be as the options, as far as they say anything. */
static int check_syn(struct loading *l)
{
	_cleanup_(syn_state_unmapp) struct cdg_syn_state *state = NULL;
	struct syn_options *o = &l->syn;

	if (l->old.syn ? o->none : load_wants_syn(l->options))
		return log_err(-EEXIST, "it is loaded %s SYNs of accepted connections. Run 'cdgctl "
			       "unload' first to change that", l->old.syn ? "with" : "without");
	o->none = !l->old.syn;
	state = l->old.syn ? syn_state_map(l->pins.dir) : NULL;
	if (!state)
		return 0;
	if (!l->repair &&
	    (!same_cgroup(state, o->cgroup) || (o->source && o->source != state->source) ||
	     (o->entries && o->entries != state->entries)))
		return log_err(-EEXIST, "SYNs are saved for the cgroup %s already, with other "
			       "settings. Run 'cdgctl unload' first to change them", state->path);
	if (!l->repair && !l->options->replace && o->all_netns && !state->all_netns)
		return log_err(-EEXIST, "only listeners of one network namespace were asked when "
			       "it was loaded. 'cdgctl load --replace --all-netns' asks those of "
			       "the others, too");
	keep_syn(l, state);
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

/* A plain replacement leaves this as it is. */
static int check_restricted(const struct loading *l)
{
	const struct load_options *o = l->options;

	if (!session_has_cc(&l->old) || l->old.restricted == o->restricted ||
	    (o->replace && !o->restricted && !o->exact))
		return 0;
	return log_err(-EEXIST, "it is loaded %s. Run 'cdgctl unload' first to change that, or "
		       "%s", l->old.restricted ? "restricted" : "for every process",
		       l->old.restricted ? "give --restricted, too" : "leave --restricted out");
}

/* What is there must have the names and settings that are asked for, whole or not. */
static int check_settings(struct loading *l)
{
	int r;

	if (memcmp(l->old.names, l->report->names, sizeof(l->old.names)))
		return names_differ(l);
	r = check_restricted(l);
	return r ? r : check_syn(l);
}

int load_clear_remains(struct loading *l)
{
	int r;

	log_info("%s is incomplete: removing what is left and loading anew", l->pins.dir);
	l->defaults_fd = pins_get(l->pins.dir, PIN_DEFAULTS, 0);
	r = listeners_restore(l->pins.dir);
	if (r)
		return r;
	orphans_unregister(l->pins.dir);
	return pins_remove(l->pins.dir);
}

/* The kernel's own module may have taken the name meanwhile. */
static int check_native(const struct loading *l)
{
	if (strcmp(l->report->names[0], CDG_NAME) || native_registered() != 1)
		return 0;
	return log_err(-EEXIST, "the kernel's own tcp_cdg holds the name %s. Run 'rmmod tcp_cdg', "
		       "or 'cdgctl load --name %s'", CDG_NAME, CDG_NAME_BPF);
}

int load_look_at_old(struct loading *l)
{
	__u8 build_id[CDG_BUILD_ID_LEN];
	int r;

	if (!pins_exist(l->pins.dir))
		return 0;
	r = session_read_head(l->pins.dir, &l->old);
	if (r == -EPERM || r == -EACCES)
		return log_err(r, "cannot open %s: run as root, or with CAP_BPF", l->pins.dir);
	if (pins_short(r))
		return log_err(r, "cannot look at %s", l->pins.dir);
	l->known = !r;
	l->same_abi = l->known && l->old.abi_version == CDG_ABI_VERSION;
	r = l->known ? is_whole(l) : pins_check_own(l->pins.dir);
	if (r < 0)
		return r;
	l->have_old = r;
	l->repair = l->report->repaired = !l->have_old;
	r = l->known ? check_settings(l) : 0;
	if (r || l->repair)
		return r ? r : check_native(l);
	if (l->options->replace)
		return 0;
	load_build_id(build_id);
	if (memcmp(l->old.build_id, build_id, sizeof(build_id)))
		return log_err(-EEXIST, "another build is loaded. Run 'cdgctl load --replace' to "
			       "put this one in its place, or 'cdgctl unload'");
	l->report->already = true;
	if (!l->options->group || l->options->dry_run)
		return 1;
	return pins_share(l->pins.dir, l->group) ? : 1;
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

int load_check_names_free(const struct loading *l)
{
	char available[CC_LIST_LEN];
	int r = check_native(l);

	if (r)
		return r;
	if (l->report->repaired)
		cc_await_free((const char (*)[CDG_NAME_LEN])l->report->names, 2);
	r = cc_available(available, sizeof(available));
	if (r)
		return log_err(r, "cannot read the available congestion controls");
	for (int i = 0; i < 2; i++) {
		const char *name = l->report->names[i];

		if (!name[0] || !cc_listed(available, name))
			continue;
		if (!l->report->linked)
			return name_taken(name, orphans_find(name));
		return log_err(-EEXIST, "the name %s is taken by another congestion control, "
			       "perhaps by cdgctl with another --pin-dir. Choose another one with "
			       "'cdgctl load --name NAME'", name);
	}
	return 0;
}
