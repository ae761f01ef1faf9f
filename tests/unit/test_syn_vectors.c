/* SPDX-License-Identifier: GPL-2.0 */
/* Every vector of tests/data/syn.json: equal to p0f, or refused with its reason. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "tests/unit/case.h"
#include "user/model/fingerprint.h"
#include "user/model/sigdb.h"

#define VECTORS "tests/data/syn.json"
#define P0F_FP "/etc/p0f/p0f.fp"

struct vector {
	json_object *json;
	const char *name;
	const char *known_bug;
	json_object *p0f; /* NULL where p0f prints nothing */
	uint8_t bytes[256];
	size_t len;
};

/* Reason of each vector that is no SYN. */
static const struct {
	const char *name;
	enum syn_status status;
} refused[] = {
	{ "mal-doff-long", SYN_TCP_HEADER },   { "mal-ihl15", SYN_IP_HEADER },
	{ "mal-totlen-short", SYN_IP_LENGTH }, { "mal-totlen-long", SYN_IP_LENGTH },
	{ "mal-fragoff", SYN_FRAGMENT },       { "mal-empty", SYN_SHORT },
	{ "mal-1byte", SYN_SHORT },
};

/* What a correct parser says where p0f 3.09b is wrong. */
static const struct {
	const char *name;
	const char *raw_sig;
} corrected[] = {
	{ "nmap-os-6", "4:50+14:0:0:4,10:sok,ts,ws,eol+0:ack+:0" },
	{ "q-ack-even-msb", "4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+,ack+:0" },
};

static const char *text(json_object *object, const char *key)
{
	json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value ? json_object_get_string(value) : NULL;
}

static void load(json_object *json, struct vector *v)
{
	const char *hex = text(json, "hex");

	memset(v, 0, sizeof(*v));
	v->json = json;
	v->name = text(json, "name");
	v->known_bug = text(json, "p0f_known_bug");
	json_object_object_get_ex(json, "p0f", &v->p0f);
	for (; hex[v->len * 2]; v->len++) {
		unsigned int byte;

		assert_int_equal(sscanf(hex + v->len * 2, "%2x", &byte), 1);
		assert_true(v->len < sizeof(v->bytes));
		v->bytes[v->len] = (uint8_t)byte;
	}
}

static void each(void (*check)(const struct vector *v, void *ctx), void *ctx)
{
	json_object *root = json_object_from_file(VECTORS), *list;
	struct vector v;

	assert_non_null(root);
	assert_true(json_object_object_get_ex(root, "vectors", &list));
	assert_true(json_object_array_length(list) >= 90);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		load(json_object_array_get_idx(list, i), &v);
		check(&v, ctx);
	}
	json_object_put(root);
}

static void expect_text(const struct vector *v, const char *what, const char *have,
			const char *want)
{
	if (!have || !want ? have != want : strcmp(have, want) != 0)
		fail_msg("%s: %s is %s, not %s", v->name, what, have ? have : "absent",
			 want ? want : "absent");
}

static const char *expected_raw_sig(const struct vector *v)
{
	if (!v->known_bug)
		return text(v->p0f, "raw_sig");
	for (size_t i = 0; i < ARRAY_SIZE(corrected); i++)
		if (!strcmp(corrected[i].name, v->name))
			return corrected[i].raw_sig;
	fail_msg("%s: no corrected signature is known", v->name);
	return NULL;
}

static void check_signature(const struct vector *v, void *ctx)
{
	unsigned int *count = ctx;
	struct fingerprint f;
	struct syn s;

	if (!v->p0f)
		return;
	assert_int_equal(syn_parse(v->bytes, v->len, v->len, &s), SYN_OK);
	fingerprint_make(&s, &f);
	expect_text(v, "raw_sig", f.raw_sig, expected_raw_sig(v));
	expect_text(v, "muonfp", f.muonfp, text(v->json, "muonfp"));
	if (!v->known_bug)
		expect_text(v, "quirks", f.quirks, text(v->p0f, "quirks"));
	++*count;
}

static void raw_sig_equals_p0f(void **state)
{
	unsigned int count = 0;

	(void)state;
	each(check_signature, &count);
	assert_int_equal(count, 82);
}

