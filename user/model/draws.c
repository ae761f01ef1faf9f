// SPDX-License-Identifier: GPL-2.0
#include "user/model/draws.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS 65536
#define BLANKS " \t\r"

/* Decimal digits up to a blank or the end; false: something else, or more than most. */
static bool take_number(const char **text, uint64_t most, uint64_t *out)
{
	const char *at = *text;
	uint64_t value = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > most)
			return false;
	}
	if (at == *text || (*at && !strchr(BLANKS, *at)))
		return false;
	*out = value;
	*text = at + strspn(at, BLANKS);
	return true;
}

static int make_room(struct draws *d)
{
	size_t room = d->room ? 2 * d->room : 1024;
	struct cdg_draw *draw;

	if (!d->rounds)
		d->rounds = calloc(PORTS, sizeof(*d->rounds));
	if (!d->rounds)
		return -ENOMEM;
	if (d->count < d->room)
		return 0;
	draw = realloc(d->draw, room * sizeof(*draw));
	if (!draw)
		return -ENOMEM;
	d->draw = draw;
	d->room = room;
	return 0;
}

int draws_add(struct draws *d, const char *line, char *err, size_t size)
{
	uint64_t port, number;

	line += strspn(line, BLANKS);
	if (!*line || *line == '#')
		return 0;
	if (!take_number(&line, PORTS - 1, &port) || !port) {
		snprintf(err, size, "the local port comes first, a number from 1 to 65535");
		return -EINVAL;
	}
	if (!take_number(&line, UINT32_MAX, &number)) {
		snprintf(err, size, "behind the port comes a number from 0 to 4294967295");
		return -EINVAL;
	}
	if (*line) {
		snprintf(err, size, "a line has a port and one number, and no more");
		return -EINVAL;
	}
	if (d->count == DRAWS_MAX) {
		snprintf(err, size, "more than %u numbers", DRAWS_MAX);
		return -EINVAL;
	}
	if (make_room(d))
		return -ENOMEM;
	d->draw[d->count++] = (struct cdg_draw){
		.key = { .port = (uint16_t)port, .round = d->rounds[port]++ },
		.random = (uint32_t)number,
	};
	return 0;
}

void draws_release(struct draws *d)
{
	free(d->draw);
	free(d->rounds);
	*d = (struct draws){};
}
