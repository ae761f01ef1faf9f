/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one border between kernel and user space: parameters, per-flow storage, subscriptions and
 * records. Fixed-width types, explicit padding, a static assert on every size.
 *
 * Rules: every record begins with struct cdg_rec_head. A decoder accepts a record that is longer
 * than it knows and refuses one that is shorter. A change that moves or retypes a member raises
 * CDG_ABI_VERSION; the version stands in the pinned control map and is checked on every open.
 *
 * Units stand in names. Windows and counts without a unit are segments. Times: _us in
 * microseconds, _ns in nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef CDG_ABI_H
#define CDG_ABI_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#include "cdg_hist.h"

#define CDG_ABI_VERSION 2u
#define CDG_ABI_MAGIC 0x31474443u /* "CDG1" in little-endian byte order */

#define CDG_NAME_LEN 16	     /* TCP_CA_NAME_MAX: name and its NUL */
#define CDG_NAME "cdg"	     /* what users type */
#define CDG_NAME_BPF "cdg_bpf" /* what BPF callers may select; "cdg" is refused to them */

#define CDG_WINDOW_MAX 256   /* gradients in the moving sum, as in Linux */
#define CDG_RING_SMALL 16    /* of them kept inside struct cdg_flow; more go to a second storage */
#define CDG_SUBS_MAX 8	     /* subscribers at once */
#define CDG_PARAM_SLOTS 8    /* parameter sets that may be in use while a new one is written */
#define CDG_BUILD_ID_LEN 20  /* SHA-1 over the BPF objects, in bytes */

/* Queue state as CDG infers it from the gradients; CDG_QUEUE_BACKOFF is "in a delay back-off". */
enum cdg_queue {
	CDG_QUEUE_UNKNOWN = 0,
	CDG_QUEUE_NONFULL = 1,
	CDG_QUEUE_FULL = 2,
	CDG_QUEUE_BACKOFF = 3,
};

/* What a round's end decided. */
enum cdg_verdict {
	CDG_VERDICT_NO_REFERENCE = 0, /* first round after a restart: no gradient yet */
	CDG_VERDICT_FALLING = 1,      /* gradient not positive: no coin */
	CDG_VERDICT_KEEP = 2,	      /* coin drawn, window kept */
	CDG_VERDICT_BACKOFF = 3,      /* coin drawn, window reduced */
	CDG_VERDICT_SUPPRESSED = 4,   /* coin said back off, but too many were ineffectual */
	CDG_VERDICT_RECOVERING = 5,   /* gradient positive, but the stack is in Loss: no coin */
};

/* Why the stack asked for a new slow-start threshold. */
enum cdg_cause {
	CDG_CAUSE_NONE = 0,
	CDG_CAUSE_LOSS = 1,  /* fast retransmit: Recovery */
	CDG_CAUSE_RTO = 2,   /* retransmission timeout: Loss */
	CDG_CAUSE_ECN = 3,   /* with ECN: the peer echoed congestion, or as below */
	CDG_CAUSE_LOCAL = 4, /* the local queueing discipline dropped */
	CDG_CAUSE_TLP = 5,   /* without ECN: a tail loss probe repaired a loss */
	CDG_CAUSE_MAX
};

/* Why slow start ended. */
enum cdg_ss_exit {
	CDG_SS_NONE = 0,
	CDG_SS_ACK_TRAIN = 1, /* hybrid slow start: ACK train as long as half the minimum RTT */
	CDG_SS_DELAY = 2,     /* hybrid slow start: minimum RTT rose by an eighth */
	CDG_SS_BACKOFF = 3,   /* a delay back-off in slow start */
	CDG_SS_CUT = 4,	      /* a loss, timeout or mark in slow start */
};

/* How a delay back-off is carried out. */
enum cdg_reduction {
	CDG_REDUCE_PRR = 0,  /* proportional rate reduction over one RTT, as the stack's CWR */
	CDG_REDUCE_STEP = 1, /* at once, as FreeBSD */
};

/*
 * Parameters. Names, units, defaults and ranges of the first seven are those of Linux tcp_cdg.
 * One generation is written as a whole and then made the active one; `window` holds for flows
 * that start afterwards, everything else for the next decision of every flow.
 */
