/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the commands that make and end an instance: load, unload, run. */
#ifndef CMD_INSTANCE_H
#define CMD_INSTANCE_H

#include "user/cmd/cmd.h"
#include "user/kern/load.h"
#include "user/kern/unload.h"

/* Options that say what to load. */
struct instance_options {
	const char *name, *group;
	bool restricted, no_cc, no_syn, all_netns;
	const char *cgroup;
	const char *syn_source;
	uint64_t syn_entries;
};

/* Rows for a command whose options are `type` with a struct instance_options as `m`. */
#define INSTANCE_OPTION(name_, type_, type, member, arg_, help_) \
	{ name_, 0, OPTION_##type_, offsetof(type, member), arg_, help_ }
#define INSTANCE_OPTIONS(type, m)                                                                 \
	INSTANCE_OPTION("name", TEXT, type, m.name, "NAME",                                       \
			"register this name instead of cdg and cdg_bpf"),                         \
	INSTANCE_OPTION("restricted", FLAG, type, m.restricted, NULL,                             \
			"only CAP_NET_ADMIN, or the allowed list, may choose it"),                \
	INSTANCE_OPTION("group", TEXT, type, m.group, "GROUP",                                    \
			"its members may look and tune without root; events need CAP_BPF"),       \
	INSTANCE_OPTION("no-cc", FLAG, type, m.no_cc, NULL,                                       \
			"SYNs of accepted connections only, no congestion control"),              \
	INSTANCE_OPTION("no-syn", FLAG, type, m.no_syn, NULL,                                     \
			"the congestion control only, no SYNs"),                                  \
	INSTANCE_OPTION("cgroup", TEXT, type, m.cgroup, "PATH",                                   \
			"SYNs of servers in this cgroup; all of them if not given"),              \
	INSTANCE_OPTION("syn-source", TEXT, type, m.syn_source, "SOURCE",                         \
			"save, synack or auto: see below"),                                       \
	INSTANCE_OPTION("syn-entries", NUMBER, type, m.syn_entries, "COUNT",                      \
			"connections whose SYN is remembered; 32768 if not given"),               \
	INSTANCE_OPTION("all-netns", FLAG, type, m.all_netns, NULL,                               \
			"ask listeners that exist in every network namespace, not in this one only")

#define INSTANCE_HELP                                                                         \
	"SYN sources: save (the kernel keeps the SYN of each connection, 96 bytes), synack\n" \
	"(read when the SYN-ACK is made: no memory per connection, half-open handshakes\n"    \
	"too), auto (save, and synack where a SYN cookie is the answer)."

/* Checks them and fills in what load() takes. 0, or CMD_USAGE after saying why. */
int instance_options(struct cmd_ctx *ctx, const struct instance_options *o,
		     struct load_options *out);

/* What load() did, in three lines or as one JSON object. */
void instance_show_loaded(struct cmd_ctx *ctx, const struct load_report *report);

/* What unload() did; dry_run: would do. */
void instance_show_unloaded(struct cmd_ctx *ctx, const struct unload_report *report, bool dry_run);

/* The table of parameters, in the object that is open. */
void instance_show_params(struct cmd_ctx *ctx, const struct cdg_params *params);

/* A file of load --config; "-" is standard input. Logs with file and line; 0 or -errno. */
struct config;
int instance_read_config(const char *path, struct config *out);

/* -errno of load(), unload() and session_open() -> enum cmd_exit. */
int instance_exit(int err);

#endif
