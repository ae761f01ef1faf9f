// SPDX-License-Identifier: GPL-2.0
#include "user/cmd/draws_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "user/source/lines.h"
#include "user/util/log.h"
#include "user/util/own.h"

struct reading {
	const char *shown;
	struct draws *draws;
};

static int take_line(void *ctx, const char *line, size_t len, unsigned long number)
{
	const struct reading *reading = ctx;
	char error[128] = "not a line of text";
	int r;

	/* As far as a NUL goes it would be read, and the rest forgotten. */
	r = memchr(line, 0, len) ? -EINVAL : draws_add(reading->draws, line, error, sizeof(error));
	if (r == -EINVAL)
		log_err(0, "%s:%lu: %s", reading->shown, number, error);
	else if (r)
		log_err(r, "cannot keep the numbers of %s", reading->shown);
	return r;
}

int draws_read(const char *path, struct draws *out)
{
	bool given = !strcmp(path, "-");
	struct reading reading = { given ? "standard input" : path, out };
	_cleanup_(closep) int fd = given ? dup(0) : open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return log_err(-errno, "cannot read %s", reading.shown);
	r = lines_each(fd, reading.shown, NULL, 0, take_line, &reading);
	if (r)
		return r;
	if (!out->count) {
		log_err(0, "%s: no line 'PORT NUMBER' in it; 'cdgctl help load' describes it",
			reading.shown);
		return -EINVAL;
	}
	return 0;
}