struct cdg_params {
	__u32 generation;     /* counts tunings, 1 after load */
	__u32 window;	      /* gradients in the sum, power of two, 1..256 */
	__u32 backoff_beta;   /* window kept at a delay back-off, in 1/1024, 0..1024 */
	__u32 backoff_factor; /* exponent per us of gradient sum, in 1e-6 */
	__u32 hystart_detect; /* bit 0 ACK train, bit 1 delay */
	__u32 use_ineff;      /* ineffectual back-offs before suspension, 0 = never */
	__u32 use_shadow;     /* bool: shadow window */
	__u32 use_tolerance;  /* bool: tolerate losses while the queue is not full */
	__u32 backoff_step;   /* bool: CDG_REDUCE_STEP instead of CDG_REDUCE_PRR */
	__u32 hystart_paced;  /* bool: paced sockets compare the train with the whole minimum RTT */
	__u32 rto_strict;     /* bool: a timeout is never tolerated */
	__u32 reserved;
};

/* One round's gradients: change of the minimum and of the maximum RTT. */
struct cdg_grad {
	__s32 min_us;
	__s32 max_us;
};

/*
 * Hot per-flow state; lives in icsk_ca_priv (104 bytes, zeroed by the stack). All-zero is valid:
 * the stack may call ssthresh() before init().
 */
struct cdg_state {
	__u64 flow;	      /* number of the flow in this instance, from 1 */
	__s32 rtt_min_us;     /* extremes in the running round; both 0: no sample */
	__s32 rtt_max_us;
	__s32 prev_min_us;    /* of the round before; both 0: no reference */
	__s32 prev_max_us;
	__s32 sum_min_us;     /* sums over the ring */
	__s32 sum_max_us;
	__u32 rtt_seq;	      /* the round ends with the first ACK after it */
	__u32 shadow;	      /* window that a loss-based sender might have */
	__u32 shadow_undo;    /* shadow before the last halving; 0: nothing to give back */
	__s32 delay_min_us;   /* smallest RTT seen in slow start since init or idle */
	__u32 last_ack_us;    /* hybrid slow start's ACK train, stack clock cut to 32 bits */
	__u32 round_start_us;
	__u16 backoff_cnt;    /* back-offs without a fall of the RTT; saturates */
	__u16 sample_cnt;     /* hybrid slow start: delay samples in this round */
	__u16 tail;	      /* ring slot that is written next */
	__u8 queue;	      /* enum cdg_queue */
	__u8 delack;	      /* 0..5: evidence that the peer delays its ACKs */
	__u8 window_shift;    /* log2 of this flow's window */
	__u8 flags;	      /* CDG_F_* of cdg_algo.h */
	__u8 pending;	      /* bool: set_state() will tell why ssthresh() was called */
	__u8 reserved;
	__u32 reduce_end;     /* played reduction: snd_nxt, window, delivered and */
	__u32 reduce_prior;   /* data_segs_out when it began */
	__u32 reduce_delivered;
	__u32 reduce_out;
	__u32 ack_clock;      /* stack's clock in ns, cut, at the last ACK */
	__u32 ssthresh_prior; /* threshold before the pending cut */
	__u32 random;	      /* uniform, drawn for the next coin */
	__u64 round_ts_ns;    /* end of the last round, 0: none yet */
};

/* What every round counts, since the flow took this congestion control; never reset. */
struct cdg_seen {
	__u32 rounds;
	__u32 draws;	       /* coins drawn */
	__u32 rtt_lowest_us;   /* smallest RTT of any round, 0: none yet */
};

/* Likewise, but what happens less often. */
struct cdg_totals {
	__u32 backoffs;
	__u32 suppressed;
	__u32 cuts_loss;
	__u32 cuts_rto;
	__u32 cuts_ecn;
	__u32 cuts_local;
	__u32 cuts_tlp;
	__u32 tolerated;       /* of the cuts above: window kept */
	__u32 undos;
	__u32 restarts;	       /* slow start after idle */
	__u32 slow_start_exits;
};

/* The last round that ended. Gradients are zero without a reference. */
struct cdg_round {
	__s32 rtt_min_us;
	__s32 rtt_max_us;
	__s32 grad_min_us;     /* this round against the one before */
	__s32 grad_max_us;
	__s32 sum_min_us;      /* over the ring */
	__s32 sum_max_us;
	__s32 grad_us;	       /* the one used, extrapolated to the whole window */
	__u32 threshold;       /* back off iff random > threshold; valid if drawn */
	__u32 random;	       /* the number drawn, uniform 0..2^32-1 */
	__u8 verdict;	       /* enum cdg_verdict */
	__u8 drawn;	       /* bool: a coin was drawn */
	__u8 queue;	       /* enum cdg_queue by the dead band, also without use_tolerance */
	__u8 reserved;
};

