// SPDX-License-Identifier: GPL-2.0
/*
 * stopwatch [--hold] PIPE SECONDS PROGRAM [ARGUMENTS]: runs a machine, prints when what happened.
 *
 * PIPE is a named pipe into which the machine's init writes lines. Each is printed with the time at
 * which it came, in seconds since the program was executed, by a clock that nobody sets; and at the
 * end "end" with the exit status, the processor time in seconds and the largest resident size in
 * kB. A machine that says nothing for SECONDS is killed, as it is when this process is terminated.
 * With --hold it is one that stays when its command has ended: silent and alive from "exit" on.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double started;
static volatile pid_t child;
static int hold, held;

static void on_term(int signal)
{
	(void)signal;
	if (child > 0)
		kill(child, SIGKILL);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
	return time.tv_sec + time.tv_usec / 1e6;
}

/* Prints the whole lines of what has come, all with the same time. False: nothing came. */
static int lines_pass(int fd)
{
	static char buf[4096];
	static size_t used;
	double time = now() - started;
	ssize_t len = read(fd, buf + used, sizeof(buf) - used);
	char *line = buf, *end;

	if (len <= 0)
		return 0;
	used += len;
	while ((end = memchr(line, '\n', buf + used - line))) {
		printf("%.6f %.*s\n", time, (int)(end - line), line);
		if (hold && end - line > 5 && !memcmp(line, "exit ", 5))
			held = 1;
		line = end + 1;
	}
	used -= line - buf;
	memmove(buf, line, used);
	if (used == sizeof(buf)) /* no init writes such a line */
		used = 0;
	fflush(stdout);
	return 1;
}

static pid_t program_start(char *argv[], int pipe_fd)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	signal(SIGTERM, SIG_DFL);
	close(pipe_fd);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	execvp(argv[0], argv);
	fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int main(int argc, char *argv[])
{
	int fd, pidfd, limit_ms, wstatus = 0;
	struct rusage usage = {};

	if (argc > 1 && !strcmp(argv[1], "--hold")) {
		hold = 1;
		argc--;
		argv++;
	}
	if (argc < 4 || (limit_ms = atoi(argv[2]) * 1000) <= 0) {
		fprintf(stderr, "usage: stopwatch [--hold] PIPE SECONDS PROGRAM [ARGUMENTS]\n");
		return 2;
	}
	/* For both directions: so it has no end when the machine leaves. */
	fd = open(argv[1], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "cannot open %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	signal(SIGTERM, on_term);
	started = now();
	child = program_start(argv + 3, fd);
	pidfd = child < 0 ? -1 : (int)syscall(SYS_pidfd_open, child, 0);
	if (pidfd < 0) {
		fprintf(stderr, "cannot start %s: %s\n", argv[3], strerror(errno));
		return 2;
	}
	printf("%.6f pid %d\n", 0.0, (int)child);
	fflush(stdout);
	for (;;) {
		struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
					{ .fd = pidfd, .events = POLLIN } };
		int r = poll(fds, 2, held ? -1 : limit_ms);

		if (!r) {
			printf("%.6f fault nothing after %s s\n", now() - started, argv[2]);
			kill(child, SIGKILL);
		}
		if (r > 0 && fds[0].revents)
			lines_pass(fd);
		if (r > 0 && fds[1].revents)
			break;
	}
	wait4(child, &wstatus, 0, &usage);
	double end = now() - started;

	while (lines_pass(fd))
		;
	printf("%.6f end %d %.6f %ld\n", end,
	       WIFSIGNALED(wstatus) ? 128 + WTERMSIG(wstatus) : WEXITSTATUS(wstatus),
	       seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
	return 0;
}
