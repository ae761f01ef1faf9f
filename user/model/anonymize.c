/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/anonymize.h"

#include <errno.h>
#include <string.h>

#include "user/model/syn.h"
#include "user/util/own.h"

static uint64_t le64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static uint64_t rotate(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

static void sip_rounds(uint64_t v[4], int rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

/* SipHash-2-4 of at most 255 bytes (Aumasson and Bernstein, 2012). */
static uint64_t siphash(const uint8_t key[ANONYMIZE_KEY_LEN], const uint8_t *data, size_t len)
{
	uint64_t k0 = le64(key), k1 = le64(key + 8);
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
			  k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 };

	for (size_t at = 0; at <= len; at += 8) {
		uint8_t block[8] = { 0 };
		size_t left = len - at;
		uint64_t m;

		memcpy(block, data + at, left < 8 ? left : 8);
		if (left < 8)
			block[7] = (uint8_t)len;
		m = le64(block);
		v[3] ^= m;
		sip_rounds(v, 2);
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static void hash_address(const struct anonymize *how, uint8_t *addr, uint8_t family)
{
	uint64_t hash = siphash(how->key, addr, family == 4 ? 4 : 16);
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(hash >> (8 * i));
	memset(addr, 0, 16);
	if (family == 4) {
		memcpy(addr, bytes, 4);
		addr[0] |= 0xf0;
		return;
	}
	addr[0] = 1;
	memcpy(addr + 8, bytes, 8);
}

static int is_mapped(const uint8_t *addr)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(addr, mapped, sizeof(mapped));
}

void anonymize_address(const struct anonymize *how, uint8_t *addr, uint8_t family)
{
	if (how->mode == ANONYMIZE_NOT)
		return;
	if (family == 6 && is_mapped(addr)) {
		uint8_t v4[16] = { 0 };

		memcpy(v4, addr + 12, 4);
		anonymize_address(how, v4, 4);
		memcpy(addr + 12, v4, 4);
		return;
	}
	if (how->mode == ANONYMIZE_HASH)
		hash_address(how, addr, family);
	else
		memset(addr + (family == 4 ? 3 : 6), 0, family == 4 ? 1 : 10);
}

/* 1 where it was not 0: that is all that fingerprints look at. */
static void flatten(uint8_t *number, size_t size)
{
	uint8_t any = 0;

	for (size_t i = 0; i < size; i++) {
		any |= number[i];
		number[i] = 0;
	}
	number[size - 1] = any != 0;
}

static void hide_address(const struct anonymize *how, uint8_t *at, uint8_t family)
{
	uint8_t addr[16] = { 0 };

	memcpy(addr, at, family == 4 ? 4 : 16);
	anonymize_address(how, addr, family);
	memcpy(at, addr, family == 4 ? 4 : 16);
}

/* ip_len: with its options, which may hold addresses. */
static void hide_ipv4(const struct anonymize *how, uint8_t *ip, size_t ip_len)
{
	flatten(ip + 4, 2);
	memset(ip + 10, 0, 2);
	hide_address(how, ip + 12, 4);
	hide_address(how, ip + 16, 4);
	memset(ip + 20, 0, ip_len - 20);
}

static void hide_ipv6(const struct anonymize *how, uint8_t *ip, size_t ip_len)
{
	uint8_t next = ip[6], label[3] = { ip[1] & 15, ip[2], ip[3] };

	flatten(label, sizeof(label));
	ip[1] &= 0xf0;
	memcpy(ip + 2, label + 1, 2);
	hide_address(how, ip + 8, 6);
	hide_address(how, ip + 24, 6);
	for (size_t at = 40, len; at < ip_len; at += len) {
		len = syn_extension_len(next, ip + at);
		next = ip[at];
		memset(ip + at + 2, 0, len - 2);
	}
}

static void hide_options(uint8_t *o, size_t len)
{
	static const uint8_t kept[] = {
		[SYN_OPT_MSS] = 4, [SYN_OPT_SCALE] = 3, [SYN_OPT_SACK_OK] = 2,
	};

	for (size_t at = 0, size; at < len; at += size) {
		size_t from = o[at] < sizeof(kept) && kept[o[at]] ? kept[o[at]] : 2;

		size = o[at] == SYN_OPT_NOP ? 1 : at + 1 < len ? o[at + 1] : 0;
		if (o[at] == SYN_OPT_EOL) /* what follows is nothing, or should be */
			return flatten(o + at, len - at);
		if (o[at] == SYN_OPT_NOP)
			continue;
		if (size < 2 || size > len - at) /* broken: what it is nobody knows */
			return (void)memset(o + at + 1, 0, len - at - 1);
		if (o[at] == SYN_OPT_TIMESTAMP && size == 10) {
			flatten(o + at + 2, 4);
			flatten(o + at + 6, 4);
		} else if (from < size) {
			memset(o + at + from, 0, size - from);
		}
	}
}

void anonymize_syn(const struct anonymize *how, uint8_t *bytes, size_t len)
{
	struct syn s;
	uint8_t *tcp;

	if (how->mode == ANONYMIZE_NOT)
		return;
	if (syn_parse(bytes, len, SYN_WIRE_UNKNOWN, &s) != SYN_OK) {
		memset(bytes, 0, len);
		return;
	}
	if (s.version == 4)
		hide_ipv4(how, bytes, s.ip_len);
	else
		hide_ipv6(how, bytes, s.ip_len);
	tcp = bytes + s.ip_len;
	flatten(tcp + 4, 4);
	flatten(tcp + 8, 4);
	memset(tcp + 16, 0, 2);
	flatten(tcp + 18, 2);
	hide_options(tcp + 20, s.tcp_len - 20);
	/* Data that was captured with it is no header. */
	memset(tcp + s.tcp_len, 0, len - s.ip_len - s.tcp_len);
}

int anonymize_mode_parse(const char *text, enum anonymize_mode *out)
{
	static const struct {
		const char *name;
		enum anonymize_mode mode;
	} modes[] = { { "prefix", ANONYMIZE_PREFIX }, { "hash", ANONYMIZE_HASH } };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strcmp(modes[i].name, text))
			continue;
		*out = modes[i].mode;
		return 0;
	}
	return -EINVAL;
}
