/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/params.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "user/util/own.h"

#define PARAM(name_, kind_, def_, min_, max_, unit_, live_, help_)                            \
	{                                                                                     \
		.name = #name_, .unit = unit_, .help = help_, .live = live_, .def = def_,     \
		.min = min_, .max = max_, .offset = offsetof(struct cdg_params, name_),       \
		.kind = PARAM_##kind_                                                         \
	}

const struct param params_table[] = {
	PARAM(window, POWER_OF_TWO, 8, 1, CDG_WINDOW_MAX, "rounds", "new flows",
	      "gradients in the moving sum; larger is smoother and, as the sum grows with it, more "
	      "sensitive"),
	PARAM(backoff_beta, NUMBER, 724, 0, 1024, "1/1024", "now",
	      "share of the window that a delay back-off keeps"),
	PARAM(backoff_factor, NUMBER, 42, 0, UINT32_MAX, "1e-6/us", "now",
	      "exponent of the back-off probability per us of gradient sum"),
	PARAM(hystart_detect, NUMBER, 3, 0, 3, "bits", "now",
	      "hybrid slow start: 1 by ACK trains, 2 by delay, 3 by both, 0 off"),
	PARAM(use_ineff, NUMBER, 5, 0, UINT32_MAX, "back-offs", "now",
	      "ineffectual back-offs in a row after which further ones are left out, 0 for never"),
	PARAM(use_shadow, BOOL, 1, 0, 1, NULL, "now",
	      "keep a shadow window, so that a loss does not punish earlier back-offs again"),
	PARAM(use_tolerance, BOOL, 0, 0, 1, NULL, "now",
	      "tolerate losses while the queue is not full; for closed networks only"),
	PARAM(backoff_step, BOOL, 0, 0, 1, NULL, "now",
	      "reduce at once instead of over one round trip"),
	PARAM(hystart_paced, BOOL, 0, 0, 1, NULL, "now",
	      "compare the ACK train of a paced socket with the whole minimum RTT, not half of it"),
	PARAM(rto_strict, BOOL, 0, 0, 1, NULL, "now", "never tolerate a retransmission timeout"),
};
const size_t params_count = ARRAY_SIZE(params_table);

#define LINUX_VALUES                                                                              \
	.window = 8, .backoff_beta = 724, .backoff_factor = 42, .hystart_detect = 3,              \
	.use_ineff = 5, .use_shadow = 1

const struct preset presets_table[] = {
	{ .name = "default", .help = "as Linux's tcp_cdg", .values = { LINUX_VALUES } },
	{ .name = "scavenger",
	  .help = "less than best effort: gives way to everything else at once",
	  .values = { .window = 8, .backoff_beta = 724, .backoff_factor = 42, .hystart_detect = 3,
		      .backoff_step = 1 } },
	{ .name = "freebsd",
	  .help = "close to FreeBSD's cc_cdg: keeps 70 %, at once, tolerates losses, no hybrid "
		  "slow start",
	  .values = { .window = 8, .backoff_beta = 717, .backoff_factor = 42, .use_ineff = 5,
		      .use_shadow = 1, .use_tolerance = 1, .backoff_step = 1 } },
};
const size_t presets_count = ARRAY_SIZE(presets_table);

void params_default(struct cdg_params *out)
{
	*out = presets_table[0].values;
}

uint32_t params_get(const struct cdg_params *values, const struct param *param)
{
	uint32_t value;

	memcpy(&value, (const char *)values + param->offset, sizeof(value));
	return value;
}

static void set(struct cdg_params *values, const struct param *param, uint32_t value)
{
	memcpy((char *)values + param->offset, &value, sizeof(value));
}

static int check_value(const struct param *param, uint64_t value, char *err, size_t err_len)
{
	if (value < param->min || value > param->max) {
		snprintf(err, err_len, "%s must be %" PRIu32 " to %" PRIu32 ", not %" PRIu64,
			 param->name, param->min, param->max, value);
		return -EINVAL;
	}
	if (param->kind == PARAM_POWER_OF_TWO && (value & (value - 1))) {
		snprintf(err, err_len, "%s must be a power of two from %" PRIu32 " to %" PRIu32
			 ", not %" PRIu64, param->name, param->min, param->max, value);
		return -EINVAL;
	}
	return 0;
}

/* Values that are fine one by one but make no sense together. */
static const char *contradiction(const struct cdg_params *p)
{
	if (p->rto_strict && !p->use_tolerance)
		return "rto_strict=1 only limits use_tolerance=1: set use_tolerance=1 too, or "
		       "rto_strict=0";
	if (p->hystart_paced && !(p->hystart_detect & 1))
		return "hystart_paced=1 only changes the ACK-train test of hystart_detect=1 or 3: "
		       "set one of these too, or hystart_paced=0";
	return NULL;
}

int params_check(const struct cdg_params *values, char *err, size_t err_len)
{
	const char *sentence;

	for (size_t i = 0; i < params_count; i++) {
		const struct param *param = &params_table[i];
		int r = check_value(param, params_get(values, param), err, err_len);

		if (r)
			return r;
	}
	sentence = contradiction(values);
	if (!sentence)
		return 0;
	snprintf(err, err_len, "%s", sentence);
	return -EINVAL;
}

