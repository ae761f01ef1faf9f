// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "user/kern/ops.h"
#include "user/kern/orphans.h"
#include "user/kern/pins.h"
#include "user/util/log.h"
#include "user/util/own.h"

#define PROG_MAPS_MAX 64

/* Maps that the programs use; one that is still pinned tells whose programs they are. */
static const char *const shared[] = { PIN_CONTROL, PIN_STATS, PIN_RINGS, PIN_FLOW, PIN_METRICS };
#define SHARED (sizeof(shared) / sizeof(*shared))

static bool prog_uses(uint32_t prog_id, const uint32_t *maps)
{
	_cleanup_(closep) int fd = bpf_prog_get_fd_by_id(prog_id);
	uint32_t ids[PROG_MAPS_MAX];
	struct bpf_prog_info info = { .map_ids = (uintptr_t)ids, .nr_map_ids = PROG_MAPS_MAX };
	uint32_t len = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	for (uint32_t i = 0; i < info.nr_map_ids && i < PROG_MAPS_MAX; i++)
		for (uint32_t j = 0; j < SHARED; j++)
			if (ids[i] == maps[j])
				return true;
	return false;
}

/*
 * fd of the next map after *id that has registered a congestion control, or -ENOENT; *id: 0 at
 * first, then its own.
 */
static int next_registered(uint32_t *id, struct ops_value *value)
{
	while (!bpf_map_get_next_id(*id, id)) {
		_cleanup_(closep) int fd = bpf_map_get_fd_by_id(*id);
		struct bpf_map_info info = {};
		uint32_t len = sizeof(info);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ||
		    info.type != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		if (!ops_read(fd, value) && value->in_use)
			return TAKE_FD(fd);
	}
	return -ENOENT;
}

void orphans_unregister(const char *dir)
{
	uint32_t id = 0, maps[SHARED] = {};
	struct ops_value value;

	if (ops_have_links())
		return;
	for (uint32_t i = 0; i < SHARED; i++) {
		_cleanup_(closep) int fd = pins_get_readable(dir, shared[i]);

		maps[i] = fd < 0 ? 0 : ops_map_id(fd); /* no map has the id 0 */
	}
	for (;;) {
		_cleanup_(closep) int fd = next_registered(&id, &value);
		bool ours = false;

		if (fd < 0)
			return;
		for (int i = 0; i < value.prog_count && !ours; i++)
			ours = prog_uses(value.progs[i], maps);
		if (!ours)
			continue;
		log_debug("unregistering %s, map %u", value.name, id);
		ops_unregister(fd);
	}
}

uint32_t orphans_find(const char *name)
{
	struct ops_value value;
	uint32_t id = 0;

	for (;;) {
		_cleanup_(closep) int fd = next_registered(&id, &value);

		if (fd < 0)
			return 0;
		if (!strcmp(value.name, name))
			return id;
	}
}
