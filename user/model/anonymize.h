/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses made fit to be passed on. They stay addresses of their family, so that every sink and
 * filter works on them.
 *
 *   prefix  the host part is cleared: IPv4 /24, IPv6 /48
 *   hash    replaced by a keyed hash (SipHash-2-4), in ranges that no host has: IPv4 in
 *           240.0.0.0/4 (28 bits of hash: among 10,000 addresses, one in six times two collide),
 *           IPv6 in 100::/64 (64 bits). Without the key nobody can test a guess; with the same key
 *           the same address gives the same hash.
 */
#ifndef MODEL_ANONYMIZE_H
#define MODEL_ANONYMIZE_H

#include <stddef.h>
#include <stdint.h>

#define ANONYMIZE_KEY_LEN 16

enum anonymize_mode {
	ANONYMIZE_NOT,
	ANONYMIZE_PREFIX,
	ANONYMIZE_HASH,
};

struct anonymize {
	enum anonymize_mode mode;
	uint8_t key[ANONYMIZE_KEY_LEN]; /* secret; for ANONYMIZE_HASH */
};

/* "prefix" or "hash"; -EINVAL otherwise. */
int anonymize_mode_parse(const char *text, enum anonymize_mode *out);

/* addr: 16 bytes, network byte order, IPv4 in the first four; family: 4 or 6. */
void anonymize_address(const struct anonymize *how, uint8_t *addr, uint8_t family);

/*
 * The same in the header of a SYN, len bytes from the IP header on, and all in it that would tell
 * the addresses or the connection again: checksums are cleared, sequence numbers, time stamps, IP
 * identification and flow label become 1 where they were not 0, and the contents of all options but
 * MSS, window scale and SACK permitted are cleared. Fingerprints do not look at these, unless
 * options are broken (SYN_Q_BAD): lengths that lie lead them elsewhere. Bytes that are no whole SYN
 * are cleared.
 */
void anonymize_syn(const struct anonymize *how, uint8_t *bytes, size_t len);

#endif
