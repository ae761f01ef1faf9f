// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "user/kern/syn.h"

/* The skeletons name types of cdg_abi.h. */
#include "syn.skel.h"
#include "user/kern/cgroup.h"
#include "user/kern/listeners.h"
#include "user/kern/pins.h"
#include "user/util/log.h"

struct syn_object {
	struct syn_bpf *bpf;
	struct bpf_link *restore; /* iterator */
	int cgroup;
	bool reused;
	bool own_only;
};

/* Maps of the SYN part and their pins. */
struct named_map {
	struct bpf_map *map;
	const char *pin;
};
#define OWN_MAPS 5
#define ALL_MAPS 8

static void list_maps(const struct syn_object *o, struct named_map *maps)
{
	const struct named_map all[ALL_MAPS] = {
		{ o->bpf->maps.cdg_syns, PIN_SYNS },
		{ o->bpf->maps.cdg_syn_index, PIN_SYN_INDEX },
		{ o->bpf->maps.cdg_syn_half, PIN_SYN_HALF },
		{ o->bpf->maps.cdg_syn_sk, PIN_SYN_LISTENERS },
		{ o->bpf->maps.data_syn, PIN_SYN_STATE },
		{ o->bpf->maps.data_control, PIN_CONTROL },
		{ o->bpf->maps.data_stats, PIN_STATS },
		{ o->bpf->maps.cdg_rings, PIN_RINGS },
	};

	memcpy(maps, all, sizeof(all));
}

static int reuse_pinned(struct syn_object *o, const char *dir, bool shared)
{
	struct named_map maps[ALL_MAPS];

	list_maps(o, maps);
	for (int i = 0; i < (shared ? OWN_MAPS : ALL_MAPS); i++) {
		_cleanup_(closep) int fd = pins_get(dir, maps[i].pin, 0);

		if (fd < 0)
			return log_err(fd, "cannot open %s/%s", dir, maps[i].pin);
		if (bpf_map__reuse_fd(maps[i].map, fd))
			return log_err(-errno, "cannot take over %s/%s", dir, maps[i].pin);
	}
	return 0;
}

static int reuse_shared(struct syn_object *o, const struct syn_shared *shared)
{
	if (shared->control < 0)
		return 0;
	if (bpf_map__reuse_fd(o->bpf->maps.data_control, shared->control) ||
	    bpf_map__reuse_fd(o->bpf->maps.data_stats, shared->stats) ||
	    bpf_map__reuse_fd(o->bpf->maps.cdg_rings, shared->rings))
		return log_err(-errno, "cannot share the maps of the congestion control");
	return 0;
}

static void write_settings(struct syn_object *o, const struct syn_options *options)
{
	struct cdg_syn_state *state = &o->bpf->data_syn->syn;

	state->source = options->source ? options->source : CDG_SYN_SAVE | CDG_SYN_SYNACK;
	state->entries = bpf_map__max_entries(o->bpf->maps.cdg_syns);
	state->cgroup = cgroup_id(o->cgroup);
	cgroup_path(o->cgroup, (char *)state->path, sizeof(state->path));
}

static int prepare(struct syn_object *o, const struct syn_options *options,
		   const struct syn_shared *shared, const char *reuse_dir)
{
	uint32_t entries = options->entries ? options->entries : CDG_SYN_ENTRIES;
	int r;

	if (reuse_dir)
		r = reuse_pinned(o, reuse_dir, shared->control >= 0);
	else
		r = bpf_map__set_max_entries(o->bpf->maps.cdg_syns, entries) ? :
		    bpf_map__set_max_entries(o->bpf->maps.cdg_syn_index, entries);
	return r ? r : reuse_shared(o, shared);
}

int syn_object_load(const struct syn_options *options, const struct syn_shared *shared,
		    const char *reuse_dir, struct syn_object **out)
{
	_cleanup_(syn_object_freep) struct syn_object *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -ENOMEM;
	o->cgroup = reuse_dir ? -1 : cgroup_open(options->cgroup);
	if (!reuse_dir && o->cgroup < 0)
		return o->cgroup;
	o->reused = reuse_dir != NULL;
	o->own_only = !options->all_netns;
	o->bpf = syn_bpf__open();
	if (!o->bpf)
		return log_err(-errno, "cannot open the BPF object for SYNs");
	r = prepare(o, options, shared, reuse_dir);
	if (r)
		return r;
	r = syn_bpf__load(o->bpf);
	if (r)
		return log_err(r, "the kernel refused the programs for SYNs. 'cdgctl -d load' "
			       "shows what the verifier said, 'cdgctl load --no-syn' goes without "
			       "them");
	if (!o->bpf->data_syn)
		return log_err(-ENOMEM, "the maps of SYNs cannot be mapped into memory. Try again");
	o->restore = bpf_program__attach_iter(o->bpf->progs.cdg_syn_restore, NULL);
	if (!o->restore)
		return log_err(-errno, "the kernel refused the iterator over listeners");
	if (!o->reused)
		write_settings(o, options);
	*out = TAKE_PTR(o);
	return 0;
}

