/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accepted connections counted by the label of their SYN, by looking once per second at those that
 * came since. The number of labels has a limit; what comes beyond it is counted as "other".
 */
#ifndef CMD_LABEL_COUNTS_H
#define CMD_LABEL_COUNTS_H

#include "user/cmd/syn_view.h"
#include "user/model/metrics.h"

struct label_counts {
	struct sigdb db;
	const char *name[METRICS_LABELS_MAX + 1]; /* constants, or the sigdb's */
	uint64_t count[METRICS_LABELS_MAX + 1];
	size_t used;
	uint64_t missed;
	uint32_t instance;  /* what it has looked at, 0: nothing yet */
	bool saw_none;	    /* it was here before any instance that saves SYNs */
	uint64_t next;	    /* number of the connection to look at next */
	uint64_t until;	    /* accepted at the last look: these are written by now */
};

int label_counts_open(struct label_counts *l); /* enum cmd_exit; logs */
void label_counts_release(struct label_counts *l);

/* dir: of the pins. Nothing happens while no SYNs are saved there. */
void label_counts_look(struct label_counts *l, const char *dir);

void label_counts_fill(const struct label_counts *l, struct metrics_view *view);

#endif
