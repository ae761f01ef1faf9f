/* SPDX-License-Identifier: GPL-2.0 */
/* Unloading: defaults given back, names freed, pins removed. */
#ifndef KERN_UNLOAD_H
#define KERN_UNLOAD_H

#include "user/kern/session.h"

struct unload_report {
	char dir[PATH_MAX];
	char names[2][CDG_NAME_LEN];
	bool syn;     /* with the SYN part: its listeners are as before */
	int restored; /* namespaces that got their former default back */
	int routes;   /* that still name it and fall back to the default now */
	long flows;   /* that go on with it until they close; -errno: cannot be told */
	int flows_fd; /* link of the snapshot iterator, to count them later; the caller closes it */
};

/*
 * instance: that one alone (see load_report), 0: whatever is there. dry_run: only counts. Works on
 * what any version has loaded and on remains. 0, -ESTALE: that instance is not there any more (not
 * logged), -ENOENT: nothing is loaded there, or another -errno (logged).
 */
int unload(const char *pin_dir, uint64_t instance, bool dry_run, struct unload_report *report);

#endif
