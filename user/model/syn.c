/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/syn.h"

#include <string.h>

#define IPPROTO_HOPOPTS_ 0
#define IPPROTO_TCP_ 6
#define IPPROTO_ROUTING_ 43
#define IPPROTO_FRAGMENT_ 44
#define IPPROTO_ESP_ 50
#define IPPROTO_AH_ 51
#define IPPROTO_DSTOPTS_ 60

#define IPV6_EXTENSIONS_MAX 16

const char *const syn_quirk_names[SYN_QUIRKS] = {
	"df", "id+", "id-", "ecn", "0+", "flow", "seq-", "ack+", "ack-",
	"uptr+", "urgf+", "pushf+", "ts1-", "ts2+", "opt+", "exws", "bad",
};

static const char *const status_names[SYN_STATUS_MAX] = {
	[SYN_OK] = "ok",
	[SYN_COOKIE] = "syncookie",
	[SYN_NOT_SAVED] = "not_saved",
	[SYN_LOST] = "lost",
	[SYN_TRUNCATED] = "truncated",
	[SYN_SHORT] = "malformed:short",
	[SYN_IP_VERSION] = "malformed:ip-version",
	[SYN_IP_HEADER] = "malformed:ip-header-length",
	[SYN_IP_LENGTH] = "malformed:ip-length",
	[SYN_FRAGMENT] = "malformed:fragment",
	[SYN_EXTENSION] = "malformed:extension-header",
	[SYN_NOT_TCP] = "malformed:not-tcp",
	[SYN_NOT_SYN] = "malformed:not-a-syn",
	[SYN_FLAGS] = "malformed:syn-with-fin-or-rst",
	[SYN_TCP_HEADER] = "malformed:tcp-header-length",
};

static const char *const option_names[] = {
	[SYN_OPT_EOL] = "eol",	   [SYN_OPT_NOP] = "nop",   [SYN_OPT_MSS] = "mss",
	[SYN_OPT_SCALE] = "ws",	   [SYN_OPT_SACK_OK] = "sok", [SYN_OPT_SACK] = "sack",
	[SYN_OPT_TIMESTAMP] = "ts",
};

/* The packet as it is being walked; `end` shrinks to what the IP length field declares. */
struct packet {
	const uint8_t *bytes;
	size_t captured;
	size_t wire;
	size_t end;
	size_t at; /* where the next header begins */
};

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static enum syn_status need(const struct packet *p, size_t upto)
{
	if (upto <= p->captured)
		return SYN_OK;
	return upto <= p->wire ? SYN_TRUNCATED : SYN_SHORT;
}

static enum syn_status declare_length(struct packet *p, size_t total)
{
	if (total > p->wire || total < p->at)
		return SYN_IP_LENGTH;
	p->end = total;
	return SYN_OK;
}

static enum syn_status parse_ipv4(struct packet *p, struct syn *s)
{
	const uint8_t *h = p->bytes;
	enum syn_status st = need(p, 20);
	uint16_t fragment, id;

	if (st)
		return st;
	s->version = 4;
	s->ip_len = (h[0] & 15) * 4u;
	s->tos = h[1];
	s->ttl = h[8];
	memcpy(s->src, h + 12, 4);
	memcpy(s->dst, h + 16, 4);
	id = be16(h + 4);
	fragment = be16(h + 6);
	if (fragment & 0x8000)
		s->quirks |= SYN_Q_IP_RESERVED;
	if (fragment & 0x4000)
		s->quirks |= SYN_Q_DF | (id ? SYN_Q_ID_NONZERO : 0);
	else if (!id)
		s->quirks |= SYN_Q_ID_ZERO;

	if (h[9] != IPPROTO_TCP_)
		return SYN_NOT_TCP;
	if (fragment & 0x3fff)
		return SYN_FRAGMENT;
	if (s->ip_len < 20 || s->ip_len > p->wire)
		return SYN_IP_HEADER;
	s->ip_extra = (uint16_t)(s->ip_len - 20);
	p->at = s->ip_len;
	return declare_length(p, be16(h + 2));
}

size_t syn_extension_len(uint8_t kind, const uint8_t *h)
{
	return kind == IPPROTO_FRAGMENT_ ? 8 : (h[1] + 1u) * 8;
}

/* Advance over one extension header; *next becomes the protocol behind it. */
static enum syn_status skip_extension(struct packet *p, uint8_t *next)
{
	const uint8_t *h;
	enum syn_status st;
	size_t len;

