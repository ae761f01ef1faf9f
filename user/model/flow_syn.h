/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records of a flow together with what its SYN told. The join is made in user space, so the
 * kernel's records stay as they are: a widened copy of each field table has the SYN's fields behind
 * the record's own.
 */
#ifndef MODEL_FLOW_SYN_H
#define MODEL_FLOW_SYN_H

#include "user/model/event.h"
#include "user/model/syn_report.h"

/* All zero: no SYN is known of the flow, as of every one that was opened from here. */
struct flow_syn {
	const char *status; /* constants, or owned by the sigdb */
	const char *label;
	const char *class_name;
	const char *quality;
	uint8_t ok; /* bool: the next two hold */
	char raw_sig[FINGERPRINT_LEN];
	char sig[FINGERPRINT_LEN];
};

void flow_syn_fill(struct flow_syn *out, const struct syn_report *report);

struct joined {
	union {
		struct cdg_rec_conn conn;
		struct cdg_rec_flow flow; /* the largest */
	};
	struct flow_syn syn;
};

/* The fields that joining adds. */
extern const struct fields_table fields_flow_syn;

/* The widened tables of all records about flows. */
struct joined_tables;

int joined_tables_new(struct joined_tables **out); /* 0 or -ENOMEM */
void joined_tables_free(struct joined_tables *tables);
OWN_FREEP(struct joined_tables, joined_tables)

/* Widened copy of a table of the kernel's records about flows; NULL for another one. */
const struct fields_table *joined_table(const struct joined_tables *tables,
					const struct fields_table *table);

/* *out: the record of a decoded event, and no SYN. */
void joined_fill(struct joined *out, const struct event *event);

#endif
