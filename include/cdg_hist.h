/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buckets of histograms as pure functions: the programs count with them, cdgctl names the edges
 * by them. Exponential, with one step in the middle of each octave where `shift` is 0. No division
 * and no loop: a look at a table of the top byte.
 *
 * Class k of a whole number x >= 1 holds, for k = 2j, 2^j <= x < 1.5 x 2^j and, for k = 2j + 1,
 * 1.5 x 2^j <= x < 2^(j + 1).
 */
#ifndef CDG_HIST_H
#define CDG_HIST_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/*
 * A histogram: bucket 0 holds values up to the lower edge of class `low`, each further one
 * 1 << shift classes, the last one (number `last`) all above. low: a multiple of 1 << shift.
 */
struct cdg_hist_layout {
	__u8 low;
	__u8 shift; /* 0: two buckets per octave, 1: one */
	__u8 last;
	__u8 is_signed; /* bool: buckets below zero too, see cdg_hist_signed() */
};

/* 32 us to 8.4 s, two per octave */
#define CDG_HIST_RTT ((struct cdg_hist_layout){ 10, 0, 37, 0 })
#define CDG_HIST_RTT_BUCKETS 38
/* -262 ms to 262 ms, one per octave from 16 us on */
#define CDG_HIST_GRAD ((struct cdg_hist_layout){ 8, 1, 31, 1 })
#define CDG_HIST_GRAD_BUCKETS 32
/* 2 to 65536 segments, one per octave */
#define CDG_HIST_CWND ((struct cdg_hist_layout){ 2, 1, 16, 0 })
#define CDG_HIST_CWND_BUCKETS 17
/* 1.024 ms to 19 hours in us, one per octave */
#define CDG_HIST_DURATION ((struct cdg_hist_layout){ 20, 1, 27, 0 })
#define CDG_HIST_DURATION_BUCKETS 28
/* 1 KiB/s to 16 GiB/s, one per octave */
#define CDG_HIST_GOODPUT ((struct cdg_hist_layout){ 20, 1, 25, 0 })
#define CDG_HIST_GOODPUT_BUCKETS 26

/* Class of a byte; of 0 that of 1. */
#define CDG_HIST_4(k) k, k, k, k
#define CDG_HIST_16(k) CDG_HIST_4(k), CDG_HIST_4(k), CDG_HIST_4(k), CDG_HIST_4(k)
#define CDG_HIST_32(k) CDG_HIST_16(k), CDG_HIST_16(k)
static const __u8 cdg_hist_class_of_byte[256] = {
	0, 0, 2, 3, 4, 4, 5, 5,
	CDG_HIST_4(6), CDG_HIST_4(7),
	CDG_HIST_4(8), CDG_HIST_4(8), CDG_HIST_4(9), CDG_HIST_4(9),
	CDG_HIST_16(10), CDG_HIST_16(11),
	CDG_HIST_32(12), CDG_HIST_32(13),
	CDG_HIST_32(14), CDG_HIST_32(14), CDG_HIST_32(15), CDG_HIST_32(15),
};

/* Class of the byte at `shift`. The compiler knows it is one; the verifier must see that, too. */
static __always_inline __u32 cdg_hist_byte(__u64 x, __u32 shift)
{
	x >>= shift;
#ifdef __bpf__
	asm volatile("%0 &= 255" : "+r"(x));
#endif
	return cdg_hist_class_of_byte[x & 255];
}

/*
 * Class of x; of 0 that of 1. Steps of seven bits, so that the byte that is looked up is not 1,
 * which would not tell the half. Above 2^43 the class of 2^43 - 1: no histogram reaches so far.
 */
static __always_inline __u32 cdg_hist_class(__u64 x)
{
	if (x < 1u << 8)
		return cdg_hist_byte(x, 0);
	if (x < 1u << 15)
		return 14 + cdg_hist_byte(x, 7);
	if (x < 1u << 22)
		return 28 + cdg_hist_byte(x, 14);
	if (x < 1u << 29)
		return 42 + cdg_hist_byte(x, 21);
	if (x < 1ull << 36)
		return 56 + cdg_hist_byte(x, 28);
	return x < 1ull << 43 ? 70 + cdg_hist_byte(x, 35) : 85;
}

/* Bucket of a value, 0..layout.last; upper edges belong to their bucket. */
static __always_inline __u32 cdg_hist_bucket(struct cdg_hist_layout layout, __u64 value)
{
	__u32 k = value ? cdg_hist_class(value - 1) : 0;
	__u32 i;

	if (value < 2 || k < layout.low)
		return 0;
	i = ((k - layout.low) >> layout.shift) + 1;
	return i < layout.last ? i : layout.last;
}

/*
 * Bucket of a signed value. With n edges e(0) < e(1) < ... the upper edges are
 * -e(n - 1) ... -e(0), 0, e(0) ... e(n - 1), infinity; so layout.last is 2n + 1.
 */
static __always_inline __u32 cdg_hist_signed(struct cdg_hist_layout layout, __s32 value)
{
	__u32 n = layout.last >> 1, k, i;
	__u32 magnitude = value < 0 ? 0u - (__u32)value : (__u32)value;

	if (value > 0) {
		i = cdg_hist_bucket((struct cdg_hist_layout){ layout.low, layout.shift, n, 0 },
				    magnitude);
		return n + 1 + i;
	}
	k = cdg_hist_class(magnitude);
	if (!magnitude || k < layout.low)
		return n;
	i = (k - layout.low) >> layout.shift;
	return i < n ? n - 1 - i : 0;
}

/* Lower edge of class k, which is above 0 and not 1. */
static __always_inline __u64 cdg_hist_edge(__u32 k)
{
	return k & 1 ? 3ull << ((k >> 1) - 1) : 1ull << (k >> 1);
}

/* Upper edge of bucket i < layout.last, of a signed one too. */
static __always_inline __s64 cdg_hist_upper(struct cdg_hist_layout layout, __u32 i)
{
	__u32 n = layout.last >> 1;

	if (!layout.is_signed)
		return (__s64)cdg_hist_edge(layout.low + (i << layout.shift));
	if (i < n)
		return -(__s64)cdg_hist_edge(layout.low + ((n - 1 - i) << layout.shift));
	return i == n ? 0 : (__s64)cdg_hist_edge(layout.low + ((i - n - 1) << layout.shift));
}

#endif