	if (p->at + 8 > p->end)
		return SYN_EXTENSION;
	st = need(p, p->at + 8);
	if (st)
		return st;
	h = p->bytes + p->at;
	/* A fragment header that says "the only fragment" survives in the saved SYN. */
	if (*next == IPPROTO_FRAGMENT_ && (be16(h + 2) & 0xfff9))
		return SYN_FRAGMENT;
	len = syn_extension_len(*next, h);
	if (p->at + len > p->end)
		return SYN_EXTENSION;
	*next = h[0];
	p->at += len;
	return SYN_OK;
}

static enum syn_status walk_extensions(struct packet *p, uint8_t next)
{
	for (int i = 0; i <= IPV6_EXTENSIONS_MAX; i++) {
		enum syn_status st;

		switch (next) {
		case IPPROTO_TCP_:
			return SYN_OK;
		case IPPROTO_HOPOPTS_:
		case IPPROTO_ROUTING_:
		case IPPROTO_FRAGMENT_:
		case IPPROTO_DSTOPTS_:
			st = skip_extension(p, &next);
			if (st)
				return st;
			break;
		case IPPROTO_ESP_:
		case IPPROTO_AH_:
			return SYN_EXTENSION;
		default:
			return SYN_NOT_TCP;
		}
	}
	return SYN_EXTENSION;
}

static enum syn_status parse_ipv6(struct packet *p, struct syn *s)
{
	const uint8_t *h = p->bytes;
	enum syn_status st = need(p, 40);

	if (st)
		return st;
	s->version = 6;
	s->tos = (uint8_t)(be16(h) >> 4);
	s->ttl = h[7];
	memcpy(s->src, h + 8, 16);
	memcpy(s->dst, h + 24, 16);
	if (be32(h) & 0xfffff)
		s->quirks |= SYN_Q_FLOW;
	p->at = 40;
	st = declare_length(p, 40 + (size_t)be16(h + 4));
	if (!st)
		st = walk_extensions(p, h[6]);
	s->ip_len = (uint32_t)p->at;
	s->ip_extra = (uint16_t)(p->at - 40);
	return st;
}

/*
 * One option of p0f's walk. `left` bytes follow the kind byte. Returns how many of them it takes,
 * or -1 when the walk ends here as broken.
 */
static int p0f_option(struct syn *s, uint8_t kind, const uint8_t *o, size_t left)
{
	static const uint8_t fixed[] = {
		[SYN_OPT_MSS] = 4, [SYN_OPT_SCALE] = 3, [SYN_OPT_SACK_OK] = 2,
		[SYN_OPT_TIMESTAMP] = 10,
	};
	uint8_t size = kind < sizeof(fixed) ? fixed[kind] : 0;
	uint8_t min = kind == SYN_OPT_SACK ? 10 : 2, max = kind == SYN_OPT_SACK ? 34 : 40;

	if (!left)
		return -1;
	if (!size)
		return o[0] < min || o[0] > max || o[0] - 1u > left ? -1 : o[0] - 1;
	if (size - 1u > left)
		return -1;
	if (o[0] != size)
		s->quirks |= SYN_Q_BAD;
	if (kind == SYN_OPT_MSS)
		s->mss = be16(o + 1);
	if (kind == SYN_OPT_SCALE) {
		s->scale = o[1];
		if (o[1] > 14)
			s->quirks |= SYN_Q_SCALE;
	}
	if (kind == SYN_OPT_TIMESTAMP) {
		s->ts_own = be32(o + 1);
		s->quirks |= s->ts_own ? 0 : SYN_Q_TS_OWN_ZERO;
		s->quirks |= be32(o + 5) ? SYN_Q_TS_PEER : 0;
	}
	return size - 1;
}

static void walk_as_p0f(struct syn *s, const uint8_t *o, size_t len)
{
	size_t at = 0;

	while (at < len && s->layout_len < SYN_LAYOUT_MAX) {
		uint8_t kind = o[at++];
		int used;

		s->layout[s->layout_len++] = kind;
		if (kind == SYN_OPT_NOP)
			continue;
		if (kind == SYN_OPT_EOL) {
			s->eol_pad = (uint8_t)(len - at);
			while (at < len)
				if (o[at++])
					s->quirks |= SYN_Q_PADDING;
			return;
		}
		used = p0f_option(s, kind, o + at, len - at);
		if (used < 0) {
			s->quirks |= SYN_Q_BAD;
			return;
		}
		at += (size_t)used;
	}
	if (at < len)
		s->quirks |= SYN_Q_BAD;
}

