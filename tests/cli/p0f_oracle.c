/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Holds our fingerprints against those of the real p0f, packet by packet.
 *
 *   p0f_oracle write COUNT DB FILE.pcap      the packets, as raw IP
 *   p0f_oracle compare COUNT DB P0F.LOG      exits with 1 after the first differences
 *
 * What is known to be wrong in p0f 3.09b (user/model/fingerprint.h, user/model/sigdb.h) is done
 * wrong here as well before comparing, and counted.
 */
#include "tests/cli/packets.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 512
#define SHOWN_MAX 20

/* What p0f logged about one packet; empty texts where it logged nothing. */
struct observation {
	char raw_sig[FINGERPRINT_LEN];
	char label[96]; /* with "os=" or "app=" */
	char dist[12];
	char params[64];
	char mtu[8];
	char link[64];
};

struct tally {
	uint32_t equal, labels, fuzzy, ignored, differ;
	uint32_t bug_ack, bug_opt, extensions, probes;
};

static int load_db(const char *path, struct sigdb *db)
{
	static char text[SIGDB_TEXT_MAX];
	struct sigdb_error error;
	FILE *file = fopen(path, "r");
	size_t len;

	if (!file) {
		perror(path);
		return -1;
	}
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (!sigdb_parse(db, text, len, &error))
		return 0;
	fprintf(stderr, "%s:%u: %s\n", path, error.line, error.text);
	return -1;
}

static void put_u32(FILE *file, uint32_t value)
{
	fwrite(&value, sizeof(value), 1, file);
}

static int write_pcap(const struct sigdb *db, uint32_t count, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		perror(path);
		return 1;
	}
	put_u32(file, 0xa1b2c3d4);
	put_u32(file, 4 << 16 | 2);
	put_u32(file, 0);
	put_u32(file, 0);
	put_u32(file, 65535);
	put_u32(file, 101);
	for (uint32_t i = 0; i < count; i++) {
		struct packet_out out;

		packet_make(db, i, &out);
		put_u32(file, 1000000000 + i / 1000);
		put_u32(file, i % 1000 * 1000);
		put_u32(file, (uint32_t)out.len);
		put_u32(file, (uint32_t)out.len);
		fwrite(out.bytes, out.len, 1, file);
	}
	return fclose(file) ? 1 : 0;
}

static void copy_value(const char *line, const char *key, char *out, size_t len)
{
	const char *at = strstr(line, key), *end;

	if (!at)
		return;
	at += *at == '|';
	if (strcmp(key, "|os=") && strcmp(key, "|app="))
		at = strchr(at, '=') + 1;
	end = strpbrk(at, "|\n");
	snprintf(out, len, "%.*s", (int)(end ? end - at : (long)strlen(at)), at);
}

static int read_log(const char *path, uint32_t count, struct observation *seen)
{
	FILE *file = fopen(path, "r");
	char line[2048];

	if (!file) {
		perror(path);
		return -1;
	}
	while (fgets(line, sizeof(line), file)) {
		const char *client = strstr(line, "|cli=");
		uint32_t index = client ? packet_index(client + 5) : UINT32_MAX;
		struct observation *o;

		if (index >= count)
			continue;
		o = &seen[index];
		if (strstr(line, "mod=syn|")) {
			copy_value(line, "|raw_sig=", o->raw_sig, sizeof(o->raw_sig));
			copy_value(line, "|os=", o->label, sizeof(o->label));
			copy_value(line, "|app=", o->label, sizeof(o->label));
			copy_value(line, "|dist=", o->dist, sizeof(o->dist));
			copy_value(line, "|params=", o->params, sizeof(o->params));
		} else if (strstr(line, "mod=mtu|")) {
			copy_value(line, "|raw_mtu=", o->mtu, sizeof(o->mtu));
			copy_value(line, "|link=", o->link, sizeof(o->link));
		}
	}
	fclose(file);
	return 0;
}

/* Forgets what p0f would not have seen. */
static void forget_as_p0f(const struct packet_out *out, struct syn *s, struct tally *tally)
{
	const uint8_t *tcp = out->bytes + s->ip_len;
	const uint8_t *padding = tcp + s->tcp_len - s->eol_pad;
	bool early = false;

	if ((s->quirks & SYN_Q_ACK_NONZERO) && !(tcp[8] & 1)) {
		s->quirks &= ~(uint32_t)SYN_Q_ACK_NONZERO;
		tally->bug_ack++;
	}
	for (int i = 0; i + 1 < s->eol_pad; i++)
		early |= padding[i] != 0;
	if ((s->quirks & SYN_Q_PADDING) && !early) {
		s->quirks &= ~(uint32_t)SYN_Q_PADDING;
		tally->bug_opt++;
	}
}

