/* SPDX-License-Identifier: GPL-2.0 */
#include "case.h"

#include <errno.h>
#include <string.h>

#include "user/model/params.h"

#define WORDS_MAX 8

/* Splits at blanks. Returns the number of words. */
static int split(char *text, char **argv)
{
	int argc = 0;
	char *save;

	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return argc;
}

static int parse(struct cdg_params *values, const char *words, char *err, size_t err_len)
{
	char text[256], *argv[WORDS_MAX];

	snprintf(text, sizeof(text), "%s", words);
	return params_parse(values, split(text, argv), argv, err, err_len);
}

static void the_defaults_are_those_of_linux(void **state)
{
	struct cdg_params p;

	(void)state;
	params_default(&p);
	assert_int_equal(p.window, 8);
	assert_int_equal(p.backoff_beta, 724);
	assert_int_equal(p.backoff_factor, 42);
	assert_int_equal(p.hystart_detect, 3);
	assert_int_equal(p.use_ineff, 5);
	assert_int_equal(p.use_shadow, 1);
	assert_int_equal(p.use_tolerance, 0);
	assert_int_equal(p.backoff_step, 0);
	assert_int_equal(p.hystart_paced, 0);
	assert_int_equal(p.rto_strict, 0);
	for (size_t i = 0; i < params_count; i++)
		assert_int_equal(params_get(&p, &params_table[i]), params_table[i].def);
}

static void presets_are_valid_and_recognized(void **state)
{
	(void)state;
	for (size_t i = 0; i < presets_count; i++) {
		struct cdg_params p = { .generation = 9, .window = 64 };
		char err[256];

		assert_int_equal(parse(&p, presets_table[i].name, err, sizeof(err)), 0);
		assert_int_equal(p.generation, 9);
		assert_string_equal(params_preset(&p), presets_table[i].name);
		p.backoff_factor++;
		assert_null(params_preset(&p));
	}
}

static void a_preset_replaces_what_was_there(void **state)
{
	struct cdg_params p, scavenger = presets_table[1].values;
	char err[256];

	(void)state;
	params_default(&p);
	assert_int_equal(parse(&p, "window=64 use_tolerance=1 rto_strict=1", err, sizeof(err)), 0);
	assert_int_equal(parse(&p, "scavenger", err, sizeof(err)), 0);
	assert_memory_equal(&p, &scavenger, sizeof(p));
	assert_int_equal(parse(&p, "default use_ineff=0", err, sizeof(err)), 0);
	assert_int_equal(p.use_ineff, 0);
	assert_int_equal(p.use_shadow, 1);
}

