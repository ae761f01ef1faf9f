/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MODEL_LOAD_UINT_H
#define MODEL_LOAD_UINT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The unsigned integer of size 1, 2, 4 or 8 at any address, in the order of this machine. */
static inline uint64_t load_uint(const uint8_t *at, size_t size)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (size) {
	case 1:
		return *at;
	case 2:
		memcpy(&u16, at, sizeof(u16));
		return u16;
	case 4:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	default:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	}
}

#endif
