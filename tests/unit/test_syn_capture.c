/* SPDX-License-Identifier: GPL-2.0 */
/* Capture files of every form with the same two SYNs in them, and anonymised addresses. */
#include <errno.h>
#include <string.h>

#include "tests/unit/case.h"
#include "user/model/anonymize.h"
#include "user/model/fingerprint.h"
#include "user/model/linklayer.h"
#include "user/source/capture.h"
#include "user/util/log.h"

#define CORPUS "tests/fuzz/corpus/pcap/"
#define V4 "4:47+17:0:1460:mss*4,7:mss,sok,ts,nop,ws:df,id+:0"
#define V6 "6:64+0:0:1440:mss*45,7:mss,sok,ts,nop,ws:flow:0"

static struct capture *open_capture(const char *name, char *path, size_t len)
{
	struct capture *capture = NULL;

	snprintf(path, len, CORPUS "%s", name);
	assert_int_equal(capture_new(fopen(path, "r"), path, &capture), 0);
	return capture;
}

static void check_syns(const char *name, const char *const *want, size_t count, uint64_t ns)
{
	char path[128];
	struct capture *capture = open_capture(name, path, sizeof(path));
	struct capture_frame frame;
	size_t seen = 0, at;

	while (capture_next(capture, &frame) == 1) {
		struct fingerprint f;
		struct syn s;

		if (linklayer_ip(capture_type(capture), frame.bytes, frame.captured, &at))
			continue;
		assert_true(seen < count);
		assert_int_equal(syn_parse(frame.bytes + at, frame.captured - at, frame.wire - at,
					   &s), SYN_OK);
		fingerprint_make(&s, &f);
		if (strcmp(f.raw_sig, want[seen]))
			fail_msg("%s: %s", name, f.raw_sig);
		if (frame.ts_ns % 1000000000 != ns)
			fail_msg("%s: time %llu", name, (unsigned long long)frame.ts_ns);
		seen++;
	}
	assert_int_equal(seen, count);
	capture_free(capture);
}

