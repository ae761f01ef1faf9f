// SPDX-License-Identifier: GPL-2.0
/*
 * Short connections as fast as they go, for tests and benchmarks:
 *
 *   burst serve ADDRESS PORT            accepts and closes for ever; says "ready"
 *   burst connect ADDRESS PORT COUNT    connects and resets COUNT times, one after the other; says
 *                                       the seconds that took
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static socklen_t parse(const char *address, const char *port, struct sockaddr_storage *out)
{
	struct sockaddr_in *four = (void *)out;
	struct sockaddr_in6 *six = (void *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(atoi(port));
		return sizeof(*four);
	}
	if (inet_pton(AF_INET6, address, &six->sin6_addr) != 1)
		errx(1, "no address: %s", address);
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(atoi(port));
	return sizeof(*six);
}

static void serve(const struct sockaddr_storage *at, socklen_t len)
{
	int listener = socket(at->ss_family, SOCK_STREAM, 0), one = 1;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (const void *)at, len) || listen(listener, 4096))
		err(1, "listen");
	puts("ready");
	fflush(stdout);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			close(fd);
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void dial(const struct sockaddr_storage *to, socklen_t len, long count)
{
	struct linger reset = { .l_onoff = 1 };
	double start = now();

	while (count--) {
		int fd = socket(to->ss_family, SOCK_STREAM, 0);

		if (connect(fd, (const void *)to, len))
			err(1, "connect");
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	printf("%.6f\n", now() - start);
}

int main(int argc, char **argv)
{
	struct sockaddr_storage at;
	socklen_t len;

	if (argc < 4)
		errx(1, "usage: burst serve ADDRESS PORT | burst connect ADDRESS PORT COUNT");
	len = parse(argv[2], argv[3], &at);
	if (!strcmp(argv[1], "serve"))
		serve(&at, len);
	dial(&at, len, argc > 4 ? atol(argv[4]) : 1);
	return 0;
}
