/* SPDX-License-Identifier: GPL-2.0 */
/* How SYNs are shown: signatures, hidden addresses, names of cgroups. */
#ifndef CMD_SYN_VIEW_H
#define CMD_SYN_VIEW_H

#include "include/cdg_abi.h"
#include "user/cmd/cmd.h"
#include "user/model/anonymize.h"
#include "user/model/syn_report.h"

struct syn_view_options {
	const char *db;
	const char *anonymize;
	const char *key;
	bool header;
};

/* Rows for a command whose options are `type` with a struct syn_view_options as `m`. */
#define SYN_VIEW_OPTION(name_, type_, type, member, arg_, help_) \
	{ name_, 0, OPTION_##type_, offsetof(type, member), arg_, help_ }
#define SYN_VIEW_OPTIONS(type, m)                                                                 \
	SYN_VIEW_OPTION("db", TEXT, type, m.db, "FILE",                                           \
			"signatures that go before p0f's and the built-in ones"),                 \
	SYN_ANONYMIZE_OPTIONS(type, m)
#define SYN_ANONYMIZE_OPTIONS(type, m)                                                            \
	SYN_VIEW_OPTION("anonymize", TEXT, type, m.anonymize, "prefix|hash",                      \
			"clear the host part of addresses, or replace them by a keyed hash"),     \
	SYN_VIEW_OPTION("anonymize-key", TEXT, type, m.key, "FILE",                               \
			"key of the hash; without it every run draws its own")
#define SYN_HEADER_OPTION(type, m)                                                                \
	SYN_VIEW_OPTION("header", FLAG, type, m.header, NULL,                                     \
			"the bytes of the headers, too")

struct syn_view {
	struct sigdb db;
	const char *db_path; /* of --db; NULL: none */
	bool has_db;	     /* read already */
	struct anonymize anonymize;
	bool header;
	bool replay; /* from a file: numbers of cgroups mean nothing here */
	uint64_t cgroup_id; /* whose name is remembered */
	char cgroup[CDG_SYN_PATH];
};

/* Checks options and reads signatures and key; logs. enum cmd_exit. */
int syn_view_open(struct cmd_ctx *ctx, const struct syn_view_options *options,
		  struct syn_view *out);
void syn_view_release(struct syn_view *view);

/*
 * The same in two steps, for who may not need signatures. The second does nothing the second time;
 * it logs and returns 0 or -errno.
 */
int syn_view_begin(struct cmd_ctx *ctx, const struct syn_view_options *options,
		   struct syn_view *out);
int syn_view_signatures(struct syn_view *view);

/* The report of a record, still with its addresses: filters come first. Valid until the next. */
void syn_view_fill(struct syn_view *view, const struct cdg_rec_syn *rec,
		   struct syn_report *report);

/* Hides addresses, if that is asked for. */
void syn_view_hide(const struct syn_view *view, struct syn_report *report);
void syn_view_hide_conn(const struct syn_view *view, struct cdg_rec_conn *conn);

#endif
