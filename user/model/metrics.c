/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/metrics.h"

#include <stdio.h>
#include <string.h>

#include "user/model/rows.h"

/* Values of labels, in the order of the arrays that hold the counts. */
static const char *const reasons[] = { "gradient_min", "gradient_max" };
static const char *const causes[] = { NULL, "loss", "rto", "ecn", "local", "tlp" };
static const char *const exits[] = { NULL, "ack_train", "delay", "backoff", "cut" };
static const char *const extremes[] = { "min", "max" };
static const char *const programs[] = { "current", "replaced" };
static const char *const outcomes[] = { "ok", "syncookie", "not_saved", "lost", "truncated" };
static const char *const listeners[] = { "changed", "foreign", "refused" };
static const char *const maps[] = { "syns", "subscriptions" };
static const char *const slots[] = { "0", "1", "2", "3", "4", "5", "6", "7" };
static const char *const states[DEGRADED_COUNT] = {
	"names", "pins", "staging", "storage", "ring", "cgroup", "syn_lost",
};
const char *const metrics_codes[METRICS_CODES] = {
	"200", "401", "404", "405", "500", "503",
};

#define VIEW(m) offsetof(struct metrics_view, m)
#define FIXED(name_, values_) { .name = name_, .values = values_, .count = ARRAY_SIZE(values_) }
#define GIVEN(name_, m, count_) { .name = name_, .offset = VIEW(m), .count = count_ }

/* One row; m: member of the view with the first value. The rest are designated initializers. */
#define FAMILY(name_, type_, unit_, m, help_, ...)                                                \
	{                                                                                         \
		.name = "cdg_" name_, .help = help_, .unit = unit_, .type = METRICS_##type_,      \
		.offset = VIEW(m), ##__VA_ARGS__                                                  \
	}
#define OF_CC(...) .flags = METRICS_CC, ##__VA_ARGS__
#define LABELS(...) .labels = { __VA_ARGS__ }
#define BUCKETS(layout_, decimals_) .layout = layout_, .decimals = decimals_
#define KERNEL(m) kernel_side.m