/* The last decision of its kind, kept for `explain`; ts_ns 0: never happened. */
struct cdg_decision {
	__u64 ts_ns;
	__s32 grad_us;
	__u32 threshold;
	__u32 random;
	__u32 cwnd_prior;
	__u32 cwnd_target;
	__u8 cause;	       /* cdg_cause of a cut, cdg_ss_exit of an exit */
	__u8 tolerated;	       /* bool */
	__u16 backoff_cnt;     /* ineffectual count after it */
};

/*
 * Numbers that coins take in the place of random ones (`load --draws`): key and value of a map that
 * exists for that only. By rounds and not by coins, so that a coin more, of a gradient of some
 * microseconds, does not shift all that follow. Port 0 is no flow: its value counts the rounds that
 * found no number.
 */
struct cdg_draw_key {
	__u16 port;	       /* local, host byte order */
	__u16 reserved;
	__u32 round;	       /* of its flow, from 0 */
};

struct cdg_draw {
	struct cdg_draw_key key;
	__u32 random;
};

/* What of a flow stands in struct cdg_metrics already; at first, what was before it took CDG. */
struct cdg_counted {
	__u64 bytes_sent;
	__u64 bytes_acked;
	__u64 bytes_acked_before; /* that it took CDG */
	__u64 bytes_retrans;
	__u32 data_segs_out;
	__u32 total_retrans;
	__u32 rounds;
	__u32 draws;
};

/*
 * Socket storage of one flow: `ss --bpf-maps` shows it by these names. The kernel aligns it so that
 * its first 56 bytes share a cache line with what finding it reads: what every round writes stands
 * there, the ring in whole lines behind.
 */
struct cdg_flow {
	struct cdg_round last;
	struct cdg_seen seen;
	__u32 counted_us;      /* when `counted` was last brought up to date; stack clock, cut */
	struct cdg_grad ring[CDG_RING_SMALL];
	__u64 start_ns;
	__u32 reserved_totals;
	struct cdg_totals totals;
	struct cdg_decision backoff;
	struct cdg_decision suppressed;
	struct cdg_decision cut;
	struct cdg_decision slow_start_exit;
	struct cdg_counted counted;
};

/* Second storage, only for flows with a window above CDG_RING_SMALL. */
struct cdg_flow_ring {
	struct cdg_grad ring[CDG_WINDOW_MAX];
};

/* Kinds of records. CDG_REC_HELLO and above are made in user space. */
enum cdg_rec_type {
	CDG_REC_NONE = 0,
	CDG_REC_ROUND = 1,
	CDG_REC_BACKOFF = 2,
	CDG_REC_SUPPRESSED = 3,
	CDG_REC_CUT = 4,
	CDG_REC_UNDO = 5,
	CDG_REC_SLOW_START_EXIT = 6,
	CDG_REC_RESTART = 7,
	CDG_REC_FLOW_START = 8,
	CDG_REC_FLOW_END = 9,
	CDG_REC_FLOW = 10,     /* snapshot, from the iterator */
	CDG_REC_SYN = 11,
	CDG_REC_KERNEL_MAX = 31,
	CDG_REC_HELLO = 32,
	CDG_REC_STATS = 33,
	CDG_REC_BYE = 34,
	CDG_REC_PARAMS = 35,
};

struct cdg_rec_head {
	__u16 type;	       /* enum cdg_rec_type */
	__u16 len;	       /* of the whole record, bytes */
	__u32 seq;	       /* per subscription; a gap is a lost record. 0 in snapshots */
	__u64 ts_ns;
	__u64 flow;
};

