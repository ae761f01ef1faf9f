/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers that coins are to take in the place of random ones: lines "PORT NUMBER", the numbers of
 * a port in the order of its flow's rounds. Blank lines and lines that begin with '#' are left out.
 */
#ifndef MODEL_DRAWS_H
#define MODEL_DRAWS_H

#include <stddef.h>
#include <stdint.h>

#include "include/cdg_abi.h"

#define DRAWS_MAX (1u << 20) /* numbers of all ports together */

/* All-zero is valid: no numbers. */
struct draws {
	struct cdg_draw *draw;
	size_t count, room;
	uint32_t *rounds; /* so far, by port */
};

/*
 * Adds what a line, with a NUL behind it, says. 0, -ENOMEM, or -EINVAL with what is wrong in err, a
 * sentence without full stop.
 */
int draws_add(struct draws *d, const char *line, char *err, size_t size);

void draws_release(struct draws *d);

#endif
