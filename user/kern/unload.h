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
 * dry_run: only counts. Works on what any version has loaded and on remains. Logs; 0, -ENOENT:
 * nothing is loaded there, or another -errno.
 */
int unload(const char *pin_dir, bool dry_run, struct unload_report *report);

#endif
