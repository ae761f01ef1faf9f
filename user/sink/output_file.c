/* SPDX-License-Identifier: GPL-2.0 */
/* Appending to a file: a write waits for the page cache, as every write does, not for more. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "user/sink/output_ops.h"
#include "user/util/log.h"

#define NAME_LEN (OUTPUT_TEXT + 16)
#define CHUNK (1u << 20)

/* 0 or -errno; -EINVAL: it is no file. */
static int open_file(struct output *o)
{
	/* Without O_NONBLOCK a FIFO would wait for its reader. */
	_cleanup_(closep) int fd = open(o->spec.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
						      O_NOCTTY | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return -EINVAL;
	o->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	o->fd = TAKE_FD(fd);
	return 0;
}

static int file_open(struct output *o)
{
	int r = open_file(o);

	if (r == -EINVAL)
		return log_err(r, "%s is no file; write to a pipe by '--output - >%s'",
			       o->spec.path, o->spec.path);
	return r ? log_err(r, "cannot open %s for writing", o->spec.path) : 0;
}

/* PATH.N falls off, the others move up, PATH becomes PATH.1. */
static int rotate(struct output *o)
{
	char from[NAME_LEN], to[NAME_LEN];
	const char *path = o->spec.path;
	int r;

	for (unsigned int i = o->spec.keep; i-- > 0;) {
		if (i)
			snprintf(from, sizeof(from), "%s.%u", path, i);
		else
			snprintf(from, sizeof(from), "%s", path);
		snprintf(to, sizeof(to), "%s.%u", path, i + 1);
		if (!rename(from, to) || errno == ENOENT)
			continue;
		r = -errno;
		log_warn("cannot rotate: rename %s to %s: %m; going on with %s", from, to, path);
		o->size = 0; /* tried again after as much as this */
		return r == -ENOSPC || r == -EDQUOT ? r : 0;
	}
	closep(&o->fd);
	return 0;
}

/* What a full disk has cut off goes: the record is written again when there is room. */
static void take_back(struct output *o, uint64_t bytes)
{
	off_t end = lseek(o->fd, 0, SEEK_CUR);
	struct stat st;

	if (end >= (off_t)bytes && !fstat(o->fd, &st) && st.st_size == end &&
	    !ftruncate(o->fd, end - (off_t)bytes))
		o->size -= bytes;
	else
		o->torn = true;
}

static int end_torn_line(struct output *o)
{
	if (!o->torn)
		return 0;
	if (write(o->fd, "\n", 1) != 1)
		return -errno;
	o->torn = false;
	o->size++;
	return 0;
}

/* One write. 0 or -errno. */
static int write_some(struct output *o)
{
	uint64_t len = outbox_whole(&o->box, CHUNK), whole;
	struct iovec pieces[2];
	ssize_t n;
	int r;

	if (o->spec.rotate && o->size + len > o->spec.rotate) {
		len = outbox_whole(&o->box, o->spec.rotate > o->size ? o->spec.rotate - o->size
								     : 0);
		if (!len)
			return rotate(o);
	}
	r = end_torn_line(o);
	if (r)
		return r;
	n = writev(o->fd, pieces, outbox_pieces(&o->box, len, pieces));
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	o->size += (uint64_t)n;
	whole = outbox_whole(&o->box, (uint64_t)n);
	if (whole < (uint64_t)n)
		take_back(o, (uint64_t)n - whole);
	outbox_sent(&o->box, whole);
	outbox_arrived(&o->box, 0);
	return (uint64_t)n < len ? -ENOSPC : 0;
}

static int file_pump(struct output *o)
{
	int r = 0;

	while (!r && outbox_unsent(&o->box)) {
		if (o->fd < 0)
			r = open_file(o);
		if (!r)
			r = write_some(o);
	}
	return r;
}

static void file_reopen(struct output *o)
{
	closep(&o->fd);
	o->torn = false;
	open_file(o);
}

static void file_release(struct output *o)
{
	(void)o;
}

const struct output_ops output_file_ops = {
	.open = file_open,
	.pump = file_pump,
	.reopen = file_reopen,
	.release = file_release,
};
