/* SPDX-License-Identifier: GPL-2.0 */
/* What syn_parse() makes of headers that the vectors do not have. */
#include <string.h>

#include "tests/unit/case.h"
#include "user/model/fingerprint.h"
#include "user/util/own.h"

/* An IPv4 SYN of 60 bytes as Linux sends it, 192.0.2.1:40000 to 192.0.2.2:80. */
static const uint8_t linux_v4[60] = {
	0x45, 0, 0, 60, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
	0x9c, 0x40, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0, 0xa0, 2, 0xfa, 0xf0, 0, 0, 0, 0,
	2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7,
};

struct packet {
	uint8_t bytes[256];
	size_t len;
};

static struct packet v4(void)
{
	struct packet p = { .len = sizeof(linux_v4) };

	memcpy(p.bytes, linux_v4, sizeof(linux_v4));
	return p;
}

/* IPv6 with these bytes between its header and TCP; `next` is the first one's protocol. */
static struct packet v6(uint8_t next, const uint8_t *extensions, size_t len)
{
	struct packet p = { .len = 40 + len + 40 };

	p.bytes[0] = 0x60;
	p.bytes[5] = (uint8_t)(len + 40);
	p.bytes[6] = next;
	p.bytes[7] = 64;
	memcpy(p.bytes + 40, extensions, len);
	memcpy(p.bytes + 40 + len, linux_v4 + 20, 40);
	return p;
}

static enum syn_status parse(const struct packet *p, struct syn *s)
{
	return syn_parse(p->bytes, p->len, p->len, s);
}

static void facts_of_a_plain_syn(void **state)
{
	struct packet p = v4();
	struct syn s;

	(void)state;
	assert_int_equal(parse(&p, &s), SYN_OK);
	assert_int_equal(s.version, 4);
	assert_int_equal(s.ttl, 64);
	assert_memory_equal(s.src, linux_v4 + 12, 4);
	assert_memory_equal(s.dst, linux_v4 + 16, 4);
	assert_int_equal(s.sport, 40000);
	assert_int_equal(s.dport, 80);
	assert_int_equal(s.seq, 0x01020304);
	assert_int_equal(s.win, 64240);
	assert_int_equal(s.ts_own, 9);
	assert_int_equal(s.payload, 0);
	assert_int_equal(s.quirks, SYN_Q_DF | SYN_Q_ID_NONZERO);
	assert_true(syn_has_kind(&s, SYN_OPT_SACK_OK));
	assert_false(syn_has_kind(&s, SYN_OPT_MPTCP));
}

static void extension_headers_are_walked(void **state)
{
	static const uint8_t chain[] = {
		43, 0, 5, 2, 0, 0, 0, 0,		     /* hop-by-hop */
		60, 0, 0, 0, 0, 0, 0, 0,		     /* routing */
		44, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* destination */
		6, 0, 0, 0, 1, 2, 3, 4,			     /* an only fragment */
	};
	struct packet p = v6(0, chain, sizeof(chain));
	struct syn s;

	(void)state;
	assert_int_equal(parse(&p, &s), SYN_OK);
	assert_int_equal(s.ip_extra, sizeof(chain));
	assert_int_equal(s.ip_len, 40 + sizeof(chain));
	assert_int_equal(s.win, 64240);
}

static void extension_headers_that_hide_tcp(void **state)
{
	static const struct {
		uint8_t next;
		uint8_t bytes[8];
		enum syn_status status;
	} cases[] = {
		{ 44, { 6, 0, 0, 8 }, SYN_FRAGMENT },	 /* offset */
		{ 44, { 6, 0, 0, 1 }, SYN_FRAGMENT },	 /* more to come */
		{ 50, { 6 }, SYN_EXTENSION },		 /* ESP */
		{ 51, { 6 }, SYN_EXTENSION },		 /* AH */
		{ 0, { 6, 255 }, SYN_EXTENSION },	 /* past the end */
		{ 59, { 6 }, SYN_NOT_TCP },
		{ 60, { 17, 0 }, SYN_NOT_TCP },
		{ 60, { 60, 5 }, SYN_EXTENSION },	 /* ends in the middle of the next one */
		{ 60, { 6, 4 }, SYN_IP_LENGTH },	 /* eight bytes are left for TCP */
	};
	struct syn s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p = v6(cases[i].next, cases[i].bytes, sizeof(cases[i].bytes));

		assert_string_equal(syn_status_name(parse(&p, &s)),
				    syn_status_name(cases[i].status));
	}
}

static void a_chain_of_extensions_ends(void **state)
{
	uint8_t chain[20 * 8] = { 0 };
	struct packet p;
	struct syn s;

	(void)state;
	for (size_t i = 0; i < sizeof(chain); i += 8)
		chain[i] = i + 8 < sizeof(chain) ? 60 : 6;
	p = v6(60, chain, sizeof(chain));
	assert_int_equal(parse(&p, &s), SYN_EXTENSION);
	chain[8 * 15] = 6;
	p = v6(60, chain, 16 * 8);
	assert_int_equal(parse(&p, &s), SYN_OK);
}

