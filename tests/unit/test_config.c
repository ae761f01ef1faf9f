/* SPDX-License-Identifier: GPL-2.0 */
#include "case.h"

#include <errno.h>
#include <string.h>

#include "user/model/config.h"
#include "user/model/config_keys.h"
#include "user/model/params.h"

static void accepts(const char *text, struct config *out)
{
	struct config_error error = {};

	if (config_parse(text, strlen(text), out, &error))
		fail_msg("line %u: %s", error.line, error.text);
}

/* The text is refused at `line` with a sentence that holds `part`. */
static void refuses(const char *text, unsigned int line, const char *part)
{
	struct config c, before;
	struct config_error error = {};

	config_default(&c);
	before = c;
	assert_int_equal(config_parse(text, strlen(text), &c, &error), -EINVAL);
	if (error.line != line || !strstr(error.text, part))
		fail_msg("'%s' gave line %u: %s", text, error.line, error.text);
	assert_memory_equal(&c, &before, sizeof(c));
}

static void an_empty_file_is_the_defaults(void **state)
{
	struct config usual, c;

	(void)state;
	config_default(&usual);
	for (size_t i = 0; i < 4; i++) {
		static const char *const texts[] = { "", "\n\n", "# a = b\n",
						     "   # \x80\xff\n \t\n" };

		memset(&c, 0xff, sizeof(c));
		accepts(texts[i], &c);
		assert_memory_equal(&c.params, &usual.params, sizeof(c.params));
		assert_true(c.cc && c.syn && !c.restricted && !c.all_netns);
		assert_string_equal(c.name, "");
		assert_string_equal(c.cgroup, "");
		assert_int_equal(c.syn_source, CDG_SYN_SAVE | CDG_SYN_SYNACK);
		assert_int_equal(c.syn_entries, CDG_SYN_ENTRIES);
	}
}

static void every_key_is_read(void **state)
{
	struct config c;

	(void)state;
	accepts("group = cdg-readers\nname = cdg_edge\nrestricted=yes\n"
		"\tcgroup\t=  /sys/fs/cgroup/a b=c  \n"
		"syn_source = synack\nsyn_entries = 64\nall_netns = ON\n"
		"backoff_factor = 60\npreset = freebsd\nuse_ineff=0", &c);
	assert_string_equal(c.group, "cdg-readers");
	assert_string_equal(c.name, "cdg_edge");
	assert_true(c.restricted && c.all_netns);
	assert_string_equal(c.cgroup, "/sys/fs/cgroup/a b=c");
	assert_int_equal(c.syn_source, CDG_SYN_SYNACK);
	assert_int_equal(c.syn_entries, 64);
	assert_int_equal(c.params.backoff_beta, 717);
	assert_int_equal(c.params.backoff_factor, 60);
	assert_int_equal(c.params.use_ineff, 0);
	accepts("cc = no\n", &c);
	assert_false(c.cc);
	accepts("syn = no\nrto_strict = 1\nuse_tolerance = 1\n", &c);
	assert_false(c.syn);
}

static void mistakes_are_told_with_their_line(void **state)
{
	(void)state;
	refuses("\n# x\nwindov = 8\n", 3, "no key 'windov', did you mean 'window'");
	refuses("window 8\n", 1, "expected 'key = value', found 'window 8'");
	refuses("= 8\n", 1, "no key in front of '='");
	refuses("cgroup =\n", 1, "cgroup has no value");
	refuses("window = 8\nwindow = 8\n", 2, "window is given twice, first in line 1");
	refuses("cc = yes\ncc = yes\n", 2, "cc is given twice, first in line 1");
	refuses("window = 7\n", 1, "power of two");
	refuses("window = 8 # eight\n", 1, "not '8 # eight'");
	refuses("window = 00000000000000000008\n", 1, "too many digits");
	refuses("use_shadow = 2\n", 1, "either 0 or 1");
	refuses("restricted = perhaps\n", 1, "restricted is either yes or no");
	refuses("preset = reno\n", 1, "there are default, scavenger, freebsd");
	refuses("group = -x\n", 1, "a group's name has");
	refuses("name = a/b\n", 1, "letters, digits and _");
	refuses("name = abcdefghijklmnop\n", 1, "longer than 15 characters");
	refuses("cgroup = system.slice\n", 1, "begins with '/'");
	refuses("syn_source = both\n", 1, "save, synack and auto");
	refuses("syn_entries = 63\n", 1, "from 64 to 16777216");
	refuses("window = 8\r\n", 1, "carriage return");
	refuses("cgroup = /\x01\n", 1, "byte 0x01 at column 11");
}

static void contradictions_are_refused(void **state)
{
	(void)state;
	refuses("cc = no\nsyn = no\n", 0, "leave nothing to load");
	refuses("name = x\n\ncc = no\n", 1, "name has no meaning with cc = no");
	refuses("cc = no\nwindow = 8\n", 2, "window has no meaning with cc = no");
	refuses("cc = no\npreset = freebsd\n", 2, "preset has no meaning with cc = no");
	refuses("syn = no\ncgroup = /x\n", 2, "cgroup has no meaning with syn = no");
	refuses("rto_strict = 1\n", 0, "set use_tolerance=1 too");
}

static void long_lines_and_files_are_refused(void **state)
{
	static char text[CONFIG_TEXT_MAX + 2];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	refuses(text, 0, "longer than 65536 bytes");
	text[1100] = 0;
	refuses(text, 1, "longer than 1023 bytes");
	text[0] = '#';
	accepts(text, &(struct config){});
}

static void what_rows_show_is_what_is_read(void **state)
{
	struct config c, again;
	char text[4096] = "";

	(void)state;
	assert_true(config_key_count <= 32 && params_count <= 32);
	accepts("group = g\nname = x\ncgroup = /y\nsyn_entries = 100\n"
		"syn_source = save\npreset = scavenger\n"
		"window = 64\n", &c);
	for (size_t i = 0; i < config_keys(); i++) {
		struct config_row row;

		config_row(&c, i, &row);
		assert_true(row.values[0] && row.help[0] && row.live[0]);
		sprintf(text + strlen(text), "%s = %s\n", row.key, row.value);
	}
	accepts(text, &again);
	assert_memory_equal(&c, &again, sizeof(c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("an empty file is the defaults", an_empty_file_is_the_defaults),
		CASE("every key is read, and a preset may stand behind its changes",
		     every_key_is_read),
		CASE("mistakes are told with their line", mistakes_are_told_with_their_line),
		CASE("contradictions are refused", contradictions_are_refused),
		CASE("long lines and files are refused", long_lines_and_files_are_refused),
		CASE("what rows show is what is read", what_rows_show_is_what_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
