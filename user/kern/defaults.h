/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The default congestion control of network namespaces. The kernel keeps a pointer there and not a
 * name: after an update or an unload new connections go on with the old programs until the default
 * is written again. So load remembers every namespace's default, and unload gives it back.
 */
#ifndef KERN_DEFAULTS_H
#define KERN_DEFAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the names of the available congestion controls. */
#define CC_LIST_LEN 1024

/* Names in the order of the kernel, separated by blanks, of this network namespace. 0 or -errno. */
int cc_available(char *list, size_t len);
int cc_allowed(char *list, size_t len);
bool cc_listed(const char *list, const char *name);

/*
 * Waits, a second at most, until none of names[] is available: the kernel unregisters a while after
 * the last pin or descriptor is gone.
 */
void cc_await_free(const char (*names)[16], int count);

/* Default of this network namespace. name: CDG_NAME_LEN bytes. 0 or -errno. */
int cc_default(char *name);

/* Map that remembers: inode of a namespace (0: of those born later) -> name. fd or -errno. */
int defaults_new(void);

/* Remembers every namespace's default, except those in names[]. Logs; 0 or -errno. */
int defaults_record(int map_fd, const char (*names)[16], int count);

/*
 * Gives each namespace whose default is in names[] the remembered one back. *restored counts them.
 * map_fd < 0: nothing is remembered, the initial namespace's, cubic or reno serve. Logs each that
 * could not be changed; 0 or the last -errno.
 */
int defaults_restore(int map_fd, const char (*names)[16], int count, int *restored);

/* Writes defaults that are in names[] again, so that new connections take the updated programs. */
int defaults_renew(const char (*names)[16], int count, int *renewed);

#endif
