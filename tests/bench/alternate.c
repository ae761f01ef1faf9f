/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One flow whose congestion control is switched to and fro: what two of them cost, without the
 * differences between connections and between minutes.
 *
 *   alternate sink ADDRESS PORT                      takes connections one by one, throws away
 *   alternate send ADDRESS PORT MS PAIRS FIRST SECOND [fresh]
 *
 * `send` prints a line per pair of slices of MS milliseconds each, under FIRST and under SECOND:
 * bytes acknowledged, microseconds, and microseconds that the machine's processors were not idle,
 * in steps of 10,000. Which of them begins changes from pair to pair. The first tenth of a slice is
 * not counted. With `fresh` each slice has a connection of its own, for a congestion control that
 * leaves its traces in the socket, and its first half is not counted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdbool.h>
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

/* Of all processors together: idle, or waiting for disks. */
static int64_t idle_us(void)
{
	unsigned long long idle, wait;
	FILE *f = fopen("/proc/stat", "r");

	if (!f || fscanf(f, "cpu %*u %*u %*u %llu %llu", &idle, &wait) != 2)
		fail("/proc/stat");
	fclose(f);
	return (int64_t)(idle + wait) * 1000000 / sysconf(_SC_CLK_TCK);
}

struct slice {
	uint64_t bytes;
	int64_t us, busy_us;
};

static int open_flow(const struct sockaddr_in *to, const char *cc)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		fail("socket");
	choose(fd, cc); /* a connection that began with a host's bbr would stay paced */
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		fail("connect");
	return fd;
}

static struct slice measure(int fd, int64_t skip_us, int64_t us)
{
	int64_t start, idle;
	struct slice slice;
	uint64_t before;

	send_until(fd, now_us() + skip_us);
	before = bytes_acked(fd);
	idle = idle_us();
	start = now_us();
	send_until(fd, start + us);
	slice.us = now_us() - start;
	slice.busy_us = slice.us * sysconf(_SC_NPROCESSORS_ONLN) - (idle_us() - idle);
	slice.bytes = bytes_acked(fd) - before;
	return slice;
}

/* fd: of the one connection, or -1 for a fresh one. */
static struct slice run_slice(const struct sockaddr_in *to, int fd, const char *cc, int64_t us)
{
	int own = fd < 0 ? open_flow(to, cc) : -1;
	struct slice slice;

	if (own < 0) {
		choose(fd, cc);
		return measure(fd, us / 10, us);
	}
	slice = measure(own, us, us);
	close(own);
	return slice;
}

static int run_send(const struct sockaddr_in *to, char **argv, bool fresh)
{
	int pairs = atoi(argv[1]), fd = fresh ? -1 : open_flow(to, argv[2]);
	int64_t us = atoll(argv[0]) * 1000;

	for (int i = -WARM_UP_PAIRS; i < pairs; i++) {
		int first = i & 1;
		struct slice s[2];

		s[first] = run_slice(to, fd, argv[2 + first], us);
		s[!first] = run_slice(to, fd, argv[2 + !first], us);
		for (int side = 0; side < 2 && i >= 0; side++)
			printf("%llu %lld %lld%c", (unsigned long long)s[side].bytes,
			       (long long)s[side].us, (long long)s[side].busy_us,
			       side ? '\n' : ' ');
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
		fprintf(stderr, "alternate: sink|send ADDRESS PORT "
				"[MS PAIRS FIRST SECOND [fresh]]\n");
		return 1;
	}
	address.sin_port = htons(atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "sink"))
		run_sink(&address);
	if ((argc == 8 || (argc == 9 && !strcmp(argv[8], "fresh"))) && !strcmp(argv[1], "send"))
		return run_send(&address, argv + 4, argc == 9);
	fprintf(stderr, "alternate: wrong number of words\n");
	return 1;
}
