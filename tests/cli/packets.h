/* SPDX-License-Identifier: GPL-2.0 */
/* SYNs for the comparison with p0f: the same ones on every run, plausible and hostile. */
#ifndef ORACLE_PACKETS_H
#define ORACLE_PACKETS_H

#include "user/model/sigdb.h"

#define PACKET_MAX 256

struct packet_out {
	uint8_t bytes[PACKET_MAX];
	size_t len;
	size_t ip_len; /* where the TCP header was put */
};

/*
 * Packet number `index`: a source address of its own (10.x.y.z or fd00::x:y, the index in it), the
 * rest drawn from the index. About half follow signatures of db, so that labels are compared too.
 */
void packet_make(const struct sigdb *db, uint32_t index, struct packet_out *out);

/* The index in a source address as p0f prints it; UINT32_MAX if it is none of ours. */
uint32_t packet_index(const char *address);

#endif
