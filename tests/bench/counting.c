/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel counts the time of BPF programs as long as this runs; the sysctl stays as it is.
 *
 *   counting READY-FILE
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd, ready;

	if (argc != 2) {
		fprintf(stderr, "usage: counting READY-FILE\n");
		return 1;
	}
	fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	ready = fd < 0 ? -1 : open(argv[1], O_WRONLY | O_CREAT, 0600);
	if (ready < 0) {
		fprintf(stderr, "counting: %s\n", strerror(errno));
		return 2;
	}
	close(ready);
	for (;;)
		pause();
}
