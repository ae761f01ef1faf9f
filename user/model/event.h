/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records: bytes from a ring, an iterator or a file -> a record with its field table. Also the
 * records that are made in user space (hello, stats, bye).
 */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include "include/cdg_abi.h"
#include "user/model/fields.h"

/* First record of a stream: who speaks. Texts are owned by the maker. */
struct rec_hello {
	uint64_t ts_ns;
	const char *host;
	const char *boot_id;
	const char *kernel;
	const char *version;
	const char *build_id;
	const char *events; /* "round,backoff": what was asked for */
	const char *filter; /* NULL: none */
	uint32_t abi_version;
	uint8_t replay; /* bool: from a file */
};

/* Counted since the stream began. */
struct stream_counts {
	uint64_t received; /* records taken from the source */
	uint64_t shown;	   /* of them passed the filter */
	uint64_t lost;	   /* lost because this reader was too slow */
	uint64_t invalid;  /* refused: too short or malformed */
	uint64_t unknown;  /* of a kind that this version does not know */
	uint64_t dropped;  /* the output could not take them in time */
};

struct rec_stats {
	uint64_t ts_ns;
	struct stream_counts counts;
};

struct rec_bye {
	uint64_t ts_ns;
	struct stream_counts counts;
	uint64_t duration_us; /* first to last record */
	const char *reason;   /* "signal", "count", "duration", "end of file", "unloaded" ... */
};

extern const struct fields_table fields_round;
extern const struct fields_table fields_backoff;
extern const struct fields_table fields_suppressed;
extern const struct fields_table fields_cut;
extern const struct fields_table fields_undo;
extern const struct fields_table fields_slow_start_exit;
extern const struct fields_table fields_restart;
extern const struct fields_table fields_flow_start;
extern const struct fields_table fields_flow_end;
extern const struct fields_table fields_flow;
extern const struct fields_table fields_hello;
extern const struct fields_table fields_stats;
extern const struct fields_table fields_bye;
extern const struct fields_table fields_parameters;

/* All tables of records above: first those that the kernel makes. */
#define EVENT_KERNEL_TABLES 10 /* all about flows; SYNs: syn_report.h */
extern const struct fields_table *const event_tables[];
extern const size_t event_table_count;

/* Kernel record of this type; NULL if unknown or made in user space. */
const struct fields_table *event_table(unsigned int type);

/* By name; CDG_REC_NONE if unknown. */
unsigned int event_type(const char *name, size_t len);

struct event {
	const struct fields_table *table;
	const struct cdg_rec_conn *conn; /* the record itself */
};

/*
 * data: aligned to 8. Longer records than known are accepted, shorter ones and lengths that
 * contradict each other are refused. 0, -EBADMSG, or -ENOMSG for a kind that is not known; SYNs
 * are not known here: event_decode_syn() takes them, as they need signatures to be told.
 */
int event_decode(const void *data, size_t len, struct event *out);

/* A recorder's note of the parameters in force (fields_parameters), NULL if it is something else.
 */
const struct cdg_rec_params *event_params(const void *data, size_t len);

/* Records with a seq that were made but are not there. highest: largest seq, seen: records. */
uint64_t event_gaps(uint32_t highest, uint64_t seen);

/* The same for CDG_REC_SYN alone; len of its header is checked, too. */
int event_decode_syn(const void *data, size_t len, const struct cdg_rec_syn **out);

/*
 * Kinds as --events takes them: names and the groups `decisions` (backoff, suppressed, cut, undo,
 * slow_start_exit, restart), `flow` (flow_start, flow_end), `syn` and `all`, separated by commas.
 * *kinds: one bit per enum cdg_rec_type. 0, or -EINVAL with a sentence in err.
 */
int event_kinds_parse(const char *list, uint32_t *kinds, char *err, size_t err_len);
#define EVENT_KINDS_DEFAULT "decisions,flow"

/* "round,backoff" of kinds. */
void event_kinds_text(uint32_t kinds, char *out, size_t len);

/* What the kernel does with a subscription's filter, for records that come from a file. */
bool event_wanted(const struct cdg_sub_filter *filter, const struct cdg_rec_conn *conn);

/* Room that any sentence fits in. */
#define EVENT_SENTENCE_LEN 512

/*
 * The last decision of a kind out of a snapshot, in words; false if there was none. ago_us: from
 * the decision to the snapshot.
 */
enum decision_kind {
	DECISION_BACKOFF,
	DECISION_SUPPRESSED,
	DECISION_CUT,
	DECISION_SLOW_START_EXIT,
	DECISION_COUNT
};
bool event_decision(const struct cdg_rec_flow *flow, enum decision_kind kind, uint64_t *ago_us,
		    char *out, size_t len);

/* 1 - threshold / 2^32: the probability that a coin with this threshold backs off. */
double event_probability(uint32_t threshold);

/* Queue that a flow's packets wait in now: smoothed RTT less the lowest; false if not known. */
bool event_queue_delay_us(const struct cdg_rec_flow *flow, uint64_t *out);

#endif