static void flags_that_no_new_connection_has(void **state)
{
	static const struct {
		uint8_t flags;
		enum syn_status status;
	} cases[] = {
		{ SYN_TCP_SYN | SYN_TCP_ACK, SYN_NOT_SYN },
		{ SYN_TCP_ACK, SYN_NOT_SYN },
		{ SYN_TCP_RST, SYN_NOT_SYN },
		{ SYN_TCP_SYN | SYN_TCP_FIN, SYN_FLAGS },
		{ SYN_TCP_SYN | SYN_TCP_RST, SYN_FLAGS },
		{ SYN_TCP_SYN | SYN_TCP_PSH, SYN_OK },
	};
	struct packet p = v4();
	struct syn s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		p.bytes[33] = cases[i].flags;
		assert_int_equal(parse(&p, &s), cases[i].status);
		assert_int_equal(s.flags, cases[i].flags);
	}
}

static void lengths_that_lie(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum syn_status status;
	} cases[] = {
		{ 0, 0x44, SYN_IP_HEADER }, { 0, 0x4f, SYN_IP_LENGTH },
		{ 0, 0x75, SYN_IP_VERSION }, { 3, 61, SYN_IP_LENGTH },
		{ 3, 59, SYN_TCP_HEADER }, { 3, 39, SYN_IP_LENGTH },
		{ 3, 19, SYN_IP_LENGTH }, { 9, 17, SYN_NOT_TCP },
		{ 7, 1, SYN_FRAGMENT }, { 6, 0x20, SYN_FRAGMENT },
		{ 32, 0x40, SYN_TCP_HEADER }, { 32, 0xf0, SYN_TCP_HEADER },
	};
	struct syn s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct packet p = v4();

		p.bytes[cases[i].at] = cases[i].value;
		assert_string_equal(syn_status_name(parse(&p, &s)),
				    syn_status_name(cases[i].status));
	}
}

static void options_with_impossible_lengths_end_the_walk(void **state)
{
	struct fingerprint f;
	struct syn s;

	(void)state;
	for (uint8_t len = 0; len < 2; len++) {
		struct packet p = v4();

		p.bytes[44] = 99; /* where SACK permitted was */
		p.bytes[45] = len;
		assert_int_equal(parse(&p, &s), SYN_OK);
		fingerprint_make(&s, &f);
		assert_string_equal(f.kinds, "2-99");
		assert_string_equal(f.raw_sig, "4:64+0:0:1460:mss*44,0:mss,?99:df,id+,bad:0");
	}
}

static void padding_is_no_payload(void **state)
{
	struct packet p = v4();
	struct syn s;

	(void)state;
	p.len += 4; /* as Ethernet does to short frames */
	assert_int_equal(parse(&p, &s), SYN_OK);
	assert_int_equal(s.payload, 0);
}

static void saved_headers_tell_of_the_payload(void **state)
{
	struct packet p = v4();
	struct syn s;

	(void)state;
	p.bytes[3] = 65;
	assert_int_equal(parse(&p, &s), SYN_IP_LENGTH);
	assert_int_equal(syn_parse(p.bytes, p.len, SYN_WIRE_UNKNOWN, &s), SYN_OK);
	assert_int_equal(s.payload, 5);
	assert_int_equal(syn_parse(p.bytes, p.len - 1, SYN_WIRE_UNKNOWN, &s), SYN_TRUNCATED);
}

static void the_longest_signature_is_whole(void **state)
{
	struct packet p = { .len = 120 };
	struct fingerprint f;
	struct syn s;

	(void)state;
	memcpy(p.bytes, linux_v4, 40);
	p.bytes[0] = 0x4f;
	p.bytes[3] = 120;
	memmove(p.bytes + 60, linux_v4 + 20, 20);
	p.bytes[60 + 12] = 0xf0 | 1;
	p.bytes[60 + 13] = 0xff & ~(SYN_TCP_FIN | SYN_TCP_RST | SYN_TCP_ACK);
	for (size_t i = 80; i < 120; i += 2) {
		p.bytes[i] = 255;
		p.bytes[i + 1] = 2;
	}
	p.bytes[118] = 254;
	p.bytes[119] = 3; /* does not fit: bad */
	assert_int_equal(parse(&p, &s), SYN_OK);
	fingerprint_make(&s, &f);
	assert_int_equal(s.layout_len, 20);
	assert_string_equal(f.raw_sig + strlen(f.raw_sig) - 6, ",bad:0");
	assert_non_null(strstr(f.muonfp, "-255-254::"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("facts of a plain SYN", facts_of_a_plain_syn),
		CASE("extension headers are walked", extension_headers_are_walked),
		CASE("extension headers that hide the TCP header", extension_headers_that_hide_tcp),
		CASE("a chain of extensions ends", a_chain_of_extensions_ends),
		CASE("flags that no new connection has", flags_that_no_new_connection_has),
		CASE("lengths that lie", lengths_that_lie),
		CASE("options with impossible lengths end the walk",
		     options_with_impossible_lengths_end_the_walk),
		CASE("padding behind the packet is no payload", padding_is_no_payload),
		CASE("saved headers tell of the payload", saved_headers_tell_of_the_payload),
		CASE("the longest signature is whole", the_longest_signature_is_whole),
	};

	return cmocka_run_group_tests_name("SYN parser", tests, NULL, NULL);
}
