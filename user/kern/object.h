/* SPDX-License-Identifier: GPL-2.0 */
/* The BPF objects of one instance between being opened and being pinned. */
#ifndef KERN_OBJECT_H
#define KERN_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "include/cdg_abi.h"
#include "user/kern/pins.h"
#include "user/kern/syn.h"
#include "user/util/own.h"

struct object;

struct object_parts {
	const char (*names)[CDG_NAME_LEN]; /* two, the second may be empty; both: no CDG */
	const struct syn_options *syn;	   /* NULL: without the SYN part */
	bool syn_needed; /* false: without it too if it cannot be had, with a warning */
	const struct cdg_draw *draws; /* numbers of coins */
	size_t draw_count;	      /* 0: those of the instance replaced, or random ones */
};

/*
 * Loads programs and maps; the verifier has then accepted them. reuse_dir: take the maps of the
 * instance pinned there, which has the same parts, so that flows, subscribers and parameters go on;
 * NULL: new maps. Logs; 0 or -errno.
 */
int object_load(const struct object_parts *parts, const char *reuse_dir, struct object **out);
void object_free(struct object *o);
OWN_FREEP(struct object, object)

/* The control block of the loaded programs, shared with them. */
struct cdg_control *object_control(struct object *o);

/* Settings and totals of the SYN part; NULL: there is none. */
const struct cdg_syn_state *object_syn(const struct object *o);

/* How many numbers coins take in the place of random ones; 0: they are random. */
uint32_t object_draws(const struct object *o);

/* Pins all maps and iterators into dir; defaults_fd: -1 without CDG. Logs; 0 or -errno. */
int object_pin(struct object *o, const char *dir, int defaults_fd);

/*
 * Registers the names and pins the registrations into dir. On failure those that were registered
 * are unregistered. Logs; 0 or -errno.
 */
int object_register(struct object *o, const char *dir, bool restricted);

/*
 * Puts the programs behind the links pinned in old_dir and pins those links into dir too. On
 * failure the caller gives them back. Logs; 0 or -errno.
 */
int object_take_over(struct object *o, const char *dir, const char *old_dir, bool restricted);

/* Puts the programs of old_dir back behind its links, those that have others. Logs. */
void object_give_back(const char *old_dir);

/*
 * Attaches the SYN part, if there is one, and pins the attachment into dir; old_dir: in the place
 * of what is attached there, NULL: anew. On failure the caller restores listeners (anew), or gives
 * the old program back. Logs; 0 or -errno.
 */
int object_attach_syn(struct object *o, const char *dir, const char *old_dir);

#endif
