// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "user/kern/pins.h"
#include "user/source/syns.h"
#include "user/util/log.h"
#include "user/util/own.h"

#define BATCH 512

/* The slots, and beside them whose each is. */
struct syns {
	const struct cdg_rec_syn *slots;
	const struct cdg_syn_slot *index;
	const struct cdg_syn_state *state;
	uint32_t entries;
	int half_fd;
};

static const void *map_array(const char *dir, const char *pin, size_t value, uint32_t *entries)
{
	_cleanup_(closep) int fd = pins_get(dir, pin, 0);
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);
	void *at;

	errno = -fd;
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return NULL;
	errno = EPROTO;
	if (info.value_size != value)
		return NULL;
	*entries = info.max_entries;
	at = mmap(NULL, value * *entries, PROT_READ, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

int syns_open(const char *dir, struct syns **out)
{
	_cleanup_(syns_closep) struct syns *s = calloc(1, sizeof(*s));
	uint32_t one;

	if (!s)
		return -ENOMEM;
	s->half_fd = pins_get(dir, PIN_SYN_HALF, 0);
	if (s->half_fd == -ENOENT)
		return log_err(-ENOENT, "SYNs are not saved. Run 'cdgctl unload', then 'cdgctl "
			       "load' without --no-syn");
	s->slots = map_array(dir, PIN_SYNS, sizeof(*s->slots), &s->entries);
	if (s->slots)
		s->index = map_array(dir, PIN_SYN_INDEX, sizeof(*s->index), &s->entries);
	if (s->index)
		s->state = map_array(dir, PIN_SYN_STATE, sizeof(*s->state), &one);
	if (!s->state || s->half_fd < 0)
		return log_err(s->half_fd < 0 ? s->half_fd : -errno, "cannot open the maps of SYNs "
			       "in %s", dir);
	*out = TAKE_PTR(s);
	return 0;
}

void syns_close(struct syns *s)
{
	if (s->slots)
		munmap((void *)s->slots, s->entries * sizeof(*s->slots));
	if (s->index)
		munmap((void *)s->index, s->entries * sizeof(*s->index));
	if (s->state)
		munmap((void *)s->state, sizeof(*s->state));
	if (s->half_fd >= 0)
		close(s->half_fd);
	free(s);
}

/* False if the slot is empty, or was written meanwhile. */
static bool copy_slot(const struct syns *s, uint32_t slot, struct cdg_rec_syn *out)
{
	uint64_t cookie = __atomic_load_n(&s->index[slot].cookie, __ATOMIC_ACQUIRE);

	if (!cookie)
		return false;
	memcpy(out, &s->slots[slot], sizeof(*out));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&s->index[slot].cookie, __ATOMIC_RELAXED) == cookie &&
	       out->conn.cookie == cookie;
}

uint64_t syns_accepted(const struct syns *s)
{
	return __atomic_load_n(&s->state->accepted, __ATOMIC_ACQUIRE);
}

uint32_t syns_entries(const struct syns *s)
{
	return s->entries;
}

int syns_get(const struct syns *s, uint64_t number, struct cdg_rec_syn *out)
{
	uint32_t slot = (uint32_t)(number % s->entries);
	uint64_t before = __atomic_load_n(&s->index[slot].number, __ATOMIC_ACQUIRE);
	bool whole = copy_slot(s, slot, out);

	if (whole && before == number &&
	    __atomic_load_n(&s->index[slot].number, __ATOMIC_RELAXED) == number)
		return 0;
	return syns_accepted(s) - number > s->entries ? -ENOENT : -EAGAIN;
}

bool syns_unfinished(const struct syns *s, const struct cdg_rec_syn *rec)
{
	return s->state->source == CDG_SYN_SYNACK && rec->status == CDG_SYN_NOT_SAVED &&
	       (rec->flags & CDG_SYN_UNVERIFIED);
}

int syns_pick(const struct syns *s, bool (*wanted)(void *ctx, uint64_t cookie), source_cb cb,
	      void *ctx)
{
	struct cdg_rec_syn rec;
	int r;

	for (uint32_t slot = 0; slot < s->entries; slot++) {
		if (!s->index[slot].cookie || !wanted(ctx, s->index[slot].cookie) ||
		    !copy_slot(s, slot, &rec))
			continue;
		r = cb(ctx, &rec, sizeof(rec));
		if (r)
			return r;
	}
	return 0;
}

static bool any(void *ctx, uint64_t cookie)
{
	(void)ctx;
	(void)cookie;
	return true;
}

int syns_each(const struct syns *s, source_cb cb, void *ctx)
{
	return syns_pick(s, any, cb, ctx);
}

int syns_find(const struct syns *s, uint64_t cookie, struct cdg_rec_syn *out)
{
	for (uint32_t slot = 0; slot < s->entries; slot++)
		if (s->index[slot].cookie == cookie && copy_slot(s, slot, out) &&
		    out->conn.cookie == cookie)
			return 0;
	return -ENOENT;
}

/* Memory for one batch; cursor: where the kernel goes on. */
struct batch {
	struct cdg_syn_key keys[BATCH];
	struct cdg_rec_syn values[BATCH];
	uint64_t cursor[2];
};

/* 1: there is more, 0: that was all, or -errno. */
static int next_batch(const struct syns *s, struct batch *b, int round, uint32_t *count)
{
	*count = BATCH;
	if (!bpf_map_lookup_batch(s->half_fd, round ? &b->cursor[(round - 1) & 1] : NULL,
				  &b->cursor[round & 1], b->keys, b->values, count, NULL))
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

int syns_each_half_open(struct syns *s, uint64_t netns_cookie, source_cb cb, void *ctx)
{
	_cleanup_(freep) struct batch *b = malloc(sizeof(*b));
	uint32_t count;
	int r, more = 1;

	if (!b)
		return -ENOMEM;
	for (int round = 0; more; round++) {
		more = next_batch(s, b, round, &count);
		if (more < 0)
			return log_err(more, "cannot read the map of half-open handshakes");
		for (uint32_t i = 0; i < count; i++) {
			if (netns_cookie && b->keys[i].netns_cookie != netns_cookie)
				continue;
			r = cb(ctx, &b->values[i], sizeof(b->values[i]));
			if (r)
				return r;
		}
	}
	return 0;
}