static void walk_by_length(struct syn *s, const uint8_t *o, size_t len)
{
	size_t at = 0, size;

	s->kinds_mss = s->kinds_scale = SYN_ABSENT;
	for (; at < len; at += size) {
		uint8_t kind = o[at];
		size_t left = len - at;

		s->kinds[s->kinds_len++] = kind;
		if (kind == SYN_OPT_EOL)
			return;
		if (kind == SYN_OPT_NOP) {
			size = 1;
		} else if (kind == SYN_OPT_MSS) {
			size = 4;
			if (left >= size)
				s->kinds_mss = be16(o + at + 2);
		} else if (kind == SYN_OPT_SCALE) {
			size = 3;
			if (left >= size)
				s->kinds_scale = o[at + 2];
		} else {
			size = left > 1 ? o[at + 1] : 0;
			if (size < 2)
				return;
		}
	}
}

static void note_tcp_quirks(struct syn *s, const uint8_t *t)
{
	uint8_t ecn_flags = s->flags & (SYN_TCP_ECE | SYN_TCP_CWR);

	if ((s->tos & 3) || ecn_flags || (t[12] & 1))
		s->quirks |= SYN_Q_ECN;
	if (!s->seq)
		s->quirks |= SYN_Q_SEQ_ZERO;
	if (be32(t + 8))
		s->quirks |= SYN_Q_ACK_NONZERO;
	if (s->flags & SYN_TCP_URG)
		s->quirks |= SYN_Q_URG;
	else if (be16(t + 18))
		s->quirks |= SYN_Q_URG_POINTER;
	if (s->flags & SYN_TCP_PSH)
		s->quirks |= SYN_Q_PUSH;
}

static enum syn_status parse_tcp(struct packet *p, struct syn *s)
{
	const uint8_t *t;
	enum syn_status st;

	if (p->at + 20 > p->end)
		return SYN_IP_LENGTH;
	st = need(p, p->at + 20);
	if (st)
		return st;
	t = p->bytes + p->at;
	s->sport = be16(t);
	s->dport = be16(t + 2);
	s->seq = be32(t + 4);
	s->tcp_len = (t[12] >> 4) * 4u;
	s->flags = t[13];
	s->win = be16(t + 14);
	if ((s->flags & (SYN_TCP_SYN | SYN_TCP_ACK)) != SYN_TCP_SYN)
		return SYN_NOT_SYN;
	if (s->flags & (SYN_TCP_FIN | SYN_TCP_RST))
		return SYN_FLAGS;
	if (s->tcp_len < 20 || p->at + s->tcp_len > p->end)
		return SYN_TCP_HEADER;
	st = need(p, p->at + s->tcp_len);
	if (st)
		return st;
	note_tcp_quirks(s, t);
	walk_as_p0f(s, t + 20, s->tcp_len - 20);
	walk_by_length(s, t + 20, s->tcp_len - 20);
	s->payload = (uint32_t)(p->end - p->at - s->tcp_len);
	return SYN_OK;
}

enum syn_status syn_parse(const uint8_t *bytes, size_t captured, size_t wire, struct syn *s)
{
	struct packet p = { .bytes = bytes, .captured = captured, .wire = wire };
	enum syn_status st;

	memset(s, 0, sizeof(*s));
	s->kinds_mss = s->kinds_scale = SYN_ABSENT;
	if (p.captured > p.wire)
		p.captured = p.wire;
	st = need(&p, 1);
	if (st)
		return st;
	switch (bytes[0] >> 4) {
	case 4:
		st = parse_ipv4(&p, s);
		break;
	case 6:
		st = parse_ipv6(&p, s);
		break;
	default:
		return SYN_IP_VERSION;
	}
	return st ? st : parse_tcp(&p, s);
}

const char *syn_status_name(enum syn_status status)
{
	return status < SYN_STATUS_MAX ? status_names[status] : "unknown";
}

const char *syn_option_name(uint8_t kind)
{
	return kind < sizeof(option_names) / sizeof(option_names[0]) ? option_names[kind] : NULL;
}

bool syn_has_kind(const struct syn *s, uint8_t kind)
{
	return memchr(s->kinds, kind, s->kinds_len) != NULL;
}
