/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads tests/data/cdg.json, the expected values. Every member of an object is taken out as it is
 * used, and vec_end() fails on what is left over: nothing that is expected can be forgotten.
 */
#ifndef CDG_TEST_VECTORS_H
#define CDG_TEST_VECTORS_H

#include <json.h>

#include "include/cdg_algo.h"
#include "tests/unit/case.h"

#define VEC_FILE "tests/data/cdg.json"

struct vec {
	json_object *root;  /* the whole file */
	json_object *group; /* the group under test */
	const char *name;
	char where[96];	    /* the case under test, for messages */
	unsigned long checked;
};

/* Opens a group; fails the test if it is missing or empty. vec_close() frees it. */
static inline void vec_open(struct vec *v, const char *name)
{
	*v = (struct vec){ .name = name, .root = json_object_from_file(VEC_FILE) };
	if (!v->root)
		fail_msg("%s: %s; run from the root of the source tree", VEC_FILE,
			 json_util_get_last_err());
	if (!json_object_object_get_ex(v->root, name, &v->group))
		fail_msg("%s has no group %s", VEC_FILE, name);
	if (json_object_is_type(v->group, json_type_array) && !json_object_array_length(v->group))
		fail_msg("group %s is empty", name);
}

static inline void vec_close(struct vec *v)
{
	if (!v->checked)
		fail_msg("group %s: nothing was checked", v->name);
	print_message("           %lu values of group %s\n", v->checked, v->name);
	json_object_put(v->root);
}

/* Says which case the following comparisons belong to. */
static inline void __attribute__((format(printf, 2, 3)))
vec_at(struct vec *v, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(v->where, sizeof(v->where), format, args);
	va_end(args);
}

static inline size_t vec_count(json_object *array)
{
	assert_true(json_object_is_type(array, json_type_array));
	return json_object_array_length(array);
}

static inline json_object *vec_item(json_object *array, size_t i)
{
	return json_object_array_get_idx(array, i);
}

static inline int vec_has(json_object *o, const char *key)
{
	return json_object_object_get_ex(o, key, NULL);
}

/* The member itself; stays owned by the file and counts as unused until vec_drop(). */
static inline json_object *vec_get(struct vec *v, json_object *o, const char *key)
{
	json_object *member;

	if (!json_object_object_get_ex(o, key, &member))
		fail_msg("group %s, %s: no member %s", v->name, v->where, key);
	return member;
}

static inline void vec_drop(json_object *o, const char *key)
{
	json_object_object_del(o, key);
}

/* Takes a number or bool that the test feeds in. */
static inline int64_t vec_in(struct vec *v, json_object *o, const char *key)
{
	json_object *member = vec_get(v, o, key);
	int64_t value;

	if (json_object_is_type(member, json_type_boolean))
		value = json_object_get_boolean(member);
	else
		value = json_object_get_int64(member);
	vec_drop(o, key);
	return value;
}

static inline void vec_same(struct vec *v, const char *key, int64_t got, int64_t expected)
{
	if (got != expected)
		fail_msg("group %s, %s: %s is %lld, expected %lld", v->name, v->where, key,
			 (long long)got, (long long)expected);
	v->checked++;
}

/* Takes an expected number or bool and compares it. */
static inline void vec_eq(struct vec *v, json_object *o, const char *key, int64_t got)
{
	vec_same(v, key, got, vec_in(v, o, key));
}

/* Takes an expected pair [a, b]. */
static inline void vec_eq_pair(struct vec *v, json_object *o, const char *key, int64_t a, int64_t b)
{
	json_object *pair = vec_get(v, o, key);

	assert_int_equal(vec_count(pair), 2);
	vec_same(v, key, a, json_object_get_int64(vec_item(pair, 0)));
	vec_same(v, key, b, json_object_get_int64(vec_item(pair, 1)));
	vec_drop(o, key);
}

/* Takes an expected real number; passes within `limit` of it. */
static inline void vec_near(struct vec *v, json_object *o, const char *key, double got,
			    double limit)
{
	double expected = json_object_get_double(vec_get(v, o, key));

	if (got - expected > limit || expected - got > limit)
		fail_msg("group %s, %s: %s is %.12g, expected %.12g +- %g", v->name, v->where, key,
			 got, expected, limit);
	v->checked++;
	vec_drop(o, key);
}

/* The object must have been used up. */
static inline void vec_end(struct vec *v, json_object *o)
{
	if (json_object_object_length(o))
		fail_msg("group %s, %s: never compared: %s", v->name, v->where,
			 json_object_to_json_string(o));
}

/* The parameters that all vectors were made with, unless a case says otherwise. */
static inline struct cdg_params vec_defaults(struct vec *v)
{
	json_object *o = vec_get(v, v->root, "defaults");
	struct cdg_params p = { .generation = 1 };

	vec_at(v, "the default parameters");
	p.window = vec_in(v, o, "window");
	p.backoff_beta = vec_in(v, o, "backoff_beta");
	p.backoff_factor = vec_in(v, o, "backoff_factor");
	p.hystart_detect = vec_in(v, o, "hystart_detect");
	p.use_ineff = vec_in(v, o, "use_ineff");
	p.use_shadow = vec_in(v, o, "use_shadow");
	p.use_tolerance = vec_in(v, o, "use_tolerance");
	vec_end(v, o);
	return p;
}

#endif
