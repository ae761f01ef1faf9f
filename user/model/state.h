/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of `status`, `probe`, `load` and `tune`, and their field tables. Texts are owned by whoever
 * fills a row; NULL is absent.
 */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include "include/cdg_abi.h"
#include "user/model/fields.h"

/* Who holds a name of a congestion control. */
enum state_owner {
	OWNER_FREE = 0,
	OWNER_OURS = 1,
	OWNER_NATIVE = 2, /* a kernel module */
	OWNER_FOREIGN = 3, /* another BPF program, or another pin directory */
};

enum state_registration {
	REGISTERED_NOT = 0,
	REGISTERED_LINK = 1,
	REGISTERED_MAP = 2,
};

/* The head of `status`. */
struct state_summary {
	const char *pin_dir;
	const char *version;  /* of cdgctl */
	const char *build_id; /* of what is loaded */
	const char *preset;   /* that the parameters equal */
	uint64_t loaded_ns;   /* CLOCK_MONOTONIC, 0: not loaded */
	uint64_t flows;	      /* now */
	uint64_t flows_started;
	uint64_t flows_ended;
	uint64_t storage_failed;
	uint64_t ring_failed;
	uint32_t generation;
	uint8_t loaded;	    /* bool */
	uint8_t restricted; /* bool */
	uint8_t degraded;   /* bool */
	uint8_t code;	    /* exit code of the command */
};

struct state_name {
	const char *name;
	const char *role;     /* "for users", "for BPF" */
	const char *build_id;
	const char *detail;   /* who the foreign owner is */
	uint8_t owner;	      /* enum state_owner */
	uint8_t registered_by; /* enum state_registration */
	uint8_t registered;   /* bool */
	uint8_t stale;	      /* bool: a pin whose registration is gone */
};

struct state_param {
	const char *name;
	const char *unit;
	const char *live;
	const char *help;
	uint32_t value;
	uint32_t def;
	uint32_t min;
	uint32_t max;
	uint8_t changed; /* bool: value is not the default */
};

struct state_default {
	const char *netns_name; /* or a path; NULL: not known */
	const char *cc;
	uint32_t netns;
	uint8_t ours; /* bool */
};

struct state_route {
	const char *netns_name;
	const char *prefix;
	const char *dev;
	const char *cc;
	uint32_t netns;
	uint8_t family; /* 4 or 6 */
	uint8_t locked; /* bool: sockets may not choose another one */
};

struct state_subscriber {
	const char *command;
	const char *filter;
	uint64_t sent;
	uint64_t lost;
	uint32_t slot;
	uint32_t pid;
	uint8_t stale; /* bool: its process is gone */
};

/* The SYN part. */
struct state_syn {
	const char *cgroup;
	uint64_t entries;
	uint64_t known; /* in the map now */
	uint64_t accepted; /* the sum of the next five */
	uint64_t ok;
	uint64_t syncookie;
	uint64_t not_saved;
	uint64_t truncated;
	uint64_t lost;
	uint64_t evicted; /* driven out of the map by newer ones */
	uint64_t half_open;
	uint64_t listeners;
	uint64_t listeners_foreign;
	uint64_t listeners_refused;
	uint32_t source;  /* CDG_SYN_SAVE | CDG_SYN_SYNACK */
	uint8_t attached; /* bool */
};

enum state_probe_result {
	PROBE_OK = 0,
	PROBE_DEGRADED = 1, /* works with less */
	PROBE_MISSING = 2,  /* does not work at all */
};

struct state_probe {
	const char *name;
	const char *what; /* what it is, one sentence */
	const char *lost; /* what is lost without it */
	const char *next; /* what to type next */
	uint8_t result;	  /* enum state_probe_result */
};

/* What a BPF program cost over a time. */
struct state_cost {
	const char *program;
	uint64_t runs;
	uint64_t run_ns;   /* mean of one run */
	double cpu_share;  /* of one processor */
};

enum state_severity {
	SEVERITY_DONE = 0,
	SEVERITY_INFO = 1,
	SEVERITY_WARNING = 2,
	SEVERITY_ERROR = 3,
};

/* A sentence for the reader, and what to type next. */
struct state_note {
	const char *text;
	const char *next;
	uint8_t severity; /* enum state_severity */
};

extern const struct fields_table fields_summary;
extern const struct fields_table fields_name;
extern const struct fields_table fields_param;
extern const struct fields_table fields_default;
extern const struct fields_table fields_route;
extern const struct fields_table fields_subscriber;
extern const struct fields_table fields_state_syn;
extern const struct fields_table fields_probe;
extern const struct fields_table fields_cost;
extern const struct fields_table fields_note;

#endif
