// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "include/cdg_abi.h"
#include "user/kern/ops.h"
#include "user/kern/types.h"
#include "user/util/log.h"
#include "user/util/own.h"

#define OPS_VALUE "bpf_struct_ops_tcp_congestion_ops"
#define OPS_ATTACH_TYPE 44 /* BPF_STRUCT_OPS */
#define OPS_STATE_INUSE 1  /* enum bpf_struct_ops_state */

/* Member of a structure by name; NULL if this kernel has none. Offset in bytes. */
static const struct btf_member *find_member(const struct btf *btf, const struct btf_type *type,
					    const char *name, uint32_t *offset)
{
	const struct btf_member *m = btf_members(type);

	for (int i = 0; i < btf_vlen(type); i++, m++)
		if (!strcmp(btf__name_by_offset(btf, m->name_off), name)) {
			*offset = btf_member_bit_offset(type, i) / 8;
			return m;
		}
	return NULL;
}

/* The kernel's layout of the map's value. */
struct layout {
	const struct btf *btf;
	const struct btf_type *ops;
	uint32_t size;
	uint32_t data; /* offset of tcp_congestion_ops */
};

static int find_layout(const struct btf *btf, struct layout *out)
{
	int id = btf__find_by_name_kind(btf, OPS_VALUE, BTF_KIND_STRUCT);
	const struct btf_member *data;
	const struct btf_type *type;

	if (id < 0)
		return log_err(-ENOTSUP, "this kernel has no congestion controls in BPF "
			       "(CONFIG_BPF_JIT and CONFIG_DEBUG_INFO_BTF are needed). "
			       "Run 'cdgctl probe'");
	type = btf__type_by_id(btf, id);
	data = find_member(btf, type, "data", &out->data);
	if (!data)
		return log_err(-ENOTSUP, "this kernel's %s has no member data", OPS_VALUE);
	out->btf = btf;
	out->size = type->size;
	out->ops = btf__type_by_id(btf, data->type);
	return 0;
}

bool ops_have_links(void)
{
	return kernel_has_struct("bpf_struct_ops_link");
}

int ops_fill(int map_fd, const char *cc, uint32_t flags, const struct ops_member *members,
	     int count)
{
	const struct btf *btf = kernel_types();
	_cleanup_(freep) uint8_t *value = NULL;
	const uint32_t zero = 0;
	struct layout layout;
	uint32_t offset;
	int r;

	if (!btf)
		return log_err(-errno, "cannot read the kernel's BTF");
	r = find_layout(btf, &layout);
	if (r)
		return r;
	value = calloc(1, layout.size);
	if (!value)
		return -ENOMEM;
	for (int i = 0; i < count; i++) {
		unsigned long fd = members[i].prog_fd;

		if (!find_member(btf, layout.ops, members[i].name, &offset))
			return log_err(-ENOTSUP, "this kernel's tcp_congestion_ops lacks %s",
				       members[i].name);
		memcpy(value + layout.data + offset, &fd, sizeof(fd));
	}
	if (!find_member(btf, layout.ops, "name", &offset))
		return -ENOTSUP;
	strncpy((char *)value + layout.data + offset, cc, CDG_NAME_LEN - 1);
	if (!find_member(btf, layout.ops, "flags", &offset))
		return -ENOTSUP;
	memcpy(value + layout.data + offset, &flags, sizeof(flags));
	return bpf_map_update_elem(map_fd, &zero, value, 0) ? -errno : 0;
}

int ops_link(int map_fd)
{
	int fd = bpf_link_create(map_fd, 0, OPS_ATTACH_TYPE, NULL);

	return fd < 0 ? -errno : fd;
}

int ops_link_update(int link_fd, int map_fd)
{
	return bpf_link_update(link_fd, map_fd, NULL) ? -errno : 0;
}

void ops_unregister(int map_fd)
{
	const uint32_t zero = 0;

	bpf_map_delete_elem(map_fd, &zero);
}

uint32_t ops_linked_map(int link_fd)
{
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(link_fd, &info, &len))
		return 0;
	/* The union behind prog_id is aligned to 8: map_id stands at byte 16. */
	return *(const uint32_t *)((const uint8_t *)&info + 16);
}

uint32_t ops_map_id(int map_fd)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(map_fd, &info, &len) ? 0 : info.id;
}

/* Programs behind the members: the kernel shows their ids where their fds were written. */
static void read_progs(const struct layout *layout, const uint8_t *value, struct ops_value *out)
{
	const struct btf_member *m = btf_members(layout->ops);
	unsigned long id;

	for (int i = 0; i < btf_vlen(layout->ops); i++, m++) {
		uint32_t offset = layout->data + btf_member_bit_offset(layout->ops, i) / 8;

		if (!btf_is_ptr(btf__type_by_id(layout->btf, m->type)))
			continue;
		memcpy(&id, value + offset, sizeof(id));
		if (id && id <= UINT32_MAX && out->prog_count < OPS_PROGS_MAX)
			out->progs[out->prog_count++] = id;
	}
}

int ops_read(int map_fd, struct ops_value *out)
{
	const struct btf *btf = kernel_types();
	_cleanup_(freep) uint8_t *value = NULL;
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info), state, name;
	const uint32_t zero = 0;
	struct layout layout;
	int r;

	memset(out, 0, sizeof(*out));
	if (!btf)
		return -errno;
	r = find_layout(btf, &layout);
	if (r)
		return r;
	/* There are struct_ops of other kinds. */
	if (bpf_obj_get_info_by_fd(map_fd, &info, &len))
		return -errno;
	if (info.value_size != layout.size || !find_member(btf, layout.ops, "name", &name))
		return -ENOTSUP;
	value = calloc(1, layout.size);
	if (!value || bpf_map_lookup_elem(map_fd, &zero, value))
		return -errno;
	memcpy(&state, value + 4, sizeof(state)); /* { refcount_t refcnt; enum state; } */
	out->in_use = state == OPS_STATE_INUSE;
	memcpy(out->name, value + layout.data + name, CDG_NAME_LEN - 1);
	read_progs(&layout, value, out);
	return 0;
}
