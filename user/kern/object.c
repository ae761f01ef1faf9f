// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "user/kern/object.h"

/* The skeletons name types of cdg_abi.h. */
#include "cdg.skel.h"
#include "flows.skel.h"
#include "user/kern/flow_iterator.h"
#include "user/kern/ops.h"
#include "user/util/log.h"

#define VERIFIER_LINES 20

struct object {
	char names[2][CDG_NAME_LEN];
	bool links; /* this kernel registers by links */
	struct cdg_bpf *cdg;
	struct flows_bpf *flows;
	struct bpf_link *iter;
	struct syn_object *syn;
};

static bool has_cc(const struct object *o)
{
	return o->names[0][0];
}

static struct bpf_map *ops_map(const struct object *o, int i)
{
	return i ? o->cdg->maps.cdg_ops_bpf : o->cdg->maps.cdg_ops;
}

/* What the verifier said at last is why it refused; all of it is thousands of lines. */
static void tell_last_lines(const char *fmt, va_list args)
{
	_cleanup_(freep) char *text = NULL;
	char *at, *end;
	int lines = 0;

	if (vasprintf(&text, fmt, args) < 0) {
		text = NULL;
		return;
	}
	end = strstr(text, "-- END PROG LOAD LOG --");
	at = end ? end : text + strlen(text);
	*at = 0;
	while (at > text && lines <= VERIFIER_LINES)
		lines += *--at == '\n';
	for (at += lines > VERIFIER_LINES; *at; at += strspn(at, "\n")) {
		size_t len = strcspn(at, "\n");

		log_info("verifier: %.*s", (int)len, at);
		at += len;
	}
}

static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (level == LIBBPF_WARN && !log_enabled(LOG_DEBUGS) && strstr(fmt, "PROG LOAD LOG"))
		tell_last_lines(fmt, args);
	else
		log_vdebug(fmt, args);
	return 0;
}

static int reuse_map(struct bpf_map *map, const char *dir, const char *pin)
{
	_cleanup_(closep) int fd = pins_get(dir, pin, 0);

	if (fd < 0)
		return log_err(fd, "cannot open %s/%s", dir, pin);
	if (bpf_map__reuse_fd(map, fd))
		return log_err(-errno, "cannot take over %s/%s", dir, pin);
	return 0;
}

static int reuse_maps(struct object *o, const char *dir)
{
	struct {
		struct bpf_map *map;
		const char *pin;
	} maps[] = {
		{ o->cdg->maps.data_control, PIN_CONTROL },
		{ o->cdg->maps.data_stats, PIN_STATS },
		{ o->cdg->maps.cdg_rings, PIN_RINGS },
		{ o->cdg->maps.cdg_flow, PIN_FLOW },
		{ o->cdg->maps.cdg_flow_ring, PIN_FLOW_RING },
		{ o->cdg->maps.cdg_metrics, PIN_METRICS },
	};
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_SIZE(maps); i++)
		r = reuse_map(maps[i].map, dir, maps[i].pin);
	return r;
}

/* The map of given numbers: new, taken over, or none at all. */
static int prepare_draws(struct object *o, const struct object_parts *parts, const char *reuse_dir)
{
	struct bpf_map *map = o->cdg->maps.cdg_draws;
	_cleanup_(closep) int old = reuse_dir ? pins_get(reuse_dir, PIN_DRAWS, 0) : -ENOENT;
	int r = 0;

	if (parts->draw_count)
		r = bpf_map__set_max_entries(map, parts->draw_count + 1);
	else if (old >= 0)
		r = bpf_map__reuse_fd(map, old);
	else
		return bpf_map__set_autocreate(map, false);
	o->cdg->rodata->draws_given = 1;
	return r ? log_err(r, "cannot prepare the map of numbers for coins") : 0;
}

static int fill_draws(struct object *o, const struct object_parts *parts)
{
	int fd = bpf_map__fd(o->cdg->maps.cdg_draws);
	const struct cdg_draw none = {};
	const struct cdg_draw *draw = &none; /* counts rounds without a number */
	int r = 0;

	for (size_t i = 0; !r && parts->draw_count && i <= parts->draw_count; i++) {
		if (bpf_map_update_elem(fd, &draw->key, &draw->random, BPF_ANY))
			r = log_err(-errno, "cannot hand over the numbers for coins");
		draw = &parts->draws[i];
	}
	return r;
}

static int load_error(int err, const char *what)
{
	if (err == -EPERM)
		return log_err(err, "the kernel refused %s: run as root, or with CAP_BPF, "
			       "CAP_PERFMON and CAP_NET_ADMIN", what);
	return log_err(err, "the kernel refused %s. 'cdgctl probe' tells what it lacks, "
		       "'cdgctl -d load' shows all that the verifier said", what);
}

