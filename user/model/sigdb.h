/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signature files in the grammar of p0f 3: p0f.fp loads as it is. Read: classes, [mtu] and
 * [tcp:request] with label, sys and sig; the other sections of p0f are skipped.
 *
 * One window form is ours: `mss*max`, the largest multiple of the MSS (see
 * fingerprint_win_is_largest()), because since Linux 4.20 and Windows 10 the factor depends on the
 * MSS, and no fixed number fits. p0f refuses a file that uses it.
 *
 * Matching is p0f's, with one deviation: a signature for IPv4 does not match IPv6 and the other way
 * round; p0f ignores that field. Signatures match in the order of files and of lines in them:
 * the first specific one that fits, else the first generic one, else the first that nearly fits.
 */
#ifndef MODEL_SIGDB_H
#define MODEL_SIGDB_H

#include "user/model/fingerprint.h"
#include "user/util/own.h"

#define SIGDB_TEXT_MAX (4u << 20) /* bytes of one file */
#define SIGDB_SIGS_MAX 16384	  /* signatures and MTUs in all files */
#define SIGDB_ANY (-1)

enum sigdb_quality {
	SIGDB_NONE,
	SIGDB_EXACT,   /* a specific signature, in every field */
	SIGDB_GENERIC, /* a catch-all signature, in every field */
	SIGDB_FUZZY,   /* but for the TTL or for df, id+, id-, ecn */
};

enum sigdb_win_kind {
	SIGDB_WIN_ANY,
	SIGDB_WIN_NUMBER,
	SIGDB_WIN_MODULO,
	SIGDB_WIN_MSS,	   /* mss*N */
	SIGDB_WIN_MTU,	   /* mtu*N */
	SIGDB_WIN_LARGEST, /* mss*max */
};

#define SIGDB_IPV4 1
#define SIGDB_IPV6 2

struct sigdb_sig {
	uint32_t label;	    /* index */
	uint32_t line;
	uint32_t quirks[2]; /* for IPv4 and IPv6 packets: '*' drops what the other has not */
	int32_t mss;	    /* or SIGDB_ANY */
	int32_t scale;	    /* or SIGDB_ANY */
	int32_t payload;    /* 0, 1 or SIGDB_ANY */
	uint32_t win;
	uint8_t win_kind;   /* enum sigdb_win_kind */
	uint8_t versions;   /* SIGDB_IPV4 | SIGDB_IPV6 */
	uint8_t ttl;	    /* initial */
	bool ttl_random;    /* any up to ttl */
	uint8_t olen;
	uint8_t eol_pad;
	uint8_t layout_len;
	uint8_t layout[SYN_LAYOUT_MAX];
};

struct sigdb_label {
	char *text;	  /* "Linux 3.11 and newer"; printable ASCII, as class_name */
	char *class_name; /* "unix"; "!" for an application */
	bool generic;
	bool application;
};

struct sigdb_link {
	uint32_t mtu;
	uint32_t label; /* index */
};

/* Read it, but change it only through the functions below. All-zero is an empty one. */
struct sigdb {
	struct sigdb_sig *sigs;
	size_t sig_count;
	struct sigdb_link *links;
	size_t link_count;
	struct sigdb_label *labels;
	size_t label_count;
};

struct sigdb_error {
	unsigned int line; /* from 1 */
	char text[160];	   /* what is wrong, a sentence without full stop; printable ASCII */
};

/*
 * Adds the signatures of one file. text need not end with NUL. 0; -EINVAL with *error filled and
 * db as before; -EFBIG when a limit above is passed (error filled); -ENOMEM.
 */
int sigdb_parse(struct sigdb *db, const char *text, size_t len, struct sigdb_error *error);
void sigdb_release(struct sigdb *db);

struct sigdb_match {
	enum sigdb_quality quality;
	const struct sigdb_sig *sig;	 /* NULL: none; both owned by the sigdb */
	const struct sigdb_label *label; /* NULL: none */
	bool generic;	       /* of the signature, also when fuzzy */
	unsigned int distance; /* hops, from the signature's TTL where it is trusted */
};

void sigdb_match(const struct sigdb *db, const struct syn *s, struct sigdb_match *match);

/* Kind of link that a path MTU speaks for; NULL if none is known. */
const char *sigdb_link_label(const struct sigdb *db, unsigned int mtu);

#endif
