/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes the seeds of the fuzz targets that read records, from the files of mkrecords:
 * mkseeds DATA CORPUS. They hold the records' layout of today, so they are renewed with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "include/cdg_abi.h"
#include "user/source/file.h"
#include "user/util/own.h"

#define HEAD sizeof(struct file_head)

/* The beginning of a file: a number of whole records, and some bytes of the next one. */
static const struct part {
	const char *from, *seed;
	unsigned int records, more;
} parts[] = {
	{ "story.cdg", "file/head", 0, 0 },	{ "story.cdg", "file/whole", 3, 0 },
	{ "story.cdg", "file/cut", 3, 20 },	{ "hostile.cdg", "file/longer", 4, 0 },
	{ "story.cdg", "whatif/story", -1u, 0 }, { "whatif.cdg", "whatif/rounds", 40, 0 },
	{ "joined.cdg", "whatif/joined", -1u, 0 },
};

/* One record each. every: all of them, not only the first of its kind. */
static const struct single {
	const char *from, *seed;
	bool every;
} singles[] = {
	{ "story.cdg", "record/story", false },
	{ "joined.cdg", "record/joined", false },
	{ "hostile.cdg", "record/hostile", true },
};

struct input {
	uint8_t *data;
	size_t len;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static FILE *open_in(const char *dir, const char *name, const char *mode)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, mode);
	if (!f)
		die(path);
	return f;
}

static struct input read_input(const char *dir, const char *name)
{
	_cleanup_(fclosep) FILE *f = open_in(dir, name, "re");
	struct input in = {};
	struct stat st;

	if (fstat(fileno(f), &st))
		die(name);
	in.len = (size_t)st.st_size;
	in.data = malloc(in.len);
	if (!in.data || fread(in.data, 1, in.len, f) != in.len)
		die(name);
	return in;
}

static void write_seed(const char *dir, const char *name, const void *data, size_t len)
{
	_cleanup_(fclosep) FILE *f = open_in(dir, name, "we");

	if (fwrite(data, 1, len, f) != len || fflush(f))
		die(name);
}

static size_t behind(const struct input *in, size_t at)
{
	const struct cdg_rec_head *head = (const void *)(in->data + at);

	return at + (head->len + 7u) / 8 * 8;
}

static void write_part(const char *data, const char *corpus, const struct part *p)
{
	struct input in = read_input(data, p->from);
	size_t end = HEAD;

	for (unsigned int i = 0; i < p->records && end < in.len; i++)
		end = behind(&in, end);
	end += p->more;
	write_seed(corpus, p->seed, in.data, end < in.len ? end : in.len);
	free(in.data);
}

static void write_singles(const char *data, const char *corpus, const struct single *s)
{
	struct input in = read_input(data, s->from);
	uint64_t had = 0;
	unsigned int number = 0;

	for (size_t at = HEAD; at < in.len; at = behind(&in, at)) {
		const struct cdg_rec_head *head = (const void *)(in.data + at);
		char name[64];

		number++;
		if (!s->every && (had >> head->type & 1))
			continue;
		had |= 1ull << head->type;
		snprintf(name, sizeof(name), "%s-%u", s->seed, s->every ? number : head->type);
		write_seed(corpus, name, in.data + at, head->len);
	}
	free(in.data);
}

int main(int argc, char **argv)
{
	static const char *const folders[] = { "", "file", "whatif", "record" };

	if (argc != 3) {
		fprintf(stderr, "usage: mkseeds DATA CORPUS\n");
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", argv[2], folders[i]);
		if (mkdir(path, 0755) && errno != EEXIST)
			die(path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		write_part(argv[1], argv[2], &parts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(singles); i++)
		write_singles(argv[1], argv[2], &singles[i]);
	return 0;
}
