/* SPDX-License-Identifier: GPL-2.0 */
/* Signature files on disk, and the one that is built into the program. */
#ifndef CMD_SIGNATURES_H
#define CMD_SIGNATURES_H

#include "user/model/sigdb.h"

#define SIGNATURES_P0F "/etc/p0f/p0f.fp" /* where Debian's package p0f puts it */

/*
 * In the order that decides between equals: `path` (NULL: none), p0f's file if it is installed, the
 * built-in share/cdg-syn.fp. Logs, with file and line. 0 or -errno; a p0f.fp that cannot be read
 * is only warned about.
 */
int signatures_load(struct sigdb *db, const char *path);

#endif