/* Every kernel record: who, and the windows at that moment. Addresses in network byte order. */
struct cdg_rec_conn {
	struct cdg_rec_head head;
	__u8 saddr[16];	       /* local; IPv4 in the first four bytes */
	__u8 daddr[16];	       /* peer */
	__u16 sport;	       /* host byte order */
	__u16 dport;
	__u8 family;	       /* 4 or 6 */
	__u8 ca_state;	       /* 0 Open 1 Disorder 2 CWR 3 Recovery 4 Loss */
	__u8 queue;	       /* enum cdg_queue */
	__u8 flags;	       /* CDG_CONN_* */
	__u32 netns;	       /* inode number of the network namespace */
	__u32 cwnd;
	__u32 ssthresh;
	__u32 shadow;
	__u32 inflight;
	__u32 delivered;
	__u32 srtt_us;
	__u32 backoff_cnt;     /* ineffectual back-offs in a row */
	__u64 cookie;	       /* socket cookie, 0 while nobody asked for it */
};
#define CDG_CONN_REDUCING 1    /* a played reduction is under way */
#define CDG_CONN_NO_STORAGE 2  /* runs without ring and totals */
#define CDG_CONN_CWND_LIMITED 4
#define CDG_CONN_PACED 8

struct cdg_rec_round {
	struct cdg_rec_conn conn; /* cwnd: before a back-off that is one step */
	struct cdg_round round;
	__u32 number;	       /* of the round in its flow, from 1 */
	__u32 reserved;
};

/* CDG_REC_BACKOFF and CDG_REC_SUPPRESSED */
struct cdg_rec_backoff {
	struct cdg_rec_conn conn;
	struct cdg_round round;
	__u32 cwnd_prior;
	__u32 cwnd_target;     /* equals cwnd_prior when suppressed */
	__u32 reduction;       /* enum cdg_reduction */
	__u32 use_ineff;       /* the limit that the count was held against */
};

struct cdg_rec_cut {
	struct cdg_rec_conn conn;
	__u32 cwnd_prior;
	__u32 cwnd_target;     /* the new ssthresh */
	__u8 cause;	       /* enum cdg_cause */
	__u8 tolerated;	       /* bool: taken as not caused by congestion */
	__u8 in_reduction;     /* bool: met a delay back-off, which had cut already */
	__u8 reserved[5];
};

struct cdg_rec_undo {
	struct cdg_rec_conn conn;
	__u32 cwnd_prior;      /* before the undo */
	__u32 cwnd_restored;
};

struct cdg_rec_ss_exit {
	struct cdg_rec_conn conn; /* cwnd: as slow start ended, before it was cut */
	__u32 reason;	       /* enum cdg_ss_exit */
	__s32 rtt_min_us;      /* in the running round */
	__s32 delay_min_us;    /* smallest since slow start began */
	__u32 reserved;
};

/* Idle longer than the RTO: all delay state forgotten, the stack then cuts the window. */
struct cdg_rec_restart {
	struct cdg_rec_conn conn;
};

struct cdg_rec_start {
	struct cdg_rec_conn conn;
	__u8 cc[CDG_NAME_LEN];
	__u32 mss;
	__u32 window;
};

/* What the stack counts, read at the moment of the record. */
struct cdg_rec_tcp {
	__u64 bytes_acked;
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u64 bytes_received;
	__u64 pacing_rate_bps; /* bytes per second, as in struct tcp_info */
	__u32 segs_out;
	__u32 segs_in;
	__u32 data_segs_out;
	__u32 total_retrans;
	__u32 lost;	       /* segments marked lost, in all */
	__u32 delivered_ce;
	__u32 mss;
	__u32 rttvar_us;
	__u32 min_rtt_us;      /* the stack's windowed minimum */
	__u8 tcp_state;
	__u8 reserved[3];
};

/* CDG_REC_FLOW (snapshot) and CDG_REC_FLOW_END */
struct cdg_rec_flow {
	struct cdg_rec_conn conn;
	__u8 cc[CDG_NAME_LEN];
	__u64 start_ns;
	__u64 round_ts_ns;
	struct cdg_rec_tcp tcp;
	struct cdg_round last;
	struct cdg_seen seen;
	struct cdg_totals totals;
	struct cdg_decision backoff;
	struct cdg_decision suppressed;
	struct cdg_decision cut;
	struct cdg_decision slow_start_exit;
	__u32 window;
	__u32 generation;      /* of the parameters now in force */
};

/*
 * Snapshots. A reader of the iterator who holds its lock (flock(2) on the pin) and has set this
 * flag at his descriptor reads one byte per flow; the records stand in the map of snapshots then,
 * from its first place, and until his next read().
 */
#define CDG_SNAPSHOT_FLAG 04000 /* O_NONBLOCK */
#define CDG_SNAPSHOT_RECORDS 4096

/* CDG_REC_PARAMS: written into files by the recorder, at first and after every tuning. */
struct cdg_rec_params {
	struct cdg_rec_head head;
	struct cdg_params params;
};

