// SPDX-License-Identifier: GPL-2.0
/*
 * What makes two runs draw the same.
 *
 *   pathtwin draws DRAWS.BPF.O READY-FILE
 *       until SIGTERM: keeps the numbers that tcp_cdg draws, then prints them as `cdgctl load
 *       --draws` takes them, one for each round; comments tell how many, and of each entry into CWR
 *       "cwr PORT NANOSECONDS"
 *   pathtwin loss LOSS.BPF.O DEVICE PERCENT SEED PORT
 *       what comes in by DEVICE, which has a clsact qdisc, from local ports PORT, PORT + 1, ... is
 *       lost at random, for each flow by a sequence of its own that begins anew
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draws.h"

static const __u32 zero;

static struct bpf_object *load(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);

	if (!object)
		err(2, "%s", path);
	if (bpf_object__load(object))
		err(2, "the kernel refuses %s", path);
	return object;
}

static int map_of(const struct bpf_object *object, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);

	if (fd < 0)
		errx(2, "no map %s", name);
	return fd;
}

static void print_draws(const struct bpf_object *object)
{
	int map = map_of(object, "drawn");
	int cwrs = map_of(object, "cwrs");
	struct draw_counts counts;
	struct drawn drawn;
	struct cwr cwr;

	if (bpf_map_lookup_elem(map_of(object, "draw_counts"), &zero, &counts))
		err(2, "counts");
	if (counts.rounds > DRAWS_ROOM || counts.cwrs > DRAWS_ROOM)
		errx(2, "%u rounds, room for %u: shorten the run", counts.rounds, DRAWS_ROOM);
	printf("# %u rounds, %u of them with a coin\n", counts.rounds, counts.drawn);
	for (__u32 i = 0; i < counts.rounds; i++) {
		if (bpf_map_lookup_elem(map, &i, &drawn))
			err(2, "draws");
		printf("%u %u\n", drawn.port, drawn.number);
	}
	for (__u32 i = 0; i < counts.cwrs; i++) {
		if (bpf_map_lookup_elem(cwrs, &i, &cwr))
			err(2, "draws");
		printf("# cwr %u %llu\n", cwr.port, (unsigned long long)cwr.ns);
	}
}

static void run_draws(char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	sigset_t end;
	int ready;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	object = load(argv[0]);
	bpf_object__for_each_program(program, object)
		if (!bpf_program__attach(program))
			err(2, "%s", bpf_program__name(program));
	ready = open(argv[1], O_WRONLY | O_CREAT, 0600);
	if (ready < 0 || close(ready))
		err(2, "%s", argv[1]);
	while (sigwaitinfo(&end, NULL) < 0 && errno == EINTR)
		;
	print_draws(object);
}

static void run_loss(char **argv)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, how, .handle = 1, .priority = 1, .flags = BPF_TC_F_REPLACE);
	struct loss loss = {
		.threshold = atof(argv[2]) / 100 * 4294967296.0,
		.seed = strtoul(argv[3], NULL, 10),
		.first_port = strtoul(argv[4], NULL, 10),
	};
	struct bpf_object *object = load(argv[0]);
	int r;

	if (bpf_map_update_elem(map_of(object, "loss"), &zero, &loss, BPF_ANY))
		err(2, "loss");
	hook.ifindex = if_nametoindex(argv[1]);
	if (!hook.ifindex)
		err(2, "%s", argv[1]);
	how.prog_fd = bpf_program__fd(bpf_object__find_program_by_name(object, "drop"));
	r = bpf_tc_attach(&hook, &how);
	if (r)
		errx(2, "%s: %s", argv[1], strerror(-r));
}

/* libbpf's warnings tell what is missing; the rest is of no use here. */
static int talk(enum libbpf_print_level level, const char *fmt, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, args) : 0;
}

int main(int argc, char **argv)
{
	libbpf_set_print(talk);
	if (argc == 4 && !strcmp(argv[1], "draws"))
		run_draws(argv + 2);
	else if (argc == 7 && !strcmp(argv[1], "loss"))
		run_loss(argv + 2);
	else
		errx(1, "usage: pathtwin draws OBJECT READY-FILE | "
			"loss OBJECT DEVICE PERCENT SEED PORT");
	return 0;
}