bool params_parse_bool(const char *text, uint64_t *out)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
		{ "0", 0 }, { "1", 1 }, { "off", 0 }, { "on", 1 }, { "false", 0 }, { "true", 1 },
		{ "no", 0 }, { "yes", 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(words[i].text, text))
			continue;
		*out = words[i].value;
		return true;
	}
	return false;
}

static int parse_value(const struct param *param, const char *text, uint64_t *out, char *err,
		       size_t err_len)
{
	char *end;

	if (param->kind == PARAM_BOOL) {
		if (params_parse_bool(text, out))
			return 0;
		snprintf(err, err_len, "%s is either 0 or 1 (off, on, false, true), not '%s'",
			 param->name, text);
		return -EINVAL;
	}
	errno = 0;
	*out = strtoull(text, &end, 10);
	if (!(*text >= '0' && *text <= '9') || *end || errno) {
		snprintf(err, err_len, "%s must be a whole number from %" PRIu32 " to %" PRIu32
			 ", not '%s'", param->name, param->min, param->max, text);
		return -EINVAL;
	}
	return check_value(param, *out, err, err_len);
}

int params_assign(struct cdg_params *values, const struct param *param, const char *text, char *err,
		  size_t err_len)
{
	uint64_t value;
	int r = parse_value(param, text, &value, err, err_len);

	if (!r)
		set(values, param, (uint32_t)value);
	return r;
}

const struct preset *params_find_preset(const char *name)
{
	for (size_t i = 0; i < presets_count; i++)
		if (!strcmp(presets_table[i].name, name))
			return &presets_table[i];
	return NULL;
}

const struct param *params_find(const char *name, size_t len)
{
	for (size_t i = 0; i < params_count; i++)
		if (!strncmp(params_table[i].name, name, len) && !params_table[i].name[len])
			return &params_table[i];
	return NULL;
}

static const char *param_name_at(size_t i, const void *ctx)
{
	(void)ctx;
	return params_table[i].name;
}

static const char *preset_name_at(size_t i, const void *ctx)
{
	(void)ctx;
	return presets_table[i].name;
}

static int unknown_param(const char *name, size_t len, char *err, size_t err_len)
{
	const char *near = name_suggest(name, len, param_name_at, params_count, NULL);

	snprintf(err, err_len, "there is no parameter '%.*s'%s%s%s; 'cdgctl tune' lists them",
		 (int)len, name, near ? ", did you mean '" : "", near ? near : "",
		 near ? "'" : "");
	return -EINVAL;
}

static int apply_preset(struct cdg_params *values, const char *name, bool first, char *err,
			size_t err_len)
{
	const struct preset *preset = params_find_preset(name);
	uint32_t generation = values->generation;
	const char *near;

	if (preset && first) {
		*values = preset->values;
		values->generation = generation;
		return 0;
	}
	if (preset) {
		snprintf(err, err_len,
			 "preset '%s' replaces all values and must come first, once", name);
		return -EINVAL;
	}
	if (params_find(name, strlen(name))) {
		snprintf(err, err_len, "parameter %s needs a value: %s=NUMBER", name, name);
		return -EINVAL;
	}
	near = name_suggest(name, strlen(name), preset_name_at, presets_count, NULL);
	snprintf(err, err_len,
		 "'%s' is neither a preset (default, scavenger, freebsd) nor key=value%s%s%s", name,
		 near ? "; did you mean '" : "", near ? near : "", near ? "'" : "");
	return -EINVAL;
}

int params_apply(struct cdg_params *values, int argc, char *const *argv, char *err, size_t err_len)
{
	struct cdg_params set = *values;
	uint32_t seen = 0;
	int r;

	for (int i = 0; i < argc; i++) {
		size_t len = strcspn(argv[i], "=");
		const struct param *param;

		if (!argv[i][len]) {
			r = apply_preset(&set, argv[i], i == 0, err, err_len);
			if (r)
				return r;
			continue;
		}
		param = params_find(argv[i], len);
		if (!param)
			return unknown_param(argv[i], len, err, err_len);
		if (seen & (1u << (param - params_table))) {
			snprintf(err, err_len, "%s is given twice", param->name);
			return -EINVAL;
		}
		seen |= 1u << (param - params_table);
		r = params_assign(&set, param, argv[i] + len + 1, err, err_len);
		if (r)
			return r;
	}
	*values = set;
	return 0;
}

int params_parse(struct cdg_params *values, int argc, char *const *argv, char *err, size_t err_len)
{
	struct cdg_params set = *values;
	int r = params_apply(&set, argc, argv, err, err_len);

	if (!r)
		r = params_check(&set, err, err_len);
	if (!r)
		*values = set;
	return r;
}

void params_row(const struct cdg_params *values, size_t i, struct state_param *out)
{
	const struct param *param = &params_table[i];

	*out = (struct state_param){
		.name = param->name,
		.unit = param->unit,
		.live = param->live,
		.help = param->help,
		.value = params_get(values, param),
		.def = param->def,
		.min = param->min,
		.max = param->max,
	};
	out->changed = out->value != out->def;
}

const char *params_preset(const struct cdg_params *values)
{
	for (size_t i = 0; i < presets_count; i++) {
		struct cdg_params set = presets_table[i].values;

		set.generation = values->generation;
		set.reserved = values->reserved;
		if (!memcmp(&set, values, sizeof(set)))
			return presets_table[i].name;
	}
	return NULL;
}
