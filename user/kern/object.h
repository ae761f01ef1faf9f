/* SPDX-License-Identifier: GPL-2.0 */
/* The BPF objects of one instance between being opened and being pinned. */
#ifndef KERN_OBJECT_H
#define KERN_OBJECT_H

#include <stdbool.h>

#include "include/cdg_abi.h"
#include "user/kern/pins.h"
#include "user/util/own.h"

struct object;

/*
 * Loads programs and maps; the verifier has then accepted them. names: as registered, the second
 * may be empty. reuse_dir: take the maps of the instance pinned there, so that flows, subscribers
 * and parameters go on; NULL: new maps. Logs; 0 or -errno.
 */
int object_load(const char names[2][CDG_NAME_LEN], const char *reuse_dir, struct object **out);
void object_free(struct object *o);
OWN_FREEP(struct object, object)

/* The control block of the loaded programs, shared with them. */
struct cdg_control *object_control(struct object *o);

/* Pins all maps and the snapshot iterator into dir. Logs; 0 or -errno. */
int object_pin(struct object *o, const char *dir, int defaults_fd);

/*
 * Registers the names and pins the registrations into dir. On failure those that were registered
 * are unregistered. Logs; 0 or -errno.
 */
int object_register(struct object *o, const char *dir, bool restricted);

/*
 * Puts the programs behind the links pinned in old_dir and pins those links into dir too. On
 * failure the old programs are put back. Logs; 0 or -errno.
 */
int object_take_over(struct object *o, const char *dir, const char *old_dir, bool restricted);

#endif