const struct metrics_family metrics_families[] = {
	FAMILY("up", GAUGE, NULL, up,
	       "1 if an instance is loaded and could be read, else 0.",
	       .flags = METRICS_ALWAYS),
	FAMILY("build", INFO, NULL, up, "This exporter and the kernel it runs on.",
	       .flags = METRICS_ALWAYS,
	       LABELS(GIVEN("version", version, 1), GIVEN("build_id", own_build_id, 1),
		      GIVEN("kernel", kernel, 1))),
	FAMILY("instance", INFO, NULL, up,
	       "The instance that is loaded: its names as congestion control, its BPF objects.",
	       LABELS(GIVEN("name", info_cc[0], 1), GIVEN("name_bpf", info_cc[1], 1),
		      GIVEN("build_id", build_id, 1), GIVEN("registered_by", registered_by, 1))),
	FAMILY("load_time_seconds", GAUGE, "seconds", load_time_ms,
	       "When the kernel's counters began, UNIX time: a load; replacing goes on with them.",
	       .decimals = 3, .is_signed = true),
	FAMILY("degraded", GAUGE, NULL, degraded,
	       "1 while something is not well: 'cdgctl status' says what to do.",
	       LABELS(FIXED("state", states))),

	FAMILY("flows", GAUGE, NULL, flows,
	       "Flows now, by the name they were started with; replaced: they finish on programs "
	       "that 'cdgctl load --replace' has replaced since.",
	       OF_CC(LABELS(GIVEN("cc", cc, 2), FIXED("generation", programs)))),
	FAMILY("flows_started", COUNTER, NULL, KERNEL(flows.started),
	       "Flows that took the congestion control.", OF_CC(LABELS(GIVEN("cc", cc, 2)))),
	FAMILY("flows_ended", COUNTER, NULL, KERNEL(flows.ended),
	       "Flows that closed, or took another congestion control.",
	       OF_CC(LABELS(GIVEN("cc", cc, 2)))),
	FAMILY("flow_storage_failed", COUNTER, NULL, counters.storage_failed,
	       "Flows without history and totals, for lack of memory: of them events are counted, "
	       "but neither rounds nor segments and bytes.", OF_CC()),
	FAMILY("flow_ring_failed", COUNTER, NULL, counters.ring_failed,
	       "Flows with a large window without gradient ring, for lack of memory.", OF_CC()),
	FAMILY("flow_duration_seconds", HISTOGRAM, "seconds", KERNEL(duration),
	       "How long flows that ended used the congestion control.",
	       OF_CC(BUCKETS(CDG_HIST_DURATION, 6)), .sum = VIEW(KERNEL(duration_sum_us))),
	FAMILY("flow_goodput_bytes_per_second", HISTOGRAM, "bytes_per_second", KERNEL(goodput),
	       "Bytes acknowledged per second of their duration, of flows that ended and had sent "
	       "data.",
	       OF_CC(BUCKETS(CDG_HIST_GOODPUT, 0)), .sum = VIEW(KERNEL(goodput_sum))),

	FAMILY("rtt_seconds", HISTOGRAM, "seconds", KERNEL(rtt),
	       "Smoothed round-trip time when a round ended; at most once per flow and 10 ms.",
	       OF_CC(BUCKETS(CDG_HIST_RTT, 6)), .sum = VIEW(KERNEL(rtt_sum_us))),
	FAMILY("min_rtt_seconds", HISTOGRAM, "seconds", KERNEL(rtt_min),
	       "Smallest round-trip time of a round, observed as cdg_rtt_seconds.",
	       OF_CC(BUCKETS(CDG_HIST_RTT, 6)), .sum = VIEW(KERNEL(rtt_min_sum_us))),
	FAMILY("queueing_delay_seconds", HISTOGRAM, "seconds", KERNEL(queue),
	       "Smoothed round-trip time less the smallest of the flow so far, observed as "
	       "cdg_rtt_seconds.",
	       OF_CC(BUCKETS(CDG_HIST_RTT, 6)), .sum = VIEW(KERNEL(queue_sum_us))),
	FAMILY("rtt_gradient_seconds", HISTOGRAM, "seconds", KERNEL(grad_min),
	       "Change of the smallest (min) and of the largest (max) round-trip time from one "
	       "round to the next, observed as cdg_rtt_seconds.",
	       OF_CC(BUCKETS(CDG_HIST_GRAD, 6)), LABELS(FIXED("rtt", extremes))),
	FAMILY("backoff_cwnd_segments", HISTOGRAM, "segments", KERNEL(cwnd),
	       "Congestion window before a delay back-off.",
	       OF_CC(BUCKETS(CDG_HIST_CWND, 0)), .sum = VIEW(KERNEL(cwnd_sum))),

	FAMILY("rounds", COUNTER, NULL, KERNEL(rounds),
	       "Rounds, one round-trip time long, that ended.", OF_CC()),
	FAMILY("coins", COUNTER, NULL, KERNEL(draws),
	       "Rounds in which a coin was drawn, as the gradient was positive.", OF_CC()),
	FAMILY("backoffs", COUNTER, NULL, KERNEL(backoffs),
	       "Delay back-offs, by the gradient that asked for it: of the smallest or the largest "
	       "round-trip time.",
	       OF_CC(LABELS(FIXED("reason", reasons)))),
	FAMILY("backoffs_suppressed", COUNTER, NULL, KERNEL(suppressed),
	       "Delay back-offs that were left out, as those before did not make the delay fall.",
	       OF_CC(LABELS(FIXED("reason", reasons)))),
	FAMILY("cuts", COUNTER, NULL, KERNEL(cuts),
	       "Reductions by the stack: fast retransmit, timeout, ECN echo, drop in the local "
	       "queueing discipline, tail loss probe.",
	       .flags = METRICS_CC | METRICS_SKIP_ZERO, LABELS(FIXED("cause", causes))),
	FAMILY("cuts_tolerated", COUNTER, NULL, KERNEL(tolerated),
	       "Losses taken as not caused by congestion, the window kept (use_tolerance).",
	       OF_CC()),
	FAMILY("undos", COUNTER, NULL, KERNEL(undos),
	       "Reductions that the stack took back as unfounded.", OF_CC()),
	FAMILY("restarts", COUNTER, NULL, KERNEL(restarts),
	       "Flows that forgot their delays after idling for longer than a timeout.", OF_CC()),
	FAMILY("slow_start_exits", COUNTER, NULL, KERNEL(slow_start_exits),
	       "Ends of slow start: by hybrid slow start (ACK train, delay), by a delay back-off, "
	       "by a cut.",
	       .flags = METRICS_CC | METRICS_SKIP_ZERO, LABELS(FIXED("reason", exits))),

	FAMILY("sent_segments", COUNTER, "segments", KERNEL(sent_segs),
	       "Segments with data sent, retransmissions too.", OF_CC()),
	FAMILY("retransmitted_segments", COUNTER, "segments", KERNEL(retrans_segs),
	       "Segments sent again.", OF_CC()),
	FAMILY("sent_bytes", COUNTER, "bytes", KERNEL(sent_bytes),
	       "Bytes of data sent, retransmissions too.", OF_CC()),
	FAMILY("retransmitted_bytes", COUNTER, "bytes", KERNEL(retrans_bytes),
	       "Bytes of data sent again.", OF_CC()),
	FAMILY("acked_bytes", COUNTER, "bytes", KERNEL(acked_bytes),
	       "Bytes acknowledged by the peers.", OF_CC()),

	FAMILY("parameter", GAUGE, NULL, param,
	       "Parameters in force, in the units of 'cdgctl tune'.",
	       OF_CC(LABELS(GIVEN("name", param_name, METRICS_PARAMS_MAX)))),
	FAMILY("parameter_generation", GAUGE, NULL, generation,
	       "Counts the sets of parameters that came into force, 1 after load.", OF_CC()),

	FAMILY("subscribers", GAUGE, NULL, subscribers,
	       "Readers of events: cdgctl stream, record, cdgtop."),
	FAMILY("events_sent", COUNTER, NULL, events_sent,
	       "Events sent to the reader in a slot; starts anew with each reader.",
	       LABELS(FIXED("slot", slots))),
	FAMILY("events_lost", COUNTER, NULL, events_lost,
	       "Events lost because the reader in a slot was too slow; starts anew with each "
	       "reader.",
	       LABELS(FIXED("slot", slots))),
	FAMILY("map_entries", GAUGE, NULL, map_entries, "Entries of a BPF map that are in use.",
	       LABELS(FIXED("map", maps))),
	FAMILY("map_entries_max", GAUGE, NULL, map_max, "Entries that a BPF map has room for.",
	       LABELS(FIXED("map", maps))),

	FAMILY("syns", COUNTER, NULL, syns,
	       "Connections accepted, by what became of their SYN.",
	       .flags = METRICS_SYN, LABELS(FIXED("outcome", outcomes))),
	FAMILY("syn_half_open", COUNTER, NULL, syn_half_open,
	       "SYNs taken when their SYN-ACK was made.", .flags = METRICS_SYN),
	FAMILY("syn_listeners", COUNTER, NULL, syn_listeners,
	       "Listeners that were asked to save SYNs (changed), did so of their own accord "
	       "(foreign), or could not be asked for all (refused).",
	       .flags = METRICS_SYN, LABELS(FIXED("result", listeners))),
	FAMILY("syn_labels", COUNTER, NULL, label_count,
	       "Connections accepted since the exporter began, by the label of their SYN's "
	       "signature; other: beyond the limit of labels, unknown: no signature fits, none: no "
	       "SYN.",
	       .flags = METRICS_SYN | METRICS_SERVING,
	       LABELS(GIVEN("label", label_name, METRICS_LABELS_MAX + 1))),
	FAMILY("syn_labels_missed", COUNTER, NULL, labels_missed,
	       "SYNs driven out of the map before the exporter looked at them.",
	       .flags = METRICS_SYN | METRICS_SERVING),

	FAMILY("exporter_scrape_duration_seconds", GAUGE, "seconds", scrape_ns,
	       "Time that it took to collect these values.",
	       .flags = METRICS_ALWAYS, .decimals = 9),
	FAMILY("exporter_scrapes", COUNTER, NULL, scrapes, "Times that values were collected.",
	       .flags = METRICS_ALWAYS | METRICS_SERVING),
	FAMILY("exporter_scrape_errors", COUNTER, NULL, scrape_errors,
	       "Times that they could not be read although something is loaded.",
	       .flags = METRICS_ALWAYS | METRICS_SERVING),
	FAMILY("exporter_requests", COUNTER, NULL, requests,
	       "HTTP requests answered, by status code; malformed ones are refused before they "
	       "count.",
	       .flags = METRICS_ALWAYS | METRICS_SERVING, LABELS(FIXED("code", metrics_codes))),
	FAMILY("exporter_connections", GAUGE, NULL, connections, "HTTP connections now.",
	       .flags = METRICS_ALWAYS | METRICS_SERVING),
	FAMILY("exporter_start_time_seconds", GAUGE, "seconds", start_time_ms,
	       "When the exporter began, UNIX time.",
	       .flags = METRICS_ALWAYS | METRICS_SERVING, .decimals = 3, .is_signed = true),
};

