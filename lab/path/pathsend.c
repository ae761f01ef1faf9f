// SPDX-License-Identifier: GPL-2.0
/*
 * The near end of a path. Prints one JSON object.
 *
 *   pathsend flows ADDRESS SECONDS SKIP PORT [CC[@START][+BYTES[%PAUSE]]...]
 *       TCP flows from local ports PORT, PORT + 1, ... and probes beside them; figures leave out
 *       the first SKIP seconds, rounded up to tenths. Without flows: the idle path.
 *   pathsend twins ...
 *       the same, but data begin with the first tenth of a second after the connection is there: so
 *       what setting it up costs, a few microseconds more or less, does not shift the whole run
 *   pathsend rate ADDRESS BITS-PER-SECOND
 *       a flood of datagrams a quarter above that rate for one second: what the path really lets
 *       through
 */
#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "first.h"
#include "flow.h"
#include "prober.h"
#include "wire.h"

#define FLOWS_MAX 1000
#define SAMPLE_NS 100000000ull
#define PROBE_NS 20000000ull
#define SECOND_NS 1000000000ull
#define PROBES_WAIT_NS (10 * SECOND_NS) /* for probes that are still in the queue at the end */
#define FLOOD_NS SECOND_NS
#define ASK_TRIES 100
#define ASK_WAIT_MS 100

enum source { SAMPLE_TIMER, PROBE_TIMER, PROBES, FLOWS };

static struct flow flows[FLOWS_MAX];
static size_t flow_count;
static bool holding; /* twins */

static double number(const char *what, const char *word, double lowest, double highest)
{
	char *end;
	double value = strtod(word, &end);

	if (end == word || *end || !(value >= lowest && value <= highest))
		errx(1, "%s: from %g to %g, not '%s'", what, lowest, highest, word);
	return value;
}

static struct sockaddr_in address_of(const char *word, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (!inet_pton(AF_INET, word, &to.sin_addr))
		errx(1, "%s is no IPv4 address", word);
	return to;
}

static void watch(int epoll, int fd, uint32_t events, uint32_t source)
{
	struct epoll_event event = { .events = events, .data.u32 = source };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		err(2, "epoll");
}

static void watch_for(int epoll, int fd, uint32_t events, uint32_t source)
{
	struct epoll_event event = { .events = events, .data.u32 = source };

	if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event))
		err(2, "epoll");
}

static int timer_every(uint64_t period_ns, uint64_t first_ns)
{
	struct itimerspec spec = {
		.it_interval = { .tv_nsec = period_ns },
		.it_value = { .tv_sec = first_ns / SECOND_NS, .tv_nsec = first_ns % SECOND_NS },
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, NULL))
		err(2, "timer");
	return fd;
}

static void timer_take(int fd)
{
	uint64_t expired;

	if (read(fd, &expired, sizeof(expired)) < 0)
		return; /* another event of the same round took it */
}

/* Starts what is due and looks at what runs. */
static void sample_all(int epoll, const struct sockaddr_in *to, uint64_t since_ns)
{
	for (size_t i = 0; i < flow_count; i++) {
		struct flow *flow = flows + i;

		flow_sample(flow);
		if (holding && flow->connected && !flow->sending) {
			flow->sending = true;
			watch(epoll, flow->fd, EPOLLOUT, FLOWS + i);
		}
		if (flow_resume(flow))
			watch_for(epoll, flow->fd, EPOLLOUT, FLOWS + i);
		if (flow->begun_ns || flow->start_ns > since_ns)
			continue;
		flow_start(flow, to);
		if (!holding)
			watch(epoll, flow->fd, EPOLLOUT, FLOWS + i);
	}
}

/* A socket is watched for room only while there is something to put into it. */
static void flow_event(int epoll, size_t i, uint32_t events)
{
	struct flow *flow = flows + i;

	if (events & EPOLLRDHUP)
		flow_done(flow);
	else if (!flow_fill(flow))
		watch_for(epoll, flow->fd, EPOLLRDHUP, FLOWS + i);
}

static void run_until(uint64_t zero_ns, uint64_t end_ns, const struct sockaddr_in *to,
		      struct prober *prober)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), count;
	int sample_timer = timer_every(SAMPLE_NS, zero_ns);
	int probe_timer = timer_every(PROBE_NS, zero_ns);
	struct epoll_event events[64];

	watch(epoll, sample_timer, EPOLLIN, SAMPLE_TIMER);
	watch(epoll, probe_timer, EPOLLIN, PROBE_TIMER);
	watch(epoll, prober->fd, EPOLLIN, PROBES);
	while (clock_ns() < end_ns) {
		count = epoll_wait(epoll, events, 64, 1000);
		for (int i = 0; i < count; i++) {
			uint32_t source = events[i].data.u32;

			if (source == PROBE_TIMER) {
				timer_take(probe_timer);
				prober_send(prober);
			} else if (source == PROBES) {
				prober_receive(prober);
			} else if (source == SAMPLE_TIMER) {
				timer_take(sample_timer);
				sample_all(epoll, to, clock_ns() - zero_ns);
			} else {
				flow_event(epoll, source - FLOWS, events[i].events);
			}
		}
	}
	close(sample_timer);
	close(probe_timer);
	close(epoll);
}

