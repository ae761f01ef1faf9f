/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Metrics as text: Prometheus 0.0.4 and OpenMetrics 1.0, out of the table of families. Names and
 * labels are the same in both, so that series do not change with the form that a scraper asks for.
 */
#ifndef SINK_PROM_H
#define SINK_PROM_H

#include "user/model/metrics.h"
#include "user/util/buf.h"

enum prom_format {
	PROM_TEXT,
	PROM_OPENMETRICS,
};

/* Appends every family that has values. */
void prom_write(struct buf *out, enum prom_format format, const struct metrics_view *view);

/* What to say in Content-Type. */
const char *prom_content_type(enum prom_format format);

/* What an Accept header (NULL: none) likes best; text if it names neither. */
enum prom_format prom_negotiate(const char *accept);

/* "openmetrics" or "prometheus". False: neither. */
bool prom_format_parse(const char *name, enum prom_format *out);

#endif
