/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes as a file of records: every record that is yielded lies whole within the file. */
#include <stdlib.h>
#include <string.h>

#include "include/cdg_abi.h"
#include "tests/fuzz/memfile.h"
#include "user/source/file.h"
#include "user/util/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_record(void *ctx, const void *data, size_t len)
{
	const struct cdg_rec_head *head = data;
	size_t *total = ctx;
	uint8_t *copy;

	if ((uintptr_t)data % 8 || len < sizeof(*head) || len != head->len)
		abort();
	copy = malloc(len);
	memcpy(copy, data, len); /* reads all of it */
	free(copy);
	*total += len;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct log_errors errors;
	struct file_reader *reader;
	char path[MEMFILE_PATH];
	size_t total = 0;
	int fd = memfile_new(data, size, path);

	errors.used = 0;
	log_setup("fuzz", LOG_ERRORS, &errors);
	if (!file_reader_new(path, &reader)) {
		int r = file_consume(reader, on_record, &total);

		if ((r && !errors.used) || total > size)
			abort();
		file_reader_free(reader);
	}
	close(fd);
	return 0;
}
