// SPDX-License-Identifier: GPL-2.0
#include "flow.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define CHUNK 65536

bool flow_parse(struct flow *flow, const char *words)
{
	size_t len = strcspn(words, "@");
	char *end = "";
	double start = 0;

	if (!len || len >= sizeof(flow->cc))
		return false;
	if (words[len])
		start = strtod(words + len + 1, &end);
	if (*end || start < 0 || start > 1e6)
		return false;
	memcpy(flow->cc, words, len);
	flow->start_ns = start * 1e9;
	flow->fd = -1;
	return true;
}

void flow_start(struct flow *flow, const struct sockaddr_in *to)
{
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(flow->port) };
	int one = 1;

	flow->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(flow->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (setsockopt(flow->fd, IPPROTO_TCP, TCP_CONGESTION, flow->cc, strlen(flow->cc)))
		err(2, "congestion control %s", flow->cc);
	if (bind(flow->fd, (struct sockaddr *)&local, sizeof(local)))
		err(2, "bind to port %u", flow->port);
	if (connect(flow->fd, (const struct sockaddr *)to, sizeof(*to)) && errno != EINPROGRESS)
		err(2, "connect");
}

void flow_fill(struct flow *flow)
{
	static const char chunk[CHUNK];

	while (send(flow->fd, chunk, sizeof(chunk), MSG_NOSIGNAL) > 0)
		;
	if (errno != EAGAIN)
		err(2, "flow from port %u", flow->port);
}

void flow_sample(struct flow *flow)
{
	struct flow_sample *sample = flow->samples + flow->count;
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (flow->fd < 0 || flow->count == flow->room)
		return;
	if (getsockopt(flow->fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		err(2, "TCP_INFO");
	sample->ns = clock_ns();
	sample->acked = info.tcpi_bytes_acked;
	sample->cwnd = info.tcpi_snd_cwnd;
	sample->ssthresh = info.tcpi_snd_ssthresh;
	sample->srtt_us = info.tcpi_rtt;
	sample->retransmits = info.tcpi_total_retrans;
	sample->ce = info.tcpi_delivered_ce;
	flow->count++;
}

void flow_abort(struct flow *flow)
{
	struct linger now = { .l_onoff = 1 };

	if (flow->fd < 0)
		return;
	setsockopt(flow->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(flow->fd);
	flow->fd = -1;
}

static void print_series(const struct flow *flow, const char *name, size_t offset)
{
	uint32_t value;

	printf(",\"%s\":[", name);
	for (size_t i = 0; i < flow->count; i++) {
		memcpy(&value, (const char *)&flow->samples[i] + offset, sizeof(value));
		printf("%s%u", i ? "," : "", value);
	}
	putchar(']');
}

void flow_print(const struct flow *flow, uint64_t zero_ns, uint64_t from_ns)
{
	const struct flow_sample *s = flow->samples, *last = s + flow->count - 1, *first = s;
	double cwnd = 0, srtt = 0, span_s;
	size_t n = 0;

	printf("{\"cc\":\"%s\",\"port\":%u,\"start_s\":%.3f", flow->cc, flow->port,
	       flow->start_ns / 1e9);
	while (flow->count && first < last && first->ns < from_ns)
		first++;
	for (const struct flow_sample *at = first; flow->count && at <= last; at++, n++) {
		cwnd += at->cwnd;
		srtt += at->srtt_us;
	}
	if (n > 1) {
		span_s = (last->ns - first->ns) / 1e9;
		printf(",\"goodput_bps\":%.0f,\"retransmits\":%u,\"delivered_ce\":%u",
		       (last->acked - first->acked) * 8 / span_s,
		       last->retransmits - first->retransmits, last->ce - first->ce);
		printf(",\"retransmits_total\":%u,\"cwnd_mean\":%.2f,\"srtt_mean_us\":%.0f",
		       last->retransmits, cwnd / n, srtt / n);
	}
	printf(",\"series\":{\"t_s\":[");
	for (size_t i = 0; i < flow->count; i++)
		printf("%s%.3f", i ? "," : "", (s[i].ns - zero_ns) / 1e9);
	printf("],\"acked\":[");
	for (size_t i = 0; i < flow->count; i++)
		printf("%s%" PRIu64, i ? "," : "", s[i].acked);
	putchar(']');
	print_series(flow, "cwnd", offsetof(struct flow_sample, cwnd));
	print_series(flow, "ssthresh", offsetof(struct flow_sample, ssthresh));
	print_series(flow, "srtt_us", offsetof(struct flow_sample, srtt_us));
	print_series(flow, "retransmits", offsetof(struct flow_sample, retransmits));
	printf("}}");
}
