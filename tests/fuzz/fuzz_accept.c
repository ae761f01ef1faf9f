/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any text as the Accept header of a request to the exporter; the rest of a request is parsed by
 * libmicrohttpd. Holds: who does not name OpenMetrics does not get it, and neither a list twice
 * over nor blanks behind it change the answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/sink/prom.h"
#include "user/util/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = strndup((const char *)data, size);
	_cleanup_(freep) char *twice = NULL;
	enum prom_format format = prom_negotiate(text);

	if (format == PROM_OPENMETRICS && !strcasestr(text, "application/openmetrics-text"))
		abort();
	if (asprintf(&twice, "%s,%s ,", text, text) < 0 || prom_negotiate(twice) != format)
		abort();
	return 0;
}
