/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pushed side: counters, and the rings of up to eight subscribers. A record is
 * built only when control.kinds says that somebody wants its kind; each subscriber's filter is
 * applied here, and a full ring costs only its owner.
 */
#ifndef CDG_EVENTS_BPF_H
#define CDG_EVENTS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "control.bpf.h"

#define CDG_WAKE_BAND 4096 /* bytes above the mark within which a record still wakes the reader */

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

static __always_inline bool wanted(enum cdg_rec_type type)
{
	return control.kinds & (1u << type);
}

static __always_inline bool filter_match(const struct cdg_sub_filter *f,
					 const struct cdg_rec_conn *conn)
{
	if (!(f->kinds & (1u << (conn->head.type & 31))))
		return false;
	if (f->sport && f->sport != conn->sport)
		return false;
	if (f->dport && f->dport != conn->dport)
		return false;
	if (f->netns && f->netns != conn->netns)
		return false;
	if (f->flow && f->flow != conn->head.flow)
		return false;
	return f->sample < 2 || conn->head.flow % f->sample == 0;
}

/*
 * Wake the reader when `wakeup_bytes` wait, not for each record: it also looks by time. A band and
 * not a border, because several processors may pass it together.
 */
static __always_inline __u64 wake_flags(void *ring, __u32 wakeup_bytes)
{
	__u64 waiting = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);

	return waiting >= wakeup_bytes && waiting < wakeup_bytes + CDG_WAKE_BAND ?
		       BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

static __always_inline void count_publish(__u32 slot, bool lost)
{
	__sync_fetch_and_add(lost ? &stats.subs[slot].lost : &stats.subs[slot].sent, 1);
}

static __always_inline __u32 next_seq(__u32 slot)
{
	return __sync_fetch_and_add(&stats.subs[slot].seq, 1) + 1;
}

/* Copies a whole record (its first part is *conn, in all len bytes) to everyone who wants it. */
static __noinline int publish(struct cdg_rec_conn *conn, __u32 len)
{
	for (__u32 i = 0; i < CDG_SUBS_MAX; i++) {
		const struct cdg_sub *sub = &control.subs[i];
		__u32 key = i;
		void *ring;

		if (!sub->pid || !filter_match(&sub->filter, conn))
			continue;
		ring = bpf_map_lookup_elem(&cdg_rings, &key);
		if (!ring)
			continue;
		conn->head.seq = next_seq(i);
		count_publish(i, bpf_ringbuf_output(ring, conn, len,
						    wake_flags(ring, sub->wakeup_bytes)));
	}
	return 0;
}

#endif
