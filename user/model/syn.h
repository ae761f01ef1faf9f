/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A SYN as bytes: the IP header with its options or extension headers, then the TCP header with
 * its options; what the kernel keeps for TCP_SAVE_SYN, or a whole packet from a capture file.
 *
 * Every byte may come from an attacker. syn_parse() never reads outside the given bytes, and every
 * walk ends after a fixed number of steps. Nothing behind it needs to check again.
 *
 * Options are walked twice, because fingerprint formats differ on broken options:
 *  - as p0f 3 does: MSS, window scale, SACK permitted and timestamps have their proper size
 *    whatever their length byte says. Gives layout, mss, scale, ts_own and the quirks.
 *  - by type and length, as MuonFP does: gives kinds, kinds_mss and kinds_scale.
 * They agree on every well-formed SYN.
 */
#ifndef MODEL_SYN_H
#define MODEL_SYN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYN_LAYOUT_MAX 24 /* p0f lists no more options than this */
#define SYN_KINDS_MAX 40  /* one per byte of option space */
#define SYN_ABSENT (-1)

/* For `wire`: only the headers were kept, so the length field of the IP header is believed. */
#define SYN_WIRE_UNKNOWN SIZE_MAX

/* What became of a SYN. Those after SYN_TRUNCATED mean that the bytes are no valid SYN. */
enum syn_status {
	SYN_OK,
	SYN_COOKIE,	/* answered with a SYN cookie: the kernel kept nothing */
	SYN_NOT_SAVED,	/* as CDG_SYN_NOT_SAVED */
	SYN_LOST,	/* as CDG_SYN_LOST */
	SYN_TRUNCATED,	/* more bytes were on the wire than were captured */
	SYN_SHORT,	/* ends inside a header */
	SYN_IP_VERSION, /* neither 4 nor 6 */
	SYN_IP_HEADER,	/* IPv4 header length below 20 or past the packet */
	SYN_IP_LENGTH,	/* length field below the headers or past the packet */
	SYN_FRAGMENT,
	SYN_EXTENSION,	/* IPv6 extension headers overrun, are too many or encrypted */
	SYN_NOT_TCP,
	SYN_NOT_SYN,	/* SYN flag clear, or a SYN-ACK */
	SYN_FLAGS,	/* SYN together with FIN or RST */
	SYN_TCP_HEADER, /* data offset below 20 or past the packet */
	SYN_STATUS_MAX
};

/* p0f's quirks; the order of the bits is the order in which p0f prints them. */
enum syn_quirk {
	SYN_Q_DF = 1 << 0,
	SYN_Q_ID_NONZERO = 1 << 1,   /* DF set, but the IP identification is not zero */
	SYN_Q_ID_ZERO = 1 << 2,	     /* DF clear, and the identification is zero */
	SYN_Q_ECN = 1 << 3,
	SYN_Q_IP_RESERVED = 1 << 4,
	SYN_Q_FLOW = 1 << 5,	     /* IPv6 flow label */
	SYN_Q_SEQ_ZERO = 1 << 6,
	SYN_Q_ACK_NONZERO = 1 << 7,  /* ACK flag clear */
	SYN_Q_ACK_ZERO = 1 << 8,     /* ACK flag set: never on a SYN, but in signature files */
	SYN_Q_URG_POINTER = 1 << 9,  /* URG flag clear */
	SYN_Q_URG = 1 << 10,
	SYN_Q_PUSH = 1 << 11,
	SYN_Q_TS_OWN_ZERO = 1 << 12,
	SYN_Q_TS_PEER = 1 << 13,     /* echo reply in a SYN */
	SYN_Q_PADDING = 1 << 14,     /* a non-zero byte after end-of-list */
	SYN_Q_SCALE = 1 << 15,	     /* window scale above 14 */
	SYN_Q_BAD = 1 << 16,	     /* options do not parse */
};
#define SYN_QUIRKS 17

enum syn_option {
	SYN_OPT_EOL = 0,
	SYN_OPT_NOP = 1,
	SYN_OPT_MSS = 2,
	SYN_OPT_SCALE = 3,
	SYN_OPT_SACK_OK = 4,
	SYN_OPT_SACK = 5,
	SYN_OPT_TIMESTAMP = 8,
	SYN_OPT_MPTCP = 30,
	SYN_OPT_FAST_OPEN = 34,
};

#define SYN_TCP_FIN 0x01
#define SYN_TCP_SYN 0x02
#define SYN_TCP_RST 0x04
#define SYN_TCP_PSH 0x08
#define SYN_TCP_ACK 0x10
#define SYN_TCP_URG 0x20
#define SYN_TCP_ECE 0x40
#define SYN_TCP_CWR 0x80

struct syn {
	uint8_t version;	/* 4 or 6; 0: the IP header is not whole */
	uint8_t ttl;		/* TTL or hop limit as received */
	uint8_t tos;		/* DSCP and ECN bits */
	uint8_t flags;		/* SYN_TCP_* as far as they were captured, else 0 */
	uint8_t src[16];	/* network byte order; IPv4 in the first four bytes */
	uint8_t dst[16];
	uint16_t sport;		/* host byte order, as everything below */
	uint16_t dport;
	uint32_t seq;
	uint16_t win;		/* as sent: never scaled in a SYN */
	uint16_t ip_extra;	/* bytes of IPv4 options or IPv6 extension headers */
	uint32_t ip_len;	/* IP header with them */
	uint32_t tcp_len;	/* TCP header with options */
	uint32_t payload;	/* bytes of data in the SYN, by the IP length field */
	uint32_t quirks;	/* enum syn_quirk */
	/* p0f's walk */
	uint8_t layout_len;
	uint8_t layout[SYN_LAYOUT_MAX];
	uint8_t eol_pad;	/* bytes after end-of-list */
	uint16_t mss;		/* last MSS option, 0 if none */
	uint8_t scale;		/* last window scale option, 0 if none */
	uint32_t ts_own;	/* last timestamp option, 0 if none */
	/* walk by type and length */
	uint8_t kinds_len;
	uint8_t kinds[SYN_KINDS_MAX];
	int32_t kinds_mss;	/* SYN_ABSENT if there is no such option */
	int32_t kinds_scale;
};

/*
 * Decode `captured` bytes that begin with the IP header, of a packet that had `wire` bytes (or
 * SYN_WIRE_UNKNOWN). Bytes beyond the IP length field are link-layer padding. Unless the result is
 * SYN_OK, *s holds what could be read before the error, the rest is zero.
 */
enum syn_status syn_parse(const uint8_t *bytes, size_t captured, size_t wire, struct syn *s);

/* "ok", "syncookie", "truncated", "malformed:fragment"; static storage. */
const char *syn_status_name(enum syn_status status);

/* Names by bit number, as p0f writes them: "df", "id+"... */
extern const char *const syn_quirk_names[SYN_QUIRKS];

/* p0f's name of an option kind, NULL where it writes ?N. */
const char *syn_option_name(uint8_t kind);

/* Bytes of the IPv6 extension header that begins at h, of this kind (its number as next header). */
size_t syn_extension_len(uint8_t kind, const uint8_t *h);

/* True if the SYN carries this option, by the walk by type and length. */
bool syn_has_kind(const struct syn *s, uint8_t kind);

#endif