static void await_probes(struct prober *prober)
{
	struct pollfd poll_fd = { .fd = prober->fd, .events = POLLIN };
	uint64_t end_ns = clock_ns() + PROBES_WAIT_NS, now;

	while (!prober_complete(prober) && (now = clock_ns()) < end_ns) {
		poll(&poll_fd, 1, (end_ns - now) / 1000000 + 1);
		prober_receive(prober);
	}
}

static void flows_parse(char **words, uint16_t port, double seconds)
{
	for (; *words; words++, flow_count++) {
		struct flow *flow = flows + flow_count;

		if (flow_count == FLOWS_MAX || !flow_parse(flow, *words))
			errx(1, "'%s' is no CC[@START][+BYTES[%%PAUSE]], or more than %d", *words,
			     FLOWS_MAX);
		flow->port = port + flow_count;
		flow->room = seconds * SECOND_NS / SAMPLE_NS + 2;
		flow->samples = calloc(flow->room, sizeof(*flow->samples));
		if (!flow->samples)
			err(2, "samples");
	}
}

static void run_flows(char **argv)
{
	struct sockaddr_in to = address_of(argv[0], PORT_FLOWS);
	double seconds = number("SECONDS", argv[1], 0.1, 100000);
	double skip = number("SKIP", argv[2], 0, seconds);
	uint16_t port = number("PORT", argv[3], 1024, 60000);
	uint64_t zero_ns, from_ns, end_ns;
	struct prober prober = {};

	flows_parse(argv + 4, port, seconds);
	prober_open(&prober, &to, seconds * SECOND_NS / PROBE_NS + 2);
	/* Every run begins in the same phase of the kernel's ticks and of its clocks. */
	zero_ns = (clock_ns() + PROBE_NS) / SECOND_NS * SECOND_NS + SECOND_NS;
	/* With a sample, so that all figures are of the same time. */
	from_ns = zero_ns + ((uint64_t)(skip * SECOND_NS) + SAMPLE_NS - 1) / SAMPLE_NS * SAMPLE_NS;
	end_ns = zero_ns + seconds * SECOND_NS;
	run_until(zero_ns, end_ns, &to, &prober);
	for (size_t i = 0; i < flow_count; i++) {
		flow_sample(flows + i);
		flow_abort(flows + i);
	}
	await_probes(&prober);
	printf("{\"zero_ns\":%" PRIu64 ",\"from_ns\":%" PRIu64 ",\"end_ns\":%" PRIu64
	       ",\"flows\":[",
	       zero_ns, from_ns, end_ns);
	for (size_t i = 0; i < flow_count; i++) {
		if (i)
			putchar(',');
		flow_print(flows + i, zero_ns, from_ns);
	}
	printf("],\"probe\":");
	prober_print(&prober, zero_ns, from_ns, end_ns);
	puts("}");
}

static void flood(int fd, double bps)
{
	double gap_ns = FRAME_BYTES * 8 * 1e9 / (bps * 1.25);
	char datagram[FLOOD_PAYLOAD] = {};
	uint64_t zero_ns = clock_ns(), sent = 0;
	struct flood head = { .kind = zero_ns | 1 };
	struct timespec until;

	memcpy(datagram, &head, sizeof(head));
	while (clock_ns() < zero_ns + FLOOD_NS) {
		uint64_t next_ns = zero_ns + ++sent * gap_ns;

		send(fd, datagram, sizeof(datagram), 0);
		until = (struct timespec){ next_ns / SECOND_NS, next_ns % SECOND_NS };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
}

static void run_rate(char **argv)
{
	struct sockaddr_in to = address_of(argv[0], PORT_FLOOD);
	double bps = number("BITS-PER-SECOND", argv[1], 1000, 1e11);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct flood ask = { .kind = FLOOD_ASK };
	struct flood_answer answer;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		err(2, "flood");
	flood(fd, bps);
	for (int i = 0; i < ASK_TRIES; i++) {
		send(fd, &ask, sizeof(ask), 0);
		if (poll(&poll_fd, 1, ASK_WAIT_MS) <= 0 ||
		    recv(fd, &answer, sizeof(answer), 0) != sizeof(answer))
			continue;
		printf("{\"datagrams\":%" PRIu64 ",\"rate_bps\":%.0f}\n", answer.datagrams,
		       answer.span_ns ? answer.datagrams * FRAME_BYTES * 8 * 1e9 / answer.span_ns :
					0);
		return;
	}
	errx(2, "the far end does not answer");
}

int main(int argc, char **argv)
{
	go_first();
	holding = argc > 1 && !strcmp(argv[1], "twins");
	if (argc >= 6 && (holding || !strcmp(argv[1], "flows")))
		run_flows(argv + 2);
	else if (argc == 4 && !strcmp(argv[1], "rate"))
		run_rate(argv + 2);
	else
		errx(1, "usage: pathsend flows|twins ADDRESS SECONDS SKIP PORT "
			"[CC[@START][+BYTES[%%PAUSE]]...] | "
			"rate ADDRESS BITS-PER-SECOND");
	return 0;
}
