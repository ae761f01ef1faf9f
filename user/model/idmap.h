/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers to pointers: a hash table with open addressing. Owns no pointer. */
#ifndef MODEL_IDMAP_H
#define MODEL_IDMAP_H

#include <stddef.h>
#include <stdint.h>

struct idmap_slot {
	uint64_t id;
	void *value; /* NULL: free */
};

struct idmap {
	struct idmap_slot *slots;
	size_t size; /* 0 or a power of two */
	size_t count;
};

void *idmap_get(const struct idmap *map, uint64_t id); /* NULL: not there */

/* Adds or replaces; value must not be NULL. 0 or -ENOMEM. */
int idmap_put(struct idmap *map, uint64_t id, void *value);

/* Takes it out and returns it; NULL if it was not there. */
void *idmap_take(struct idmap *map, uint64_t id);

/* Frees the table, not what its pointers point to. */
void idmap_release(struct idmap *map);

/* The same bits for the same number, spread over all 64; also a source of reproducible chance. */
uint64_t idmap_mix(uint64_t x);

#endif
