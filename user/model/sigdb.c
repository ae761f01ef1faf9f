/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/sigdb.h"

#include <string.h>

/* Fuzzy matches may lack the first and have the second without being told to. */
#define QUIRKS_MAY_LACK (SYN_Q_DF | SYN_Q_ID_NONZERO)
#define QUIRKS_MAY_ADD (SYN_Q_ID_ZERO | SYN_Q_ECN)

static bool win_fits(const struct sigdb_sig *sig, const struct syn *s, struct fingerprint_win win)
{
	switch (sig->win_kind) {
	case SIGDB_WIN_ANY:
		return true;
	case SIGDB_WIN_NUMBER:
		return s->win == sig->win;
	case SIGDB_WIN_MODULO:
		return s->win % sig->win == 0;
	case SIGDB_WIN_MSS:
		return win.kind == FINGERPRINT_WIN_MSS && win.n == sig->win;
	case SIGDB_WIN_MTU:
		return win.kind == FINGERPRINT_WIN_MTU && win.n == sig->win;
	case SIGDB_WIN_LARGEST:
		return fingerprint_win_is_largest(s);
	}
	return false;
}

static bool layout_equal(const struct sigdb_sig *sig, const struct syn *s)
{
	return sig->layout_len == s->layout_len &&
	       memcmp(sig->layout, s->layout, s->layout_len) == 0;
}

static bool quirks_near(uint32_t wanted, uint32_t have)
{
	return !(wanted & ~have & ~(uint32_t)QUIRKS_MAY_LACK) &&
	       !(have & ~wanted & ~(uint32_t)QUIRKS_MAY_ADD);
}

static bool fixed_fields_equal(const struct sigdb_sig *sig, const struct syn *s)
{
	return sig->eol_pad == s->eol_pad && sig->olen == s->ip_extra &&
	       (sig->mss == SIGDB_ANY || sig->mss == s->mss) &&
	       (sig->scale == SIGDB_ANY || sig->scale == s->scale) &&
	       (sig->payload == SIGDB_ANY || sig->payload == (s->payload != 0));
}

static bool ttl_near(const struct sigdb_sig *sig, const struct syn *s)
{
	return s->ttl <= sig->ttl && sig->ttl - s->ttl <= FINGERPRINT_DIST_MAX;
}

static enum sigdb_quality compare(const struct sigdb_sig *sig, const struct syn *s,
				  struct fingerprint_win win, bool generic)
{
	uint32_t quirks = sig->quirks[s->version == 6];
	bool fuzzy = quirks != s->quirks;

	if (!(sig->versions & (s->version == 6 ? SIGDB_IPV6 : SIGDB_IPV4)))
		return SIGDB_NONE;
	if (!layout_equal(sig, s) || !fixed_fields_equal(sig, s) || !win_fits(sig, s, win))
		return SIGDB_NONE;
	if (fuzzy && !quirks_near(quirks, s->quirks))
		return SIGDB_NONE;
	if (sig->ttl_random && s->ttl > sig->ttl)
		return SIGDB_NONE;
	if (!sig->ttl_random && !ttl_near(sig, s))
		fuzzy = true;
	return fuzzy ? SIGDB_FUZZY : generic ? SIGDB_GENERIC : SIGDB_EXACT;
}

static const struct sigdb_label *label_of(const struct sigdb *db, const struct sigdb_sig *sig)
{
	return &db->labels[sig->label];
}

static void settle(const struct sigdb *db, const struct syn *s, const struct sigdb_sig *sig,
		   enum sigdb_quality quality, struct sigdb_match *match)
{
	match->quality = quality;
	match->sig = sig;
	match->label = label_of(db, sig);
	match->generic = match->label->generic;
	if (quality != SIGDB_FUZZY || sig->ttl_random || ttl_near(sig, s))
		match->distance = (unsigned int)(sig->ttl - s->ttl);
}

void sigdb_match(const struct sigdb *db, const struct syn *s, struct sigdb_match *match)
{
	const struct sigdb_sig *generic = NULL, *fuzzy = NULL;
	struct fingerprint_win win = fingerprint_win(s);

	*match = (struct sigdb_match){ .distance = fingerprint_ttl_initial(s) - s->ttl };
	for (size_t i = 0; i < db->sig_count; i++) {
		const struct sigdb_sig *sig = &db->sigs[i];

		switch (compare(sig, s, win, label_of(db, sig)->generic)) {
		case SIGDB_NONE:
			break;
		case SIGDB_EXACT:
			settle(db, s, sig, SIGDB_EXACT, match);
			return;
		case SIGDB_GENERIC:
			generic = generic ? generic : sig;
			break;
		case SIGDB_FUZZY:
			fuzzy = fuzzy ? fuzzy : sig;
			break;
		}
	}
	if (generic)
		settle(db, s, generic, SIGDB_GENERIC, match);
	else if (fuzzy && label_of(db, fuzzy)->application)
		match->distance = 0; /* tools are not guessed */
	else if (fuzzy)
		settle(db, s, fuzzy, SIGDB_FUZZY, match);
}

const char *sigdb_link_label(const struct sigdb *db, unsigned int mtu)
{
	for (size_t i = 0; i < db->link_count; i++)
		if (db->links[i].mtu == mtu)
			return db->labels[db->links[i].label].text;
	return NULL;
}

void sigdb_release(struct sigdb *db)
{
	for (size_t i = 0; i < db->label_count; i++) {
		free(db->labels[i].text);
		free(db->labels[i].class_name);
	}
	free(db->labels);
	free(db->links);
	free(db->sigs);
	*db = (struct sigdb){ 0 };
}
