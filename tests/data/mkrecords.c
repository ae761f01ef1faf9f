/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes the files of records that the tests replay: mkrecords DIR. Always the same bytes.
 *
 *   story.cdg    three flows with every kind of record, over 25 s
 *   joined.cdg   flows with their SYNs: two systems, a signature without label, a SYN that was
 *                not saved, and a flow that was opened from here
 *   hostile.cdg  what a broken or malicious writer might leave in a file
 *   rounds.cdg   200000 rounds, for pipes and for speed
 *   whatif.cdg   rounds that CDG's own code decided, of a flow from its start, of one that was
 *                under way, and of one of which rounds are missing; with a restart and a tuning
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "include/cdg_algo.h"
#include "user/source/file.h"
#include "user/util/own.h"

#define SECOND 1000000000ull
#define START (1000 * SECOND)

static const struct source_origin origin = {
	/* 2026-08-22T10:00:00Z at START */
	.realtime_offset_ns = (1787392800ll - 1000) * 1000000000ll,
	.start_ns = START,
	.host = "lab",
	.kernel = "6.18.0",
	.boot_id = "0c0ffee0-1111-2222-3333-444455556666",
	.version = "v1",
	.build_id = "0123456789abcdef0123456789abcdef01234567",
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int create(const char *dir, const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		die(path);
	return fd;
}

static void put(int fd, const void *record)
{
	const struct cdg_rec_head *head = record;

	if (file_write_record(fd, record, head->len))
		die("write");
}

/* Of the record made last, in its file. */
static uint32_t seq;

/* Three connections: IPv4, IPv6, and IPv4 on an IPv6 socket. */
static struct cdg_rec_conn conn(uint64_t flow, unsigned int type, size_t len, uint64_t ms)
{
	static const struct {
		uint8_t family;
		const char *saddr, *daddr;
		uint16_t sport, dport;
	} ends[] = {
		{ 4, "10.0.0.1", "10.0.0.2", 443, 51000 },
		{ 6, "2001:db8::1", "2001:db8::2", 8080, 51001 },
		{ 6, "::ffff:192.0.2.1", "::ffff:192.0.2.2", 22, 51002 },
	};
	size_t i = (flow - 1) % 3;
	struct cdg_rec_conn c = {
		.head = { .type = (uint16_t)type, .len = (uint16_t)len, .seq = ++seq,
			  .ts_ns = START + ms * 1000000, .flow = flow },
		.family = ends[i].family, .sport = ends[i].sport, .dport = ends[i].dport,
		.queue = CDG_QUEUE_NONFULL, .flags = CDG_CONN_CWND_LIMITED, .netns = 4026531840u,
		.cwnd = 40, .ssthresh = 38, .shadow = 44, .inflight = 39, .delivered = 1000,
		.srtt_us = 23100, .backoff_cnt = 0, .cookie = flow == 1 ? 4711 : 0,
	};
	int af = c.family == 4 ? AF_INET : AF_INET6;

	if (inet_pton(af, ends[i].saddr, c.saddr) != 1 ||
	    inet_pton(af, ends[i].daddr, c.daddr) != 1)
		die("address");
	return c;
}

#define CONN(type, record, flow, ms) conn(flow, CDG_REC_##type, sizeof(record), ms)

static struct cdg_round round_of(int32_t min_us, int32_t max_us, int32_t grad_us, uint32_t random)
{
	struct cdg_round r = {
		.rtt_min_us = min_us, .rtt_max_us = max_us, .grad_min_us = grad_us / 8,
		.grad_max_us = grad_us / 8 + 10, .sum_min_us = grad_us, .sum_max_us = grad_us + 80,
		.grad_us = grad_us, .queue = CDG_QUEUE_NONFULL, .verdict = CDG_VERDICT_FALLING,
	};

	if (grad_us <= 0)
		return r;
	r.drawn = 1;
	r.threshold = cdg_threshold(grad_us, 42);
	r.random = random;
	r.verdict = random > r.threshold ? CDG_VERDICT_BACKOFF : CDG_VERDICT_KEEP;
	return r;
}

static void put_start(int fd, uint64_t flow, uint64_t ms)
{
	struct cdg_rec_start rec = { .conn = CONN(FLOW_START, rec, flow, ms), .cc = "cdg",
				     .mss = 1448, .window = 8 };

	rec.conn.cwnd = 10;
	rec.conn.ssthresh = 0x7fffffff;
	rec.conn.srtt_us = 0;
	put(fd, &rec);
}

static void put_round(int fd, uint64_t flow, uint64_t ms, uint32_t number, struct cdg_round round)
{
	struct cdg_rec_round rec = { .conn = CONN(ROUND, rec, flow, ms), .round = round,
				     .number = number };

	put(fd, &rec);
}

static void put_backoff(int fd, uint64_t flow, uint64_t ms, struct cdg_round round,
			uint32_t ineffectual)
{
	struct cdg_rec_backoff rec = { .conn = CONN(BACKOFF, rec, flow, ms), .round = round,
				       .cwnd_prior = 40, .cwnd_target = 28, .use_ineff = 5 };

	rec.conn.backoff_cnt = ineffectual;
	rec.conn.queue = CDG_QUEUE_BACKOFF;
	rec.conn.flags |= CDG_CONN_REDUCING;
	if (ineffectual > 5) {
		rec.conn.head.type = CDG_REC_SUPPRESSED;
		rec.round.verdict = CDG_VERDICT_SUPPRESSED;
		rec.cwnd_target = 40;
	}
	put(fd, &rec);
}

static void put_cut(int fd, uint64_t flow, uint64_t ms, uint8_t cause, bool tolerated)
{
	struct cdg_rec_cut rec = { .conn = CONN(CUT, rec, flow, ms), .cwnd_prior = 40,
				   .cwnd_target = tolerated ? 40 : 20, .cause = cause,
				   .tolerated = tolerated, .in_reduction = cause == CDG_CAUSE_TLP };

	rec.conn.ca_state = cause == CDG_CAUSE_RTO ? 4 : cause == CDG_CAUSE_LOSS ? 3 : 2;
	put(fd, &rec);
}

static void put_undo(int fd, uint64_t flow, uint64_t ms)
{
	struct cdg_rec_undo rec = { .conn = CONN(UNDO, rec, flow, ms), .cwnd_prior = 20,
				    .cwnd_restored = 40 };

	put(fd, &rec);
}

static void put_exit(int fd, uint64_t flow, uint64_t ms, uint32_t reason)
{
	struct cdg_rec_ss_exit rec = { .conn = CONN(SLOW_START_EXIT, rec, flow, ms),
				       .reason = reason, .rtt_min_us = 22600,
				       .delay_min_us = 20000 };

	put(fd, &rec);
}

static void put_restart(int fd, uint64_t flow, uint64_t ms)
{
	struct cdg_rec_restart rec = { .conn = CONN(RESTART, rec, flow, ms) };

	rec.conn.cwnd = 10;
	put(fd, &rec);
}

static struct cdg_rec_flow flow_of(uint64_t flow, unsigned int type, uint64_t ms)
{
	struct cdg_rec_flow rec = {
		.conn = conn(flow, type, sizeof(rec), ms), .cc = "cdg", .start_ns = START,
		.round_ts_ns = START + (ms - 20) * 1000000,
		.tcp = { .bytes_acked = 25000000 * flow, .bytes_sent = 25100000 * flow,
			 .bytes_retrans = 100000, .bytes_received = 300,
			 .pacing_rate_bps = 2500000, .segs_out = 17400, .segs_in = 8700,
			 .data_segs_out = 17390, .total_retrans = 69, .lost = 69, .mss = 1448,
			 .rttvar_us = 900, .min_rtt_us = 20000, .tcp_state = 1 },
		.seen = { .rounds = 400, .draws = 210, .rtt_lowest_us = 20000 },
		.totals = { .backoffs = 31, .suppressed = 2, .cuts_loss = 3, .cuts_rto = 1,
			    .tolerated = 0, .undos = 1, .slow_start_exits = 1 },
		.last = round_of(22900, 24100, 1200, 100), .window = 8, .generation = 1,
		.backoff = { .ts_ns = START + (ms - 500) * 1000000, .grad_us = 2400,
			     .threshold = cdg_threshold(2400, 42), .random = 4294000000u,
			     .cwnd_prior = 40, .cwnd_target = 28, .backoff_cnt = 1 },
		.cut = { .ts_ns = START + (ms - 900) * 1000000, .cwnd_prior = 41,
			 .cwnd_target = 20, .cause = CDG_CAUSE_LOSS },
		.slow_start_exit = { .ts_ns = START + 300 * 1000000ull, .cwnd_prior = 64,
				     .cwnd_target = 64, .cause = CDG_SS_DELAY },
	};

	if (flow != 2)
		return rec;
	/* One that has given up backing off. */
	rec.conn.backoff_cnt = 9;
	rec.conn.srtt_us = 81000;
	rec.last.verdict = CDG_VERDICT_SUPPRESSED;
	rec.last.random = 4294967295u;
	rec.suppressed = rec.backoff;
	rec.suppressed.ts_ns += 400 * 1000000ull;
	rec.suppressed.cwnd_target = 40;
	rec.suppressed.backoff_cnt = 9;
	return rec;
}

static void put_flow(int fd, uint64_t flow, uint64_t ms)
{
	struct cdg_rec_flow rec = flow_of(flow, CDG_REC_FLOW, ms);

	rec.conn.head.seq = 0; /* snapshots have no number */
	seq--;
	put(fd, &rec);
}

static void write_story(int fd)
{
	struct cdg_rec_flow end;
	uint32_t number = 1;

	put_start(fd, 1, 10);
	put_start(fd, 2, 12);
	put_start(fd, 3, 15);
	put_round(fd, 1, 40, number++,
		  (struct cdg_round){ .rtt_min_us = 20000, .rtt_max_us = 21000 });
	put_round(fd, 1, 60, number++, round_of(20050, 21100, -400, 0));
	put_round(fd, 1, 80, number++, round_of(20900, 21900, 850, 17));
	put_exit(fd, 1, 100, CDG_SS_DELAY);
	put_round(fd, 1, 120, number++, round_of(22900, 24100, 2400, 4294967290u));
	put_backoff(fd, 1, 120, round_of(22900, 24100, 2400, 4294967290u), 1);
	put_backoff(fd, 2, 3000, round_of(80100, 83000, 16500, 4294967295u), 6);
	for (uint8_t cause = CDG_CAUSE_LOSS; cause < CDG_CAUSE_MAX; cause++)
		put_cut(fd, 1 + cause % 3, 4000 + cause * 100u, cause, false);
	put_cut(fd, 3, 5000, CDG_CAUSE_LOSS, true);
	put_undo(fd, 1, 6000);
	put_restart(fd, 3, 11000);
	put_flow(fd, 1, 12000);
	put_flow(fd, 2, 12000);
	put_flow(fd, 3, 12000);
	put_exit(fd, 3, 13000, CDG_SS_ACK_TRAIN);
	put_exit(fd, 2, 13100, CDG_SS_CUT);
	put_flow(fd, 1, 22000);
	end = flow_of(1, CDG_REC_FLOW_END, 25000);
	end.conn.cwnd = 33;
	put(fd, &end);
}

/* IPv4 SYNs: 40 bytes of headers, then the options. */
static const struct syn_of {
	uint8_t ttl, status;
	const char *options;
	uint8_t len;
} syns[] = {
	{ 63, CDG_SYN_OK, "\2\4\5\xb4\4\2\x8\xa\0\0\0\1\0\0\0\0\1\3\3\7", 20 }, /* Linux */
	{ 126, CDG_SYN_OK, "\2\4\5\xb4\1\3\3\x8\1\1\4\2", 12 }, /* Windows */
	{ 60, CDG_SYN_OK, "\2\4\5\xb4\x4d\4\0\0", 8 }, /* nobody's */
	{ 0, CDG_SYN_NOT_SAVED, "", 0 },
};

static void put_syn(int fd, uint64_t flow, uint64_t ms, bool event)
{
	const struct syn_of *of = &syns[flow - 1];
	struct cdg_rec_syn rec = { .conn = CONN(SYN, rec, flow, ms), .status = of->status,
				   .source = of->len ? CDG_SYN_SAVE : 0, .cgroup = 7 };
	uint8_t *ip = rec.header, *tcp = rec.header + 20;

	rec.conn.head.flow = 0; /* the connection is not CDG's yet */
	rec.conn.cookie = 100 + flow;
	if (!event) {
		rec.conn.head.seq = 0;
		seq--;
	}
	if (of->len) {
		rec.len = 40 + of->len;
		memcpy(ip, "\x45\0\0\0\x12\x34\x40\0\0\6\0\0\12\0\0\2\12\0\0\1", 20);
		ip[3] = (uint8_t)rec.len;
		ip[8] = of->ttl;
		memcpy(tcp, "\xc7\x38\1\xbb\0\0\0\1\0\0\0\0\0\2\xfa\xf0", 16);
		tcp[12] = (uint8_t)((20 + of->len) / 4 << 4);
		memcpy(tcp + 20, of->options, of->len);
	}
	put(fd, &rec);
}

/* The first two were there before the recording, the others come while it runs. */
static void write_joined(int fd)
{
	for (uint64_t flow = 1; flow <= 6; flow++) {
		struct cdg_rec_flow rec = flow_of(1, CDG_REC_FLOW, 1000 * flow);

		seq--;
		if (flow <= ARRAY_SIZE(syns))
			put_syn(fd, flow, flow <= 2 ? 10 : 1000 * flow - 1, flow > 2);
		rec.conn.head.flow = flow;
		rec.conn.head.seq = 0;
		rec.conn.dport = (uint16_t)(51000 + flow);
		rec.conn.srtt_us = 20000 + 100 * (uint32_t)flow;
		/* The fifth is a second one of the first system; nobody asked for the last's. */
		rec.conn.cookie = flow == 5 ? 101 : flow == 6 ? 0 : 100 + flow;
		put(fd, &rec);
	}
}

/* A longer record than this version knows. */
struct longer {
	struct cdg_rec_undo undo;
	uint8_t more[12];
};

static void write_hostile(int fd)
{
	struct cdg_rec_start start = { .conn = CONN(FLOW_START, start, 1, 10) };
	struct longer longer = { .undo.conn = conn(1, CDG_REC_UNDO, sizeof(longer), 20) };
	struct cdg_rec_cut cut = { .conn = CONN(CUT, cut, 1, 30), .cause = 200 };
	struct cdg_rec_flow end = flow_of(1, CDG_REC_FLOW_END, 40);
	struct cdg_rec_head head = { .len = sizeof(head), .ts_ns = START };

	/* Of flows that nothing else is told of, so that their names stay. */
	start.conn.head.flow = 2;
	memcpy(start.cc, "\"\\\x1b[31m\xff\xc3\xa9\n\x7f\xc2\x9b", 14);
	put(fd, &start);
	start.conn.head.flow = 3;
	memset(start.cc, 'x', sizeof(start.cc)); /* no NUL */
	put(fd, &start);
	put(fd, &longer);
	put(fd, &cut);
	cut.conn.family = 9;
	put(fd, &cut);
	end.tcp.bytes_acked = UINT64_MAX;
	end.tcp.bytes_sent = 1ull << 53;
	end.tcp.bytes_retrans = (1ull << 53) + 1;
	end.conn.head.ts_ns = UINT64_MAX;
	end.start_ns = 1;
	put(fd, &end);
	head.type = 29; /* unknown */
	put(fd, &head);
	head.type = CDG_REC_ROUND; /* too short for its kind */
	put(fd, &head);
}

static void write_rounds(int fd)
{
	uint32_t random = 1;

	for (uint32_t i = 1; i <= 200000; i++) {
		random = random * 1664525u + 1013904223u;
		put_round(fd, 1 + i % 3, 20 + i / 10, i,
			  round_of(20000 + (int32_t)(random >> 20), 30000,
				   (int32_t)(i % 4000) - 1000, random));
	}
}

/* One flow as the kernel would run it: sawtooth RTTs, each reduction takes one RTT. */
struct whatif_flow {
	struct cdg_state st;
	struct cdg_grad ring[8];
	uint32_t number, random, cwnd;
	uint8_t queue;
};

static struct cdg_params whatif_params = {
	.generation = 1, .window = 8, .backoff_beta = 724, .backoff_factor = 42,
	.hystart_detect = 3, .use_ineff = 5, .use_shadow = 1,
};

static void put_params(int fd, uint64_t ms)
{
	struct cdg_rec_params rec = {
		.head = { .type = CDG_REC_PARAMS,
			  .len = sizeof(rec),
			  .ts_ns = START + ms * 1000000 },
		.params = whatif_params,
	};

	put(fd, &rec);
}

static void measure(struct whatif_flow *f)
{
	f->random = f->random * 1664525u + 1013904223u;
	f->st.rtt_min_us = 20000 + (int32_t)(f->number * 37 % 50) * 90 + (int32_t)(f->random >> 24);
	f->st.rtt_max_us = f->st.rtt_min_us + 900 + (int32_t)(f->random >> 16 & 255);
}

static void whatif_round(int fd, struct whatif_flow *f, uint64_t flow, uint64_t ms, bool missing)
{
	struct cdg_sock s = { .snd_cwnd = f->cwnd, .snd_ssthresh = f->cwnd };
	struct cdg_round r = { .queue = f->queue };
	struct cdg_rec_round rec;

	if (!f->number)
		cdg_init(&f->st, flow, 8, 0, 40);
	f->number++;
	measure(f);
	cdg_ack_round(&f->st, &whatif_params, &s, &f->ring[f->st.tail], f->random * 2654435761u,
		      &r);
	f->queue = r.queue;
	rec = (struct cdg_rec_round){ .conn = CONN(ROUND, rec, flow, ms), .round = r,
				      .number = f->number };
	rec.conn.cwnd = f->cwnd;
	rec.conn.backoff_cnt = f->st.backoff_cnt;
	f->cwnd++;
	if (r.verdict == CDG_VERDICT_BACKOFF) {
		f->cwnd = s.snd_ssthresh;
		measure(f);
		cdg_cwr_complete(&f->st, 0);
	}
	if (missing)
		seq--;
	else
		put(fd, &rec);
}

/* Nine flows whose numbers are as long as they can be. */
static void write_numbers(int fd)
{
	for (uint64_t i = 0; i < 9; i++)
		put_flow(fd, UINT64_MAX - i, 1000 + i);
}

static void write_whatif(int fd)
{
	struct whatif_flow flows[3] = { { .random = 1, .cwnd = 40 }, { .random = 2, .cwnd = 40 },
					{ .random = 3, .cwnd = 40 } };

	put_params(fd, 1);
	put_start(fd, 1, 10);
	for (uint32_t i = 0; i < 300; i++) {
		if (i == 200) {
			whatif_params.generation++;
			whatif_params.backoff_factor = 100;
			put_params(fd, i * 20);
		}
		if (i == 150) {
			put_restart(fd, 1, i * 20);
			cdg_reset(&flows[0].st, 0, 40);
			flows[0].queue = CDG_QUEUE_UNKNOWN;
		}
		whatif_round(fd, &flows[0], 1, i * 20, false);
		whatif_round(fd, &flows[1], 2, i * 20, i < 50);
		whatif_round(fd, &flows[2], 3, i * 20, i >= 100 && i < 103);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*write)(int fd);
	} files[] = {
		{ "story.cdg", write_story },
		{ "joined.cdg", write_joined },
		{ "hostile.cdg", write_hostile },
		{ "rounds.cdg", write_rounds },
		{ "whatif.cdg", write_whatif },
		{ "numbers.cdg", write_numbers },
	};

	if (argc != 2) {
		fprintf(stderr, "usage: mkrecords DIR\n");
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_(closep) int fd = create(argv[1], files[i].name);

		seq = 0;
		if (file_write_head(fd, &origin))
			die(files[i].name);
		files[i].write(fd);
	}
	return 0;
}
