// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "user/kern/flow_iterator.h"
#include "user/kern/iterator.h"
#include "user/source/iter.h"
#include "user/util/log.h"

/* More than the 32 KB that the kernel gives at once. */
#define ITER_BUFFER (96 * sizeof(struct cdg_rec_flow))
#define FEW_RECORDS 512 /* mapped at first: each page costs time */

_Static_assert(CDG_SNAPSHOT_FLAG == O_NONBLOCK, "the program knows the flag by its number");

/* Whole records at the front of buf; *left: bytes of a cut one behind them. */
static int yield_records(const char *buf, size_t len, size_t *left, source_cb cb, void *ctx)
{
	size_t at = 0;
	int r = 0;

	while (!r && len - at >= sizeof(struct cdg_rec_head)) {
		size_t record = ((const struct cdg_rec_head *)(buf + at))->len;

		if (record < sizeof(struct cdg_rec_head) || record % 8 || record > ITER_BUFFER)
			return log_err(-EBADMSG, "the kernel's snapshot is malformed");
		if (len - at < record)
			break;
		r = cb(ctx, buf + at, record);
		at += record;
	}
	*left = len - at;
	return r;
}

/* Records as the kernel hands them out: 32 KB at once. */
static int read_records(int fd, const char *path, source_cb cb, void *ctx)
{
	char buf[ITER_BUFFER] __attribute__((aligned(8)));
	size_t have = 0, left = 0;
	ssize_t n;
	int r;

	while ((n = iterator_read(fd, buf + have, sizeof(buf) - have)) != 0) {
		if (n < 0)
			return log_err(n, "cannot read %s", path);
		have += n;
		r = yield_records(buf, have, &left, cb, ctx);
		if (r)
			return r;
		memmove(buf, buf + have - left, left);
		have = left;
	}
	return 0;
}

/* The map of snapshots as far as it is mapped. */
struct place {
	int fd;
	const struct cdg_rec_flow *records;
	size_t count;
};

static void place_release(struct place *place)
{
	if (place->records)
		munmap((void *)place->records, place->count * sizeof(*place->records));
	closep(&place->fd);
}

/* 0 or -errno. */
static int place_map(struct place *place, size_t count)
{
	void *at = mmap(NULL, count * sizeof(*place->records), PROT_READ, MAP_SHARED, place->fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	if (place->records)
		munmap((void *)place->records, place->count * sizeof(*place->records));
	place->records = at;
	place->count = count;
	return 0;
}

static int place_open(const char *dir, struct place *place)
{
	/* To write, too: the kernel takes a map that is only read for a private one. */
	place->fd = pins_get(dir, PIN_SNAPSHOT, 0);
	return place->fd < 0 ? place->fd : place_map(place, FEW_RECORDS);
}

/* The same with a place for the records: what is read is one byte for each. */
static int read_place(int fd, const char *path, struct place *place, source_cb cb, void *ctx)
{
	char taken[CDG_SNAPSHOT_RECORDS];
	ssize_t n;
	int r = 0;

	while (!r && (n = iterator_read(fd, taken, place->count)) != 0) {
		if (n < 0)
			return log_err(n, "cannot read %s", path);
		for (ssize_t i = 0; !r && i < n; i++)
			r = cb(ctx, &place->records[i], sizeof(*place->records));
		/* There are more: without memory it goes on in small steps. */
		if (!r && n == FEW_RECORDS)
			place_map(place, CDG_SNAPSHOT_RECORDS);
	}
	return r;
}

static uint64_t inode_of(const char *dir)
{
	struct stat st;

	return stat(dir, &st) ? 0 : st.st_ino;
}

/* One run of the iterator. */
struct run {
	const char *dir;
	const char *path; /* of the iterator in it */
	source_cb cb;
	void *ctx;
};

static int open_error(int err, const char *path)
{
	return log_err(err, "cannot open %s. Run 'cdgctl load', which repairs it", path);
}

static int run_iterator(void *ctx, const struct namespace_info *info)
{
	_cleanup_(place_release) struct place place = { .fd = -1 };
	const struct run *run = ctx;
	uint64_t inode = inode_of(run->dir);
	_cleanup_(closep) int fd = open(run->path, O_RDONLY | O_CLOEXEC);
	int r;

	(void)info;
	if (fd < 0)
		return open_error(-errno, run->path);
	r = place_open(run->dir, &place);
	/*
	 * Both of one instance, and nobody else is at it. The flag says so to the program; the lock
	 * goes with the descriptor.
	 */
	if (!r && inode && inode_of(run->dir) == inode && !flock(fd, LOCK_EX | LOCK_NB) &&
	    !fcntl(fd, F_SETFL, CDG_SNAPSHOT_FLAG))
		return read_place(fd, run->path, &place, run->cb, run->ctx);
	return read_records(fd, run->path, run->cb, run->ctx);
}

int iter_flows(struct session *s, uint32_t netns, source_cb cb, void *ctx)
{
	_cleanup_(closep) int link = pins_get(s->pins.dir, PIN_FLOWS, 0);
	char path[PATH_MAX];
	struct run run = { s->pins.dir, path, cb, ctx };

	if (link == -ENOENT && !s->control->names[0][0])
		return 0; /* without CDG there are none */
	pins_path(path, s->pins.dir, PIN_FLOWS, 0);
	return link < 0 ? open_error(link, path) :
			  flow_iterator_each(link, netns, run_iterator, &run);
}
