// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the rate of this machine's time stamp counter in kHz. Without KVM a guest reads the
 * host's counter but cannot calibrate it on a microvm, so it has to be told. Measured rather than
 * read from the kernel log, which a container or an ordinary user does not see.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define SPAN_NS 100000000ull

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* The tightest of a few readings: the one during which nobody took the CPU. */
static uint64_t read_both(uint64_t *tsc)
{
	uint64_t best = UINT64_MAX, at = 0;

	for (int i = 0; i < 16; i++) {
		uint64_t before = clock_ns(), counter = __rdtsc(), after = clock_ns();

		if (after - before >= best)
			continue;
		best = after - before;
		at = before + best / 2;
		*tsc = counter;
	}
	return at;
}

int main(void)
{
	uint64_t tsc0, tsc1, ns0 = read_both(&tsc0), ns1;

	while (clock_ns() - ns0 < SPAN_NS)
		;
	ns1 = read_both(&tsc1);
	printf("%llu\n", (unsigned long long)((tsc1 - tsc0) * 1000000.0 / (ns1 - ns0) + 0.5));
	return 0;
}
