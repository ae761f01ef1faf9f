/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/sigdb_sig.h"

#define FIELDS 8
#define FACTOR_MAX 1000

bool span_number(struct span *s, unsigned int min, unsigned int max, unsigned int *out)
{
	const char *start = s->at;
	unsigned int n = 0;

	for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
		n = n * 10 + (unsigned int)(*s->at - '0');
		if (n > max)
			return false;
	}
	*out = n;
	return s->at > start && n >= min;
}

static bool take(struct span *s, const char *prefix)
{
	size_t len = strlen(prefix);

	if (span_len(*s) < len || memcmp(s->at, prefix, len))
		return false;
	s->at += len;
	return true;
}

static bool whole_number(struct span s, unsigned int min, unsigned int max, unsigned int *out)
{
	return span_number(&s, min, max, out) && s.at == s.end;
}

static bool number_or_any(struct span s, unsigned int max, int32_t *out)
{
	unsigned int n;

	if (span_is(s, "*")) {
		*out = SIGDB_ANY;
		return true;
	}
	if (!whole_number(s, 0, max, &n))
		return false;
	*out = (int32_t)n;
	return true;
}

static const char *parse_version(struct span s, struct sigdb_sig *sig)
{
	sig->versions = span_is(s, "4")	  ? SIGDB_IPV4
			: span_is(s, "6") ? SIGDB_IPV6
			: span_is(s, "*") ? SIGDB_IPV4 | SIGDB_IPV6
					  : 0;
	return sig->versions ? NULL : "the IP version must be 4, 6 or *";
}

static const char *parse_ttl(struct span s, struct sigdb_sig *sig)
{
	static const char why[] = "the TTL must be n, n+distance or n-, in all 1..255";
	unsigned int ttl, distance = 0;

	if (!span_number(&s, 1, 255, &ttl))
		return why;
	if (take(&s, "-"))
		sig->ttl_random = true;
	else if (take(&s, "+") && !span_number(&s, 0, 255 - ttl, &distance))
		return why;
	sig->ttl = (uint8_t)(ttl + distance);
	return s.at == s.end ? NULL : why;
}

static const char *parse_olen(struct span s, struct sigdb_sig *sig)
{
	unsigned int n;

	if (!whole_number(s, 0, 255, &n))
		return "the length of IP options must be a number 0..255";
	sig->olen = (uint8_t)n;
	return NULL;
}

static const char *parse_mss(struct span s, struct sigdb_sig *sig)
{
	return number_or_any(s, 65535, &sig->mss) ? NULL : "the MSS must be 0..65535 or *";
}

static const char *parse_win_scale(struct span s, struct sigdb_sig *sig)
{
	static const struct {
		const char *prefix;
		uint8_t kind;
		unsigned int min;
		unsigned int max;
	} forms[] = {
		{ "mss*", SIGDB_WIN_MSS, 1, FACTOR_MAX },
		{ "mtu*", SIGDB_WIN_MTU, 1, FACTOR_MAX },
		{ "%", SIGDB_WIN_MODULO, 2, 65535 },
		{ "", SIGDB_WIN_NUMBER, 0, 65535 },
	};
	struct span win = span_until(&s, ',');
	size_t i = 0;

	if (win.end == s.end || !number_or_any(s, 255, &sig->scale))
		return "the window needs a comma and a scale 0..255 or * behind it";
	sig->win_kind = span_is(win, "mss*max") ? SIGDB_WIN_LARGEST : SIGDB_WIN_ANY;
	if (sig->win_kind == SIGDB_WIN_LARGEST || span_is(win, "*"))
		return NULL;
	while (!take(&win, forms[i].prefix))
		i++;
	sig->win_kind = forms[i].kind;
	return whole_number(win, forms[i].min, forms[i].max, &sig->win)
		       ? NULL
		       : "the window must be n, *, %n, mss*n, mss*max or mtu*n";
}

