/* SPDX-License-Identifier: GPL-2.0 */
/* Signature files: what is refused, what matches, and the project's own file. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/case.h"
#include "user/model/sigdb.h"

#define HEAD "classes = win,unix\n[tcp:request]\nlabel = s:unix:Linux:new\n"
#define SIG(sig) HEAD "sig = " sig "\n"

static int parse(struct sigdb *db, const char *text, struct sigdb_error *error)
{
	return sigdb_parse(db, text, strlen(text), error);
}

static void errors_name_line_and_reason(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *reason;
	} cases[] = {
		{ "\n; c\nfoo = 1\n", 3, "expected" },
		{ "classes = a\r\n", 1, "carriage return" },
		{ "classes = a,,b\n", 1, "class" },
		{ "[mtu]\nclasses = a\n", 2, "in front of" },
		{ "[nothing]\n", 1, "unknown section" },
		{ "[mtu]\nsig = 1500\n", 2, "label" },
		{ "[mtu]\nlabel = x\nsig = 0\n", 3, "1..65535" },
		{ "[mtu]\nlabel = x\nsig = 1500 \n", 3, "1..65535" },
		{ "[mtu]\nlabel = x\033[2J\nsig = 1\n", 2, "ASCII" },
		{ "[tcp:request]\nlabel = s:unix:Linux:\n", 2, "'classes'" },
		{ "classes = a\n[tcp:request]\nlabel = s:a:Linux\n", 3, "colon" },
		{ "classes = a\n[tcp:request]\nlabel = x:a:Linux:\n", 3, "specific" },
		{ "classes = a\n[tcp:request]\nlabel = s:a:Li*ux:\n", 3, "label" },
		{ "[tcp:request]\nlabel = s:!:nmap:\nsig = 4:64:0:*:*,*:::0\n", 3, "sys" },
		{ "classes = a\n[tcp:request]\nlabel = s:!:n:\nsys = @b\n", 4, "'classes'" },
		{ HEAD "sys = Linux\n", 4, "'sys'" },
		{ SIG("4:64:0:*:*,*::"), 4, "eight fields" },
		{ SIG("5:64:0:*:*,*:::0"), 4, "version" },
		{ SIG("4:0:0:*:*,*:::0"), 4, "TTL" },
		{ SIG("4:200+56:0:*:*,*:::0"), 4, "TTL" },
		{ SIG("4:64:256:*:*,*:::0"), 4, "IP options" },
		{ SIG("4:64:0:65536:*,*:::0"), 4, "MSS" },
		{ SIG("4:64:0:*:*:::0"), 4, "scale" },
		{ SIG("4:64:0:*:mss*1001,*:::0"), 4, "window" },
		{ SIG("4:64:0:*:mss*,*:::0"), 4, "window" },
		{ SIG("4:64:0:*:%1,*:::0"), 4, "window" },
		{ SIG("4:64:0:*:*,256:::0"), 4, "scale" },
		{ SIG("4:64:0:*:*,*:mss,:df:0"), 4, "last comma" },
		{ SIG("4:64:0:*:*,*:wss:df:0"), 4, "option" },
		{ SIG("4:64:0:*:*,*:?256:df:0"), 4, "option" },
		{ SIG("4:64:0:*:*,*:eol+1,mss:df:0"), 4, "eol+n" },
		{ SIG("4:64:0:*:*,*:mss:dg:0"), 4, "quirk" },
		{ SIG("6:64:0:*:*,*:mss:df:0"), 4, "IPv6" },
		{ SIG("4:64:0:*:*,*:mss:flow:0"), 4, "IPv4" },
		{ SIG("4:64:0:*:*,*:mss:df:0 ; x"), 4, "last field" },
		{ SIG("4:64:0:*:*,*:mss:df:1"), 4, "last field" },
		{ SIG("99999999999999999999:64:0:*:*,*:mss:df:0"), 4, "version" },
		{ SIG("4:99999999999999999999:0:*:*,*:mss:df:0"), 4, "TTL" },
	};
	struct sigdb_error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sigdb db = { 0 };

		if (parse(&db, cases[i].text, &error) == 0)
			fail_msg("accepted: %s", cases[i].text);
		if (error.line != cases[i].line || !strstr(error.text, cases[i].reason))
			fail_msg("%s: line %u: %s", cases[i].text, error.line, error.text);
		assert_int_equal(db.sig_count + db.label_count + db.link_count, 0);
		sigdb_release(&db);
	}
}

static void a_refused_file_leaves_the_others(void **state)
{
	struct sigdb db = { 0 };
	struct sigdb_error error;

	(void)state;
	assert_int_equal(parse(&db, SIG("4:64:0:*:*,*:mss:df:0"), &error), 0);
	assert_true(parse(&db, SIG("4:64:0:*:*,*:mss:df:0") "x\n", &error) < 0);
	assert_int_equal(db.sig_count, 1);
	assert_int_equal(db.label_count, 1);
	assert_string_equal(db.labels[0].text, "Linux new");
	assert_string_equal(db.labels[0].class_name, "unix");
	sigdb_release(&db);
}

/* A SYN with MSS 1460, window 64240, scale 7, as from Linux over IPv4. */
static struct syn plain(void)
{
	return (struct syn){
		.version = 4, .ttl = 60, .win = 64240, .mss = 1460, .scale = 7, .ts_own = 1,
		.ip_len = 20, .tcp_len = 40,
		.layout = { 2, 4, 8, 1, 3 }, .layout_len = 5,
		.quirks = SYN_Q_DF | SYN_Q_ID_NONZERO,
	};
}

