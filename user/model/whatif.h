/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What if: recorded rounds through cdg_algo.h with other parameters. Open loop: the RTTs stay as
 * they were measured, although another decision would have changed all that came after it. A
 * decision is therefore right on its own, and a count of them is an estimate.
 *
 * With unchanged parameters every decision comes out as it was recorded.
 */
#ifndef MODEL_WHATIF_H
#define MODEL_WHATIF_H

#include "include/cdg_abi.h"
#include "user/model/fields.h"
#include "user/util/own.h"

/* One round as it was measured. */
struct whatif_input {
	uint64_t ts_ns;	 /* 0: not known */
	uint64_t flow;
	uint32_t number; /* of the round in its flow, from 1; 0: the one after the last */
	int32_t rtt_min_us, rtt_max_us;
	uint32_t cwnd;
	uint32_t random; /* valid if has_random */
	uint32_t ineffectual; /* count after the recorded decision; valid if has_verdict */
	int32_t grad_min_us, grad_max_us; /* valid if has_grad: against the round before */
	uint8_t verdict; /* enum cdg_verdict; valid if has_verdict */
	bool has_random, has_grad, has_verdict;
	bool in_loss;	 /* the stack was in Loss */
	bool no_storage; /* the flow ran without a ring */
};

/* What comes of it. */
struct whatif_row {
	uint64_t ts_ns;
	uint64_t flow;
	uint32_t number;
	uint32_t cwnd;
	uint32_t cwnd_target; /* of a back-off, else 0 */
	struct cdg_round round;
	uint8_t recorded; /* enum cdg_verdict */
	uint8_t has_recorded;
	uint8_t differs;   /* bool: another decision than the recorded one */
	uint8_t made;	   /* bool: a coin was due that the recording has no number for */
	uint8_t unjudged;  /* bool: too little of the flow is known to compare */
};

struct whatif_summary {
	const char *settings; /* "backoff_factor=84 use_ineff=0", NULL: none */
	const char *note;     /* what open loop means, for the reader */
	uint64_t flows;
	uint64_t rounds;
	uint64_t unjudged;
	uint64_t differing;
	uint64_t made;
	uint64_t backoffs_recorded;
	uint64_t backoffs;	   /* with the other parameters */
	uint64_t backoffs_added;   /* would have happened */
	uint64_t backoffs_removed; /* would not have happened */
	uint64_t suppressed_recorded;
	uint64_t suppressed;
};

extern const struct fields_table fields_whatif;
extern const struct fields_table fields_whatif_summary;

struct whatif;

/*
 * settings: as params_parse() takes them, applied to whatever was in force in the recording; must
 * outlive *out. seed: of the numbers that are made up. 0, -ENOMEM, or -EINVAL with a sentence.
 */
int whatif_new(int count, char *const *settings, uint64_t seed, struct whatif **out, char *err,
	       size_t err_len);
void whatif_free(struct whatif *w);
OWN_FREEP(struct whatif, whatif)

/* From now on these parameters were in force. 0, or -EINVAL: the settings do not go with them. */
int whatif_params(struct whatif *w, const struct cdg_params *params, char *err, size_t err_len);

/* The flow's window, from its start or a snapshot. 0 or -ENOMEM. */
int whatif_window(struct whatif *w, uint64_t flow, uint32_t window);

/* The flow forgot what it had measured, after idle time. */
void whatif_restart(struct whatif *w, uint64_t flow);

/* The flow has ended. */
void whatif_end(struct whatif *w, uint64_t flow);

/* Runs one round. 0 or -ENOMEM. */
int whatif_round(struct whatif *w, const struct whatif_input *in, struct whatif_row *out);

/* Of all rounds so far; its settings are owned by w. */
void whatif_summary(const struct whatif *w, struct whatif_summary *out);

/*
 * One line of JSON, with a NUL behind it, as a round: rtt_min_us and rtt_max_us are required; cwnd,
 * random, flow, round, grad_min_us, grad_max_us, verdict, ca_state and no_storage are used if they
 * are there and not null, all else is ignored. So the output of `cdgctl -j stream` will do. 0,
 * -ENOMSG: a record of another type, to be left out, or -EINVAL with a sentence in err.
 */
int whatif_parse(const char *line, size_t len, struct whatif_input *out, char *err, size_t err_len);

#endif
