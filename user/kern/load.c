// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "user/kern/cgroup.h"
#include "user/kern/defaults.h"
#include "user/kern/flow_iterator.h"
#include "user/kern/listeners.h"
#include "user/kern/load_own.h"
#include "user/kern/object.h"
#include "user/kern/ops.h"
#include "user/kern/probe.h"
#include "user/util/clock.h"
#include "user/util/log.h"
#include "version.h"

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

static void choose_names(struct loading *l)
{
	char (*names)[CDG_NAME_LEN] = l->report->names;

	if (l->options->no_cc)
		return;
	strcpy(names[0], l->options->name ? l->options->name : CDG_NAME);
	strcpy(names[1], l->options->name ? "" : CDG_NAME_BPF);
}

/* As it was, if that is known: only unloading changes it. */
static bool is_restricted(const struct loading *l)
{
	return l->known ? l->old.restricted : l->options->restricted;
}

/* Of a new instance. What is repaired keeps its parameters if others are not asked for. */
static void fill_control(struct loading *l, struct cdg_control *control)
{
	bool keep = l->repair && l->same_abi && l->options->keep_params;

	load_build_id(control->build_id);
	control->abi_version = CDG_ABI_VERSION;
	memcpy(control->names, l->report->names, sizeof(control->names));
	control->syn = l->report->syn;
	control->restricted = is_restricted(l);
	control->linked = l->report->linked;
	control->loaded_ns = monotonic_ns();
	control->params[0] = keep ? l->old.params : l->options->params;
	control->params[0].generation = 1;
	l->report->params = control->params[0];
	l->report->instance = control->loaded_ns;
}

/* Of an instance that goes on with other programs. They are in force: nothing can fail any more. */
static void renew_control(struct loading *l, struct cdg_control *control)
{
	__u32 active = control->params_active, next = (active + 1) & (CDG_PARAM_SLOTS - 1);

	load_build_id(control->build_id);
	if (!l->options->keep_params) {
		control->params[next] = l->options->params;
		control->params[next].generation = control->params[active].generation + 1;
		__atomic_store_n(&control->params_active, next, __ATOMIC_RELEASE);
	}
	l->report->params = control->params[control->params_active];
	l->report->instance = control->loaded_ns;
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

static bool takes_over(const struct loading *l)
{
	return l->have_old && l->old.linked && l->report->linked;
}

/* Registers the names, or takes them over. */
static int stage_names(struct loading *l, struct object *object)
{
	int r;

	if (takes_over(l))
		return object_take_over(object, l->pins.staging, l->pins.dir, is_restricted(l));
	/* Before 6.4 a name cannot change its owner: it is free for a moment. */
	if (l->have_old)
		for (int i = 0; i < 2; i++) {
			_cleanup_(closep) int ops = pins_get(l->pins.dir, PIN_OPS, i);

			if (ops >= 0)
				ops_unregister(ops);
		}
	r = object_register(object, l->pins.staging, is_restricted(l));
	if (r && l->have_old)
		log_err(r, "the build before is not registered any more, and its flows go on. "
			"Run 'cdgctl load', which registers this one");
	return r;
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

static int share(const struct loading *l)
{
	return l->group == (gid_t)-1 ? 0 : pins_share(l->pins.staging, l->group);
}

/*
 * Brings everything into force; it is pinned in the staging folder afterwards. What is likely to
 * fail comes before the names: before 6.4 these cannot be given back.
 */
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
	if (!reused(l))
		fill_control(l, object_control(object));
	r = share(l);
	if (!r)
		r = stage_syn(l, object);
	if (!r && cc)
		r = stage_names(l, object);
	return r;
}

static void undo_stage(struct loading *l)
{
	if (takes_over(l))
		object_give_back(l->pins.dir);
	if (reused(l) && l->old.syn)
		syn_give_back(l->pins.dir);
	listeners_restore_remains(l->pins.staging, l->pins.dir);
	pins_remove(l->pins.staging);
}

/* What the kernel means by these is not what load() does. */
static int refusal(int r)
{
	return r == -EINVAL || r == -ENOENT ? -EIO : r;
}

static int replace_or_create(struct loading *l)
{
	_cleanup_(object_freep) struct object *object = NULL;
	const struct object_parts parts = {
		.names = (const char (*)[CDG_NAME_LEN])l->report->names,
		.syn = l->syn.none ? NULL : &l->syn,
		.syn_needed = (l->known && l->old.syn) || load_wants_syn(l->options),
		.draws = l->options->draws,
		.draw_count = l->options->draw_count,
	};
	int r = refusal(object_load(&parts, reused(l), &object));

	if (r || l->options->dry_run)
		return r;
	if (!l->options->group)
		l->group = pins_group(l->pins.dir);
	if (l->repair) {
		r = load_clear_remains(l) ? : load_check_names_free(l);
		if (r)
			return r;
	}
	if (l->have_old) {
		_cleanup_(closep) int flows = pins_get(l->pins.dir, PIN_FLOWS, 0);

		l->report->old_flows = flow_iterator_count(flows);
	}
	r = stage(l, object);
	if (!r)
		r = pins_commit(&l->pins);
	if (r) {
		undo_stage(l);
		return refusal(r);
	}
	if (reused(l))
		renew_control(l, object_control(object));
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
	r = load_look_at_old(l);
	if (r)
		return r > 0 ? 0 : r;
	if (!l->have_old && !l->repair)
		r = load_check_names_free(l);
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
