/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a command takes, its output thrown away:
 *
 *   timed COMMAND [ARGUMENTS]
 *
 * Prints wall seconds, processor seconds and the largest resident memory in KB.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void run(char **argv)
{
	int null = open("/dev/null", O_WRONLY);

	if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(127);
	execvp(argv[0], argv);
	fprintf(stderr, "timed: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int status = 0;
	double start;
	pid_t child;

	if (argc < 2) {
		fprintf(stderr, "usage: timed COMMAND [ARGUMENTS]\n");
		return 1;
	}
	start = now();
	child = fork();
	if (!child)
		run(argv + 1);
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status) {
		fprintf(stderr, "timed: %s failed\n", argv[1]);
		return 2;
	}
	printf("%.6f %.6f %ld\n", now() - start,
	       seconds(&usage.ru_utime) + seconds(&usage.ru_stime), usage.ru_maxrss);
	return 0;
}
