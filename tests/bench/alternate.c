/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One flow whose congestion control is switched to and fro: what two of them cost, without the
 * differences between connections and between minutes.
 *
 *   alternate sink ADDRESS PORT                      takes connections one by one, throws away
 *   alternate send ADDRESS PORT MS PAIRS FIRST SECOND
 *
 * `send` prints a line per pair of slices of MS milliseconds each: bytes acknowledged per
 * microsecond under FIRST and under SECOND. Which of them begins changes from pair to pair. The
 * first tenth of a slice is not counted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (128 << 10)
#define WARM_UP_PAIRS 4

static char chunk[CHUNK];

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "alternate: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

static uint64_t bytes_acked(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		fail("TCP_INFO");
	return info.tcpi_bytes_acked;
}

static void send_until(int fd, int64_t end)
{
	while (now_us() < end)
		if (send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL) < 0)
			fail("send");
}

static void choose(int fd, const char *cc)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, strlen(cc)))
		fail(cc);
}

/* Bytes acknowledged per microsecond. */
static double slice(int fd, const char *cc, int64_t us)
{
	int64_t start, end;
	uint64_t before;

	choose(fd, cc);
	send_until(fd, now_us() + us / 10);
	before = bytes_acked(fd);
	start = now_us();
	send_until(fd, start + us);
	end = now_us();
	return (double)(bytes_acked(fd) - before) / (end - start);
}

static int run_send(const struct sockaddr_in *to, char **argv)
{
	int64_t us = atoll(argv[0]) * 1000;
	int pairs = atoi(argv[1]), fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		fail("socket");
	choose(fd, argv[2]); /* a connection that began with a host's bbr would stay paced */
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		fail("connect");
	for (int i = -WARM_UP_PAIRS; i < pairs; i++) {
		int first = i & 1;
		double rate[2];

		rate[first] = slice(fd, argv[2 + first], us);
		rate[!first] = slice(fd, argv[2 + !first], us);
		if (i >= 0)
			printf("%.3f %.3f\n", rate[0], rate[1]);
	}
	return 0;
}

static _Noreturn void run_sink(const struct sockaddr_in *at)
{
	int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(listener, (const struct sockaddr *)at, sizeof(*at)) || listen(listener, 8))
		fail("listen");
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			fail("accept");
		while (recv(fd, chunk, sizeof(chunk), 0) > 0)
			;
		close(fd);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (argc < 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) {
		fprintf(stderr, "alternate: sink|send ADDRESS PORT [MS PAIRS FIRST SECOND]\n");
		return 1;
	}
	address.sin_port = htons(atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "sink"))
		run_sink(&address);
	if (argc == 8 && !strcmp(argv[1], "send"))
		return run_send(&address, argv + 4);
	fprintf(stderr, "alternate: wrong number of words\n");
	return 1;
}
