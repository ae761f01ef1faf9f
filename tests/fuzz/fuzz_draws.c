/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any bytes as a file of `load --draws`. Holds: a refusal is said; what is accepted has numbers,
 * and those of a port belong to its rounds from 0 on, each once.
 */
#include <stdlib.h>

#include "tests/fuzz/memfile.h"
#include "user/cmd/draws_file.h"
#include "user/util/log.h"
#include "user/util/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct draws *d)
{
	static uint32_t rounds[65536];

	if (!d->count || d->count > DRAWS_MAX)
		abort();
	for (size_t i = 0; i < d->count; i++)
		if (!d->draw[i].key.port ||
		    d->draw[i].key.round != rounds[d->draw[i].key.port]++)
			abort();
	for (size_t i = 0; i < d->count; i++)
		rounds[d->draw[i].key.port] = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct log_errors errors;
	_cleanup_(draws_release) struct draws draws = {};
	char path[MEMFILE_PATH];
	int fd = memfile_new(data, size, path);

	errors.used = 0;
	log_setup("fuzz", LOG_ERRORS, &errors);
	if (!draws_read(path, &draws))
		check(&draws);
	else if (!errors.used)
		abort();
	close(fd);
	return 0;
}
