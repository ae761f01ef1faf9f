// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/kern/defaults.h"
#include "user/kern/metrics.h"
#include "user/kern/registry.h"
#include "user/kern/syn.h"

/* Element 0 of a pinned map, `size` bytes of it; a map of another version may be smaller. */
static int read_element(const char *dir, const char *pin, void *out, size_t size)
{
	_cleanup_(closep) int fd = pins_get_readable(dir, pin);
	_cleanup_(freep) void *value = NULL;
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info), zero = 0;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.value_size < size)
		return -EPROTO;
	value = malloc(info.value_size);
	if (!value)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &zero, value))
		return -errno;
	memcpy(out, value, size);
	return 0;
}

/* Element 0 of a per-processor map of counters, summed up. */
static int read_sum(const char *dir, const char *pin, void *out, size_t size)
{
	_cleanup_(closep) int fd = pins_get_readable(dir, pin);
	_cleanup_(freep) uint64_t *values = NULL;
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info), zero = 0;
	int cpus = libbpf_num_possible_cpus();
	uint64_t *sum = out;

	if (fd < 0)
		return fd;
	if (cpus < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return cpus < 0 ? cpus : -errno;
	if (info.value_size != size)
		return -EPROTO;
	values = calloc((size_t)cpus, size);
	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &zero, values))
		return -errno;
	memset(sum, 0, size);
	for (size_t i = 0; i < (size_t)cpus * size / sizeof(*sum); i++)
		sum[i % (size / sizeof(*sum))] += values[i];
	return 0;
}

static int64_t alive(const struct cdg_flow_counts *c, int name)
{
	return (int64_t)(c->started[name] - c->ended[name]);
}

/*
 * Flows come and go between two look-ups. Own ones are therefore read before and after: only what
 * is more than both belongs to replaced programs.
 */
static int read_flows(const char *dir, struct metrics_reading *out)
{
	struct cdg_flow_counts before, after;
	int r = read_sum(dir, PIN_GENERATION, &before, sizeof(before));

	if (!r)
		r = read_sum(dir, PIN_METRICS, &out->sum, sizeof(out->sum));
	if (!r)
		r = read_sum(dir, PIN_GENERATION, &after, sizeof(after));
	for (int i = 0; !r && i < 2; i++) {
		int64_t all = alive(&out->sum.flows, i), own = alive(&after, i);
		int64_t most = alive(&before, i) > own ? alive(&before, i) : own;

		out->flows[i][0] = own > 0 ? (uint64_t)own : 0;
		out->flows[i][1] = all > most ? (uint64_t)(all - most) : 0;
	}
	return r;
}

static void read_degraded(const struct pins *pins, struct metrics_reading *out)
{
	out->names_lost = registry_good(pins, &out->head) == 0;
	out->pins_missing = !pins_complete(pins->dir, session_has_cc(&out->head), out->head.syn);
	out->staging = pins_exist(pins->staging);
	out->cgroup_gone = out->head.syn && syn_attached(pins->dir) == 0;
}

static int read_shared(const struct pins *pins, struct metrics_reading *out)
{
	struct cdg_control control;
	struct cdg_stats stats;
	int r = read_element(pins->dir, PIN_CONTROL, &control, sizeof(control));

	if (!r)
		r = read_element(pins->dir, PIN_STATS, &stats, sizeof(stats));
	if (r)
		return r;
	out->loaded_ns = control.loaded_ns;
	out->params = control.params[control.params_active & (CDG_PARAM_SLOTS - 1)];
	out->counters = stats.counters;
	memcpy(out->subs, stats.subs, sizeof(out->subs));
	for (int i = 0; i < CDG_SUBS_MAX; i++)
		out->subscribers += control.subs[i].pid != 0;
	return 0;
}

int metrics_read(const struct pins *pins, struct metrics_reading *out)
{
	int r;

	memset(out, 0, sizeof(*out));
	r = session_read_head(pins->dir, &out->head);
	if (r)
		return r;
	if (out->head.abi_version != CDG_ABI_VERSION)
		return -EPROTO;
	r = read_shared(pins, out);
	if (!r && session_has_cc(&out->head))
		r = read_flows(pins->dir, out);
	if (!r && out->head.syn)
		r = read_element(pins->dir, PIN_SYN_STATE, &out->syn, sizeof(out->syn));
	if (!r)
		read_degraded(pins, out);
	return r;
}

void metrics_read_error(const struct pins *pins, int err, char *out, size_t len)
{
	if (err == -ENOENT && pins_exist(pins->dir))
		snprintf(out, len, "%s is incomplete. Run 'sudo cdgctl load', which repairs it",
			 pins->dir);
	else if (err == -ENOENT)
		snprintf(out, len, "cdg is not loaded at %s. Run 'sudo cdgctl load'", pins->dir);
	else if (err == -EPROTO)
		snprintf(out, len, "%s was loaded by another version. Run 'cdgctl load --replace'",
			 pins->dir);
	else if (err == -EPERM || err == -EACCES)
		snprintf(out, len, "cannot read %s: run as root, or with CAP_BPF and permission "
			 "to read the folder", pins->dir);
	else
		snprintf(out, len, "cannot read %s: %s", pins->dir, strerror(-err));
}
