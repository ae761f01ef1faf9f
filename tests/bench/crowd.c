/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many flows at once, each as fast as it gets, from one process to another:
 *
 *   crowd sink ADDRESS PORT                       takes connections, throws away
 *   crowd send ADDRESS PORT COUNT MS CC [SIZE [RATE]]
 *
 * `send` opens COUNT connections with the congestion control CC, sends on all of them for MS
 * milliseconds and prints the bytes that were acknowledged. SIZE: bytes per write, 131072 if not
 * given; with less than 1000 each write is a segment of its own, on one connection after the other,
 * so that nearly every ACK ends a round. RATE: writes per second, over all connections.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (128 << 10)
#define SMALL 1000
#define READY 256

static char chunk[CHUNK];

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

static void open_files(rlim_t count)
{
	struct rlimit limit = { .rlim_cur = count + 64, .rlim_max = count + 64 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		fail("setrlimit");
}

static void watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		fail("epoll_ctl");
}

static void set(int fd, int option, int value)
{
	if (setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)))
		fail("setsockopt");
}

static int open_flow(const struct sockaddr_in *to, const char *cc, size_t size)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, strlen(cc)))
		fail(cc);
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		fail("connect");
	if (size < SMALL)
		set(fd, TCP_NODELAY, 1);
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		fail("fcntl");
	return fd;
}

static uint64_t bytes_acked(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		fail("TCP_INFO");
	return info.tcpi_bytes_acked;
}

static void write_some(int fd, size_t size)
{
	if (send(fd, chunk, size, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
		fail("send");
}

/* As much as the sockets take. */
static void flood(int epoll, size_t size, int64_t end)
{
	struct epoll_event ready[READY];

	while (now_us() < end) {
		int n = epoll_wait(epoll, ready, READY, 10);

		for (int i = 0; i < n; i++)
			write_some(ready[i].data.fd, size);
	}
}

/* One connection after the other; with a rate, as many writes as are due by now. */
static void in_turn(const int *fds, int count, size_t size, int64_t rate, int64_t end)
{
	int64_t start = now_us(), done = 0, now;

	while ((now = now_us()) < end) {
		int64_t due = rate ? (now - start) * rate / 1000000 : done + count;

		for (; done < due; done++)
			write_some(fds[done % count], size);
	}
}

static int run_send(const struct sockaddr_in *to, int argc, char **argv)
{
	int count = atoi(argv[0]), epoll = epoll_create1(0);
	size_t size = argc > 3 ? strtoul(argv[3], NULL, 10) : CHUNK;
	int64_t rate = argc > 4 ? atoll(argv[4]) : 0, end;
	uint64_t bytes = 0;
	int *fds;

	if (count < 1 || !size || size > CHUNK || epoll < 0)
		fail("which count, which size?");
	fds = calloc(count, sizeof(*fds));
	if (!fds)
		fail("calloc");
	open_files(count);
	for (int i = 0; i < count; i++) {
		fds[i] = open_flow(to, argv[2], size);
		watch(epoll, fds[i], EPOLLOUT);
	}
	end = now_us() + atoll(argv[1]) * 1000;
	if (size < SMALL)
		in_turn(fds, count, size, rate, end);
	else
		flood(epoll, size, end);
	for (int i = 0; i < count; i++)
		bytes += bytes_acked(fds[i]);
	printf("%llu\n", (unsigned long long)bytes);
	free(fds);
	return 0;
}

static void take(int epoll, int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		fail("accept");
	set(fd, TCP_QUICKACK, 1);
	watch(epoll, fd, EPOLLIN);
}

static _Noreturn void run_sink(const struct sockaddr_in *at)
{
	int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
	struct epoll_event ready[READY];

	open_files(4096);
	if (listener < 0 || epoll < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(listener, (const struct sockaddr *)at, sizeof(*at)) || listen(listener, 4096))
		fail("listen");
	watch(epoll, listener, EPOLLIN);
	for (;;) {
		int n = epoll_wait(epoll, ready, READY, -1);

		for (int i = 0; i < n; i++) {
			if (ready[i].data.fd == listener)
				take(epoll, listener);
			else if (recv(ready[i].data.fd, chunk, CHUNK, 0) <= 0)
				close(ready[i].data.fd);
		}
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (argc < 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) {
		fprintf(stderr, "crowd: sink|send ADDRESS PORT [COUNT MS CC [SIZE [RATE]]]\n");
		return 1;
	}
	address.sin_port = htons(atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "sink"))
		run_sink(&address);
	if (argc >= 7 && !strcmp(argv[1], "send"))
		return run_send(&address, argc - 4, argv + 4);
	fprintf(stderr, "crowd: wrong number of words\n");
	return 1;
}
