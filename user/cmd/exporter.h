/* SPDX-License-Identifier: GPL-2.0 */
/* What can be exported, collected from an instance that may come and go. */
#ifndef CMD_EXPORTER_H
#define CMD_EXPORTER_H

#include "user/cmd/cmd.h"
#include "user/cmd/label_counts.h"
#include "user/kern/metrics.h"
#include "user/model/metrics.h"
#include "user/sink/prom.h"
#include "user/source/source.h"

struct exporter {
	struct pins pins;
	struct source_origin here;
	struct label_counts labels; /* of an exporter that goes on */
	struct metrics_reading reading; /* what the view's texts point into */
	struct metrics_view view;
	char build_id[2 * CDG_BUILD_ID_LEN + 1];
	uint64_t loaded_ns; /* whose UNIX time is in the view */
	int err; /* of the last reading */
};

/* goes_on: it collects more than once, and counts what is only counted so. enum cmd_exit; logs. */
int exporter_open(struct cmd_ctx *ctx, bool goes_on, struct exporter *out);
void exporter_release(struct exporter *e);

/*
 * Fills e->view; without an instance it says so. 0 or the -errno of metrics_read(), which is logged
 * when it is another one than the last time.
 */
int exporter_collect(struct exporter *e);

/* Call once per second or so: looks at the SYNs that came meanwhile. */
void exporter_tick(struct exporter *e);

/* exporter_collect() and its text, appended to *out. Returns what that returns. */
int exporter_write(struct exporter *e, enum prom_format format, struct buf *out);

#endif
