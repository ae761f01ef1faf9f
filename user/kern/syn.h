/* SPDX-License-Identifier: GPL-2.0 */
/* The SYN part of an instance between being opened and being pinned; and what is pinned of it. */
#ifndef KERN_SYN_H
#define KERN_SYN_H

#include <stdbool.h>
#include <stdint.h>

#include "include/cdg_abi.h"
#include "user/util/own.h"

/* As given; 0 and NULL: not given. */
struct syn_options {
	bool none;	    /* without the SYN part */
	const char *cgroup; /* path */
	uint32_t source;    /* CDG_SYN_SAVE | CDG_SYN_SYNACK */
	uint64_t entries;
	bool all_netns;	    /* listeners that exist already: in every network namespace */
};

/* fds of the maps shared with the congestion control; -1: the SYN part has its own. */
struct syn_shared {
	int control;
	int stats;
	int rings;
};

struct syn_object;

/*
 * Loads programs and maps. reuse_dir: takes the maps of the SYN part pinned there, with its
 * settings; NULL: new ones. -ENOENT: no cgroup2. Logs; 0 or -errno.
 */
int syn_object_load(const struct syn_options *options, const struct syn_shared *shared,
		    const char *reuse_dir, struct syn_object **out);
void syn_object_free(struct syn_object *o);
OWN_FREEP(struct syn_object, syn_object)

/* Maps that the congestion control would bring, when there is none. */
struct cdg_control *syn_object_control(struct syn_object *o);
void syn_object_shared(const struct syn_object *o, struct syn_shared *out);

/* Settings and totals. */
const struct cdg_syn_state *syn_object_state(const struct syn_object *o);

/* Pins maps and the iterator that restores listeners into dir. Logs; 0 or -errno. */
int syn_object_pin(const struct syn_object *o, const char *dir);

/*
 * Attaches to the cgroup, pins the attachment into dir, then asks the listeners that exist. Logs; 0
 * or -errno: the caller restores the listeners and removes dir.
 */
int syn_object_attach(struct syn_object *o, const char *dir);

/*
 * Puts the programs in the place of those attached by old_dir and pins the attachment into dir,
 * too. On failure the caller gives them back. Logs; 0 or -errno.
 */
int syn_object_take_over(struct syn_object *o, const char *dir, const char *old_dir);

/* Puts the programs of old_dir back. */
void syn_give_back(const char *old_dir);

/* 1: the programs pinned in dir are attached to a cgroup that exists, 0: not, or -errno. */
int syn_attached(const char *dir);

/* Maps the settings and totals pinned in dir; NULL: no SYN part, or not readable. */
struct cdg_syn_state *syn_state_map(const char *dir);
void syn_state_unmap(struct cdg_syn_state *state);
static inline void syn_state_unmapp(struct cdg_syn_state **state)
{
	if (*state)
		syn_state_unmap(*state);
	*state = NULL;
}

#endif