static enum sigdb_quality quality(const char *sig, const struct syn *s)
{
	struct sigdb db = { 0 };
	struct sigdb_match match;
	struct sigdb_error error;
	char text[512];

	snprintf(text, sizeof(text), HEAD "sig = %s\n", sig);
	if (parse(&db, text, &error))
		fail_msg("%s: %s", sig, error.text);
	sigdb_match(&db, s, &match);
	sigdb_release(&db);
	return match.quality;
}

#define LAYOUT "mss,sok,ts,nop,ws"

static void each_field_decides(void **state)
{
	static const struct {
		const char *sig;
		enum sigdb_quality quality;
	} cases[] = {
		{ "4:64:0:1460:64240,7:" LAYOUT ":df,id+:0", SIGDB_EXACT },
		{ "*:64:0:*:*,*:" LAYOUT ":df,id+:*", SIGDB_EXACT },
		{ "*:64:0:*:mss*44,*:" LAYOUT ":df,id+:0", SIGDB_EXACT },
		{ "*:64:0:*:mss*max,*:" LAYOUT ":df,id+:0", SIGDB_EXACT },
		{ "*:64:0:*:%1460,*:" LAYOUT ":df,id+:0", SIGDB_EXACT },
		{ "*:60+4:0:*:*,*:" LAYOUT ":df,id+:0", SIGDB_EXACT },
		{ "*:64-:0:*:*,*:" LAYOUT ":df,id+:0", SIGDB_EXACT },
		{ "*:64:0:*:*,*:" LAYOUT ":df,id+,flow:0", SIGDB_EXACT }, /* no flow in IPv4 */
		{ "6:64:0:*:*,*:" LAYOUT "::0", SIGDB_NONE },
		{ "4:64:4:*:*,*:" LAYOUT ":df,id+:0", SIGDB_NONE },
		{ "4:64:0:1400:*,*:" LAYOUT ":df,id+:0", SIGDB_NONE },
		{ "4:64:0:*:64241,*:" LAYOUT ":df,id+:0", SIGDB_NONE },
		{ "4:64:0:*:mss*43,*:" LAYOUT ":df,id+:0", SIGDB_NONE },
		{ "4:64:0:*:mtu*44,*:" LAYOUT ":df,id+:0", SIGDB_NONE },
		{ "4:64:0:*:%1000,*:" LAYOUT ":df,id+:0", SIGDB_NONE },
		{ "4:64:0:*:*,8:" LAYOUT ":df,id+:0", SIGDB_NONE },
		{ "4:64:0:*:*,*:mss,sok,ts,ws,nop:df,id+:0", SIGDB_NONE },
		{ "4:64:0:*:*,*:" LAYOUT ":df,id+:+", SIGDB_NONE },
		{ "4:64:0:*:*,*:" LAYOUT ":df,id+,ecn:0", SIGDB_NONE },
		{ "4:59-:0:*:*,*:" LAYOUT ":df,id+:0", SIGDB_NONE },
		{ "4:59:0:*:*,*:" LAYOUT ":df,id+:0", SIGDB_FUZZY },
		{ "4:96:0:*:*,*:" LAYOUT ":df,id+:0", SIGDB_FUZZY },
		{ "4:64:0:*:*,*:" LAYOUT "::0", SIGDB_NONE }, /* df is more than it may have */
	};
	struct syn s = plain();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (quality(cases[i].sig, &s) != cases[i].quality)
			fail_msg("%s: %d", cases[i].sig, quality(cases[i].sig, &s));
	s.quirks = SYN_Q_ID_ZERO | SYN_Q_ECN;
	assert_int_equal(quality("4:64:0:*:*,*:" LAYOUT ":df,id+:0", &s), SIGDB_FUZZY);
}

