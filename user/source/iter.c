// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "user/source/iter.h"
#include "user/util/log.h"

/* More than the 32 KB that the kernel gives at once: each read has it search its place anew. */
#define ITER_BUFFER (96 * sizeof(struct cdg_rec_flow))

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

int iter_flows(struct session *s, source_cb cb, void *ctx)
{
	_cleanup_(closep) int fd = -1;
	char buf[ITER_BUFFER] __attribute__((aligned(8)));
	char path[PATH_MAX];
	size_t have = 0, left = 0;
	ssize_t n;
	int r;

	pins_path(path, s->pins.dir, PIN_FLOWS, 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !s->control->names[0][0])
		return 0; /* without CDG there are none */
	if (fd < 0)
		return log_err(-errno, "cannot open %s. Run 'cdgctl load', which repairs it", path);
	while ((n = read(fd, buf + have, sizeof(buf) - have)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return log_err(-errno, "cannot read %s", path);
		have += n;
		r = yield_records(buf, have, &left, cb, ctx);
		if (r)
			return r;
		memmove(buf, buf + have - left, left);
		have = left;
	}
	return 0;
}