/* What became of the SYN of an accepted connection; each connection has exactly one of them. */
enum cdg_syn_status {
	CDG_SYN_OK = 0,
	CDG_SYN_COOKIE = 1,    /* answered with a SYN cookie, and nobody kept the SYN */
	/* The listener did not save SYNs when it came; or others drove it out, half open. */
	CDG_SYN_NOT_SAVED = 2,
	CDG_SYN_LOST = 3,      /* its slot of the map was still being written */
	CDG_SYN_TRUNCATED = 4, /* headers longer than CDG_SYN_BYTES: the first bytes are there */
	CDG_SYN_STATUS_MAX
};

/* Where a SYN is taken from. As a setting, both bits: saved ones, and the SYN-ACK for cookies. */
#define CDG_SYN_SAVE 1	 /* TCP_SAVE_SYN, read when the connection is accepted */
#define CDG_SYN_SYNACK 2 /* when the SYN-ACK is made */

#define CDG_SYN_UNVERIFIED 1 /* flags: accepted on the SYN alone (Fast Open), sender not proven */
#define CDG_SYN_BY_COOKIE 2  /* flags: answered with a SYN cookie */

#define CDG_SYN_BYTES 128	   /* IPv4: always enough; IPv6: 48 of extensions and 40 of TCP */
#define CDG_SYN_ENTRIES 32768	   /* accepted connections remembered, unless told otherwise */
#define CDG_SYN_ENTRIES_MIN 64u
#define CDG_SYN_ENTRIES_MAX (16u << 20)
#define CDG_SYN_HALF_ENTRIES 8192  /* handshakes that are not complete */

/*
 * CDG_REC_SYN: value of the map of SYNs and of the map of half-open handshakes. In no ring: the map
 * of SYNs is the log that all subscribers follow. Its flow number is 0: CDG takes the connection
 * afterwards; of conn it holds head, addresses, ports, family, netns and cookie. In the second map
 * netns, cookie and cgroup are 0.
 */
struct cdg_rec_syn {
	struct cdg_rec_conn conn;
	__u64 cgroup;	       /* id of the listener's cgroup */
	__u8 status;	       /* enum cdg_syn_status */
	__u8 source;	       /* CDG_SYN_SAVE or CDG_SYN_SYNACK, 0 without SYN */
	__u8 flags;	       /* CDG_SYN_UNVERIFIED, CDG_SYN_BY_COOKIE */
	__u8 reserved;
	__u16 len;	       /* bytes in header */
	__u16 reserved2;
	__u8 header[CDG_SYN_BYTES]; /* as received: from the IP header to the TCP options */
};

/* Beside each slot of the map of SYNs: whose it is. */
struct cdg_syn_slot {
	__u64 cookie;	       /* of the socket; 0 while the slot is empty or being written */
	__u64 number;	       /* of the accepted connection, from 0 */
};

/* Key of the map of half-open handshakes. IPv4 in the first four bytes, also on IPv6 sockets. */
struct cdg_syn_key {
	__u8 saddr[16];
	__u8 daddr[16];
	__u64 netns_cookie;
	__u16 sport;
	__u16 dport;
	__u32 reserved;
};

/*
 * Storage of a listener: what was switched on there, and only that is switched off at unload; of a
 * Fast Open connection while it has its listener's CDG_SYN_SYNACK.
 */
struct cdg_syn_listener {
	__u32 changed;	       /* CDG_SYN_SAVE, CDG_SYN_SYNACK */
	__u32 foreign;	       /* bool: was found to save SYNs of its own accord */
};

#define CDG_SYN_PATH 256

/* The SYN part's own map: settings, written before it is attached, and totals. */
struct cdg_syn_state {
	__u32 source;	       /* CDG_SYN_SAVE | CDG_SYN_SYNACK */
	__u32 entries;	       /* accepted connection n, from 0, is in slot n % entries */
	__u64 cgroup;	       /* id; sockets at it and below */
	__u8 path[CDG_SYN_PATH]; /* of it, for people */
	__u64 accepted;	       /* connections; the sum of outcomes */
	__u64 outcomes[8];     /* by enum cdg_syn_status */
	__u64 half_open;       /* SYNs taken when a SYN-ACK was made */
	__u64 listeners;       /* changed so far */
	__u64 listeners_foreign; /* of others: they save SYNs of their own accord */
	__u64 listeners_refused; /* could not be changed, or not in full */
	__u32 shared;	       /* bool: somebody else writes header options at a listener */
	__u32 all_netns;       /* bool: listeners were asked in every network namespace */
};

