/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is exported to monitoring systems: one table of families, each row with name, type, unit,
 * labels, help and the place of its values in struct metrics_view. Text for Prometheus and
 * OpenMetrics, `cdgctl metrics --list` and the man page read it.
 *
 * Labels have few values that are known beforehand; never addresses, ports, cookies or processes.
 * So the number of series does not depend on the number of flows.
 */
#ifndef MODEL_METRICS_H
#define MODEL_METRICS_H

#include "include/cdg_abi.h"
#include "user/model/fields.h"

#define METRICS_LABELS_MAX 64 /* SYN labels told apart; one more row is "other" */
#define METRICS_PARAMS_MAX 16
#define METRICS_CODES 6

/* Degraded states, as `status` notes them. */
enum metrics_degraded {
	DEGRADED_NAMES,	  /* a name that is pinned is not registered any more */
	DEGRADED_PINS,	  /* pins are missing */
	DEGRADED_STAGING, /* an interrupted load left its folder */
	DEGRADED_STORAGE, /* flows run without history and totals */
	DEGRADED_RING,	  /* flows with a large window run without gradient ring */
	DEGRADED_CGROUP,  /* the cgroup whose SYNs are saved is gone */
	DEGRADED_SYN_LOST, /* SYNs found no room */
	DEGRADED_COUNT
};

/*
 * All that can be exported, at one moment. Texts are owned by whoever fills it; a NULL text in an
 * array of label values leaves its series out. Times of kernel counters in us.
 */
struct metrics_view {
	uint64_t up; /* bool: an instance is loaded and could be read; else only the families with
		      * METRICS_ALWAYS are valid */
	uint8_t has_cc;	 /* bool */
	uint8_t has_syn; /* bool */
	uint8_t serving; /* bool: the exporter goes on, so that its own counters mean something */

	const char *version;   /* of this program */
	const char *kernel;
	const char *own_build_id;
	const char *build_id;  /* of the instance */
	const char *registered_by;
	const char *cc[2];     /* names, the second may be NULL */
	const char *info_cc[2]; /* the same, "" if there is none */

	struct cdg_metrics kernel_side; /* sum over all processors */
	struct cdg_counters counters;
	int64_t load_time_ms; /* UNIX time */
	uint64_t flows[4];    /* first name current, replaced; second name current, replaced */
	uint64_t generation;
	const char *param_name[METRICS_PARAMS_MAX];
	uint64_t param[METRICS_PARAMS_MAX];
	uint64_t subscribers;
	uint64_t events_sent[CDG_SUBS_MAX];
	uint64_t events_lost[CDG_SUBS_MAX];
	uint64_t degraded[DEGRADED_COUNT];

	uint64_t syns[5]; /* by enum cdg_syn_status */
	uint64_t syn_half_open;
	uint64_t syn_listeners[3]; /* changed, foreign, refused */
	uint64_t map_entries[2];   /* SYNs, subscriptions */
	uint64_t map_max[2];
	const char *label_name[METRICS_LABELS_MAX + 1];
	uint64_t label_count[METRICS_LABELS_MAX + 1];
	uint64_t labels_missed;

	uint64_t scrape_ns; /* that it took to fill this */
	uint64_t scrapes;
	uint64_t scrape_errors;
	uint64_t requests[METRICS_CODES];
	uint64_t connections;
	int64_t start_time_ms; /* of the exporter, UNIX time */
};

enum metrics_type {
	METRICS_COUNTER,
	METRICS_GAUGE,
	METRICS_HISTOGRAM, /* value at: uint64_t[layout.last + 1], of the buckets; see sum */
	METRICS_INFO,	   /* no value: always 1 */
};

/* One label of a family: its values are constants, or texts in the view. */
struct metrics_label {
	const char *name;
	const char *const *values; /* NULL: const char *[count] at `offset` of the view */
	uint16_t offset;
	uint8_t count;
};

#define METRICS_DIMENSIONS 4

/* metrics_family.flags: when the family has values */
#define METRICS_ALWAYS 1  /* also when nothing is loaded */
#define METRICS_CC 2	  /* only with the congestion control */
#define METRICS_SYN 4	  /* only with the SYN part */
#define METRICS_SERVING 8 /* only of an exporter that goes on */
#define METRICS_SKIP_ZERO 16 /* the first value of the first label stands for "none" */

struct metrics_family {
	const char *name; /* without _total, _info and _bucket */
	const char *help; /* one sentence */
	const char *unit; /* NULL: none; else the end of the name */
	uint8_t type;	  /* enum metrics_type */
	uint8_t is_signed; /* bool */
	uint8_t decimals; /* values are in 10^-decimals of the unit */
	uint8_t flags;	  /* METRICS_* */
	uint16_t offset;  /* of the first 64-bit value; the others follow, last label fastest */
	uint16_t sum;	  /* histogram: of the uint64_t sum, 0: none */
	struct cdg_hist_layout layout;
	struct metrics_label labels[METRICS_DIMENSIONS]; /* name NULL ends them */
};

extern const struct metrics_family metrics_families[];
extern const size_t metrics_family_count;

/* HTTP status codes of view.requests, in order. */
extern const char *const metrics_codes[METRICS_CODES];

const char *metrics_type_name(const struct metrics_family *family);

/* True if the family has values in this view. */
bool metrics_present(const struct metrics_family *family, const struct metrics_view *view);

/* One row of `cdgctl metrics --list`, and its table. */
struct metrics_row {
	const char *name; /* as in queries: with _total and _info */
	const char *type;
	const char *unit;   /* NULL: none */
	const char *labels; /* "a,b", NULL: none; owned by the caller of metrics_row() */
	const char *help;
};
extern const struct fields_table fields_metric;

/* name, labels: memory for the two texts, METRICS_ROW_TEXT bytes each. */
#define METRICS_ROW_TEXT 128
void metrics_row(const struct metrics_family *family, char *name, char *labels,
		 struct metrics_row *out);

#endif
