/* SPDX-License-Identifier: GPL-2.0 */
/* Why a flow does what it does, in sentences. */
#ifndef MODEL_EXPLAIN_H
#define MODEL_EXPLAIN_H

#include "include/cdg_abi.h"
#include "user/model/state.h"

#define EXPLAIN_MAX 16
#define EXPLAIN_LEN 512

struct explanation {
	size_t count;
	struct state_note note[EXPLAIN_MAX]; /* texts point into `text` or are constant */
	char text[EXPLAIN_MAX][EXPLAIN_LEN];
};

/* params: in force, or NULL if not known (replay). *out must stay where it is. */
void explain_flow(const struct cdg_rec_flow *flow, const struct cdg_params *params,
		  struct explanation *out);

#endif
