/* SPDX-License-Identifier: GPL-2.0 */
/* Rounds from JSON, one object per line. */
#include <errno.h>
#include <inttypes.h>
#include <json.h>
#include <stdio.h>
#include <string.h>

#include "user/model/parts.h"
#include "user/model/whatif.h"

#define DEPTH_MAX 8

struct member {
	const char *name;
	int64_t min, max;
	uint16_t offset;
	uint16_t has;  /* offset of the bool that says it is there, 0: none */
	uint8_t size;  /* 4 or 8 */
	bool required;
};

#define IN struct whatif_input
#define MEMBER(name_, member_, min_, max_, ...)                                            \
	{                                                                                  \
		.name = name_, .min = min_, .max = max_, .offset = offsetof(IN, member_),  \
		.size = sizeof(((IN *)0)->member_), ##__VA_ARGS__                          \
	}

static const struct member members[] = {
	MEMBER("rtt_min_us", rtt_min_us, 0, INT32_MAX, .required = true),
	MEMBER("rtt_max_us", rtt_max_us, 0, INT32_MAX, .required = true),
	MEMBER("cwnd", cwnd, 0, UINT32_MAX),
	MEMBER("random", random, 0, UINT32_MAX, .has = offsetof(IN, has_random)),
	MEMBER("flow", flow, 0, INT64_MAX),
	MEMBER("round", number, 1, UINT32_MAX),
	MEMBER("ineffectual", ineffectual, 0, UINT32_MAX),
	MEMBER("grad_min_us", grad_min_us, INT32_MIN, INT32_MAX, .has = offsetof(IN, has_grad)),
	MEMBER("grad_max_us", grad_max_us, INT32_MIN, INT32_MAX),
};

static int take_number(json_object *line, const struct member *m, struct whatif_input *out,
		       char *err, size_t err_len)
{
	json_object *value;
	int64_t number;

	if (!json_object_object_get_ex(line, m->name, &value) ||
	    json_object_is_type(value, json_type_null)) {
		if (!m->required)
			return 0;
		snprintf(err, err_len, "%s is missing", m->name);
		return -EINVAL;
	}
	errno = 0;
	number = json_object_get_int64(value);
	if (!json_object_is_type(value, json_type_int) || errno || number < m->min ||
	    number > m->max) {
		snprintf(err, err_len, "%s must be a whole number from %" PRId64 " to %" PRId64,
			 m->name, m->min, m->max);
		return -EINVAL;
	}
	if (m->size == sizeof(number))
		memcpy((char *)out + m->offset, &number, sizeof(number));
	else
		memcpy((char *)out + m->offset, &(uint32_t){ (uint32_t)number }, sizeof(uint32_t));
	if (m->has)
		*((bool *)out + m->has) = true;
	return 0;
}

/* Number of a name; `other` if the member is absent or null, -1 if the name is not known. */
static int take_name(json_object *line, const char *name, const struct enum_name *names, int other)
{
	json_object *value;

	if (!json_object_object_get_ex(line, name, &value) ||
	    json_object_is_type(value, json_type_null))
		return other;
	for (; names->name; names++)
		if (json_object_is_type(value, json_type_string) &&
		    !strcmp(names->name, json_object_get_string(value)))
			return (int)names->value;
	return -1;
}

static int take_names(json_object *line, struct whatif_input *out, char *err, size_t err_len)
{
	int verdict = take_name(line, "verdict", event_verdict_names, 256);
	int ca_state = take_name(line, "ca_state", event_ca_state_names, 0);
	json_object *value;

	if (verdict < 0 || ca_state < 0) {
		snprintf(err, err_len, "%s is none of those that 'cdgctl fields round' lists",
			 verdict < 0 ? "verdict" : "ca_state");
		return -EINVAL;
	}
	out->has_verdict = verdict < 256;
	out->verdict = out->has_verdict ? (uint8_t)verdict : 0;
	out->in_loss = ca_state == 4;
	out->no_storage = json_object_object_get_ex(line, "no_storage", &value) &&
			  json_object_get_boolean(value);
	return 0;
}

/* Every record of a stream has a type; a line without one is a round. */
static bool is_round(json_object *line)
{
	json_object *type;

	return !json_object_object_get_ex(line, "type", &type) ||
	       (json_object_is_type(type, json_type_string) &&
		!strcmp(json_object_get_string(type), "round"));
}

static int take_all(json_object *line, struct whatif_input *out, char *err, size_t err_len)
{
	int r = 0;

	if (!json_object_is_type(line, json_type_object)) {
		snprintf(err, err_len, "expected a JSON object such as "
			 "{\"rtt_min_us\":20000,\"rtt_max_us\":21000,\"cwnd\":40,\"random\":1}");
		return -EINVAL;
	}
	if (!is_round(line))
		return -ENOMSG;
	*out = (struct whatif_input){};
	for (size_t i = 0; !r && i < ARRAY_SIZE(members); i++)
		r = take_number(line, &members[i], out, err, err_len);
	return r ? r : take_names(line, out, err, err_len);
}

int whatif_parse(const char *line, size_t len, struct whatif_input *out, char *err, size_t err_len)
{
	enum json_tokener_error state;
	struct json_tokener *tokener;
	json_object *object;
	int r = -EINVAL;
	size_t end;

	if (len > INT32_MAX) {
		snprintf(err, err_len, "the line is too long");
		return r;
	}
	tokener = json_tokener_new_ex(DEPTH_MAX);
	if (!tokener)
		return -ENOMEM;
	object = json_tokener_parse_ex(tokener, line, (int)len);
	state = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	if (state == json_tokener_continue)
		snprintf(err, err_len, "the line ends within a JSON value");
	else if (state != json_tokener_success)
		snprintf(err, err_len, "this is no JSON: %s", json_tokener_error_desc(state));
	else if (end + strspn(line + end, " \t\r") != len)
		snprintf(err, err_len, "there is more behind the JSON object");
	else
		r = take_all(object, out, err, err_len);
	json_object_put(object);
	json_tokener_free(tokener);
	return r;
}
