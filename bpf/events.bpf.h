/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pushed side: counters, and the rings of up to eight subscribers. A record is
 * built only when control.wanted says that somebody wants its kind; each subscriber's filter is
 * applied here, and a full ring costs only its owner.
 */
#ifndef CDG_EVENTS_BPF_H
#define CDG_EVENTS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "control.bpf.h"

struct cdg_stats stats SEC(".data.stats") = { .reserved = 1 };

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CDG_SUBS_MAX);
	__type(key, __u32);
	__array(values, struct ring);
} cdg_rings SEC(".maps");

/* A bit for each slot that wants this kind. */
static __always_inline __u32 wanted(enum cdg_rec_type type)
{
	return control.wanted[type];
}

/*
 * A record on its way to its subscribers: whose it is and when it happened, which filters look at,
 * and what its publisher fills it with.
 */
struct publication {
	enum cdg_rec_type type;
	__u32 slots; /* a bit for each that wants it */
	__u64 ts_ns;
	__u64 flow;
	__u32 netns;
	__u16 sport;
	__u16 dport;
	struct sock *sk;
	const void *more; /* what only this kind has */
};

/* Ring of the subscriber in a slot that wants this kind, unless its filter says no. */
static __always_inline void *subscriber_ring(__u32 slot, const struct publication *p)
{
	const struct cdg_sub *sub = &control.subs[slot & (CDG_SUBS_MAX - 1)];
	__u32 key = slot;

	if (!(p->slots >> slot & 1) ||
	    !cdg_filter_passes(&sub->filter, p->flow, p->netns, p->sport, p->dport))
		return NULL;
	return bpf_map_lookup_elem(&cdg_rings, &key);
}

/* Number of the next record for a slot; a record that is then lost leaves a gap. */
static __always_inline __u64 next_seq(__u32 slot)
{
	return __sync_fetch_and_add(&stats.subs[slot & (CDG_SUBS_MAX - 1)].seq, 1) + 1;
}

/*
 * Wakes the reader each time that `wakeup_bytes` of such records have been made, not for each of
 * them: it also looks by time. By their number, because how much waits is written by the reader,
 * and to look at it costs the way to the other processor's cache.
 */
static __always_inline __u64 wake_flags(__u32 slot, __u64 seq, __u32 len)
{
	__u32 mark = control.subs[slot & (CDG_SUBS_MAX - 1)].wakeup_bytes;

	return ((__u32)seq * len & (mark - 1)) < len ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/*
 * Defines NAME, which builds a record in the ring of the subscriber in a slot, for publish(): FILL
 * is run with `rec` pointing at memory of TYPE there, `p` at the publication, and writes all of it
 * but type, length, number and time in its head: there may be anything, and zeroing it first costs
 * half of filling it. In the ring and not on the stack, because the frames of a chain of calls
 * share 512 bytes. The result of the reservation is tested once and nothing is shared between the
 * two branches: Linux 6.1 forgets what it has tested.
 */
#define PUBLISHER(NAME, TYPE, FILL)                                                                \
	static long NAME(__u32 slot, struct publication *p)                                        \
	{                                                                                          \
		void *ring = subscriber_ring(slot, p);                                             \
		struct cdg_rec_head *head;                                                         \
		TYPE *rec;                                                                         \
		__u64 seq;                                                                         \
                                                                                                   \
		if (!ring)                                                                         \
			return no_more(slot, p);                                                   \
		seq = next_seq(slot);                                                              \
		rec = bpf_ringbuf_reserve(ring, sizeof(TYPE), 0);                                  \
		if (!rec) {                                                                        \
			__sync_fetch_and_add(&stats.subs[slot & (CDG_SUBS_MAX - 1)].lost, 1);      \
			return no_more(slot, p);                                                   \
		}                                                                                  \
		FILL;                                                                              \
		head = (struct cdg_rec_head *)rec;                                                 \
		head->type = p->type;                                                              \
		head->len = sizeof(TYPE);                                                          \
		head->seq = seq;                                                                   \
		head->ts_ns = p->ts_ns;                                                            \
		bpf_ringbuf_submit(rec, wake_flags(slot, seq, sizeof(TYPE)));                      \
		return no_more(slot, p);                                                           \
	}

/* 1, which ends the loop, after the last slot that wants this kind. */
static __always_inline long no_more(__u32 slot, const struct publication *p)
{
	return p->slots >> slot <= 1;
}

/*
 * To each subscriber. A loop that the verifier knows, because it looks at a publisher once and not
 * once for each slot and each way through those before: the programs load five times as fast.
 */
#define publish(P, PUBLISHER)                                                                      \
	do {                                                                                       \
		if ((P)->slots)                                                                    \
			bpf_loop(CDG_SUBS_MAX, PUBLISHER, P, 0);                                   \
	} while (0)

#endif
