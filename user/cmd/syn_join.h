/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of the SYNs of flows: those that came by, and where an instance is loaded those
 * that it keeps. A connection without SYN is remembered as such.
 */
#ifndef CMD_SYN_JOIN_H
#define CMD_SYN_JOIN_H

#include "include/cdg_abi.h"
#include "user/model/flow_syn.h"
#include "user/source/syns.h"

struct syn_join;

/* syns: where unknown ones are looked up, NULL: nowhere. Both must outlive it. 0 or -ENOMEM. */
int syn_join_new(const struct sigdb *db, const struct syns *syns, struct syn_join **out);
void syn_join_free(struct syn_join *join);
OWN_FREEP(struct syn_join, syn_join)

/* Remembers one that came by: as it is shown, or as a source yields it. */
void syn_join_learn(struct syn_join *join, const struct syn_report *report);
void syn_join_record(struct syn_join *join, const struct cdg_rec_syn *rec);

/* Many at once: each is announced, then one walk looks for all of them. */
void syn_join_want(struct syn_join *join, uint64_t cookie);
void syn_join_look(struct syn_join *join);

/*
 * What the SYN of this connection told; nothing is known of cookie 0. syn_join_get(): NULL if
 * nothing is, else valid until the next call.
 */
const struct flow_syn *syn_join_get(struct syn_join *join, const struct cdg_rec_conn *conn);
void syn_join_find(struct syn_join *join, const struct cdg_rec_conn *conn, struct flow_syn *out);

#endif
