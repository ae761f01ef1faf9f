/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any bytes as a signature file. Holds: errors name a line and are printable, a refused file
 * leaves nothing behind, an accepted one matches any SYN without trouble and loads twice.
 */
#include <stdlib.h>
#include <string.h>

#include "user/model/sigdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			abort();
}

static void check_matches(const struct sigdb *db)
{
	for (size_t i = 0; i < db->sig_count && i < 64; i++) {
		const struct sigdb_sig *sig = &db->sigs[i];
		struct syn s = { .version = 4, .ttl = sig->ttl, .quirks = sig->quirks[0] };
		struct sigdb_match match;

		s.mss = sig->mss == SIGDB_ANY ? 1460 : (uint16_t)sig->mss;
		s.scale = sig->scale == SIGDB_ANY ? 7 : (uint8_t)sig->scale;
		s.ip_extra = sig->olen;
		s.payload = sig->payload == 1;
		s.win = (uint16_t)(sig->win_kind == SIGDB_WIN_MSS ? s.mss * sig->win : sig->win);
		s.eol_pad = sig->eol_pad;
		s.layout_len = sig->layout_len;
		memcpy(s.layout, sig->layout, sizeof(s.layout));
		sigdb_match(db, &s, &match);
		if (match.label)
			check_text(match.label->text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sigdb db = { 0 };
	struct sigdb_error error;
	size_t sigs, labels;
	int r = sigdb_parse(&db, (const char *)data, size, &error);

	if (r) {
		if (db.sig_count || db.label_count || db.link_count || !error.text[0])
			abort();
		check_text(error.text);
	} else {
		for (size_t i = 0; i < db.label_count; i++)
			check_text(db.labels[i].text);
		check_matches(&db);
		sigdb_link_label(&db, 1500);
		sigs = db.sig_count;
		labels = db.label_count;
		if (!sigdb_parse(&db, (const char *)data, size, &error) &&
		    (db.sig_count != 2 * sigs || db.label_count != 2 * labels))
			abort();
	}
	sigdb_release(&db);
	return 0;
}
