/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/idmap.h"

#include <errno.h>
#include <stdlib.h>

/* The finalizer of splitmix64. */
uint64_t idmap_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* Its slot, or the free one where it would go. The table is never full. */
static struct idmap_slot *find(const struct idmap *map, uint64_t id)
{
	size_t mask = map->size - 1, at = idmap_mix(id) & mask;

	while (map->slots[at].value && map->slots[at].id != id)
		at = (at + 1) & mask;
	return &map->slots[at];
}

void *idmap_get(const struct idmap *map, uint64_t id)
{
	return map->size ? find(map, id)->value : NULL;
}

static int grow(struct idmap *map)
{
	struct idmap bigger = { .size = map->size ? 2 * map->size : 64, .count = map->count };

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < map->size; i++)
		if (map->slots[i].value)
			*find(&bigger, map->slots[i].id) = map->slots[i];
	free(map->slots);
	*map = bigger;
	return 0;
}

int idmap_put(struct idmap *map, uint64_t id, void *value)
{
	struct idmap_slot *slot;

	if (map->count * 2 >= map->size && grow(map))
		return -ENOMEM;
	slot = find(map, id);
	map->count += !slot->value;
	*slot = (struct idmap_slot){ .id = id, .value = value };
	return 0;
}

void *idmap_take(struct idmap *map, uint64_t id)
{
	struct idmap_slot *hole = map->size ? find(map, id) : NULL;
	size_t mask = map->size - 1, at;
	void *value;

	if (!hole || !hole->value)
		return NULL;
	value = hole->value;
	map->count--;
	/* Moves up whatever would no longer be found behind the hole. */
	for (at = (size_t)(hole - map->slots + 1) & mask; map->slots[at].value;
	     at = (at + 1) & mask) {
		size_t home = idmap_mix(map->slots[at].id) & mask;
		size_t gap = (size_t)(hole - map->slots);

		if (((at - home) & mask) < ((at - gap) & mask))
			continue;
		*hole = map->slots[at];
		hole = &map->slots[at];
	}
	*hole = (struct idmap_slot){};
	return value;
}

void idmap_release(struct idmap *map)
{
	free(map->slots);
	*map = (struct idmap){};
}
