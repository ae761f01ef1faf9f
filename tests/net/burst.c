// SPDX-License-Identifier: GPL-2.0
/*
 * Short connections as fast as they go, for tests and benchmarks:
 *
 *   burst serve ADDRESS PORT [BYTES]            accepts, reads BYTES unless the connection ends
 *                                               before, and closes, for ever; says "ready"
 *   burst connect ADDRESS PORT COUNT [BYTES]    connects and resets COUNT times, one after the
 *                                               other; before it resets it sends BYTES, which must
 *                                               be the server's, and waits for the server to close.
 *                                               Says the seconds that took
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

static char block[1 << 16];

static void read_from(int fd, long bytes)
{
	while (bytes > 0) {
		ssize_t got = recv(fd, block, sizeof(block), 0);

		if (got <= 0)
			return;
		bytes -= got;
	}
}

static void serve(const struct sockaddr_storage *at, socklen_t len, long bytes)
{
	int listener = socket(at->ss_family, SOCK_STREAM, 0), one = 1;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (const void *)at, len) || listen(listener, 4096))
		err(1, "listen");
	puts("ready");
	fflush(stdout);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		read_from(fd, bytes);
		close(fd);
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Returns when the server has read all of it and said so by closing. */
static void send_to(int fd, long bytes)
{
	while (bytes > 0) {
		size_t some = bytes < (long)sizeof(block) ? (size_t)bytes : sizeof(block);
		ssize_t sent = send(fd, block, some, MSG_NOSIGNAL);

		if (sent < 0)
			err(1, "send");
		bytes -= sent;
	}
	if (recv(fd, block, 1, 0))
		err(1, "the server has not taken all");
}

static void dial(const struct sockaddr_storage *to, socklen_t len, long count, long bytes)
{
	struct linger reset = { .l_onoff = 1 };
	double start = now();

	while (count--) {
		int fd = socket(to->ss_family, SOCK_STREAM, 0);

		if (connect(fd, (const void *)to, len))
			err(1, "connect");
		if (bytes)
			send_to(fd, bytes);
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
		errx(1, "usage: burst serve ADDRESS PORT [BYTES] | "
			"burst connect ADDRESS PORT COUNT [BYTES]");
	len = parse(argv[2], argv[3], &at);
	if (!strcmp(argv[1], "serve"))
		serve(&at, len, argc > 4 ? atol(argv[4]) : 0);
	dial(&at, len, argc > 4 ? atol(argv[4]) : 1, argc > 5 ? atol(argv[5]) : 0);
	return 0;
}