static void good_values(void **state)
{
	static const struct {
		const char *words;
		const char *name;
		uint32_t value;
	} cases[] = {
		{ "window=1", "window", 1 },
		{ "window=256", "window", 256 },
		{ "backoff_beta=0", "backoff_beta", 0 },
		{ "backoff_beta=1024", "backoff_beta", 1024 },
		{ "backoff_factor=4294967295", "backoff_factor", 4294967295u },
		{ "hystart_detect=0", "hystart_detect", 0 },
		{ "use_ineff=4294967295", "use_ineff", 4294967295u },
		{ "use_shadow=off", "use_shadow", 0 },
		{ "use_shadow=FALSE", "use_shadow", 0 },
		{ "use_tolerance=on", "use_tolerance", 1 },
		{ "use_tolerance=true", "use_tolerance", 1 },
		{ "use_tolerance=1 rto_strict=1", "rto_strict", 1 },
		{ "hystart_paced=1", "hystart_paced", 1 },
		{ "hystart_paced=1 hystart_detect=1", "hystart_detect", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cdg_params p;
		char err[256];
		size_t k = 0;

		params_default(&p);
		assert_int_equal(parse(&p, cases[i].words, err, sizeof(err)), 0);
		while (strcmp(params_table[k].name, cases[i].name))
			k++;
		assert_int_equal(params_get(&p, &params_table[k]), cases[i].value);
	}
}

static void bad_values_change_nothing_and_say_why(void **state)
{
	static const struct {
		const char *words;
		const char *sentence; /* part of it */
	} cases[] = {
		{ "window=0", "window must be 1 to 256, not 0" },
		{ "window=3", "window must be a power of two from 1 to 256, not 3" },
		{ "window=512", "window must be 1 to 256, not 512" },
		{ "window=", "whole number" },
		{ "window=8x", "not '8x'" },
		{ "window=-8", "not '-8'" },
		{ "window=0x8", "not '0x8'" },
		{ "window=99999999999999999999", "whole number" },
		{ "window", "parameter window needs a value" },
		{ "windw=8", "did you mean 'window'" },
		{ "=8", "there is no parameter ''" },
		{ "backoff_beta=1025", "0 to 1024" },
		{ "backoff_factor=4294967296", "0 to 4294967295" },
		{ "hystart_detect=4", "0 to 3" },
		{ "use_shadow=2", "either 0 or 1" },
		{ "use_shadow=maybe", "either 0 or 1" },
		{ "window=16 window=16", "given twice" },
		{ "window=16 backoff_beta=9999", "0 to 1024" },
		{ "rto_strict=1", "use_tolerance=1" },
		{ "hystart_paced=1 hystart_detect=2", "hystart_detect=1 or 3" },
		{ "window=16 scavenger", "must come first" },
		{ "scavenger default", "must come first" },
		{ "scavanger", "did you mean 'scavenger'" },
		{ "nonsense", "neither a preset" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cdg_params p, before;
		char err[256] = "";

		params_default(&p);
		before = p;
		assert_int_equal(parse(&p, cases[i].words, err, sizeof(err)), -EINVAL);
		if (!strstr(err, cases[i].sentence))
			fail_msg("%s: %s", cases[i].words, err);
		assert_memory_equal(&p, &before, sizeof(p));
	}
}

/* What contradicts is the whole set, not only what was typed. */
static void a_set_is_checked_as_a_whole(void **state)
{
	struct cdg_params p;
	char err[256];

	(void)state;
	params_default(&p);
	assert_int_equal(parse(&p, "use_tolerance=1 rto_strict=1", err, sizeof(err)), 0);
	assert_int_equal(parse(&p, "use_tolerance=0", err, sizeof(err)), -EINVAL);
	assert_int_equal(parse(&p, "use_tolerance=0 rto_strict=0", err, sizeof(err)), 0);
}

/* Before the set is known that they change. */
static void words_are_applied_without_looking_at_the_whole(void **state)
{
	char *word = (char *)"rto_strict=1", *wrong = (char *)"rto_strict=2";
	struct cdg_params p;
	char err[256];

	(void)state;
	params_default(&p);
	assert_int_equal(params_apply(&p, 1, &wrong, err, sizeof(err)), -EINVAL);
	assert_int_equal(p.rto_strict, 0);
	assert_int_equal(params_apply(&p, 1, &word, err, sizeof(err)), 0);
	assert_int_equal(p.rto_strict, 1);
	assert_int_equal(params_check(&p, err, sizeof(err)), -EINVAL);
}

static void rows_say_what_is_changed(void **state)
{
	struct cdg_params p;
	struct state_param row;

	(void)state;
	params_default(&p);
	for (size_t i = 0; i < params_count; i++) {
		params_row(&p, i, &row);
		assert_string_equal(row.name, params_table[i].name);
		assert_false(row.changed);
		assert_string_equal(row.live, i ? "now" : "new flows");
	}
	p.window = 16;
	params_row(&p, 0, &row);
	assert_true(row.changed && row.value == 16 && row.def == 8);
}

int main(void)
{
	const struct CMUnitTest cases[] = {
		CASE("the defaults are those of Linux", the_defaults_are_those_of_linux),
		CASE("presets are valid and recognized", presets_are_valid_and_recognized),
		CASE("a preset replaces what was there", a_preset_replaces_what_was_there),
		CASE("good values", good_values),
		CASE("bad values change nothing and say why",
		     bad_values_change_nothing_and_say_why),
		CASE("a set is checked as a whole", a_set_is_checked_as_a_whole),
		CASE("words are applied without looking at the whole",
		     words_are_applied_without_looking_at_the_whole),
		CASE("rows say what is changed", rows_say_what_is_changed),
	};

	return cmocka_run_group_tests_name("params", cases, NULL, NULL);
}
