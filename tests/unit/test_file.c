/* SPDX-License-Identifier: GPL-2.0 */
#include "case.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "include/cdg_abi.h"
#include "user/source/file.h"
#include "user/util/log.h"

#define RECORDS 40
#define FILE_MAX (64 * 1024)

struct file {
	uint8_t bytes[FILE_MAX];
	size_t len;
	size_t ends[RECORDS]; /* behind each record, without padding */
};

static struct source_origin origin = {
	.realtime_offset_ns = -5, .start_ns = 77, .kernel = "6.1", .boot_id = "b", .version = "v",
	.build_id = "0123",
};

static size_t len_of(int i)
{
	return sizeof(struct cdg_rec_head) + (size_t)(i * 13 % 400);
}

static void make_file(struct file *file)
{
	int fd = memfd_create("records", MFD_CLOEXEC);
	_Alignas(8) uint8_t record[512];

	memset(origin.host, 'h', sizeof(origin.host) - 1);
	assert_int_equal(file_write_head(fd, &origin), 0);
	for (int i = 0; i < RECORDS; i++) {
		struct cdg_rec_head head = {
			.type = 1, .len = (uint16_t)len_of(i), .flow = (uint64_t)i
		};

		memset(record, i, sizeof(record));
		memcpy(record, &head, sizeof(head));
		file->ends[i] = (size_t)lseek(fd, 0, SEEK_CUR) + len_of(i);
		assert_int_equal(file_write_record(fd, record, len_of(i)), 0);
	}
	file->len = (size_t)pread(fd, file->bytes, sizeof(file->bytes), 0);
	assert_true(file->len > 0 && file->len < sizeof(file->bytes));
	close(fd);
}

struct seen {
	int count;
	int stop_at;
};

static int on_record(void *ctx, const void *data, size_t len)
{
	const struct cdg_rec_head *head = data;
	struct seen *seen = ctx;

	assert_int_equal((uintptr_t)data % 8, 0);
	assert_int_equal(len, len_of(seen->count));
	assert_int_equal(head->flow, seen->count);
	for (size_t i = sizeof(*head); i < len; i++)
		assert_int_equal(((const uint8_t *)data)[i], seen->count);
	return ++seen->count == seen->stop_at ? 42 : 0;
}

/* Reads the first len bytes as a file. */
static int replay(const struct file *file, size_t len, struct seen *seen)
{
	_cleanup_(file_reader_freep) struct file_reader *reader = NULL;
	_cleanup_(closep) int fd = memfd_create("cut", MFD_CLOEXEC);
	char path[64];
	int r;

	assert_int_equal(write(fd, file->bytes, len), len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = file_reader_new(path, &reader);
	if (r)
		return r;
	assert_int_equal(file_origin(reader)->realtime_offset_ns, -5);
	assert_int_equal(file_origin(reader)->start_ns, 77);
	assert_string_equal(file_origin(reader)->host, origin.host);
	assert_string_equal(file_origin(reader)->build_id, "0123");
	return file_consume(reader, on_record, seen);
}

static void what_is_written_is_read(void **state)
{
	static struct file file;
	struct seen seen = {};

	(void)state;
	make_file(&file);
	assert_int_equal(replay(&file, file.len, &seen), 0);
	assert_int_equal(seen.count, RECORDS);
}

static void a_callback_can_end_it(void **state)
{
	static struct file file;
	struct seen seen = { .stop_at = 7 };

	(void)state;
	make_file(&file);
	assert_int_equal(replay(&file, file.len, &seen), 42);
	assert_int_equal(seen.count, 7);
}

/* Cut at every byte: all whole records come, then an error unless the cut lies between two. */
static void cut_anywhere_the_whole_records_remain(void **state)
{
	static struct file file;
	static struct log_errors errors;

	(void)state;
	make_file(&file);
	log_setup("test", LOG_ERRORS, &errors);
	for (size_t len = 0; len <= file.len; len++) {
		size_t before = sizeof(struct file_head);
		struct seen seen = {};
		int whole = 0, r;

		errors.used = 0;
		for (; whole < RECORDS && file.ends[whole] <= len; whole++)
			before = file.ends[whole];
		r = replay(&file, len, &seen);
		assert_int_equal(seen.count, whole);
		/* Nothing, or only padding, behind the last whole record. */
		assert_int_equal(r, len >= before && len <= (before + 7) / 8 * 8 ? 0 : -EBADMSG);
		assert_int_equal(errors.used > 0, r != 0);
	}
	log_setup("test", LOG_INFOS, NULL);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("what is written is read", what_is_written_is_read),
		CASE("a callback can end it", a_callback_can_end_it),
		CASE("cut anywhere, the whole records remain",
		     cut_anywhere_the_whole_records_remain),
	};

	return cmocka_run_group_tests_name("file", cases, NULL, NULL);
}