const size_t metrics_family_count = ARRAY_SIZE(metrics_families);

const char *metrics_type_name(const struct metrics_family *family)
{
	static const char *const names[] = { "counter", "gauge", "histogram", "info" };

	return names[family->type];
}

bool metrics_present(const struct metrics_family *family, const struct metrics_view *view)
{
	if (!view->up && !(family->flags & METRICS_ALWAYS))
		return false;
	return !((family->flags & METRICS_CC) && !view->has_cc) &&
	       !((family->flags & METRICS_SYN) && !view->has_syn) &&
	       !((family->flags & METRICS_SERVING) && !view->serving);
}

void metrics_row(const struct metrics_family *family, char *name, char *labels,
		 struct metrics_row *out)
{
	size_t used = 0;

	snprintf(name, METRICS_ROW_TEXT, "%s%s", family->name,
		 family->type == METRICS_COUNTER ? "_total" :
		 family->type == METRICS_INFO	 ? "_info" : "");
	labels[0] = '\0';
	for (size_t i = 0; i < METRICS_DIMENSIONS && family->labels[i].name; i++)
		used += (size_t)snprintf(labels + used, METRICS_ROW_TEXT - used, "%s%s",
					 i ? "," : "", family->labels[i].name);
	*out = (struct metrics_row){
		.name = name,
		.type = metrics_type_name(family),
		.unit = family->unit,
		.labels = used ? labels : NULL,
		.help = family->help,
	};
}

static const struct field metric_fields[] = {
	ROW(struct metrics_row, name, "name", TEXT, NONE, NONE, "NAME",
	    "Name as in queries; a histogram has it with _bucket, _sum and _count."),
	ROW(struct metrics_row, type, "type", TEXT, NONE, NONE, "TYPE",
	    "counter, gauge, histogram or info."),
	ROW(struct metrics_row, unit, "unit", TEXT, NONE, NONE, "UNIT", "Unit of the value."),
	ROW(struct metrics_row, labels, "labels", TEXT, NONE, NONE, "LABELS",
	    "Names of its labels."),
	ROW(struct metrics_row, help, "help", TEXT, NONE, NONE, "MEANING", "What it means."),
};

const struct fields_table fields_metric = {
	.name = "metric",
	.help = "A family of metrics that is exported.",
	TABLE(struct metrics_row, metric_fields),
};
