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
#define ESTABLISHED 1 /* TCP_ESTABLISHED; its header does not go with linux/tcp.h */

/* The number after a mark, if the mark is there; false if there is no number. */
static bool take(const char **words, char mark, double most, double *value)
{
	char *end;

	if (**words != mark)
		return true;
	*value = strtod(*words + 1, &end);
	if (end == *words + 1 || !(*value >= 0 && *value <= most))
		return false;
	*words = end;
	return true;
}

bool flow_parse(struct flow *flow, const char *words)
{
	size_t len = strcspn(words, "@+%");
	double start = 0, burst = 0, pause = 0;

	if (!len || len >= sizeof(flow->cc))
		return false;
	memcpy(flow->cc, words, len);
	words += len;
	if (!take(&words, '@', 1e6, &start) || !take(&words, '+', 1e12, &burst) ||
	    !take(&words, '%', 1e6, &pause) || *words)
		return false;
	flow->start_ns = start * 1e9;
	flow->burst = burst;
	flow->pause_ns = pause * 1e9;
	flow->fd = -1;
	return true;
}

void flow_start(struct flow *flow, const struct sockaddr_in *to)
{
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(flow->port) };
	int one = 1;

	flow->begun_ns = clock_ns();
	flow->left = flow->burst;
	flow->bursts = 1;
	flow->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(flow->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (setsockopt(flow->fd, IPPROTO_TCP, TCP_CONGESTION, flow->cc, strlen(flow->cc)))
		err(2, "congestion control %s", flow->cc);
	if (bind(flow->fd, (struct sockaddr *)&local, sizeof(local)))
		err(2, "bind to port %u", flow->port);
	if (connect(flow->fd, (const struct sockaddr *)to, sizeof(*to)) && errno != EINPROGRESS)
		err(2, "connect");
}

bool flow_fill(struct flow *flow)
{
	static const char chunk[CHUNK];
	ssize_t sent = 0;

	for (;;) {
		size_t size = flow->burst && flow->left < CHUNK ? flow->left : CHUNK;

		if (!size)
			break;
		sent = send(flow->fd, chunk, size, MSG_NOSIGNAL);
		if (sent <= 0)
			break;
		flow->left -= flow->burst ? sent : 0;
	}
	if (sent < 0 && errno != EAGAIN)
		err(2, "flow from port %u", flow->port);
	if (!flow->burst || flow->left)
		return true;
	if (!flow->pause_ns)
		shutdown(flow->fd, SHUT_WR);
	return false;
}

bool flow_resume(struct flow *flow)
{
	uint64_t now = clock_ns();

	if (flow->fd < 0 || !flow->pause_ns || flow->left || !flow->count)
		return false;
	if (flow->samples[flow->count - 1].acked < flow->burst * flow->bursts)
		return false;
	if (!flow->resume_ns)
		flow->resume_ns = now + flow->pause_ns;
	if (now < flow->resume_ns)
		return false;
	flow->resume_ns = 0;
	flow->left = flow->burst;
	flow->bursts++;
	return true;
}

void flow_done(struct flow *flow)
{
	flow->done_ns = clock_ns();
	flow_sample(flow);
	close(flow->fd);
	flow->fd = -1;
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
	flow->connected = info.tcpi_state == ESTABLISHED;
	sample->ns = clock_ns();
	sample->acked = info.tcpi_bytes_acked;
	/* In segments; only the last one of a burst may be shorter. */
	sample->arrived = sample->acked + (uint64_t)info.tcpi_sacked * info.tcpi_snd_mss;
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

/*
 * What came within the figures: since the sample they begin with, or since the flow's begin. What
 * is behind a gap counts when it arrives: if it did when the gap is filled, a recovery that ends
 * just after that sample would bring in what had arrived before it.
 */
static void print_figures(const struct flow *flow, uint64_t from_ns)
{
	static const struct flow_sample none;
	const struct flow_sample *s = flow->samples, *last = s + flow->count - 1, *first = &none;
	uint64_t since_ns = flow->begun_ns;
	double seconds, cwnd = 0, srtt = 0;
	size_t at = 0;

	while (at < flow->count && s[at].ns < from_ns)
		at++;
	if (at == flow->count)
		return;
	if (flow->begun_ns < from_ns) {
		first = s + at;
		since_ns = first->ns;
	}
	printf(",\"bytes\":%" PRIu64, last->arrived - first->arrived);
	if (last->ns == since_ns)
		return;
	seconds = (last->ns - since_ns) / 1e9;
	printf(",\"measured_s\":%.6f,\"goodput_bps\":%.0f,\"retransmits\":%u"
	       ",\"delivered_ce\":%u",
	       seconds, (last->arrived - first->arrived) * 8 / seconds,
	       last->retransmits - first->retransmits, last->ce - first->ce);
	for (size_t i = at; i < flow->count; i++) {
		cwnd += s[i].cwnd;
		srtt += s[i].srtt_us;
	}
	printf(",\"retransmits_total\":%u,\"cwnd_mean\":%.2f,\"srtt_mean_us\":%.0f",
	       last->retransmits, cwnd / (flow->count - at), srtt / (flow->count - at));
}

void flow_print(const struct flow *flow, uint64_t zero_ns, uint64_t from_ns)
{
	const struct flow_sample *s = flow->samples;

	printf("{\"cc\":\"%s\",\"port\":%u,\"start_s\":%.3f", flow->cc, flow->port,
	       flow->start_ns / 1e9);
	if (flow->burst)
		printf(",\"burst\":%" PRIu64 ",\"pause_s\":%.3f,\"bursts\":%u", flow->burst,
		       flow->pause_ns / 1e9, flow->bursts);
	if (flow->done_ns)
		printf(",\"completion_s\":%.6f", (flow->done_ns - flow->begun_ns) / 1e9);
	print_figures(flow, from_ns);
	printf(",\"series\":{\"t_s\":[");
	for (size_t i = 0; i < flow->count; i++)
		printf("%s%.3f", i ? "," : "", (s[i].ns - zero_ns) / 1e9);
	printf("],\"arrived\":[");
	for (size_t i = 0; i < flow->count; i++)
		printf("%s%" PRIu64, i ? "," : "", s[i].arrived);
	putchar(']');
	print_series(flow, "cwnd", offsetof(struct flow_sample, cwnd));
	print_series(flow, "ssthresh", offsetof(struct flow_sample, ssthresh));
	print_series(flow, "srtt_us", offsetof(struct flow_sample, srtt_us));
	print_series(flow, "retransmits", offsetof(struct flow_sample, retransmits));
	printf("}}");
}