static void check_refused(const struct vector *v, void *ctx)
{
	unsigned int *count = ctx;
	struct syn s;

	if (v->p0f || strncmp(v->name, "mal-", 4))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		if (strcmp(refused[i].name, v->name))
			continue;
		expect_text(v, "status",
			    syn_status_name(syn_parse(v->bytes, v->len, v->len, &s)),
			    syn_status_name(refused[i].status));
		++*count;
		return;
	}
	fail_msg("%s: no reason is known", v->name);
}

static void malformed_is_refused_with_its_reason(void **state)
{
	unsigned int count = 0;

	(void)state;
	each(check_refused, &count);
	assert_int_equal(count, ARRAY_SIZE(refused));
}

static void check_extension(const struct vector *v, void *ctx)
{
	struct fingerprint f;
	struct syn s;

	if (strcmp(v->name, "v6-dstopt"))
		return;
	assert_int_equal(syn_parse(v->bytes, v->len, v->len, &s), SYN_OK);
	fingerprint_make(&s, &f);
	expect_text(v, "raw_sig", f.raw_sig, "6:64+0:8:1440:mss*45,7:mss,sok,ts,nop,ws:flow:0");
	expect_text(v, "muonfp", f.muonfp, text(v->json, "muonfp"));
	*(bool *)ctx = true;
}

static void extension_headers_count_as_olen(void **state)
{
	bool seen = false;

	(void)state;
	each(check_extension, &seen);
	assert_true(seen);
}

/* All that a listener got on the wire must parse from the headers alone, too. */
static void check_saved(const struct vector *v, void *ctx)
{
	struct syn a, b;

	(void)ctx;
	if (syn_parse(v->bytes, v->len, v->len, &a))
		return;
	assert_int_equal(syn_parse(v->bytes, a.ip_len + a.tcp_len, SYN_WIRE_UNKNOWN, &b), SYN_OK);
	assert_memory_equal(&a, &b, sizeof(a));
	for (size_t cut = 0; cut < a.ip_len + a.tcp_len; cut++)
		assert_int_equal(syn_parse(v->bytes, cut, v->len, &b), SYN_TRUNCATED);
}

static void headers_alone_say_the_same(void **state)
{
	(void)state;
	each(check_saved, NULL);
}

static void check_label(const struct vector *v, void *ctx)
{
	const struct sigdb *db = ctx;
	struct sigdb_match match;
	struct syn s;
	char dist[16];
	bool application;

	if (!v->p0f)
		return;
	assert_int_equal(syn_parse(v->bytes, v->len, v->len, &s), SYN_OK);
	if (v->known_bug)
		s.quirks &= ~(uint32_t)SYN_Q_ACK_NONZERO;
	sigdb_match(db, &s, &match);
	application = match.label && match.label->application;
	expect_text(v, "label", match.label ? match.label->text : NULL,
		    text(v->p0f, application ? "app" : "os"));
	snprintf(dist, sizeof(dist), match.sig && match.sig->ttl_random ? "<= %u" : "%u",
		 match.distance);
	expect_text(v, "dist", dist, text(v->p0f, "dist"));
	if (!application && s.mss)
		expect_text(v, "link", sigdb_link_label(db, s.mss + (s.version == 6 ? 60 : 40)),
			    text(v->p0f, "link"));
}

static void labels_equal_p0f(void **state)
{
	static char content[1 << 20];
	FILE *file = fopen(P0F_FP, "r");
	struct sigdb db = { 0 };
	struct sigdb_error error;
	size_t len;

	(void)state;
	if (!file) {
		print_message("%s is not there: install p0f\n", P0F_FP);
		skip();
	}
	len = fread(content, 1, sizeof(content), file);
	fclose(file);
	assert_int_equal(sigdb_parse(&db, content, len, &error), 0);
	assert_int_equal(db.sig_count, 91);
	assert_int_equal(db.link_count, 25);
	each(check_label, &db);
	sigdb_release(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("raw sig equals p0f", raw_sig_equals_p0f),
		CASE("malformed is refused with its reason", malformed_is_refused_with_its_reason),
		CASE("extension headers count as olen", extension_headers_count_as_olen),
		CASE("headers alone say the same", headers_alone_say_the_same),
		CASE("labels equal p0f", labels_equal_p0f),
	};

	return cmocka_run_group_tests_name("SYN vectors", tests, NULL, NULL);
}