static void largest_multiple_follows_the_mss(void **state)
{
	static const struct {
		uint16_t mss, win;
		bool fits;
	} cases[] = {
		{ 1460, 64240, true },	{ 1440, 64800, true }, { 1360, 65280, true },
		{ 536, 65392, true },	{ 8960, 62720, true }, { 65495, 65495, true },
		{ 1448 + 12, 65160, true }, /* 45 times what is left beside timestamps */
		{ 1460, 62780, false }, { 1460, 65535, false }, { 1360, 64240, false },
		{ 99, 65439, false },	{ 1460, 0, false },
	};
	struct syn s = plain();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		s.mss = cases[i].mss;
		s.win = cases[i].win;
		assert_int_equal(fingerprint_win_is_largest(&s), cases[i].fits);
	}
}

static void a_clamped_mss_shows(void **state)
{
	struct syn s = plain();

	(void)state;
	assert_int_equal(fingerprint_clamped_from(&s), 0);
	s.mss = 1360;
	assert_int_equal(fingerprint_clamped_from(&s), 1460);
	s.win = 65280;
	assert_int_equal(fingerprint_clamped_from(&s), 0);
	s.version = 6;
	s.win = 64800;
	assert_int_equal(fingerprint_clamped_from(&s), 1440);
	s.win = 0;
	assert_int_equal(fingerprint_clamped_from(&s), 0);
}

static void order_of_qualities(void **state)
{
	static const char text[] = "classes = a\n[tcp:request]\n"
		"label = s:a:fuzzy:\nsig = 4:32:0:*:*,*:" LAYOUT ":df,id+:0\n"
		"label = g:a:generic:\nsig = 4:64:0:*:*,*:" LAYOUT ":df,id+:0\n"
		"label = s:a:specific:\nsig = 4:64:0:*:mss*44,*:" LAYOUT ":df,id+:0\n";
	struct sigdb db = { 0 };
	struct sigdb_error error;
	struct sigdb_match match;
	struct syn s = plain();

	(void)state;
	assert_int_equal(parse(&db, text, &error), 0);
	sigdb_match(&db, &s, &match);
	assert_string_equal(match.label->text, "specific");
	assert_int_equal(match.distance, 4);
	s.win = 1;
	sigdb_match(&db, &s, &match);
	assert_string_equal(match.label->text, "generic");
	s.ttl = 65;
	s.quirks |= SYN_Q_ECN;
	sigdb_match(&db, &s, &match);
	assert_string_equal(match.label->text, "fuzzy");
	assert_int_equal(match.distance, 128 - 65);
	sigdb_release(&db);
}

static void own_signatures_load_without_p0f(void **state)
{
	static char text[1 << 16];
	FILE *file = fopen("share/cdg-syn.fp", "r");
	struct sigdb db = { 0 };
	struct sigdb_error error;
	struct sigdb_match match;
	struct syn s = plain();
	size_t len;

	(void)state;
	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (sigdb_parse(&db, text, len, &error))
		fail_msg("share/cdg-syn.fp:%u: %s", error.line, error.text);
	sigdb_match(&db, &s, &match);
	assert_string_equal(match.label->text, "Linux 4.20 or newer");
	assert_int_equal(match.quality, SIGDB_EXACT);
	s.ttl = 113;
	s.scale = 8;
	s.ts_own = 0;
	s.layout_len = 6;
	memcpy(s.layout, (uint8_t[]){ 2, 1, 3, 1, 1, 4 }, 6);
	sigdb_match(&db, &s, &match);
	assert_string_equal(match.label->text, "Windows 10 or newer");
	assert_int_equal(match.distance, 15);
	sigdb_release(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("errors name line and reason", errors_name_line_and_reason),
		CASE("a refused file leaves the others", a_refused_file_leaves_the_others),
		CASE("each field decides", each_field_decides),
		CASE("largest multiple follows the MSS", largest_multiple_follows_the_mss),
		CASE("a clamped MSS shows", a_clamped_mss_shows),
		CASE("specific goes before generic and both before fuzzy", order_of_qualities),
		CASE("own signatures load without p0f", own_signatures_load_without_p0f),
	};

	return cmocka_run_group_tests_name("signature files", tests, NULL, NULL);
}
