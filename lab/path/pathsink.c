// SPDX-License-Identifier: GPL-2.0
/*
 * pathsink ADDRESS: the far end of a path. Reads TCP connections and drops what they bring, sends
 * probes back, counts floods. Prints "ready" when it listens, runs until it is killed.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "first.h"
#include "wire.h"

#define CHUNK 262144

static struct {
	uint32_t number;
	uint64_t datagrams, first_ns, last_ns;
} flood;

static char chunk[CHUNK];

static int socket_bound(const char *address, int type, uint16_t port)
{
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || !inet_pton(AF_INET, address, &local.sin_addr))
		errx(2, "%s is no IPv4 address", address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&local, sizeof(local)))
		err(2, "bind %s:%u", address, port);
	if (type == SOCK_STREAM && listen(fd, 1024))
		err(2, "listen on %s:%u", address, port);
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		err(2, "epoll");
}

static void echo(int fd)
{
	struct sockaddr_in peer;
	socklen_t peer_len = sizeof(peer);
	ssize_t len;

	while ((len = recvfrom(fd, chunk, sizeof(chunk), 0, (void *)&peer, &peer_len)) >= 0)
		sendto(fd, chunk, len, 0, (void *)&peer, peer_len);
}

static void flood_count(int fd)
{
	struct flood_answer answer;
	struct sockaddr_in peer;
	socklen_t peer_len = sizeof(peer);
	struct flood head;
	ssize_t len;

	while ((len = recvfrom(fd, chunk, sizeof(chunk), 0, (void *)&peer, &peer_len)) >= 0) {
		if (len < (ssize_t)sizeof(head))
			continue;
		memcpy(&head, chunk, sizeof(head));
		if (head.kind == FLOOD_ASK) {
			answer.datagrams = flood.datagrams;
			answer.span_ns = flood.last_ns - flood.first_ns;
			sendto(fd, &answer, sizeof(answer), 0, (void *)&peer, peer_len);
		} else if (head.kind != flood.number) {
			flood.number = head.kind;
			flood.datagrams = 0;
			flood.first_ns = flood.last_ns = clock_ns();
		} else {
			flood.datagrams++;
			flood.last_ns = clock_ns();
		}
	}
}

static void connection_drain(int fd)
{
	ssize_t len = read(fd, chunk, sizeof(chunk));

	if (len == 0 || (len < 0 && errno != EAGAIN))
		close(fd);
}

int main(int argc, char **argv)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), listener, echoes, floods, count;
	struct epoll_event events[64];

	if (argc != 2)
		errx(1, "usage: pathsink ADDRESS");
	go_first();
	listener = socket_bound(argv[1], SOCK_STREAM, PORT_FLOWS);
	echoes = socket_bound(argv[1], SOCK_DGRAM, PORT_ECHO);
	floods = socket_bound(argv[1], SOCK_DGRAM, PORT_FLOOD);
	watch(epoll, listener);
	watch(epoll, echoes);
	watch(epoll, floods);
	puts("ready");
	fflush(stdout);
	for (;;) {
		count = epoll_wait(epoll, events, 64, -1);
		for (int i = 0; i < count; i++) {
			int fd = events[i].data.fd;

			if (fd == echoes)
				echo(fd);
			else if (fd == floods)
				flood_count(fd);
			else if (fd != listener)
				connection_drain(fd);
			else if ((fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
				watch(epoll, fd);
		}
	}
}
