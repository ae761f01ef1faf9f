/* SPDX-License-Identifier: GPL-2.0 */
/* One SYN as it is shown: everything that syn.h, fingerprint.h and sigdb.h say about it. */
#ifndef MODEL_SYN_REPORT_H
#define MODEL_SYN_REPORT_H

#include "user/model/fields.h"
#include "user/model/sigdb.h"

struct syn_report {
	uint64_t ts_ns; /* 0: not known */
	const char *status; /* syn_status_name() */
	const char *label;  /* these three: owned by the sigdb, NULL if there is none */
	const char *class_name;
	const char *link;
	const char *quality; /* NULL without label */
	struct fingerprint fp;
	/* The server's view, as in all records: the sender of the SYN is the peer. */
	uint8_t saddr[16];
	uint8_t daddr[16];
	uint16_t sport;
	uint16_t dport;
	uint8_t family; /* 4, 6 or 0: not known */
	uint8_t ok;	/* bool: the fingerprint and all below hold */
	uint8_t has_ports;
	uint8_t has_mss;
	uint8_t has_scale;
	uint8_t ttl;
	uint8_t dscp;
	uint8_t fast_open; /* bool */
	uint8_t mptcp;	   /* bool */
	uint32_t dist;
	uint32_t win;
	uint32_t mss;
	uint32_t scale;
	uint32_t payload_bytes;
};

extern const struct fields_table fields_syn;

/*
 * What is known of a SYN whose parsing gave `status`. s: the result of syn_parse(), NULL when there
 * were no bytes at all. The report points into db.
 */
void syn_report_fill(struct syn_report *report, const struct sigdb *db, enum syn_status status,
		     const struct syn *s);

#endif