/* A subscription's filter; all members must match, 0 means any. Applied in the kernel. */
struct cdg_sub_filter {
	__u32 kinds;	       /* bit per enum cdg_rec_type */
	__u32 sample;	       /* only flows whose number is a multiple of it */
	__u32 netns;
	__u16 sport;	       /* local port, host byte order */
	__u16 dport;	       /* peer's port */
	__u64 flow;
};

/* Whether a record of the right kind passes; flow: 0 for what belongs to none. */
static inline __attribute__((always_inline)) int
cdg_filter_passes(const struct cdg_sub_filter *f, __u64 flow, __u32 netns, __u16 sport, __u16 dport)
{
	if (f->sport && f->sport != sport)
		return 0;
	if (f->dport && f->dport != dport)
		return 0;
	if (f->netns && f->netns != netns)
		return 0;
	if (f->flow && f->flow != flow)
		return 0;
	return f->sample < 2 || flow % f->sample == 0;
}

/* One slot of the table of subscriptions; the ring itself is in the map of maps at this index. */
struct cdg_sub {
	struct cdg_sub_filter filter;
	__u32 pid;	       /* owner, 0: free */
	__u32 wakeup_bytes;    /* power of two: wakes the reader once per so many; he polls, too */
	__u64 pid_start;       /* its start time, clock ticks since boot (proc(5)) */
};

/*
 * Per subscription: all but the lost ones were sent. Counted by the programs, SYNs by the reader,
 * who takes them himself.
 */
struct cdg_sub_stat {
	__u64 seq;	       /* records made for it; in the records cut to 32 bits */
	__u64 lost;	       /* ring full; SYNs: driven out by newer ones */
	__u64 pad[6];	       /* own cache line */
};

/* Faults and totals of the instance, counted by the kernel side. */
struct cdg_counters {
	__u64 flows_started;
	__u64 flows_ended;
	__u64 storage_failed;  /* flows that run without ring and totals */
	__u64 ring_failed;     /* flows with a large window that run without ring */
};

/* The stats map: written by the programs only. */
struct cdg_stats {
	struct cdg_counters counters;
	__u64 reserved;
	__u64 pad[3];
	struct cdg_sub_stat subs[CDG_SUBS_MAX];
};

/* Flows by the name that they were started with: 0 the first name, 1 the second. */
struct cdg_flow_counts {
	__u64 started[2];
	__u64 ended[2];
};

/*
 * Counters and histograms of the instance, one such struct per processor; `load --replace` of the
 * same ABI version goes on with them. Events are counted when they happen. Rounds, segments and
 * bytes are counted when a round ends, but at most once per CDG_METRICS_US and flow, then all that
 * came since, and when the flow ends; each round that is so met is one observation of the
 * histograms of rounds. Arrays by an enum are indexed by it.
 */
#define CDG_METRICS_US 10000
struct cdg_metrics {
	__u64 rounds;
	__u64 draws;
	__u64 sent_bytes;      /* of TCP payload, with those sent again */
	__u64 retrans_bytes;
	__u64 acked_bytes;
	__u64 sent_segs;       /* with payload */
	__u64 retrans_segs;
	__u64 rtt_sum_us;
	__u64 rtt_min_sum_us;
	__u64 queue_sum_us;
	__u64 rtt[CDG_HIST_RTT_BUCKETS];	   /* smoothed, as the round ended */
	__u64 rtt_min[CDG_HIST_RTT_BUCKETS];	   /* smallest of the round */
	__u64 queue[CDG_HIST_RTT_BUCKETS];	   /* smoothed less smallest of the flow */
	__u64 grad_min[CDG_HIST_GRAD_BUCKETS];
	__u64 grad_max[CDG_HIST_GRAD_BUCKETS];
	__u64 backoffs[2];     /* enum cdg_reason */
	__u64 suppressed[2];
	__u64 cuts[8];	       /* enum cdg_cause */
	__u64 slow_start_exits[8]; /* enum cdg_ss_exit */
	__u64 tolerated;       /* of the cuts */
	__u64 undos;
	__u64 restarts;
	__u64 cwnd_sum;
	__u64 cwnd[CDG_HIST_CWND_BUCKETS];	   /* before a back-off */
	struct cdg_flow_counts flows;
	__u64 duration_sum_us; /* of flows that ended */
	__u64 duration[CDG_HIST_DURATION_BUCKETS];
	__u64 goodput_sum;     /* bytes acknowledged per second, of those that sent any */
	__u64 goodput[CDG_HIST_GOODPUT_BUCKETS];
};

