/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/model/rows.h"
#include "user/model/sentence.h"

#define BIT(type) (1u << CDG_REC_##type)

/* Kernel records by type. */
static const struct fields_table *const kernel_tables[] = {
	[CDG_REC_ROUND] = &fields_round,
	[CDG_REC_BACKOFF] = &fields_backoff,
	[CDG_REC_SUPPRESSED] = &fields_suppressed,
	[CDG_REC_CUT] = &fields_cut,
	[CDG_REC_UNDO] = &fields_undo,
	[CDG_REC_SLOW_START_EXIT] = &fields_slow_start_exit,
	[CDG_REC_RESTART] = &fields_restart,
	[CDG_REC_FLOW_START] = &fields_flow_start,
	[CDG_REC_FLOW_END] = &fields_flow_end,
	[CDG_REC_FLOW] = &fields_flow,
};

const struct fields_table *const event_tables[] = {
	&fields_round,	 &fields_backoff,	  &fields_suppressed, &fields_cut,
	&fields_undo,	 &fields_slow_start_exit, &fields_restart,    &fields_flow_start,
	&fields_flow_end, &fields_flow,		  &fields_hello,      &fields_stats,
	&fields_bye,	    &fields_parameters,
};
const size_t event_table_count = ARRAY_SIZE(event_tables);

/* Words of --events beside the records' own names. */
static const struct {
	const char *name;
	uint32_t kinds;
} groups[] = {
	{ "decisions", BIT(BACKOFF) | BIT(SUPPRESSED) | BIT(CUT) | BIT(UNDO) |
			       BIT(SLOW_START_EXIT) | BIT(RESTART) },
	{ "flow", BIT(FLOW_START) | BIT(FLOW_END) },
	{ "all", BIT(ROUND) | BIT(BACKOFF) | BIT(SUPPRESSED) | BIT(CUT) | BIT(UNDO) |
			 BIT(SLOW_START_EXIT) | BIT(RESTART) | BIT(FLOW_START) | BIT(FLOW_END) |
			 BIT(SYN) },
	{ "syn", BIT(SYN) },
};

#define STREAMED (groups[2].kinds)

const struct fields_table *event_table(unsigned int type)
{
	return type < ARRAY_SIZE(kernel_tables) ? kernel_tables[type] : NULL;
}

unsigned int event_type(const char *name, size_t len)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(kernel_tables); i++) {
		const struct fields_table *table = kernel_tables[i];

		if (table && strlen(table->name) == len && !memcmp(table->name, name, len))
			return i;
	}
	return CDG_REC_NONE;
}

int event_decode(const void *data, size_t len, struct event *out)
{
	const struct cdg_rec_head *head = data;
	const struct fields_table *table;

	if (len < sizeof(*head) || head->len < sizeof(*head) || head->len > len)
		return -EBADMSG;
	table = event_table(head->type);
	if (!table)
		return -ENOMSG;
	if (head->len < table->size)
		return -EBADMSG;
	out->table = table;
	out->conn = data;
	return 0;
}

const struct cdg_rec_params *event_params(const void *data, size_t len)
{
	const struct cdg_rec_params *rec = data;

	if (len < sizeof(*rec) || rec->head.type != CDG_REC_PARAMS ||
	    rec->head.len < sizeof(*rec) || rec->head.len > len)
		return NULL;
	return rec;
}

uint64_t event_gaps(uint32_t highest, uint64_t seen)
{
	return highest > seen ? highest - seen : 0;
}

int event_decode_syn(const void *data, size_t len, const struct cdg_rec_syn **out)
{
	const struct cdg_rec_syn *rec = data;

	if (len < sizeof(rec->conn.head) || rec->conn.head.len > len)
		return -EBADMSG;
	if (rec->conn.head.type != CDG_REC_SYN)
		return -ENOMSG;
	if (rec->conn.head.len < sizeof(*rec) || rec->len > sizeof(rec->header))
		return -EBADMSG;
	*out = rec;
	return 0;
}

static uint32_t kind_bits(const char *name, size_t len)
{
	unsigned int type;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (strlen(groups[i].name) == len && !memcmp(groups[i].name, name, len))
			return groups[i].kinds;
	type = event_type(name, len);
	return type ? (1u << type) & STREAMED : 0;
}

/* Every word of --events: groups, then records. */
static const char *kind_name_at(size_t i, const void *ctx)
{
	(void)ctx;
	if (i < ARRAY_SIZE(groups))
		return groups[i].name;
	return kernel_tables[i - ARRAY_SIZE(groups) + CDG_REC_ROUND]->name;
}

int event_kinds_parse(const char *list, uint32_t *kinds, char *err, size_t err_len)
{
	uint32_t sum = 0;

	for (;;) {
		size_t len = strcspn(list, ",");
		uint32_t bits = kind_bits(list, len);
		const char *near;

		if (!bits) {
			near = name_suggest(list, len, kind_name_at,
					    ARRAY_SIZE(groups) + CDG_REC_FLOW_END, NULL);
			snprintf(err, err_len,
				 "unknown kind of event '%.*s'%s%s%s; known are decisions, flow, "
				 "all, round, backoff, suppressed, cut, undo, slow_start_exit, "
				 "restart, flow_start, flow_end, syn",
				 (int)len, list, near ? ", did you mean '" : "", near ? near : "",
				 near ? "'" : "");
			return -EINVAL;
		}
		sum |= bits;
		if (!list[len])
			break;
		list += len + 1;
	}
	*kinds = sum;
	return 0;
}

