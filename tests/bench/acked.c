/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ACKs cost their sender, per congestion control, by the clock of the machine:
 *
 *   acked sink ADDRESS PORT
 *   acked send ADDRESS PORT BYTES TURNS ACK_TIME.BPF.O CC...
 *
 * `send` sends BYTES to the sink TURNS times by each CC in turn and prints lines "CC ACKS NS":
 * calls of tcp_ack() for the connection and the time spent there, by ack_time.bpf.c. Buffers hold
 * the whole transfer and the sink reads when all is there, so nothing is woken up on the way.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER (64 << 20)

struct spent {
	uint64_t calls, ns;
};

static char chunk[32 << 10];

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "acked: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* The map in which the time is added up. */
static int start_counting(const char *path)
{
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_program *program;

	if (!object || bpf_object__load(object))
		fail(path);
	bpf_object__for_each_program(program, object)
		if (!bpf_program__attach(program))
			fail(bpf_program__name(program));
	return bpf_object__find_map_fd_by_name(object, "spent");
}

static struct spent spent_by(int map, const char *cc)
{
	struct spent spent = {};
	char name[16] = {};

	strncpy(name, cc, sizeof(name) - 1);
	bpf_map_lookup_elem(map, name, &spent); /* nothing yet: zeros */
	return spent;
}

static void enlarge(int fd, int option)
{
	int size = BUFFER;

	if (setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size)))
		fail("buffer");
}

static void transfer(const struct sockaddr_in *to, const char *cc, uint64_t bytes)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ssize_t n;

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, strlen(cc)))
		fail(cc);
	enlarge(fd, SO_SNDBUFFORCE);
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		fail("connect");
	for (; bytes; bytes -= n) {
		n = send(fd, chunk, bytes < sizeof(chunk) ? bytes : sizeof(chunk), MSG_NOSIGNAL);
		if (n < 0)
			fail("send");
	}
	shutdown(fd, SHUT_WR);
	if (recv(fd, chunk, 1, 0)) /* the sink hangs up when it has read all */
		fail("recv");
	close(fd);
}

static void run_send(const struct sockaddr_in *to, char **argv)
{
	uint64_t bytes = strtoull(argv[0], NULL, 10);
	int map = start_counting(argv[2]);

	for (int i = 0; i < atoi(argv[1]); i++) {
		for (char **cc = argv + 3; *cc; cc++) {
			struct spent before = spent_by(map, *cc), after;

			transfer(to, *cc, bytes);
			after = spent_by(map, *cc);
			printf("%s %" PRIu64 " %" PRIu64 "\n", *cc, after.calls - before.calls,
			       after.ns - before.ns);
		}
	}
}

static _Noreturn void run_sink(const struct sockaddr_in *at)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0)
		fail("socket");
	enlarge(listener, SO_RCVBUFFORCE);
	if (bind(listener, (const struct sockaddr *)at, sizeof(*at)) || listen(listener, 8))
		fail("listen");
	for (;;) {
		struct pollfd end = { .fd = accept(listener, NULL, NULL), .events = POLLRDHUP };

		if (end.fd < 0 || poll(&end, 1, -1) < 0)
			fail("accept");
		while (recv(end.fd, chunk, sizeof(chunk), 0) > 0)
			;
		close(end.fd);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (argc < 4 || inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) {
		fprintf(stderr, "usage: acked sink|send ADDRESS PORT [BYTES TURNS OBJECT CC...]\n");
		return 1;
	}
	address.sin_port = htons(atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "sink"))
		run_sink(&address);
	if (argc < 8 || strcmp(argv[1], "send")) {
		fprintf(stderr, "acked: wrong number of words\n");
		return 1;
	}
	run_send(&address, argv + 4);
	return 0;
}
