/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>

#include "user/model/format.h"
#include "user/model/sentence.h"
#include "user/model/syn_report.h"

static const char *why_words(const struct syn_report *r)
{
	static const struct {
		const char *status;
		const char *words;
	} why[] = {
		{ "syncookie", ": answered with a SYN cookie, nobody kept it" },
		{ "not_saved", ": the listener did not save SYNs when it came, or others drove it "
			       "out before it was complete" },
		{ "lost", ": its place was still being written" },
		{ "truncated", ": its headers are too long" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(why); i++)
		if (!__builtin_strcmp(why[i].status, r->status))
			return why[i].words;
	return "";
}

void sentence_syn(const void *record, char *out, size_t len)
{
	const struct syn_report *r = record;
	char local[FORMAT_LEN], peer[FORMAT_LEN], mtu[FORMAT_LEN] = "";

	format_endpoint(local, sizeof(local), r->family, r->saddr, r->sport);
	format_endpoint(peer, sizeof(peer), r->family, r->daddr, r->dport);
	if (!r->ok) {
		snprintf(out, len, "%s < %s no SYN, %s%s", local, peer, r->status, why_words(r));
		return;
	}
	if (r->fp.mtu)
		snprintf(mtu, sizeof(mtu), ", MTU %u", r->fp.mtu);
	snprintf(out, len, "%s < %s %s%s%s%s, %u hops%s%s%s%s: %s", local, peer,
		 r->label ? r->label : "unknown system", r->label ? " (" : "",
		 r->label ? r->quality : "", r->label ? ")" : "", r->dist, mtu,
		 r->link ? " (" : "", r->link ? r->link : "", r->link ? ")" : "", r->fp.raw_sig);
}
