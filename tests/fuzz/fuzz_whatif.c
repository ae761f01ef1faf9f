/* SPDX-License-Identifier: GPL-2.0 */
/* A recording, or lines of JSON, through the what-if and the table of flows. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "include/cdg_abi.h"
#include "user/model/flowtab.h"
#include "user/model/whatif.h"
#include "user/source/file.h"
#include "user/source/lines.h"
#include "user/util/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_line(void *ctx, const char *line, size_t len, unsigned long number)
{
	struct whatif_input in;
	struct whatif_row row;
	char err[64], text[128];

	(void)number;
	if (whatif_parse(line, len, &in, err, sizeof(err)))
		return 0;
	if (whatif_round(ctx, &in, &row) || row.round.verdict > CDG_VERDICT_RECOVERING)
		abort();
	fields_whatif.sentence(&row, text, sizeof(text));
	return 0;
}

static int on_record(void *ctx, const void *data, size_t len)
{
	const struct cdg_rec_head *head = data;

	if (flowtab_record(ctx, data, len))
		abort();
	if (head->seq % 4 == 0)
		flowtab_tick(ctx, head->ts_ns, head->flow);
	return 0;
}

static void run_file(const uint8_t *data, size_t size)
{
	const struct field *by[2] = {};
	struct flowtab_group *groups;
	struct file_reader *reader;
	struct flowtab *tab;
	size_t count;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		abort();
	if (file_reader_take(fd, "fuzz", "", 0, &reader))
		return;
	if (flowtab_new(size % 2, &tab))
		abort();
	file_consume(reader, on_record, tab);
	flowtab_tick(tab, UINT64_MAX, 0);
	by[0] = fields_find(flowtab_table(tab), "daddr", 5);
	if (flowtab_groups(tab, by, &groups, &count))
		abort();
	flowtab_groups_free(groups, count);
	flowtab_free(tab);
	file_reader_free(reader);
}

static void run_lines(const uint8_t *data, size_t size)
{
	struct whatif *whatif;
	char err[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || whatif_new(0, NULL, 1, &whatif, err, sizeof(err)))
		abort();
	lines_each(fd, "fuzz", data, size, on_line, whatif);
	whatif_free(whatif);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct log_errors errors;

	errors.used = 0;
	log_setup("fuzz", LOG_ERRORS, &errors);
	run_file(data, size);
	run_lines(data, size);
	return 0;
}