static void expect_params(const struct syn *s, const struct sigdb_match *m, char *out, size_t len)
{
	char tos[16] = "";

	if (s->tos >> 2)
		snprintf(tos, sizeof(tos), " tos:0x%02x", s->tos >> 2);
	snprintf(out, len, "%s%s%s%s%s", m->sig && m->generic ? " generic" : "",
		 m->quality == SIGDB_FUZZY ? " fuzzy" : "",
		 m->sig && m->sig->ttl_random ? " random_ttl" : "",
		 m->distance > FINGERPRINT_DIST_MAX ? " excess_dist" : "", tos);
	if (!*out)
		snprintf(out, len, " none");
	memmove(out, out + 1, strlen(out));
}

/* What p0f should have logged. */
static void expect(const struct sigdb *db, const struct syn *s, struct observation *o)
{
	struct fingerprint f;
	struct sigdb_match m;
	const char *link;

	memset(o, 0, sizeof(*o));
	fingerprint_make(s, &f);
	sigdb_match(db, s, &m);
	memcpy(o->raw_sig, f.raw_sig, sizeof(o->raw_sig));
	snprintf(o->label, sizeof(o->label), "%s=%s",
		 m.label && m.label->application ? "app" : "os", m.label ? m.label->text : "???");
	snprintf(o->dist, sizeof(o->dist), m.sig && m.sig->ttl_random ? "<= %u" : "%u", m.distance);
	expect_params(s, &m, o->params, sizeof(o->params));
	if (!f.mtu || (m.label && m.label->application))
		return;
	link = sigdb_link_label(db, f.mtu);
	snprintf(o->mtu, sizeof(o->mtu), "%u", f.mtu);
	snprintf(o->link, sizeof(o->link), "%s", link ? link : "???");
}

static bool same(const struct observation *a, const struct observation *b)
{
	return !strcmp(a->raw_sig, b->raw_sig) && !strcmp(a->label, b->label) &&
	       !strcmp(a->dist, b->dist) && !strcmp(a->params, b->params) &&
	       !strcmp(a->mtu, b->mtu) && !strcmp(a->link, b->link);
}

static void show(const char *who, const struct observation *o)
{
	printf("  %s: %s|%s|%s|%s|%s|%s\n", who, o->raw_sig, o->label, o->dist, o->params, o->mtu,
	       o->link);
}

static void compare_one(const struct sigdb *db, uint32_t index, const struct observation *seen,
			struct tally *tally)
{
	struct observation want = { 0 };
	struct packet_out out;
	enum syn_status status;
	struct syn s;

	packet_make(db, index, &out);
	status = syn_parse(out.bytes, out.len, out.len, &s);
	if (!status && s.version == 6 && s.ip_extra) {
		tally->extensions++;
		status = SYN_NOT_TCP;
	}
	if (!status && s.win == 1337 && s.mss == 1331) {
		tally->probes++;
		return;
	}
	if (!status) {
		forget_as_p0f(&out, &s, tally);
		expect(db, &s, &want);
		tally->labels += strcmp(want.label, "os=???") != 0;
		tally->fuzzy += strstr(want.params, "fuzzy") != NULL;
	} else {
		tally->ignored++;
	}
	if (same(&want, seen)) {
		tally->equal++;
		return;
	}
	if (++tally->differ > SHOWN_MAX)
		return;
	printf("packet %u (%s):", index, syn_status_name(status));
	for (size_t i = 0; i < out.len; i++)
		printf("%s%02x", i ? "" : " ", out.bytes[i]);
	printf("\n");
	show("p0f ", seen);
	show("ours", &want);
}

static int compare(const struct sigdb *db, uint32_t count, const char *path)
{
	struct observation *seen = calloc(count, sizeof(*seen));
	struct tally tally = { 0 };

	if (!seen || read_log(path, count, seen)) {
		free(seen);
		return 1;
	}
	for (uint32_t i = 0; i < count; i++)
		compare_one(db, i, &seen[i], &tally);
	free(seen);
	printf("%u packets: %u equal (%u labelled, %u of them fuzzy; %u ignored by both), "
	       "%u differ\n",
	       count, tally.equal, tally.labels, tally.fuzzy, tally.ignored, tally.differ);
	printf("p0f's bugs allowed for: ack+ %u, opt+ %u, IPv6 extension headers %u, "
	       "own probes %u\n",
	       tally.bug_ack, tally.bug_opt, tally.extensions, tally.probes);
	return tally.differ || !tally.labels || !tally.ignored || !tally.extensions ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct sigdb db = { 0 };
	uint32_t count;
	int r;

	if (argc != 5 || (strcmp(argv[1], "write") && strcmp(argv[1], "compare"))) {
		fprintf(stderr, "usage: p0f_oracle write|compare COUNT DB FILE\n");
		return 2;
	}
	count = (uint32_t)strtoul(argv[2], NULL, 10);
	if (load_db(argv[3], &db))
		return 2;
	/* p0f never looks at the version of a signature. */
	for (size_t i = 0; i < db.sig_count; i++)
		db.sigs[i].versions = SIGDB_IPV4 | SIGDB_IPV6;
	r = argv[1][0] == 'w' ? write_pcap(&db, count, argv[4]) : compare(&db, count, argv[4]);
	sigdb_release(&db);
	return r;
}
