/* SPDX-License-Identifier: GPL-2.0 */
#include "user/source/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/uio.h>

#include "include/cdg_abi.h"
#include "user/util/log.h"

#define HEAD_MAX 4096	  /* of a later version */
#define BUFFER (256 * 1024) /* some records; the largest has 64 KB */

struct file_reader {
	int fd;
	const char *path;
	struct source_origin origin;
	uint64_t offset; /* of data[at] in the file */
	size_t head_len;
	uint64_t records;
	size_t at;  /* next byte in data, multiple of 8 */
	size_t end;
	bool eof;
	_Alignas(8) uint8_t data[BUFFER];
};

static size_t pad8(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

/* Makes `want` bytes available at data + at, fewer only at the end of the file. 0 or -errno. */
static int fill(struct file_reader *r, size_t want)
{
	if (r->end - r->at >= want || r->eof)
		return 0;
	memmove(r->data, r->data + r->at, r->end - r->at);
	r->end -= r->at;
	r->at = 0;
	while (r->end < want && !r->eof) {
		ssize_t n = read(r->fd, r->data + r->end, sizeof(r->data) - r->end);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return log_err(-errno, "cannot read %s", r->path);
		r->end += (size_t)n;
		r->eof = n == 0;
	}
	return 0;
}

static void skip(struct file_reader *r, size_t len)
{
	r->at += len;
	r->offset += len;
}

static int check_head(const struct file_reader *r, const struct file_head *head, size_t have)
{
	if (have < sizeof(*head) || memcmp(head->magic, FILE_MAGIC, sizeof(head->magic)))
		return log_err(-EBADMSG, "%s is not a file of CDG records", r->path);
	if (head->order == __builtin_bswap32(FILE_ORDER))
		return log_err(-EBADMSG, "%s was written by a machine of the other byte order",
			       r->path);
	if (head->order != FILE_ORDER || head->version != FILE_VERSION)
		return log_err(-EBADMSG, "%s has format %u, this cdgctl reads format %u", r->path,
			       head->version, FILE_VERSION);
	if (head->abi_version != CDG_ABI_VERSION)
		return log_err(-EBADMSG,
			       "%s holds records of layout %" PRIu32
			       ", this cdgctl knows layout %u",
			       r->path, head->abi_version, CDG_ABI_VERSION);
	if (head->head_len < sizeof(*head) || head->head_len % 8 || head->head_len > HEAD_MAX)
		return log_err(-EBADMSG, "%s has a corrupt head", r->path);
	return 0;
}

/* Copies a text that need not be terminated; dst is as long or longer. */
#define COPY_TEXT(dst, src)                                                                     \
	do {                                                                                    \
		_Static_assert(sizeof(dst) >= sizeof(src), #src);                               \
		memcpy(dst, src, sizeof(src));                                                  \
		(dst)[sizeof(src) - 1] = 0;                                                     \
	} while (0)

static int read_head(struct file_reader *r)
{
	const struct file_head *head = (const struct file_head *)r->data;
	int err = fill(r, sizeof(*head));

	if (!err)
		err = check_head(r, head, r->end);
	if (!err)
		err = fill(r, head->head_len);
	if (err)
		return err;
	if (r->end < head->head_len)
		return log_err(-EBADMSG, "%s is cut off within its head", r->path);
	r->origin.realtime_offset_ns = head->realtime_offset_ns;
	r->origin.start_ns = head->start_ns;
	COPY_TEXT(r->origin.host, head->host);
	COPY_TEXT(r->origin.kernel, head->kernel);
	COPY_TEXT(r->origin.boot_id, head->boot_id);
	COPY_TEXT(r->origin.version, head->program);
	COPY_TEXT(r->origin.build_id, head->build_id);
	r->head_len = head->head_len;
	skip(r, r->head_len);
	return 0;
}

int file_reader_take(int fd, const char *path, const void *begun, size_t len,
		     struct file_reader **out)
{
	_cleanup_(file_reader_freep) struct file_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r) {
		close(fd);
		return -ENOMEM;
	}
	r->fd = fd;
	r->path = path;
	memcpy(r->data, begun, len);
	r->end = len;
	err = read_head(r);
	if (err)
		return err;
	*out = TAKE_PTR(r);
	return 0;
}

int file_open(const char **path)
{
	bool piped = !strcmp(*path, "-");
	int fd = piped ? dup(STDIN_FILENO) : open(*path, O_RDONLY | O_CLOEXEC);

	if (piped)
		*path = "standard input";
	return fd < 0 ? log_err(-errno, "cannot open %s", *path) : fd;
}

int file_reader_new(const char *path, struct file_reader **out)
{
	int fd = file_open(&path);

	return fd < 0 ? fd : file_reader_take(fd, path, "", 0, out);
}

void file_reader_free(struct file_reader *r)
{
	closep(&r->fd);
	free(r);
}

const struct source_origin *file_origin(const struct file_reader *r)
{
	return &r->origin;
}

int file_rewind(struct file_reader *r)
{
	off_t at = lseek(r->fd, (off_t)r->head_len, SEEK_SET);

	if (at < 0)
		return log_err(-errno, "cannot go back in %s", r->path);
	r->offset = r->head_len;
	r->at = r->end = 0;
	r->records = 0;
	r->eof = false;
	return 0;
}

static int cut_off(const struct file_reader *r)
{
	return log_err(-EBADMSG,
		       "%s is cut off in the middle of a record at byte %" PRIu64
		       "; the %" PRIu64 " records before it are whole",
		       r->path, r->offset, r->records);
}

/* Length of the record at data + at with its padding, 0 at the end of the file, or -errno. */
static int next_record(struct file_reader *r, size_t *len)
{
	struct cdg_rec_head head;
	int err = fill(r, sizeof(head));

	if (err)
		return err;
	if (r->end == r->at)
		return 0;
	if (r->end - r->at < sizeof(head))
		return cut_off(r);
	memcpy(&head, r->data + r->at, sizeof(head));
	if (head.len < sizeof(head))
		return log_err(-EBADMSG,
			       "%s is corrupt at byte %" PRIu64 "; the %" PRIu64
			       " records before it are whole",
			       r->path, r->offset, r->records);
	*len = head.len;
	err = fill(r, pad8(head.len));
	if (err)
		return err;
	return r->end - r->at < head.len ? cut_off(r) : 1;
}

int file_consume(struct file_reader *r, source_cb cb, void *ctx)
{
	for (;;) {
		size_t len = 0, padded;
		int err = next_record(r, &len);

		if (err <= 0)
			return err;
		err = cb(ctx, r->data + r->at, len);
		if (err)
			return err;
		r->records++;
		padded = pad8(len);
		skip(r, padded < r->end - r->at ? padded : r->end - r->at);
	}
}

static int write_all(int fd, const struct iovec *parts, int count)
{
	ssize_t n = writev(fd, parts, count), total = 0;

	for (int i = 0; i < count; i++)
		total += (ssize_t)parts[i].iov_len;
	if (n < 0)
		return -errno;
	return n == total ? 0 : -ENOSPC;
}

int file_write_head(int fd, const struct source_origin *origin)
{
	struct file_head head = {
		.order = FILE_ORDER,
		.version = FILE_VERSION,
		.head_len = sizeof(head),
		.abi_version = CDG_ABI_VERSION,
		.realtime_offset_ns = origin->realtime_offset_ns,
		.start_ns = origin->start_ns,
	};

	memcpy(head.magic, FILE_MAGIC, sizeof(head.magic));
	memcpy(head.host, origin->host, sizeof(head.host));
	memcpy(head.kernel, origin->kernel, sizeof(head.kernel));
	memcpy(head.boot_id, origin->boot_id, sizeof(head.boot_id));
	memcpy(head.program, origin->version, sizeof(head.program));
	memcpy(head.build_id, origin->build_id, sizeof(head.build_id));
	return write_all(fd, &(struct iovec){ &head, sizeof(head) }, 1);
}

int file_write_record(int fd, const void *record, size_t len)
{
	static const uint8_t zeros[8];
	struct iovec parts[] = { { (void *)record, len }, { (void *)zeros, pad8(len) - len } };

	return write_all(fd, parts, 2);
}