static void every_form_of_capture_is_read(void **state)
{
	static const struct {
		const char *name;
		const char *syns[2];
		uint64_t ns;
	} files[] = {
		{ "eth-us-le", { V4, V6 }, 123456000 }, { "eth-us-be", { V4 }, 123456000 },
		{ "eth-ns-be", { V4, V6 }, 123456 },	{ "eth-ns-le", { V4 }, 123456 },
		{ "raw", { V4, V6 }, 123456000 },	{ "sll", { V4 }, 123456000 },
		{ "sll2", { V6 }, 123456000 },		{ "null-le", { V4, V6 }, 123456000 },
		{ "null-be", { V4 }, 123456000 },	{ "loop", { V4 }, 123456000 },
		{ "ng-be", { V4 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		check_syns(files[i].name, files[i].syns, files[i].syns[1] ? 2 : 1, files[i].ns);
}

static void short_snapshots_are_truncated_syns(void **state)
{
	char path[128];
	struct capture *capture = open_capture("snaplen", path, sizeof(path));
	struct capture_frame frame;
	struct syn s;

	(void)state;
	assert_int_equal(capture_next(capture, &frame), 1);
	assert_int_equal(syn_parse(frame.bytes, frame.captured, frame.wire, &s), SYN_TRUNCATED);
	assert_int_equal(s.flags, SYN_TCP_SYN);
	capture_free(capture);
}

static void broken_files_say_so(void **state)
{
	struct log_errors errors = { 0 };
	struct capture *capture = NULL;
	struct capture_frame frame;
	char path[128];

	(void)state;
	log_setup("test", LOG_ERRORS, &errors);
	assert_int_equal(capture_new(fopen("Makefile", "r"), "Makefile", &capture), -EBADMSG);
	assert_non_null(strstr(errors.text, "Makefile: not a pcap"));
	capture = open_capture("cut", path, sizeof(path));
	assert_int_equal(capture_next(capture, &frame), 1);
	assert_int_equal(capture_next(capture, &frame), -EBADMSG);
	assert_non_null(strstr(errors.text, "broken after frame 1"));
	capture_free(capture);
	capture = open_capture("wifi", path, sizeof(path));
	assert_false(linklayer_known(capture_type(capture)));
	assert_string_equal(capture_type_name(capture), "IEEE802_11");
	capture_free(capture);
	log_setup("test", LOG_INFOS, NULL);
}

static void frames_without_ip_are_skipped(void **state)
{
	static const struct {
		int type;
		uint8_t bytes[24];
		size_t len;
		int result;
		size_t at;
	} cases[] = {
		{ 1, { [12] = 8, 0 }, 14, 0, 14 },
		{ 1, { [12] = 8, 6 }, 24, -ENOMSG, 0 },
		{ 1, { [12] = 8 }, 13, -ENOMSG, 0 },
		{ 1, { [12] = 0x81, 0, 0, 5, 0x86, 0xdd }, 18, 0, 18 },
		{ 1, { [12] = 0x81, 0, 0, 5, 0x86, 0xdd }, 17, -ENOMSG, 0 },
		{ 1, { [12] = 0x88, 0x64, 0x11, 0, 0, 1, 0, 9, 0xc0, 0x21 }, 22, -ENOMSG, 0 },
		{ 0, { 7 }, 24, -ENOMSG, 0 },
		{ 113, { [14] = 8 }, 15, -ENOMSG, 0 },
		{ 276, { 8 }, 19, -ENOMSG, 0 },
		{ 105, { 0 }, 24, -EPROTONOSUPPORT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t at = 0;

		assert_int_equal(linklayer_ip(cases[i].type, cases[i].bytes, cases[i].len, &at),
				 cases[i].result);
		assert_int_equal(at, cases[i].at);
	}
}

static void prefixes_keep_the_network(void **state)
{
	const struct anonymize how = { .mode = ANONYMIZE_PREFIX };
	uint8_t v4[16] = { 192, 0, 2, 77 };
	uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	uint8_t mapped[16] = { [10] = 0xff, 0xff, 192, 0, 2, 77 };

	(void)state;
	anonymize_address(&how, v4, 4);
	assert_memory_equal(v4, ((uint8_t[16]){ 192, 0, 2, 0 }), 16);
	anonymize_address(&how, v6, 6);
	assert_memory_equal(v6, ((uint8_t[16]){ 0x20, 1, 0xd, 0xb8, 1, 2 }), 16);
	anonymize_address(&how, mapped, 6);
	assert_memory_equal(mapped, ((uint8_t[16]){ [10] = 0xff, 0xff, 192, 0, 2, 0 }), 16);
}

/* The hashes are the test vectors of the SipHash paper for 4 and 16 bytes. */
static void hashes_are_siphash(void **state)
{
	struct anonymize how = { .mode = ANONYMIZE_HASH };
	uint8_t v4[16] = { 0, 1, 2, 3 }, v6[16];

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		how.key[i] = v6[i] = i;
	anonymize_address(&how, v4, 4);
	assert_memory_equal(v4, ((uint8_t[16]){ 0xb7 | 0xf0, 0x87, 0x71, 0x27 }), 16);
	anonymize_address(&how, v6, 6);
	assert_memory_equal(v6, ((uint8_t[16]){ 1, [8] = 0xdb, 0x9b, 0xc2, 0x57, 0x7f, 0xcc, 0x2a,
						0x3f }), 16);
}

/* An IP header of 24 bytes with an option, and TCP options of all that are treated differently. */
static const uint8_t a_syn[] = {
	0x46, 0, 0, 76, 0x12, 0x34, 0x40, 0, 64, 6, 0xbe, 0xef, 192, 0, 2, 77, 192, 0, 2, 9,
	7, 4, 4, 9,
	0x9c, 0x40, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0, 0xd0, 2, 0xfa, 0xf0, 0xab, 0xcd, 0, 0,
	2, 4, 5, 0xb4, 4, 2, 8, 10, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 0, 1, 3, 3, 7,
	34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0,
};

/* The same client at another time, or its neighbour: everything but the fingerprint differs. */
static void hidden_syns_of_a_network_are_the_same(void **state)
{
	static const size_t differ[] = { 5, 10, 11, 15, 19, 23, 31, 40, 41, 55, 70 };
	struct anonymize how = { .mode = ANONYMIZE_PREFIX };
	uint8_t one[sizeof(a_syn)], other[sizeof(a_syn)];
	struct fingerprint before, after;
	struct syn s;

	(void)state;
	memcpy(one, a_syn, sizeof(one));
	memcpy(other, a_syn, sizeof(other));
	for (size_t i = 0; i < ARRAY_SIZE(differ); i++)
		other[differ[i]] ^= 0x55;
	assert_int_equal(syn_parse(one, sizeof(one), SYN_WIRE_UNKNOWN, &s), SYN_OK);
	fingerprint_make(&s, &before);
	anonymize_syn(&how, one, sizeof(one));
	anonymize_syn(&how, other, sizeof(other));
	assert_memory_equal(one, other, sizeof(one));
	assert_int_equal(syn_parse(one, sizeof(one), SYN_WIRE_UNKNOWN, &s), SYN_OK);
	fingerprint_make(&s, &after);
	assert_string_equal(before.raw_sig, after.raw_sig);
	assert_int_equal(one[15] | one[19], 0);
	memset(other, 0x45, sizeof(other));
	anonymize_syn(&how, other, sizeof(other));
	for (size_t i = 0; i < sizeof(other); i++)
		assert_int_equal(other[i], 0);
}

/* Whatever comes in, a hidden SYN has the fingerprint that it had. */
static void hiding_keeps_every_fingerprint(void **state)
{
	static const char *const names[] = { "eth-us-le", "raw" };
	struct anonymize how = { .mode = ANONYMIZE_HASH, .key = { 1, 2, 3 } };
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[128];
		struct capture *capture = open_capture(names[i], path, sizeof(path));
		struct capture_frame frame;
		size_t at;

		while (capture_next(capture, &frame) == 1) {
			struct fingerprint before, after;
			uint8_t bytes[256];
			struct syn s;

			if (linklayer_ip(capture_type(capture), frame.bytes, frame.captured, &at))
				continue;
			memcpy(bytes, frame.bytes + at, frame.captured - at);
			if (syn_parse(bytes, frame.captured - at, SYN_WIRE_UNKNOWN, &s))
				continue;
			fingerprint_make(&s, &before);
			anonymize_syn(&how, bytes, frame.captured - at);
			assert_int_equal(syn_parse(bytes, frame.captured - at, SYN_WIRE_UNKNOWN,
						   &s), SYN_OK);
			fingerprint_make(&s, &after);
			assert_string_equal(before.raw_sig, after.raw_sig);
			seen++;
		}
		capture_free(capture);
	}
	assert_true(seen >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("every form of capture is read", every_form_of_capture_is_read),
		CASE("short snapshots are truncated SYNs", short_snapshots_are_truncated_syns),
		CASE("broken files say so", broken_files_say_so),
		CASE("frames without ip are skipped", frames_without_ip_are_skipped),
		CASE("prefixes keep the network", prefixes_keep_the_network),
		CASE("hashes are siphash", hashes_are_siphash),
		CASE("hidden syns of a network are the same",
		     hidden_syns_of_a_network_are_the_same),
		CASE("hiding keeps every fingerprint", hiding_keeps_every_fingerprint),
	};

	return cmocka_run_group_tests_name("captures", tests, NULL, NULL);
}
