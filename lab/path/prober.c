// SPDX-License-Identifier: GPL-2.0
#include "prober.h"

#include <arpa/inet.h>
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "wire.h"

void prober_open(struct prober *prober, const struct sockaddr_in *to, size_t room)
{
	struct sockaddr_in peer = *to;

	peer.sin_port = htons(PORT_ECHO);
	prober->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	prober->times = calloc(room, sizeof(*prober->times));
	prober->room = room;
	if (!prober->times || connect(prober->fd, (struct sockaddr *)&peer, sizeof(peer)))
		err(2, "probes");
}

void prober_send(struct prober *prober)
{
	char datagram[PROBE_BYTES] = {};
	struct probe probe = { .number = prober->sent };

	if (prober->sent == prober->room)
		return;
	memcpy(datagram, &probe, sizeof(probe));
	prober->times[prober->sent++].sent_ns = clock_ns();
	send(prober->fd, datagram, sizeof(datagram), 0);
}

void prober_receive(struct prober *prober)
{
	char datagram[PROBE_BYTES];
	struct probe probe;
	ssize_t len;

	while ((len = recv(prober->fd, datagram, sizeof(datagram), 0)) >= 0) {
		if (len != sizeof(datagram))
			continue;
		memcpy(&probe, datagram, sizeof(probe));
		if (probe.number >= prober->sent || prober->times[probe.number].rtt_ns)
			continue;
		prober->times[probe.number].rtt_ns =
			clock_ns() - prober->times[probe.number].sent_ns;
		prober->back++;
	}
}

bool prober_complete(const struct prober *prober)
{
	return prober->back == prober->sent;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Nearest rank: the smallest value that `share` of all do not exceed. */
static double percentile_us(const uint64_t *sorted, size_t n, double share)
{
	size_t rank = ceil(n * share);

	return sorted[rank ? rank - 1 : 0] / 1e3;
}

void prober_print(const struct prober *prober, uint64_t zero_ns, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t *rtt = calloc(prober->sent + 1, sizeof(*rtt));
	double sum = 0, squares = 0, mean;
	size_t sent = 0, n = 0;

	if (!rtt)
		err(2, "probes");
	for (size_t i = 0; i < prober->sent; i++) {
		const struct probe_times *t = prober->times + i;

		if (t->sent_ns < from_ns || t->sent_ns >= to_ns)
			continue;
		sent++;
		if (!t->rtt_ns)
			continue;
		rtt[n++] = t->rtt_ns;
		sum += t->rtt_ns / 1e3;
	}
	printf("{\"sent\":%zu,\"lost\":%zu", sent, sent - n);
	if (n) {
		mean = sum / n;
		for (size_t i = 0; i < n; i++)
			squares += (rtt[i] / 1e3 - mean) * (rtt[i] / 1e3 - mean);
		qsort(rtt, n, sizeof(*rtt), compare);
		printf(",\"mean_us\":%.1f,\"sd_us\":%.1f,\"min_us\":%.1f,\"p50_us\":%.1f"
		       ",\"p95_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f",
		       mean, sqrt(squares / n), rtt[0] / 1e3, percentile_us(rtt, n, 0.5),
		       percentile_us(rtt, n, 0.95), percentile_us(rtt, n, 0.99), rtt[n - 1] / 1e3);
	}
	printf(",\"series\":{\"t_s\":[");
	for (size_t i = 0; i < prober->sent; i++)
		printf("%s%.3f", i ? "," : "", (prober->times[i].sent_ns - zero_ns) / 1e9);
	printf("],\"rtt_us\":[");
	for (size_t i = 0; i < prober->sent; i++)
		if (prober->times[i].rtt_ns)
			printf("%s%.0f", i ? "," : "", prober->times[i].rtt_ns / 1e3);
		else
			printf("%snull", i ? "," : "");
	printf("]}}");
	free(rtt);
}
