/* SPDX-License-Identifier: GPL-2.0 */
#include "tests/cli/packets.h"

#include <stdio.h>
#include <string.h>

#define TCP_OPTIONS_MAX 40

/* What the packet will say; filled by one of the recipes, then written, then perhaps damaged. */
struct plan {
	unsigned int version;
	uint32_t ttl, tos, id, fragment, flow;
	uint32_t seq, ack, flags, reserved, win, urgent;
	size_t payload;
	uint8_t ip_options[40];
	size_t ip_options_len;
	bool extension; /* IPv6 destination options in front of TCP */
	uint8_t options[TCP_OPTIONS_MAX];
	size_t options_len;
};

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint32_t below(uint64_t *rnd, uint32_t limit)
{
	return (uint32_t)(next_random(rnd) % limit);
}

static bool one_in(uint64_t *rnd, uint32_t n)
{
	return below(rnd, n) == 0;
}

static uint32_t pick(uint64_t *rnd, const uint32_t *list, size_t count)
{
	return list[below(rnd, (uint32_t)count)];
}
#define PICK(rnd, ...)                                             \
	pick(rnd, (const uint32_t[]){ __VA_ARGS__ },               \
	     sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static void put_option(struct plan *p, uint8_t kind, uint8_t len, const uint8_t *value)
{
	if (p->options_len + len > TCP_OPTIONS_MAX)
		return;
	p->options[p->options_len] = kind;
	if (len > 1)
		p->options[p->options_len + 1] = len;
	if (len > 2)
		memcpy(p->options + p->options_len + 2, value, len - 2u);
	p->options_len += len;
}

static uint32_t draw_win(uint64_t *rnd, uint32_t mss, bool v6)
{
	uint32_t factor = 1 + below(rnd, 48);
	uint32_t unit = PICK(rnd, mss, mss - 12, 1460, 1448, 1440, 1428, mss + 40, mss + 60, 1500,
			     mss + 100, mss + (v6 ? 100 : 80), 1, 65535, 8192, 16384);

	return unit * factor > 65535 ? unit & 0xffff : unit * factor;
}

static uint32_t draw_mss(uint64_t *rnd)
{
	return one_in(rnd, 3) ? below(rnd, 65536)
			      : PICK(rnd, 1460, 1440, 1400, 1380, 1360, 1300, 1240, 8960, 536, 0,
				     99, 100, 101, 112, 265, 1331, 1412, 1452, 16396, 65495);
}

static void put_known(struct plan *p, uint64_t *rnd, uint8_t kind, uint32_t mss, uint32_t scale)
{
	uint8_t value[32] = { 0 };

	switch (kind) {
	case SYN_OPT_EOL:
	case SYN_OPT_NOP:
		put_option(p, kind, 1, value);
		break;
	case SYN_OPT_MSS:
		put16(value, mss);
		put_option(p, kind, 4, value);
		break;
	case SYN_OPT_SCALE:
		value[0] = (uint8_t)scale;
		put_option(p, kind, 3, value);
		break;
	case SYN_OPT_SACK_OK:
		put_option(p, kind, 2, value);
		break;
	case SYN_OPT_TIMESTAMP:
		put32(value, one_in(rnd, 12) ? 0 : (uint32_t)next_random(rnd));
		put32(value + 4, one_in(rnd, 12) ? (uint32_t)next_random(rnd) : 0);
		put_option(p, kind, 10, value);
		break;
	default:
		put_option(p, kind, kind == SYN_OPT_SACK ? 10 : (uint8_t)(2 + below(rnd, 9)),
			   value);
	}
}

static void pad(struct plan *p, uint64_t *rnd)
{
	while (p->options_len % 4)
		put_option(p, one_in(rnd, 3) ? SYN_OPT_EOL : SYN_OPT_NOP, 1, NULL);
}

/* Options as some system might send them. */
static void draw_plausible(struct plan *p, uint64_t *rnd)
{
	static const uint8_t layouts[][10] = {
		{ 2, 4, 8, 1, 3, 0xff },	{ 2, 1, 3, 1, 1, 4, 0xff },
		{ 2, 1, 3, 1, 1, 8, 4, 0, 0xff }, { 2, 1, 3, 4, 8, 0xff },
		{ 2, 1, 1, 4, 0xff },		{ 2, 0xff },
		{ 2, 4, 8, 1, 3, 34, 1, 1, 0xff }, { 2, 4, 8, 1, 3, 30, 0xff },
		{ 0xff },			{ 3, 1, 2, 8, 4, 0xff },
		{ 2, 2, 3, 3, 0xff },		{ 5, 2, 253, 0xff },
	};
	const uint8_t *layout = layouts[below(rnd, sizeof(layouts) / sizeof(layouts[0]))];
	uint32_t mss = draw_mss(rnd), scale = PICK(rnd, 0, 2, 6, 7, 8, 10, 14, 15, 255);

	for (; *layout != 0xff; layout++)
		put_known(p, rnd, *layout, mss, scale);
	pad(p, rnd);
	p->win = draw_win(rnd, mss, p->version == 6);
}

static void draw_noise(struct plan *p, uint64_t *rnd)
{
	size_t len = below(rnd, 11) * 4;

	p->win = below(rnd, 65536);
	for (; p->options_len < len; p->options_len++) {
		bool likely = !one_in(rnd, 3);

		p->options[p->options_len] = (uint8_t)(likely ? PICK(rnd, 0, 1, 2, 3, 4, 5, 8, 10)
							      : below(rnd, 256));
	}
	if (one_in(rnd, 8))
		memset(p->options, SYN_OPT_NOP, p->options_len);
	if (one_in(rnd, 6) && len) {
		/* An end-of-list with a little dirt behind it. */
		memset(p->options, 0, p->options_len);
		p->options[p->options_len - 1 - below(rnd, (uint32_t)len)] = 1;
	}
}

/* The packet that a signature describes. */
static void follow(struct plan *p, uint64_t *rnd, const struct sigdb_sig *sig)
{
	uint32_t quirks, mss = sig->mss == SIGDB_ANY ? draw_mss(rnd) : (uint32_t)sig->mss;

	p->version = !(sig->versions & SIGDB_IPV4) || (one_in(rnd, 4)) ? 6 : 4;
	quirks = sig->quirks[p->version == 6];
	p->ttl = (sig->ttl - below(rnd, one_in(rnd, 6) ? 60 : 30)) & 0xff;
	p->ttl = one_in(rnd, 12) ? below(rnd, 256) : p->ttl;
	p->fragment = quirks & SYN_Q_DF ? 0x4000 : 0;
	p->id = quirks & SYN_Q_ID_NONZERO ? 1 + below(rnd, 65535) : 0;
	if (!(quirks & (SYN_Q_DF | SYN_Q_ID_ZERO)))
		p->id = 1 + below(rnd, 65535);
	p->ack = quirks & SYN_Q_ACK_NONZERO ? (uint32_t)next_random(rnd) | 1u << 24 : 0;
	p->urgent = quirks & SYN_Q_URG_POINTER ? 1 : 0;
	if (quirks & SYN_Q_ECN)
		p->flags |= SYN_TCP_ECE | SYN_TCP_CWR;
	p->payload = sig->payload == 1 ? 10 : 0;
	for (unsigned int i = 0; i < sig->layout_len; i++)
		put_known(p, rnd, sig->layout[i], mss,
			  sig->scale == SIGDB_ANY ? below(rnd, 16) : (uint32_t)sig->scale);
	for (unsigned int i = 0; i < sig->eol_pad; i++)
		put_option(p, 0, 1, NULL);
	while (p->options_len % 4)
		put_option(p, SYN_OPT_NOP, 1, NULL);
	p->win = draw_win(rnd, mss, p->version == 6);
	if (sig->win_kind == SIGDB_WIN_NUMBER)
		p->win = sig->win;
	if (sig->win_kind == SIGDB_WIN_MSS)
		p->win = (mss - (one_in(rnd, 8) ? 12 : 0)) * sig->win & 0xffff;
	if (sig->win_kind == SIGDB_WIN_MTU)
		p->win = (mss + 40) * sig->win & 0xffff;
}

/* A few oddities that valid SYNs may have. */
static void add_quirks(struct plan *p, uint64_t *rnd)
{
	if (one_in(rnd, 8))
		p->tos = below(rnd, 256);
	if (one_in(rnd, 16))
		p->fragment ^= PICK(rnd, 0x4000, 0x8000);
	if (one_in(rnd, 16))
		p->id = PICK(rnd, 0, 1, 54321);
	if (one_in(rnd, 4))
		p->flow = below(rnd, 1 << 20);
	if (one_in(rnd, 24))
		p->seq = 0;
	if (one_in(rnd, 16))
		p->ack = (uint32_t)next_random(rnd);
	if (one_in(rnd, 16))
		p->flags |= PICK(rnd, SYN_TCP_PSH, SYN_TCP_URG, SYN_TCP_ECE, SYN_TCP_CWR);
	if (one_in(rnd, 16))
		p->reserved = below(rnd, 16);
	if (one_in(rnd, 16))
		p->urgent = below(rnd, 65536);
	if (one_in(rnd, 12))
		p->payload = below(rnd, 40);
	if (one_in(rnd, 16) && p->version == 6)
		p->extension = true;
	if (one_in(rnd, 16) && p->version == 4) {
		p->ip_options_len = 4 * (1 + below(rnd, 10));
		memset(p->ip_options, 1, p->ip_options_len);
	}
}

static size_t write_ip(const struct plan *p, uint32_t index, uint8_t *b, size_t tcp)
{
	static const uint8_t to4[4] = { 192, 0, 2, 1 };
	static const uint8_t destination_options[8] = { 6, 0, 1, 4 };

	if (p->version == 4) {
		size_t len = 20 + p->ip_options_len;

		b[0] = (uint8_t)(0x40 | len / 4);
		b[1] = (uint8_t)p->tos;
		put16(b + 2, (uint32_t)(len + tcp));
		put16(b + 4, p->id);
		put16(b + 6, p->fragment);
		b[8] = (uint8_t)p->ttl;
		b[9] = 6;
		put32(b + 12, 10u << 24 | index);
		memcpy(b + 16, to4, 4);
		memcpy(b + 20, p->ip_options, p->ip_options_len);
		return len;
	}
	put32(b, 6u << 28 | p->tos << 20 | p->flow);
	put16(b + 4, (uint32_t)(tcp + (p->extension ? sizeof(destination_options) : 0)));
	b[6] = p->extension ? 60 : 6;
	b[7] = (uint8_t)p->ttl;
	b[8] = 0xfd;
	put32(b + 20, index);
	b[24] = 0xfd;
	b[39] = 1;
	if (!p->extension)
		return 40;
	memcpy(b + 40, destination_options, sizeof(destination_options));
	return 40 + sizeof(destination_options);
}

static void write_packet(const struct plan *p, uint32_t index, struct packet_out *out)
{
	size_t tcp = 20 + p->options_len;
	uint8_t *t;

	out->ip_len = write_ip(p, index, out->bytes, tcp + p->payload);
	t = out->bytes + out->ip_len;
	put16(t, 1024 + index % 60000);
	put16(t + 2, 80);
	put32(t + 4, p->seq);
	put32(t + 8, p->ack);
	t[12] = (uint8_t)(tcp / 4 << 4 | p->reserved);
	t[13] = (uint8_t)p->flags;
	put16(t + 14, p->win);
	put16(t + 18, p->urgent);
	memcpy(t + 20, p->options, p->options_len);
	out->len = out->ip_len + tcp + p->payload;
}

/* Breaks one of the lengths, flags or protocol numbers; addresses stay. */
static void damage(struct packet_out *out, uint64_t *rnd)
{
	uint8_t *b = out->bytes, *t = b + out->ip_len;
	bool v4 = b[0] >> 4 == 4;

	switch (below(rnd, 9)) {
	case 0:
		b[0] = (uint8_t)((b[0] & 0xf0) | below(rnd, 16));
		break;
	case 1:
		put16(b + (v4 ? 2 : 4), below(rnd, 140));
		break;
	case 2:
		b[v4 ? 9 : 6] = (uint8_t)PICK(rnd, 0, 17, 43, 44, 51, 58, 60, 6);
		break;
	case 3:
		if (v4)
			put16(b + 6, below(rnd, 65536));
		break;
	case 4:
		t[12] = (uint8_t)(below(rnd, 16) << 4);
		break;
	case 5:
		t[13] = (uint8_t)below(rnd, 256);
		break;
	case 6:
		out->len = below(rnd, (uint32_t)out->len) + 1;
		break;
	case 7:
		out->len += below(rnd, 12); /* link-layer padding */
		break;
	default:
		t[20 + below(rnd, 40)] = (uint8_t)below(rnd, 256);
	}
}

void packet_make(const struct sigdb *db, uint32_t index, struct packet_out *out)
{
	uint64_t rnd = index;
	struct plan p = {
		.version = one_in(&rnd, 3) ? 6 : 4,
		.ttl = below(&rnd, 256),
		.id = below(&rnd, 65536),
		.fragment = 0x4000,
		.seq = (uint32_t)next_random(&rnd) | 1,
		.flags = SYN_TCP_SYN,
	};

	memset(out, 0, sizeof(*out));
	if (!one_in(&rnd, 2))
		follow(&p, &rnd, &db->sigs[below(&rnd, (uint32_t)db->sig_count)]);
	else if (one_in(&rnd, 2))
		draw_plausible(&p, &rnd);
	else
		draw_noise(&p, &rnd);
	if (one_in(&rnd, 2))
		add_quirks(&p, &rnd);
	write_packet(&p, index, out);
	if (one_in(&rnd, 8))
		damage(out, &rnd);
}

uint32_t packet_index(const char *address)
{
	unsigned int a, b, c, d;

	if (sscanf(address, "10.%u.%u.%u", &b, &c, &d) == 3)
		return b << 16 | c << 8 | d;
	if (sscanf(address, "fd%*x:%*x:%*x:%*x:%*x:%*x:%x:%x", &a, &b) == 2)
		return a << 16 | b;
	return UINT32_MAX;
}
