/* SPDX-License-Identifier: GPL-2.0 */
/* The recorder's note of the parameters in force. */
#include <inttypes.h>
#include <stdio.h>

#include "user/model/event.h"
#include "user/model/params.h"
#include "user/model/rows.h"

static void sentence_parameters(const void *record, char *out, size_t len)
{
	const struct cdg_rec_params *rec = record;
	const char *preset = params_preset(&rec->params);
	size_t used = 0;
	int n = snprintf(out, len, "generation %" PRIu32 "%s%s:", rec->params.generation,
			 preset ? ", preset " : "", preset ? preset : "");

	for (size_t i = 0; n >= 0 && (used += (size_t)n) < len && i < params_count; i++)
		n = snprintf(out + used, len - used, " %s=%" PRIu32, params_table[i].name,
			     params_get(&rec->params, &params_table[i]));
}

#define REC struct cdg_rec_params
#define PARAM_ROW(name_, column_, help_) \
	ROW(REC, params.name_, #name_, UINT, NONE, NONE, column_, help_)

static const struct field parameters_fields[] = {
	ROW(REC, head.ts_ns, "time", TIME, NONE, NONE, "TIME", "Date and time in UTC."),
	ROW(REC, head.ts_ns, "ts_ns", UINT, NS, NONE, "TS",
	    "The same as nanoseconds of the monotonic clock."),
	PARAM_ROW(generation, "GEN", "Number of the parameter set, 1 after load."),
	PARAM_ROW(window, "WINDOW", "Gradients in the moving sum of new flows."),
	PARAM_ROW(backoff_beta, "BETA", "Share of the window that a back-off keeps, in 1/1024."),
	PARAM_ROW(backoff_factor, "FACTOR",
		  "Exponent of the back-off probability per us of gradient sum, in 1e-6."),
	PARAM_ROW(hystart_detect, "HYSTART", "Hybrid slow start: 1 ACK trains, 2 delay, 3 both."),
	PARAM_ROW(use_ineff, "INEFF", "Ineffectual back-offs before suspension, 0 for never."),
	PARAM_ROW(use_shadow, "SHADOW", "1 with a shadow window."),
	PARAM_ROW(use_tolerance, "TOLERANCE",
		  "1 if losses are tolerated while the queue is not full."),
	PARAM_ROW(backoff_step, "STEP", "1 if a back-off reduces at once."),
	PARAM_ROW(hystart_paced, "PACED",
		  "1 if the train of a paced socket is held against the whole minimum RTT."),
	PARAM_ROW(rto_strict, "STRICT", "1 if a timeout is never tolerated."),
};

const struct fields_table fields_parameters = {
	.name = "parameters",
	.help = "The parameters in force, as a recording notes them at first and at every tuning.",
	TABLE(REC, parameters_fields),
	.tone = TONE_QUIET,
	.sentence = sentence_parameters,
};
