/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Holds many connections open over loopback and sends a byte on each now and then:
 *
 *   hold COUNT CC READY-FILE [ROUND-MS]
 *
 * Runs until it is killed. Both ends live in this process; the accepted ones send, with the
 * congestion control CC. ROUND-MS: every connection sends once in this time, 1000 if not given.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PER_ADDRESS 4000 /* connections to one address of 127/8, so that ports suffice */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int listener(const char *cc, struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(INADDR_ANY);
	addr->sin_port = 0;
	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, strlen(cc)))
		die(cc); /* accepted sockets inherit it */
	if (bind(fd, (void *)addr, sizeof(*addr)) || listen(fd, 4096) ||
	    getsockname(fd, (void *)addr, &len))
		die("listen");
	return fd;
}

static void open_files(unsigned long count)
{
	struct rlimit limit = { .rlim_cur = 2 * count + 64, .rlim_max = 2 * count + 64 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

static void connect_one(int listening, struct sockaddr_in addr, unsigned long i, int *sender,
			int *receiver)
{
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i / PER_ADDRESS);
	*receiver = socket(AF_INET, SOCK_STREAM, 0);
	if (*receiver < 0 || connect(*receiver, (void *)&addr, sizeof(addr)))
		die("connect");
	*sender = accept(listening, NULL, NULL);
	if (*sender < 0)
		die("accept");
}

static void ready(const char *path, unsigned long count)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die(path);
	fprintf(f, "%lu\n", count);
	fclose(f);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long round_ms = argc > 4 ? strtoul(argv[4], NULL, 10) : 1000;
	struct sockaddr_in addr = {};
	int listening, *fds = calloc(count + 1, 2 * sizeof(int));
	char byte = 0;

	if (!count || !round_ms || !fds) {
		fprintf(stderr, "usage: hold COUNT CC READY-FILE [ROUND-MS]\n");
		return 1;
	}
	open_files(count);
	listening = listener(argv[2], &addr);
	for (unsigned long i = 0; i < count; i++)
		connect_one(listening, addr, i, &fds[2 * i], &fds[2 * i + 1]);
	ready(argv[3], count);
	/* A hundredth of them at a time, so that the load is even. */
	for (unsigned long part = 0;; part = (part + 1) % 100) {
		nanosleep(&(struct timespec){ (time_t)(round_ms / 100000),
					      (long)(round_ms % 100000 * 10000) }, NULL);
		for (unsigned long i = part; i < count; i += 100)
			if (send(fds[2 * i], &byte, 1, MSG_DONTWAIT) != 1 ||
			    recv(fds[2 * i + 1], &byte, 1, 0) != 1)
				die("send");
	}
}
