// SPDX-License-Identifier: GPL-2.0
#include "user/source/syn_slots.h"

#include <bpf/bpf.h>
#include <errno.h>

#include "user/kern/pins.h"
#include "user/util/own.h"

static int open_map(const char *dir, const char *pin, size_t value, uint32_t *id)
{
	_cleanup_(closep) int fd = pins_get_readable(dir, pin);
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (info.value_size != value)
		return -EPROTO;
	if (id)
		*id = info.id;
	return TAKE_FD(fd);
}

int syn_slots_open(const char *dir, struct syn_slots *out)
{
	_cleanup_(closep) int state = -1;
	const uint32_t zero = 0;

	out->slots_fd = out->index_fd = -1;
	state = open_map(dir, PIN_SYN_STATE, sizeof(out->state), &out->instance);
	if (state < 0)
		return state;
	if (bpf_map_lookup_elem(state, &zero, &out->state) || !out->state.entries)
		return -EPROTO;
	out->slots_fd = open_map(dir, PIN_SYNS, sizeof(struct cdg_rec_syn), NULL);
	out->index_fd = open_map(dir, PIN_SYN_INDEX, sizeof(struct cdg_syn_slot), NULL);
	if (out->slots_fd >= 0 && out->index_fd >= 0)
		return 0;
	return out->slots_fd < 0 ? out->slots_fd : out->index_fd;
}

void syn_slots_close(struct syn_slots *s)
{
	closep(&s->slots_fd);
	closep(&s->index_fd);
}

int syn_slots_get(const struct syn_slots *s, uint64_t n, struct cdg_rec_syn *out)
{
	uint32_t slot = (uint32_t)(n % s->state.entries);
	struct cdg_syn_slot before, after;

	if (bpf_map_lookup_elem(s->index_fd, &slot, &before) || !before.cookie ||
	    bpf_map_lookup_elem(s->slots_fd, &slot, out) ||
	    bpf_map_lookup_elem(s->index_fd, &slot, &after))
		return -ENOENT;
	return before.number == n && after.number == n && after.cookie == before.cookie &&
	       out->conn.cookie == before.cookie ? 0 : -ENOENT;
}
