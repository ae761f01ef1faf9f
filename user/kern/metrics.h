/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything of an instance that can be counted, read at one moment. Works from the pins alone and
 * opens them for reading only, so that a reader needs no more than CAP_BPF and permission to read
 * them; no flow is looked at, so the cost does not depend on their number.
 */
#ifndef KERN_METRICS_H
#define KERN_METRICS_H

#include <stdbool.h>

#include "user/kern/session.h"

struct metrics_reading {
	struct session_head head;
	uint64_t loaded_ns;	    /* CLOCK_MONOTONIC */
	struct cdg_params params;
	struct cdg_counters counters;
	struct cdg_sub_stat subs[CDG_SUBS_MAX];
	uint32_t subscribers;
	struct cdg_metrics sum;	    /* these two with a congestion control only */
	uint64_t flows[2][2];	    /* by name; of current programs, of replaced ones */
	struct cdg_syn_state syn;   /* with the SYN part only */
	bool names_lost;	    /* degraded states, see status */
	bool pins_missing;
	bool staging;
	bool cgroup_gone;
};

/*
 * 0, -ENOENT: nothing is loaded, -EPROTO: another version is, -EPERM or -EACCES: privileges are
 * missing, or another -errno. Not logged.
 */
int metrics_read(const struct pins *pins, struct metrics_reading *out);

/* What such an error means and what to do: a sentence, with the folder. */
void metrics_read_error(const struct pins *pins, int err, char *out, size_t len);

#endif