/* Which sum of gradients asked for a back-off. */
enum cdg_reason {
	CDG_REASON_MIN = 0, /* of the minimum RTT */
	CDG_REASON_MAX = 1, /* of the maximum RTT, as the minimum did not rise */
};

/*
 * The control map: written by cdgctl through mmap, read by the programs. The part down to
 * `reserved` keeps its layout in every ABI version, so that any cdgctl can name and unload what
 * any other has loaded. `wanted[type]` has a bit for each slot that wants this enum cdg_rec_type:
 * 0 when nobody listens.
 */
struct cdg_control {
	__u32 magic;	       /* CDG_ABI_MAGIC */
	__u32 abi_version;
	__u8 names[2][CDG_NAME_LEN]; /* registered names, empty when unused */
	__u8 build_id[CDG_BUILD_ID_LEN];
	__u8 restricted;       /* bool: registered without TCP_CONG_NON_RESTRICTED */
	__u8 linked;	       /* bool: held by BPF links, not by the maps themselves */
	__u8 syn;	       /* bool: with the SYN part */
	__u8 reserved;
	__u32 params_active;   /* index of the set in force */
	__u32 reserved_params;
	__u64 loaded_ns;
	__u8 wanted[CDG_REC_KERNEL_MAX + 1];
	struct cdg_params params[CDG_PARAM_SLOTS];
	struct cdg_sub subs[CDG_SUBS_MAX];
};

#define CDG_ASSERT_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " moved")
CDG_ASSERT_SIZE(struct cdg_params, 48);
CDG_ASSERT_SIZE(struct cdg_grad, 8);
CDG_ASSERT_SIZE(struct cdg_state, 104);
CDG_ASSERT_SIZE(struct cdg_seen, 12);
CDG_ASSERT_SIZE(struct cdg_totals, 44);
CDG_ASSERT_SIZE(struct cdg_round, 40);
CDG_ASSERT_SIZE(struct cdg_decision, 32);
CDG_ASSERT_SIZE(struct cdg_draw_key, 8);
CDG_ASSERT_SIZE(struct cdg_draw, 12);
CDG_ASSERT_SIZE(struct cdg_counted, 48);
CDG_ASSERT_SIZE(struct cdg_flow, 416);
CDG_ASSERT_SIZE(struct cdg_rec_head, 24);
CDG_ASSERT_SIZE(struct cdg_rec_conn, 104);
CDG_ASSERT_SIZE(struct cdg_rec_round, 152);
CDG_ASSERT_SIZE(struct cdg_rec_backoff, 160);
CDG_ASSERT_SIZE(struct cdg_rec_cut, 120);
CDG_ASSERT_SIZE(struct cdg_rec_undo, 112);
CDG_ASSERT_SIZE(struct cdg_rec_ss_exit, 120);
CDG_ASSERT_SIZE(struct cdg_rec_restart, 104);
CDG_ASSERT_SIZE(struct cdg_rec_start, 128);
CDG_ASSERT_SIZE(struct cdg_rec_tcp, 80);
CDG_ASSERT_SIZE(struct cdg_rec_flow, 448);
CDG_ASSERT_SIZE(struct cdg_rec_params, 72);
CDG_ASSERT_SIZE(struct cdg_rec_syn, 248);
CDG_ASSERT_SIZE(struct cdg_syn_slot, 16);
CDG_ASSERT_SIZE(struct cdg_syn_key, 48);
CDG_ASSERT_SIZE(struct cdg_syn_listener, 8);
CDG_ASSERT_SIZE(struct cdg_syn_state, 384);
CDG_ASSERT_SIZE(struct cdg_sub_filter, 24);
CDG_ASSERT_SIZE(struct cdg_sub, 40);
CDG_ASSERT_SIZE(struct cdg_sub_stat, 64);
CDG_ASSERT_SIZE(struct cdg_stats, 576);
CDG_ASSERT_SIZE(struct cdg_flow_counts, 32);
CDG_ASSERT_SIZE(struct cdg_metrics, 2312);
CDG_ASSERT_SIZE(struct cdg_control, 816);

#endif
