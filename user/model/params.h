/* SPDX-License-Identifier: GPL-2.0 */
/* The parameters of CDG: what they are called, what they may be, and which go together. */
#ifndef MODEL_PARAMS_H
#define MODEL_PARAMS_H

#include "include/cdg_abi.h"
#include "user/model/fields.h"
#include "user/model/state.h"

enum param_kind {
	PARAM_NUMBER,
	PARAM_BOOL,
	PARAM_POWER_OF_TWO,
};

struct param {
	const char *name;
	const char *unit; /* "1/1024", NULL: a plain number */
	const char *help; /* one sentence */
	const char *live; /* when a change takes effect: "now" or "new flows" */
	uint32_t def, min, max;
	uint16_t offset; /* in struct cdg_params, of a __u32 */
	uint8_t kind;	 /* enum param_kind */
};

struct preset {
	const char *name;
	const char *help; /* one sentence */
	struct cdg_params values; /* all of them, generation 0 */
};

extern const struct param params_table[];
extern const size_t params_count;
extern const struct preset presets_table[];
extern const size_t presets_count;

/* Linux's values; generation 0. */
void params_default(struct cdg_params *out);

/* By exact name; NULL: there is none. */
const struct param *params_find(const char *name, size_t len);
const struct preset *params_find_preset(const char *name);

uint32_t params_get(const struct cdg_params *values, const struct param *param);

/*
 * argv: [PRESET] key=value ..., applied to *values: a preset replaces the whole set, a key one
 * member; generation stays. All or nothing: on error *values is untouched. 0, or -EINVAL with a
 * sentence in err.
 */
int params_parse(struct cdg_params *values, int argc, char *const *argv, char *err, size_t err_len);

/*
 * The same, but whether the values go together is not looked at: that depends on the set they are
 * applied to, and so can only be told once that is known.
 */
int params_apply(struct cdg_params *values, int argc, char *const *argv, char *err, size_t err_len);

/*
 * One parameter from its text, within its own range; whether it goes with the others is
 * params_check()'s. 0, or -EINVAL with a sentence in err and *values untouched.
 */
int params_assign(struct cdg_params *values, const struct param *param, const char *text, char *err,
		  size_t err_len);

/* "0", "1", "off", "on", "false", "true", "no", "yes", in any case; false: none of these. */
bool params_parse_bool(const char *text, uint64_t *out);

/* Ranges and combinations of a whole set. 0, or -EINVAL with a sentence in err. */
int params_check(const struct cdg_params *values, char *err, size_t err_len);

/* A row for `tune` and `status`; i < params_count. */
void params_row(const struct cdg_params *values, size_t i, struct state_param *out);

/* Name of the preset that *values equals, or NULL. */
const char *params_preset(const struct cdg_params *values);

#endif
