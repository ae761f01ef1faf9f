/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where an instance lives: a folder in a BPF file system. A new instance is pinned into a staging
 * folder beside it and renamed, so that a crash leaves at worst the staging folder, which the next
 * load removes. All changes happen under a lock on the parent folder.
 */
#ifndef KERN_PINS_H
#define KERN_PINS_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define PINS_DEFAULT "cdg" /* folder in the root of the BPF file system */

/* Files of an instance. */
#define PIN_CONTROL "control"
#define PIN_STATS "stats"
#define PIN_RINGS "rings"
#define PIN_FLOW "flow"
#define PIN_FLOW_RING "flow_ring"
#define PIN_METRICS "metrics"
#define PIN_GENERATION "generation" /* flows of the programs that are in force */
#define PIN_DEFAULTS "defaults"
#define PIN_DRAWS "draws" /* only where coins take given numbers */
#define PIN_FLOWS "flows" /* link of the iterator: every open() of it is a snapshot */
#define PIN_SNAPSHOT "snapshot" /* where the iterator puts the records of who holds its lock */
#define PIN_OPS "ops%d"	  /* struct_ops map of the first and of the second name */
#define PIN_LINK "link%d" /* its link, on kernels that have links */
#define PIN_SYNS "syns"
#define PIN_SYN_INDEX "syn_index"
#define PIN_SYN_HALF "syn_half"
#define PIN_SYN_LISTENERS "syn_listeners" /* what was changed at which listener */
#define PIN_SYN_STATE "syn_state"
#define PIN_SYN_PROG "syn_prog"
#define PIN_SYN_LINK "syn_link"	      /* attachment to the cgroup */
#define PIN_SYN_RESTORE "syn_restore" /* link of the iterator that gives listeners back */

struct pins {
	char dir[PATH_MAX];
	char staging[PATH_MAX];
	char parent[PATH_MAX];
};

/*
 * dir: as given by --pin-dir, or NULL for `cdg` in the BPF file system at the usual place; where
 * there is none, in the first one of the mount table. mount_if_missing: mounts one at the usual
 * place. Logs; 0 or -errno.
 */
int pins_locate(const char *dir, bool mount_if_missing, struct pins *out);

/* Takes the lock, waiting up to ten seconds. *fd: close it to let go. Logs; 0 or -errno. */
int pins_lock(const struct pins *pins, int *fd);

bool pins_exist(const char *dir);

/*
 * True if every map and iterator of the parts is pinned in dir; says nothing of the names. cc: the
 * congestion control, syn: the SYN part.
 */
bool pins_complete(const char *dir, bool cc, bool syn);

/* dir/name into path (PATH_MAX bytes). name may hold %d for index. */
void pins_path(char *path, const char *dir, const char *name, int index);

/* Object by its pin; fd or -errno. Not logged. */
int pins_get(const char *dir, const char *name, int index);

/* True if pins_get() lacked a descriptor or memory: the pin itself may be well. */
static inline bool pins_short(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM;
}

/* The same for a map that is only read: permission to read the pin is enough. */
int pins_get_readable(const char *dir, const char *name);

/* Pins fd as dir/name. Logs; 0 or -errno. */
int pins_put(int fd, const char *dir, const char *name, int index);

/* May everything in dir be removed as cdgctl's? Logs; 0, -EEXIST if not, or another -errno. */
int pins_check_own(const char *dir);

/* Removes dir and all that is in it; what they registered is unregistered. Logs; 0 or -errno. */
int pins_remove(const char *dir);

/*
 * Lets a group look and tune, as an exporter without root needs it: read dir, and read and write
 * its pins, but for those by which the instance could be detached. Logs; 0 or -errno.
 */
int pins_share(const char *dir, gid_t group);

/* The group that dir is shared with, or -1. */
gid_t pins_group(const char *dir);

/* Makes staging the instance; an old instance ends up in staging. Logs; 0 or -errno. */
int pins_commit(const struct pins *pins);

/* Mount point of the first cgroup v2 of the mount table. 0 or -ENOENT. Not logged. */
int pins_cgroup_root(char *path);

#endif