void event_kinds_text(uint32_t kinds, char *out, size_t len)
{
	size_t used = 0;

	if (len)
		out[0] = 0;
	for (unsigned int i = 0; i <= CDG_REC_SYN; i++) {
		/* SYNs have no table among those of flows, which ends before them. */
		const char *name = i == CDG_REC_SYN ? "syn" :
				   kernel_tables[i] ? kernel_tables[i]->name : NULL;
		int n;

		if (!(kinds & (1u << i)) || !name)
			continue;
		n = snprintf(out + used, len - used, "%s%s", used ? "," : "", name);
		if (n < 0 || (size_t)n >= len - used)
			return;
		used += (size_t)n;
	}
}

bool event_wanted(const struct cdg_sub_filter *f, const struct cdg_rec_conn *conn)
{
	return (f->kinds & (1u << (conn->head.type & 31))) &&
	       cdg_filter_passes(f, conn->head.flow, conn->netns, conn->sport, conn->dport);
}

#define TIME_ROWS(rec, m)                                                                         \
	ROW(rec, m, "time", TIME, NONE, NONE, "TIME", "Date and time in UTC."),                   \
	ROW(rec, m, "ts_ns", UINT, NS, NONE, "TS",                                                \
	    "The same as nanoseconds of the monotonic clock.")

static const struct field hello_fields[] = {
	TIME_ROWS(struct rec_hello, ts_ns),
	ROW(struct rec_hello, host, "host", TEXT, NONE, INFO, "HOST",
	    "Name of the machine that the records come from."),
	ROW(struct rec_hello, boot_id, "boot_id", TEXT, NONE, INFO, "BOOT",
	    "Identity of its boot; monotonic times compare only within one."),
	ROW(struct rec_hello, kernel, "kernel", TEXT, NONE, INFO, "KERNEL",
	    "Release of its kernel."),
	ROW(struct rec_hello, version, "version", TEXT, NONE, INFO, "VERSION",
	    "Version of the program that took the records from the kernel."),
	ROW(struct rec_hello, build_id, "build_id", TEXT, NONE, INFO, "BUILD",
	    "Hash over the BPF objects that it was built with."),
	ROW(struct rec_hello, abi_version, "abi_version", UINT, NONE, INFO, "ABI",
	    "Version of the records' layout."),
	ROW(struct rec_hello, events, "events", TEXT, NONE, INFO, "EVENTS",
	    "Kinds of records that were asked for, separated by commas."),
	ROW(struct rec_hello, filter, "filter", TEXT, NONE, INFO, "FILTER",
	    "Filter that records must pass; absent if there is none."),
	ROW(struct rec_hello, replay, "replay", BOOL, NONE, INFO, "REPLAY",
	    "True if the records come from a file."),
};

const struct fields_table fields_hello = {
	.name = "hello",
	.help = "First record of a stream: who speaks, and what was asked for.",
	TABLE(struct rec_hello, hello_fields),
	.tone = TONE_QUIET,
	.sentence = sentence_hello,
};

#define COUNT_ROW(rec, m, name_, column_, help_) \
	ROW(rec, m, name_, UINT, NONE, COUNTER, column_, help_)
#define STATS_ROWS(rec, m)                                                                        \
	COUNT_ROW(rec, m.received, "received", "RECEIVED", "Records that came from the source."), \
	COUNT_ROW(rec, m.shown, "shown", "SHOWN", "Records of these that passed the filter."),    \
	COUNT_ROW(rec, m.lost, "lost", "LOST",                                                    \
		  "Records lost because this reader was too slow."),                              \
	COUNT_ROW(rec, m.invalid, "invalid", "INVALID", "Records refused as malformed."),         \
	COUNT_ROW(rec, m.unknown, "unknown", "UNKNOWN",                                           \
		  "Records of a kind that this version does not know."),                          \
	COUNT_ROW(rec, m.dropped, "dropped", "DROPPED",                                           \
		  "Records that --output could not take in time, dropped whole.")

static const struct field stats_fields[] = {
	TIME_ROWS(struct rec_stats, ts_ns),
	STATS_ROWS(struct rec_stats, counts),
};

const struct fields_table fields_stats = {
	.name = "stats",
	.help = "Now and then: what the stream has carried so far, and what it has lost.",
	TABLE(struct rec_stats, stats_fields),
	.tone = TONE_QUIET,
	.sentence = sentence_stats,
};

static const struct field bye_fields[] = {
	TIME_ROWS(struct rec_bye, ts_ns),
	ROW(struct rec_bye, reason, "reason", TEXT, NONE, NONE, "REASON", "Why the stream ends."),
	ROW(struct rec_bye, duration_us, "duration_us", UINT, US, GAUGE, "DURATION",
	    "From the first record to the last."),
	STATS_ROWS(struct rec_bye, counts),
};

const struct fields_table fields_bye = {
	.name = "bye",
	.help = "Last record of a stream.",
	TABLE(struct rec_bye, bye_fields),
	.tone = TONE_QUIET,
	.sentence = sentence_bye,
};
