/* SPDX-License-Identifier: GPL-2.0 */
/* cmocka with what it needs, test cases named by a sentence, and a random source with a seed. */
#ifndef CDG_TEST_CASE_H
#define CDG_TEST_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#ifndef assert_uint_in_range /* cmocka 2 has it in the place of the name that cmocka 1 knows */
#define assert_uint_in_range assert_in_range
#endif

#define CASE(sentence, function)                    \
	{                                           \
		sentence, function, NULL, NULL, NULL \
	}

/* xorshift64*; state must not be 0. */
static inline uint64_t random_u64(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717u;
}

static inline uint32_t random_u32(uint64_t *state)
{
	return random_u64(state) >> 32;
}

/* Uniform enough for tests: 0 .. n - 1. */
static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
	return (uint64_t)random_u32(state) * n >> 32;
}

/* A number whose length in bits is uniform: small values and limits are as likely as large ones. */
static inline uint64_t random_log(uint64_t *state, int max_bits)
{
	int bits = random_below(state, max_bits + 1);

	return bits ? random_u64(state) >> (64 - bits) : 0;
}

#endif
