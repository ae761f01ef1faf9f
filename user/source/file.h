/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of records: a head, then the records as they came out of the ring, each with its own
 * cdg_rec_head.len and padded with zeros to 8 bytes; nothing behind the last one. Numbers have the
 * byte order of the machine that wrote the file; a reader of the other order refuses it.
 *
 * A file whose writer was killed is good up to its last whole record.
 */
#ifndef SOURCE_FILE_H
#define SOURCE_FILE_H

#include "user/source/source.h"
#include "user/util/own.h"

#define FILE_MAGIC "CDG-REC\n"
#define FILE_ORDER 0x01020304u
#define FILE_VERSION 1u

struct file_head {
	uint8_t magic[8];
	uint32_t order;	   /* FILE_ORDER */
	uint16_t version;  /* FILE_VERSION: layout of head and framing */
	uint16_t head_len; /* records begin here; may grow, multiple of 8 */
	uint32_t abi_version;
	uint32_t reserved;
	int64_t realtime_offset_ns;
	uint64_t start_ns;
	uint8_t host[64]; /* texts: NUL-terminated or full */
	uint8_t kernel[64];
	uint8_t boot_id[40];
	uint8_t program[40]; /* version of the writer */
	uint8_t build_id[48];
};
_Static_assert(sizeof(struct file_head) == 296, "struct file_head moved");

struct file_reader;

/* path "-": stdin. Logs its error. 0, -EBADMSG (not such a file, or another version) or -errno. */
int file_reader_new(const char *path, struct file_reader **out);
void file_reader_free(struct file_reader *reader);
OWN_FREEP(struct file_reader, file_reader)

/* Opens a file, or stdin for "-", which *path is then named after. Logs; fd or -errno. */
int file_open(const char **path);

/*
 * The same from an open file of which `len` (at most FILE_BEGUN) bytes have been read already.
 * Takes fd over in every case.
 */
#define FILE_BEGUN 4096
int file_reader_take(int fd, const char *path, const void *begun, size_t len,
		     struct file_reader **out);

const struct source_origin *file_origin(const struct file_reader *reader);

/*
 * Yields every record. 0 at the end of the file; -EBADMSG, logged with position and count, when
 * the file is cut off or corrupt, after all good records have been yielded; else what cb returned.
 * The record at which cb did not return 0 is yielded again by the next call.
 */
int file_consume(struct file_reader *reader, source_cb cb, void *ctx);

/* Back to the first record. Logs; 0, or -ESPIPE (a pipe) or another -errno. */
int file_rewind(struct file_reader *reader);

/* Writes the head of a file. 0 or -errno. */
int file_write_head(int fd, const struct source_origin *origin);

/* Appends one record with its padding. record begins with cdg_rec_head, len is its length. */
int file_write_record(int fd, const void *record, size_t len);

#endif