static int load_cdg(struct object *o, const struct object_parts *parts, const char *reuse_dir)
{
	int r;

	o->cdg = cdg_bpf__open();
	if (!o->cdg)
		return log_err(-errno, "cannot open the BPF object");
	for (int i = 0; i < 2; i++) {
		if (!o->names[i][0])
			bpf_map__set_autocreate(ops_map(o, i), false);
		else if (o->links)
			bpf_map__set_map_flags(ops_map(o, i), OPS_MAP_LINK);
	}
	r = reuse_dir ? reuse_maps(o, reuse_dir) : 0;
	if (!r)
		r = prepare_draws(o, parts, reuse_dir);
	if (r)
		return r;
	r = cdg_bpf__load(o->cdg);
	if (r)
		return load_error(r, "the congestion control");
	/* libbpf tries whether maps can be; when that trial failed for want of memory, none is. */
	if (!o->cdg->rodata)
		return log_err(-ENOMEM, "the maps of the congestion control cannot be mapped into "
			       "memory. Try again");
	return fill_draws(o, parts);
}

static int load_flows(struct object *o)
{
	union bpf_iter_link_info info = {};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	bool sees_all = flow_iterator_sees_all();
	struct bpf_program *prog;
	int r;

	o->flows = flows_bpf__open();
	if (!o->flows)
		return log_err(-errno, "cannot open the BPF object of the iterator");
	if (bpf_map__reuse_fd(o->flows->maps.data_control,
			      bpf_map__fd(o->cdg->maps.data_control)) ||
	    bpf_map__reuse_fd(o->flows->maps.cdg_flow, bpf_map__fd(o->cdg->maps.cdg_flow)))
		return log_err(-errno, "cannot share maps with the iterator");
	prog = sees_all ? o->flows->progs.cdg_flows : o->flows->progs.cdg_flows_netns;
	bpf_program__set_autoload(prog, true);
	r = flows_bpf__load(o->flows);
	if (r)
		return load_error(r, "the iterator");
	info.map.map_fd = bpf_map__fd(o->cdg->maps.cdg_flow);
	o->iter = bpf_program__attach_iter(prog, sees_all ? &opts : NULL);
	return o->iter ? 0 : load_error(-errno, "the iterator's attachment");
}

/* The maps that both parts use. */
static struct syn_shared shared_maps(const struct object *o)
{
	struct syn_shared shared = { .control = -1 };

	if (o->cdg)
		shared = (struct syn_shared){
			.control = bpf_map__fd(o->cdg->maps.data_control),
			.stats = bpf_map__fd(o->cdg->maps.data_stats),
			.rings = bpf_map__fd(o->cdg->maps.cdg_rings),
		};
	else if (o->syn)
		syn_object_shared(o->syn, &shared);
	return shared;
}

static int load_syn(struct object *o, const struct object_parts *parts, const char *reuse_dir)
{
	struct syn_shared shared = shared_maps(o);
	int r;

	r = syn_object_load(parts->syn, &shared, reuse_dir, &o->syn);
	if (!r || parts->syn_needed)
		return r;
	log_warn("going on without SYNs of accepted connections");
	return 0;
}

int object_load(const struct object_parts *parts, const char *reuse_dir, struct object **out)
{
	_cleanup_(object_freep) struct object *o = calloc(1, sizeof(*o));
	int r = 0;

	if (!o)
		return -ENOMEM;
	libbpf_set_print(print_libbpf);
	memcpy(o->names, parts->names, sizeof(o->names));
	o->links = ops_have_links();
	if (has_cc(o)) {
		r = load_cdg(o, parts, reuse_dir);
		if (!r)
			r = load_flows(o);
	}
	if (!r && parts->syn)
		r = load_syn(o, parts, reuse_dir);
	if (r)
		return r;
	*out = TAKE_PTR(o);
	return 0;
}

void object_free(struct object *o)
{
	if (!o)
		return;
	syn_object_free(o->syn);
	bpf_link__destroy(o->iter);
	flows_bpf__destroy(o->flows);
	cdg_bpf__destroy(o->cdg);
	free(o);
}

struct cdg_control *object_control(struct object *o)
{
	return o->cdg ? &o->cdg->data_control->control : syn_object_control(o->syn);
}

const struct cdg_syn_state *object_syn(const struct object *o)
{
	return o->syn ? syn_object_state(o->syn) : NULL;
}

uint32_t object_draws(const struct object *o)
{
	if (!o->cdg || !o->cdg->rodata->draws_given)
		return 0;
	return bpf_map__max_entries(o->cdg->maps.cdg_draws) - 1;
}

static int pin_cc(struct object *o, const char *dir, int defaults_fd)
{
	struct {
		int fd;
		const char *pin;
	} pins[] = {
		{ bpf_map__fd(o->cdg->maps.cdg_flow), PIN_FLOW },
		{ bpf_map__fd(o->cdg->maps.cdg_flow_ring), PIN_FLOW_RING },
		{ bpf_map__fd(o->cdg->maps.cdg_metrics), PIN_METRICS },
		{ bpf_map__fd(o->cdg->maps.cdg_generation), PIN_GENERATION },
		{ bpf_link__fd(o->iter), PIN_FLOWS },
		{ bpf_map__fd(o->flows->maps.cdg_snapshot), PIN_SNAPSHOT },
		{ defaults_fd, PIN_DEFAULTS },
	};
	int r = 0;

	for (size_t i = 0; !r && i < ARRAY_SIZE(pins); i++)
		r = pins_put(pins[i].fd, dir, pins[i].pin, 0);
	if (!r && object_draws(o))
		r = pins_put(bpf_map__fd(o->cdg->maps.cdg_draws), dir, PIN_DRAWS, 0);
	for (int i = 0; !r && i < 2; i++)
		if (o->names[i][0])
			r = pins_put(bpf_map__fd(ops_map(o, i)), dir, PIN_OPS, i);
	return r;
}

