// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>

#include "user/kern/pins.h"
#include "user/source/syns.h"
#include "user/util/log.h"
#include "user/util/own.h"

#define BATCH 512

struct syns {
	int fd;
};

/* Memory for one batch; cursor: where the kernel goes on. */
struct batch {
	uint8_t keys[BATCH * sizeof(struct cdg_syn_key)];
	struct cdg_rec_syn values[BATCH];
	uint8_t cursor[2][sizeof(struct cdg_syn_key)];
};

int syns_open(const char *dir, bool half_open, struct syns **out)
{
	_cleanup_(syns_closep) struct syns *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fd = pins_get(dir, half_open ? PIN_SYN_HALF : PIN_SYNS, 0);
	if (s->fd == -ENOENT)
		return log_err(-ENOENT, "SYNs are not saved. Run 'cdgctl unload', then 'cdgctl load' "
			       "without --no-syn");
	if (s->fd < 0)
		return log_err(s->fd, "cannot open the map of SYNs in %s", dir);
	*out = TAKE_PTR(s);
	return 0;
}

void syns_close(struct syns *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

/* 1: there is more, 0: that was all, or -errno. */
static int next_batch(const struct syns *s, struct batch *b, int round, uint32_t *count)
{
	*count = BATCH;
	if (!bpf_map_lookup_batch(s->fd, round ? b->cursor[(round - 1) & 1] : NULL,
				  b->cursor[round & 1], b->keys, b->values, count, NULL))
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

int syns_each(struct syns *s, source_cb cb, void *ctx)
{
	_cleanup_(freep) struct batch *b = malloc(sizeof(*b));
	uint32_t count;
	int r, more = 1;

	if (!b)
		return -ENOMEM;
	for (int round = 0; more; round++) {
		more = next_batch(s, b, round, &count);
		if (more < 0)
			return log_err(more, "cannot read the map of SYNs");
		for (uint32_t i = 0; i < count; i++) {
			r = cb(ctx, &b->values[i], sizeof(b->values[i]));
			if (r)
				return r;
		}
	}
	return 0;
}

int syns_find(struct syns *s, uint64_t cookie, struct cdg_rec_syn *out)
{
	return bpf_map_lookup_elem(s->fd, &cookie, out) ? -ENOENT : 0;
}

long syns_count(const char *dir)
{
	_cleanup_(freep) struct batch *b = malloc(sizeof(*b));
	struct syns s = { .fd = pins_get(dir, PIN_SYNS, 0) };
	_cleanup_(closep) int fd = s.fd;
	uint32_t count;
	long sum = 0;
	int more = 1;

	if (!b || fd < 0)
		return -ENOENT;
	for (int round = 0; more > 0; round++) {
		more = next_batch(&s, b, round, &count);
		sum += more < 0 ? 0 : count;
	}
	return more < 0 ? more : sum;
}