/* The kind that a word of the layout stands for, and of "eol+n" its n. */
static bool option_kind(struct span word, unsigned int *kind, unsigned int *pad)
{
	if (take(&word, "?"))
		return whole_number(word, 0, 255, kind);
	if (take(&word, "eol+")) {
		*kind = SYN_OPT_EOL;
		return whole_number(word, 0, 255, pad);
	}
	for (*kind = SYN_OPT_NOP; *kind <= SYN_OPT_TIMESTAMP; ++*kind) {
		const char *name = syn_option_name((uint8_t)*kind);

		if (name && span_is(word, name))
			return true;
	}
	return false;
}

static const char *parse_layout(struct span s, struct sigdb_sig *sig)
{
	while (s.at < s.end) {
		struct span word = span_until(&s, ',');
		unsigned int kind, pad = 0;

		if (s.at == s.end && s.end[-1] == ',')
			return "an option is missing behind the last comma";
		if (!option_kind(word, &kind, &pad))
			return "an option must be eol+n, nop, mss, ws, sok, sack, ts or ?n";
		if (sig->layout_len == SYN_LAYOUT_MAX)
			return "more than 24 options";
		if (take(&word, "eol+") && s.at < s.end)
			return "eol+n must be the last option";
		sig->layout[sig->layout_len++] = (uint8_t)kind;
		sig->eol_pad = (uint8_t)pad;
	}
	return NULL;
}

static const char *parse_quirks(struct span s, struct sigdb_sig *sig)
{
	static const uint32_t only_v4 = SYN_Q_DF | SYN_Q_ID_NONZERO | SYN_Q_ID_ZERO;
	uint32_t quirks = 0;

	while (s.at < s.end) {
		struct span word = span_until(&s, ',');
		unsigned int i = 0;

		if (s.at == s.end && s.end[-1] == ',')
			return "a quirk is missing behind the last comma";
		while (i < SYN_QUIRKS && !span_is(word, syn_quirk_names[i]))
			i++;
		if (i == SYN_QUIRKS)
			return "unknown quirk: see p0f's README for their names";
		quirks |= 1u << i;
	}
	if (sig->versions == SIGDB_IPV6 && (quirks & (only_v4 | SYN_Q_IP_RESERVED)))
		return "df, id+, id- and 0+ do not exist in IPv6";
	if (sig->versions == SIGDB_IPV4 && (quirks & SYN_Q_FLOW))
		return "flow does not exist in IPv4";
	sig->quirks[0] = sig->quirks[1] = quirks;
	if (sig->versions == (SIGDB_IPV4 | SIGDB_IPV6)) {
		sig->quirks[0] &= ~(uint32_t)SYN_Q_FLOW;
		sig->quirks[1] &= ~only_v4;
	}
	return NULL;
}

static const char *parse_payload(struct span s, struct sigdb_sig *sig)
{
	sig->payload = span_is(s, "0") ? 0 : span_is(s, "+") ? 1 : SIGDB_ANY;
	return sig->payload != SIGDB_ANY || span_is(s, "*")
		       ? NULL
		       : "the last field must be 0, + or *, with nothing behind it";
}

const char *sigdb_sig_parse(struct span text, struct sigdb_sig *sig)
{
	static const char *(*const parse[FIELDS])(struct span, struct sigdb_sig *) = {
		parse_version, parse_ttl,    parse_olen,   parse_mss,
		parse_win_scale, parse_layout, parse_quirks, parse_payload,
	};

	*sig = (struct sigdb_sig){ 0 };
	for (int i = 0; i < FIELDS; i++) {
		/* The last field takes the rest, so that a ninth one is refused with it. */
		struct span field = i < FIELDS - 1 ? span_until(&text, ':') : text;
		const char *why;

		if (i < FIELDS - 1 && field.end == text.end)
			return "a signature has eight fields: "
			       "ver:ttl:olen:mss:window,scale:options:quirks:payload";
		why = parse[i](field, sig);
		if (why)
			return why;
	}
	return NULL;
}
