/* SPDX-License-Identifier: GPL-2.0 */
/* One SYN as it is shown: everything that syn.h, fingerprint.h and sigdb.h say about it. */
#ifndef MODEL_SYN_REPORT_H
#define MODEL_SYN_REPORT_H

#include "user/model/fields.h"
#include "include/cdg_abi.h"
#include "user/model/sigdb.h"

struct syn_report {
	uint64_t ts_ns; /* 0: not known */
	const char *status; /* syn_status_name() */
	const char *label;  /* these three: owned by the sigdb, NULL if there is none */
	const char *class_name;
	const char *link;
	const char *quality; /* NULL without label */
	const char *cgroup;  /* of the listener, owned by whoever sets it; NULL: not known */
	uint64_t cookie;     /* these, down to flow: 0: not known */
	uint64_t cgroup_id;
	uint32_t netns;
	uint32_t seq;
	uint64_t flow;	     /* that CDG drives now; the next three hold then */
	uint32_t srtt_us;
	uint32_t retrans;
	uint32_t cwnd;
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
	uint8_t source;	   /* CDG_SYN_SAVE, CDG_SYN_SYNACK or 0 */
	uint8_t live;	   /* bool: from the kernel, flags hold */
	uint8_t flags;	   /* CDG_SYN_UNVERIFIED, CDG_SYN_BY_COOKIE */
	uint8_t has_header; /* bool: the next one is to be shown */
	char header[2 * CDG_SYN_BYTES + 1]; /* hex */
	uint32_t dist;
	uint32_t win;
	uint32_t mss;
	uint32_t scale;
	uint32_t payload_bytes;
};

/* The same fields; the second is for streams, in sentences. */
extern const struct fields_table fields_syn;
extern const struct fields_table fields_syn_event;

/* A row of `syn top`. */
struct syn_count {
	const char *sig; /* or the reason why there is none; NULL: all others together */
	const char *label;
	uint64_t count;
	uint64_t last_ns;
	double share; /* of all */
};
extern const struct fields_table fields_syn_count;

/*
 * What is known of a SYN whose parsing gave `status`. s: the result of syn_parse(), NULL when there
 * were no bytes at all. The report points into db.
 */
void syn_report_fill(struct syn_report *report, const struct sigdb *db, enum syn_status status,
		     const struct syn *s);

/*
 * What the kernel kept of an accepted connection: decoded by event_decode_syn(), so rec->len is
 * right. The bytes of the header are parsed here. header: shows them, too.
 */
void syn_report_record(struct syn_report *report, const struct sigdb *db,
		       const struct cdg_rec_syn *rec, bool header);

/* What a live flow of the same connection says. */
void syn_report_flow(struct syn_report *report, const struct cdg_rec_flow *flow);

#endif
