/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fingerprints of a SYN that syn_parse() accepted. All of them are made of numbers and fixed
 * words, so they are safe to print.
 *
 *   raw_sig  p0f 3: ver:ttl+distance:olen:mss:window,scale:layout:quirks:payload
 *   sig      the same with the guessed initial TTL instead of the TTL as seen: the key to count by
 *   muonfp   window:kinds:mss:scale
 *
 * Where p0f 3.09b has errors, raw_sig says what its documentation says: ack+ for every non-zero
 * acknowledgement number (p0f: only if the first byte is odd), opt+ for every non-zero byte after
 * end-of-list (p0f: not if it is the last byte alone), and SYNs behind IPv6 extension headers have
 * a signature (p0f: ignored), with their bytes as olen.
 */
#ifndef MODEL_FINGERPRINT_H
#define MODEL_FINGERPRINT_H

#include "user/model/syn.h"

#define FINGERPRINT_LEN 320  /* the longest possible is below 300 */
#define FINGERPRINT_DIST_MAX 35

/* What p0f takes the window for. FINGERPRINT_WIN_NUMBER: no multiple of anything it knows. */
enum fingerprint_win_kind {
	FINGERPRINT_WIN_NUMBER,
	FINGERPRINT_WIN_MSS,
	FINGERPRINT_WIN_MTU,
};

struct fingerprint_win {
	enum fingerprint_win_kind kind;
	unsigned int n; /* the factor, or the window itself */
};

struct fingerprint {
	char raw_sig[FINGERPRINT_LEN];
	char sig[FINGERPRINT_LEN];
	char muonfp[FINGERPRINT_LEN];
	char kinds[FINGERPRINT_LEN];  /* "2-4-8-1-3" */
	char quirks[FINGERPRINT_LEN]; /* "df,id+" */
	unsigned int ttl_initial;
	unsigned int distance; /* hops by that guess; a matching signature knows better */
	unsigned int mtu;	      /* path MTU that the MSS stands for, 0 without MSS */
	unsigned int clamped_from;    /* see fingerprint_clamped_from() */
};

void fingerprint_make(const struct syn *s, struct fingerprint *f);

/* 32, 64, 128 or 255: the next one that is not below the TTL as seen. */
unsigned int fingerprint_ttl_initial(const struct syn *s);

struct fingerprint_win fingerprint_win(const struct syn *s);

/*
 * True if the window is the largest multiple of the MSS that fits 16 bits, as Linux since 4.20
 * and Windows 10 choose it. Like p0f, counts 12 bytes less for a SYN with timestamps too. False
 * below an MSS of 100, where a multiple says nothing.
 */
bool fingerprint_win_is_largest(const struct syn *s);

/*
 * A hint that something on the path lowered the MSS: the window is a multiple of what Ethernet
 * gives (1460, IPv6 1440) but not of the smaller MSS that is advertised. Returns that original
 * MSS, or 0.
 */
unsigned int fingerprint_clamped_from(const struct syn *s);

#endif
