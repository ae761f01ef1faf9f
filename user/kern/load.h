/* SPDX-License-Identifier: GPL-2.0 */
/* Loading: programs and maps into the kernel, names registered, all of it pinned. */
#ifndef KERN_LOAD_H
#define KERN_LOAD_H

#include <stdbool.h>

#include "user/kern/session.h"
#include "user/kern/syn.h"

struct load_options {
	const char *pin_dir; /* NULL: the default place */
	const char *name;    /* NULL: CDG_NAME and CDG_NAME_BPF */
	const char *group;   /* may open the pins, too; NULL: as the instance before, or none */
	bool restricted;     /* only CAP_NET_ADMIN and the allowed list may choose it */
	bool no_cc;	     /* the SYN part alone */
	bool replace;
	bool dry_run;	     /* the verifier sees the programs, nothing is changed */
	struct syn_options syn;
	struct cdg_params params;
	bool keep_params;    /* of what is replaced or repaired: the parameters in force stay */
	bool exact;	     /* everything is said: what is not asked for is not wanted */
	const struct cdg_draw *draws; /* numbers for coins, see object_parts */
	size_t draw_count;
};

struct load_report {
	char dir[PATH_MAX];
	char names[2][CDG_NAME_LEN]; /* empty: no CDG */
	char build_id[2 * CDG_BUILD_ID_LEN + 1];
	bool already;	/* the same build was loaded: nothing was done */
	bool replaced;
	bool repaired;	/* remains of an interrupted load were removed */
	bool linked;
	uint64_t instance; /* tells it from others; nothing if already loaded */
	struct cdg_params params; /* in force; nothing if already loaded */
	uint32_t draws; /* numbers that coins take; 0: they are random */
	bool syn;	/* with the SYN part */
	uint32_t syn_source;
	char syn_cgroup[CDG_SYN_PATH];
	uint64_t syn_listeners; /* that existed and were changed */
	uint64_t syn_refused;	/* of others: that could not be, or not in full */
	int renewed;	/* namespaces whose default now means the new programs */
	long old_flows; /* flows that go on with the replaced programs */
};

/*
 * All or nothing: a failed load leaves what was there, a failed replacement leaves the old one
 * running (before Linux 6.4 it may be left without its names, which is said). Logs each failure
 * with the next step. 0 or -errno; -ENOTSUP: this kernel cannot, -EINVAL: the options cannot be.
 */
int load(const struct load_options *options, struct load_report *report);

/* A name of a congestion control: 1..15 of [A-Za-z0-9_]. Logs; 0 or -EINVAL. */
int load_check_name(const char *name);

#endif
