// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "user/kern/cost.h"
#include "user/kern/ops.h"
#include "user/util/clock.h"
#include "user/util/log.h"
#include "user/util/own.h"

struct programs {
	int fds[COST_PROGRAMS_MAX];
	uint32_t ids[COST_PROGRAMS_MAX];
	int count;
};

static void release(struct programs *p)
{
	while (p->count)
		close(p->fds[--p->count]);
}

/* Both names run the same programs. Takes fd, and closes what is there already. */
static void add(struct programs *p, int fd)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);
	bool known = fd < 0 || p->count == COST_PROGRAMS_MAX ||
		     bpf_obj_get_info_by_fd(fd, &info, &len);

	for (int i = 0; i < p->count; i++)
		known |= p->ids[i] == info.id;
	if (known) {
		closep(&fd);
		return;
	}
	p->ids[p->count] = info.id;
	p->fds[p->count++] = fd;
}

static void find(const struct pins *pins, struct programs *p)
{
	for (int i = 0; i < 2; i++) {
		_cleanup_(closep) int map = pins_get(pins->dir, PIN_OPS, i);
		struct ops_value value;

		if (map < 0 || ops_read(map, &value))
			continue;
		for (int j = 0; j < value.prog_count; j++)
			add(p, bpf_prog_get_fd_by_id(value.progs[j]));
	}
	add(p, pins_get(pins->dir, PIN_SYN_PROG, 0));
}

static void read_counts(const struct programs *p, struct cost *out)
{
	for (int i = 0; i < p->count; i++) {
		struct cost_program *program = &out->programs[i];
		struct bpf_prog_info info = {};
		uint32_t len = sizeof(info);

		if (bpf_obj_get_info_by_fd(p->fds[i], &info, &len))
			continue;
		memcpy(program->name, info.name, sizeof(program->name));
		program->runs = info.run_cnt - program->runs;
		program->ns = info.run_time_ns - program->ns;
	}
}

int cost_measure(const struct pins *pins, uint64_t interval_ns, struct cost *out)
{
	_cleanup_(closep) int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	const struct timespec interval = { .tv_sec = (time_t)(interval_ns / 1000000000),
					   .tv_nsec = (long)(interval_ns % 1000000000) };
	_cleanup_(release) struct programs programs = {};
	uint64_t begin;

	if (stats < 0)
		return log_err(-errno, "cannot have the kernel count what programs cost%s",
			       errno == EPERM ? ": run as root, or with CAP_SYS_ADMIN" : "");
	find(pins, &programs);
	memset(out, 0, sizeof(*out));
	begin = monotonic_ns();
	read_counts(&programs, out);
	nanosleep(&interval, NULL);
	read_counts(&programs, out);
	out->took_ns = monotonic_ns() - begin;
	out->count = programs.count;
	return 0;
}
