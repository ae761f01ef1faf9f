/* SPDX-License-Identifier: GPL-2.0 */
/* A load under way: what load.c and load_old.c share. */
#ifndef KERN_LOAD_OWN_H
#define KERN_LOAD_OWN_H

#include <sys/types.h>

#include "user/kern/load.h"

struct loading {
	const struct load_options *options;
	struct load_report *report;
	struct pins pins;
	struct session_head old; /* valid if known */
	bool known;
	bool have_old; /* whole, and to be replaced */
	bool repair;   /* there is something that is not whole */
	bool same_abi;
	int defaults_fd; /* of what was repaired; -1: none */
	gid_t group;	 /* that the pins are for, too; -1: none */
	struct syn_options syn; /* as given, or of the instance that is replaced */
	char old_cgroup[CDG_SYN_PATH];
};

/* Of this build; out: CDG_BUILD_ID_LEN bytes. */
void load_build_id(__u8 *out);

/* True if options ask for the SYN part, and not only allow it. */
bool load_wants_syn(const struct load_options *o);

/*
 * Looks at what is there already, which must be as the options; fills in known, have_old, repair,
 * same_abi and syn. 1: it is loaded already, 0: go on, or -errno. Logs.
 */
int load_look_at_old(struct loading *l);

/* Removes what is to be repaired. Logs; 0 or -errno. */
int load_clear_remains(struct loading *l);

/* Logs; 0 or -EEXIST or another -errno. */
int load_check_names_free(const struct loading *l);

#endif
