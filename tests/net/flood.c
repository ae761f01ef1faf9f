// SPDX-License-Identifier: GPL-2.0
/*
 * SYNs from addresses of 10.66.0.0/16 that never answer:
 *
 *	flood ADDRESS PORT PER-SECOND	says "flooding", and how many it sent when TERM
 *					ends it; PER-SECOND 0: as fast as they go
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOURCES 0x0a420000u /* 10.66.0.0 */
#define NS_PER_S 1000000000ull

/* As Linux would send it: MSS, selective acknowledgements, time stamps, window scale. */
static const uint8_t options[] = { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7 };

struct packet {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t options[sizeof(options)];
} __attribute__((packed));

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

static uint32_t add(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	return sum;
}

static uint16_t checksum(const struct packet *p)
{
	const size_t len = sizeof(p->tcp) + sizeof(p->options);
	uint32_t sum = add(&p->ip.saddr, 8, IPPROTO_TCP + len);

	sum = add(&p->tcp, len, sum);
	sum = (sum >> 16) + (sum & 0xffff);
	return htons(~(sum + (sum >> 16)));
}

static void fill(struct packet *p, uint32_t number)
{
	p->ip.saddr = htonl(SOURCES | ((number * 2654435761u) >> 16));
	p->tcp.source = htons(1024 + number % 60000);
	p->tcp.seq = htonl(number * 40503u);
	p->tcp.check = 0;
	p->tcp.check = checksum(p);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static void keep_pace(uint64_t start, uint64_t sent, uint64_t per_second)
{
	uint64_t due = start + sent * NS_PER_S / per_second, at = now();
	struct timespec rest = { .tv_nsec = due - at };

	if (due > at && due - at < NS_PER_S)
		nanosleep(&rest, NULL);
}

int main(int argc, char **argv)
{
	struct packet packet = {
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP,
			.frag_off = htons(IP_DF) },
		.tcp = { .syn = 1, .doff = (sizeof(struct tcphdr) + sizeof(options)) / 4,
			 .window = htons(64240) },
	};
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint64_t sent = 0, per_second, start;
	int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		errx(1, "usage: flood ADDRESS PORT PER-SECOND");
	if (raw < 0)
		err(1, "raw socket");
	signal(SIGTERM, end);
	per_second = atoi(argv[3]);
	packet.ip.daddr = to.sin_addr.s_addr;
	packet.tcp.dest = htons(atoi(argv[2]));
	memcpy(packet.options, options, sizeof(options));
	puts("flooding");
	fflush(stdout);
	for (start = now(); !ended; sent++) {
		fill(&packet, sent);
		if (sendto(raw, &packet, sizeof(packet), 0, (void *)&to, sizeof(to)) < 0)
			sent--; /* the device's queue is full */
		if (per_second)
			keep_pace(start, sent, per_second);
	}
	printf("%llu\n", (unsigned long long)sent);
	return 0;
}
