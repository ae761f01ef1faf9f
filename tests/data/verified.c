/* SPDX-License-Identifier: GPL-2.0 */
/*
 * verified OBJECT...: loads BPF objects, registers and attaches nothing, and prints a line per
 * program, separated by tabs: name, instructions that the verifier walked through, states, peak of
 * states, bytes of the translated and of the compiled program. Of alternatives (SEC("?...")) the
 * kernel may refuse some: these have their name and "refused".
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "user/util/own.h"

#define LOG_STATS 4 /* BPF_LOG_STATS: the last lines only */
#define LOG_LEN 65536
#define MAX_PROGRAMS 64

struct report {
	unsigned long insns, states, peak;
};

static int quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, args) : 0;
}

/* "processed N insns (limit ...) max_states_per_insn N total_states N peak_states N ..." */
static int parse(const char *log, struct report *r)
{
	const char *line = strstr(log, "processed ");

	if (!line || sscanf(line, "processed %lu insns", &r->insns) != 1)
		return -EBADMSG;
	line = strstr(line, "total_states ");
	if (!line ||
	    sscanf(line, "total_states %lu peak_states %lu", &r->states, &r->peak) != 2)
		return -EBADMSG;
	return 0;
}

static int print_program(const struct bpf_program *prog, const char *log)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);
	struct report r;

	if (parse(log, &r)) {
		fprintf(stderr, "verified: no figures of the verifier for %s: %s\n",
			bpf_program__name(prog), log);
		return -EBADMSG;
	}
	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len)) {
		fprintf(stderr, "verified: %s: %s\n", bpf_program__name(prog), strerror(errno));
		return -errno;
	}
	printf("%s\t%lu\t%lu\t%lu\t%u\t%u\n", bpf_program__name(prog), r.insns, r.states, r.peak,
	       info.xlated_prog_len, info.jited_prog_len);
	return 0;
}

static void object_closep(struct bpf_object **o)
{
	bpf_object__close(*o);
}

/* Opened, with room for what the verifier says of each program. */
static struct bpf_object *open_object(const char *path, char *logs)
{
	struct bpf_object *o = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;
	int n = 0;

	if (!o) {
		fprintf(stderr, "verified: cannot open %s: %s\n", path, strerror(errno));
		return NULL;
	}
	bpf_object__for_each_program(prog, o) {
		if (n == MAX_PROGRAMS) {
			fprintf(stderr, "verified: more than %d programs in %s\n", n, path);
			bpf_object__close(o);
			return NULL;
		}
		bpf_program__set_log_level(prog, LOG_STATS);
		bpf_program__set_log_buf(prog, logs + (size_t)n++ * LOG_LEN, LOG_LEN);
	}
	return o;
}

static int print_loaded(const struct bpf_object *o, const char *logs)
{
	struct bpf_program *prog;
	int n = 0, r = 0;

	bpf_object__for_each_program(prog, o) {
		if (!r && bpf_program__autoload(prog))
			r = print_program(prog, logs + (size_t)n * LOG_LEN);
		n++;
	}
	return r;
}

#define REFUSED 1
#define NO_MORE 2

/*
 * The programs that are always loaded (place -1), or the alternative at a place from 0 on. 0,
 * REFUSED if that is so of an alternative, NO_MORE if there is none at this place, -errno.
 */
static int measure_part(const char *path, int place)
{
	_cleanup_(freep) char *logs = calloc(MAX_PROGRAMS, LOG_LEN);
	_cleanup_(object_closep) struct bpf_object *o = logs ? open_object(path, logs) : NULL;
	struct bpf_program *prog, *chosen = NULL;
	int n = 0, r;

	if (!o)
		return -EINVAL;
	bpf_object__for_each_program(prog, o)
		if (!bpf_program__autoload(prog) && n++ == place)
			chosen = prog;
	if (place >= 0 && !chosen)
		return NO_MORE;
	if (chosen) {
		bpf_object__for_each_program(prog, o)
			bpf_program__set_autoload(prog, prog == chosen);
		libbpf_set_print(NULL);
	}
	r = bpf_object__load(o);
	libbpf_set_print(quiet);
	if (chosen && r == -EPERM) {
		printf("%s\trefused\n", bpf_program__name(chosen));
		return REFUSED;
	}
	if (r) {
		fprintf(stderr, "verified: the kernel refused %s: %s\n", path, strerror(-r));
		return r;
	}
	return print_loaded(o, logs);
}

static int measure(const char *path)
{
	int r = measure_part(path, -1), loaded = 0, refused = 0;

	for (int place = 0; r >= 0 && r != NO_MORE; place++) {
		r = measure_part(path, place);
		loaded += r == 0;
		refused += r == REFUSED;
	}
	if (r == NO_MORE && refused && !loaded) {
		fprintf(stderr, "verified: the kernel refused every alternative of %s\n", path);
		return -EPERM;
	}
	return r < 0 ? r : 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: verified OBJECT...\n");
		return 1;
	}
	libbpf_set_print(quiet);
	for (int i = 1; i < argc; i++)
		if (measure(argv[i]))
			return 2;
	return 0;
}