static int pin_shared(struct object *o, const char *dir)
{
	struct syn_shared shared = shared_maps(o);
	int r = pins_put(shared.control, dir, PIN_CONTROL, 0);

	if (!r)
		r = pins_put(shared.stats, dir, PIN_STATS, 0);
	return r ? r : pins_put(shared.rings, dir, PIN_RINGS, 0);
}

int object_pin(struct object *o, const char *dir, int defaults_fd)
{
	int r = pin_shared(o, dir);

	if (!r && o->cdg)
		r = pin_cc(o, dir, defaults_fd);
	if (!r && o->syn)
		r = syn_object_pin(o->syn, dir);
	return r;
}

static int fill_ops(struct object *o, int i, bool restricted)
{
	const struct ops_member members[] = {
		{ "init", bpf_program__fd(o->cdg->progs.cdg_init_flow) },
		{ "release", bpf_program__fd(o->cdg->progs.cdg_release) },
		{ "ssthresh", bpf_program__fd(o->cdg->progs.cdg_ssthresh_op) },
		{ "cong_avoid", bpf_program__fd(o->cdg->progs.cdg_cong_avoid) },
		{ "set_state", bpf_program__fd(o->cdg->progs.cdg_set_state) },
		{ "cwnd_event", bpf_program__fd(o->cdg->progs.cdg_cwnd_event) },
		{ "pkts_acked", bpf_program__fd(o->cdg->progs.cdg_pkts_acked) },
		{ "undo_cwnd", bpf_program__fd(o->cdg->progs.cdg_undo_cwnd) },
	};

	return ops_fill(bpf_map__fd(ops_map(o, i)), o->names[i],
			restricted ? 0 : OPS_NON_RESTRICTED, members, ARRAY_SIZE(members));
}

static int register_error(int err, const char *name)
{
	if (err == -EEXIST)
		return log_err(err, "cannot register %s: the name is taken. 'cdgctl status' tells "
			       "by whom; '--name NAME' chooses another one", name);
	return log_err(err, "cannot register %s", name);
}

static int register_one(struct object *o, const char *dir, int i, bool restricted)
{
	_cleanup_(closep) int link = -1;
	int r = fill_ops(o, i, restricted);

	if (r)
		return register_error(r, o->names[i]);
	if (!o->links)
		return 0;
	link = ops_link(bpf_map__fd(ops_map(o, i)));
	if (link < 0)
		return register_error(link, o->names[i]);
	return pins_put(link, dir, PIN_LINK, i);
}

int object_register(struct object *o, const char *dir, bool restricted)
{
	int r = 0;

	/* Failure: the caller removes dir, and with it links and registered maps. */
	for (int i = 0; !r && i < 2; i++)
		if (o->names[i][0])
			r = register_one(o, dir, i, restricted);
	return r;
}

static int take_over_one(struct object *o, const char *dir, const char *old_dir, int i,
			 bool restricted)
{
	_cleanup_(closep) int link = pins_get(old_dir, PIN_LINK, i);
	int r;

	if (link < 0)
		return log_err(link, "cannot open the pin of %s", o->names[i]);
	r = fill_ops(o, i, restricted);
	if (!r)
		r = ops_link_update(link, bpf_map__fd(ops_map(o, i)));
	return r ? log_err(r, "cannot replace the programs of %s", o->names[i]) :
		   pins_put(link, dir, PIN_LINK, i);
}

int object_take_over(struct object *o, const char *dir, const char *old_dir, bool restricted)
{
	int r = 0;

	for (int i = 0; !r && i < 2; i++)
		if (o->names[i][0])
			r = take_over_one(o, dir, old_dir, i, restricted);
	return r;
}

void object_give_back(const char *old_dir)
{
	for (int i = 0; i < 2; i++) {
		_cleanup_(closep) int link = pins_get(old_dir, PIN_LINK, i);
		_cleanup_(closep) int map = pins_get(old_dir, PIN_OPS, i);

		/* Never its own map: the kernel's list would lose the name. */
		if (link < 0 || map < 0 || ops_linked_map(link) == ops_map_id(map))
			continue;
		if (ops_link_update(link, map))
			log_warn("cannot put the old programs back behind name %d", i + 1);
	}
}

int object_attach_syn(struct object *o, const char *dir, const char *old_dir)
{
	if (!o->syn)
		return 0;
	return old_dir ? syn_object_take_over(o->syn, dir, old_dir) :
			 syn_object_attach(o->syn, dir);
}