void syn_object_free(struct syn_object *o)
{
	if (!o)
		return;
	bpf_link__destroy(o->restore);
	syn_bpf__destroy(o->bpf);
	if (o->cgroup >= 0)
		close(o->cgroup);
	free(o);
}

struct cdg_control *syn_object_control(struct syn_object *o)
{
	return &o->bpf->data_control->control;
}

void syn_object_shared(const struct syn_object *o, struct syn_shared *out)
{
	*out = (struct syn_shared){
		.control = bpf_map__fd(o->bpf->maps.data_control),
		.stats = bpf_map__fd(o->bpf->maps.data_stats),
		.rings = bpf_map__fd(o->bpf->maps.cdg_rings),
	};
}

const struct cdg_syn_state *syn_object_state(const struct syn_object *o)
{
	return &o->bpf->data_syn->syn;
}

int syn_object_pin(const struct syn_object *o, const char *dir)
{
	struct named_map maps[ALL_MAPS];
	int r = 0;

	list_maps(o, maps);
	for (int i = 0; !r && i < OWN_MAPS; i++)
		r = pins_put(bpf_map__fd(maps[i].map), dir, maps[i].pin, 0);
	if (!r)
		r = pins_put(bpf_program__fd(o->bpf->progs.cdg_sockops), dir, PIN_SYN_PROG, 0);
	return r ? r : pins_put(bpf_link__fd(o->restore), dir, PIN_SYN_RESTORE, 0);
}

static int attach_error(int err, const struct cdg_syn_state *state)
{
	if (err == -EPERM)
		return log_err(err, "cannot attach to the cgroup %s: a program that allows no "
			       "others is attached at it or above. 'bpftool cgroup tree' names it; "
			       "'--cgroup PATH' chooses another one", state->path);
	return log_err(err, "cannot attach to the cgroup %s", state->path);
}

/* Listeners that exist. */
static int ask_listeners(struct syn_object *o)
{
	struct bpf_link *enable = bpf_program__attach_iter(o->bpf->progs.cdg_syn_enable, NULL);
	int r;

	if (!enable)
		return log_err(-errno, "the kernel refused the iterator over listeners");
	r = listeners_enable(enable, o->own_only);
	bpf_link__destroy(enable);
	if (!r && !o->own_only)
		o->bpf->data_syn->syn.all_netns = true;
	return r;
}

/* New listeners first, then those that exist: none is missed. */
int syn_object_attach(struct syn_object *o, const char *dir)
{
	struct bpf_link *link;
	int r;

	link = bpf_program__attach_cgroup(o->bpf->progs.cdg_sockops, o->cgroup);
	if (!link)
		return attach_error(-errno, syn_object_state(o));
	r = pins_put(bpf_link__fd(link), dir, PIN_SYN_LINK, 0);
	bpf_link__destroy(link);
	return r ? r : ask_listeners(o);
}

void syn_give_back(const char *old_dir)
{
	_cleanup_(closep) int link = pins_get(old_dir, PIN_SYN_LINK, 0);
	_cleanup_(closep) int prog = pins_get(old_dir, PIN_SYN_PROG, 0);

	if (link >= 0 && prog >= 0 && bpf_link_update(link, prog, NULL))
		log_warn("cannot put the old program for SYNs back");
}

int syn_object_take_over(struct syn_object *o, const char *dir, const char *old_dir)
{
	_cleanup_(closep) int link = pins_get(old_dir, PIN_SYN_LINK, 0);
	int r;

	if (link < 0)
		return log_err(link, "cannot open %s/%s", old_dir, PIN_SYN_LINK);
	if (bpf_link_update(link, bpf_program__fd(o->bpf->progs.cdg_sockops), NULL))
		return log_err(-errno, "cannot replace the program for SYNs");
	r = pins_put(link, dir, PIN_SYN_LINK, 0);
	/* The programs before may have been told of one network namespace alone. */
	if (!r && !o->own_only && !o->bpf->data_syn->syn.all_netns)
		r = ask_listeners(o);
	return r;
}

int syn_attached(const char *dir)
{
	_cleanup_(closep) int link = pins_get(dir, PIN_SYN_LINK, 0);
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);

	if (pins_short(link))
		return link;
	/* The owner's alone: a member of the group cannot tell. */
	if (link == -EACCES || link == -EPERM)
		return 1;
	return link >= 0 && !bpf_obj_get_info_by_fd(link, &info, &len) && info.cgroup.cgroup_id;
}

struct cdg_syn_state *syn_state_map(const char *dir)
{
	_cleanup_(closep) int fd = pins_get(dir, PIN_SYN_STATE, 0);
	void *at = MAP_FAILED;

	if (fd >= 0)
		at = mmap(NULL, sizeof(struct cdg_syn_state), PROT_READ | PROT_WRITE, MAP_SHARED,
			  fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

void syn_state_unmap(struct cdg_syn_state *state)
{
	munmap(state, sizeof(*state));
}
