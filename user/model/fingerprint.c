/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/fingerprint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MSS_MIN 100	  /* p0f looks for multiples from here on */
#define TS_BYTES 12	  /* timestamp option with its two NOPs */
#define ETHERNET_MTU 1500
#define WIN_MAX 65535

struct text {
	char *at;
	char *end;
};

/* Appends; cuts off at the end of the buffer, which FINGERPRINT_LEN never reaches. */
static __attribute__((format(printf, 2, 3))) void put(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->at, (size_t)(t->end - t->at), format, args);
	va_end(args);
	if (n > 0)
		t->at += n < t->end - t->at ? n : t->end - t->at - 1;
}

static unsigned int headers_without_options(const struct syn *s)
{
	return s->version == 6 ? 60 : 40;
}

struct fingerprint_win fingerprint_win(const struct syn *s)
{
	bool v6 = s->version == 6;
	unsigned int mss = s->mss;
	/* In p0f's order: the first that divides the window. 0: not tried. */
	const struct {
		unsigned int size;
		enum fingerprint_win_kind kind;
	} divisors[] = {
		{ mss, FINGERPRINT_WIN_MSS },
		{ s->ts_own ? mss - TS_BYTES : 0, FINGERPRINT_WIN_MSS },
		{ ETHERNET_MTU - 40, FINGERPRINT_WIN_MSS },
		{ ETHERNET_MTU - 40 - TS_BYTES, FINGERPRINT_WIN_MSS },
		{ v6 ? ETHERNET_MTU - 60 : 0, FINGERPRINT_WIN_MSS },
		{ v6 ? ETHERNET_MTU - 60 - TS_BYTES : 0, FINGERPRINT_WIN_MSS },
		{ mss + 40, FINGERPRINT_WIN_MTU },
		{ mss + s->ip_len + s->tcp_len, FINGERPRINT_WIN_MTU },
		{ v6 ? mss + 60 : 0, FINGERPRINT_WIN_MTU },
		{ ETHERNET_MTU, FINGERPRINT_WIN_MTU },
	};
	struct fingerprint_win win = { FINGERPRINT_WIN_NUMBER, s->win };

	if (!s->win || mss < MSS_MIN)
		return win;
	for (size_t i = 0; i < sizeof(divisors) / sizeof(divisors[0]); i++) {
		unsigned int size = divisors[i].size;

		if (size && s->win % size == 0)
			return (struct fingerprint_win){ divisors[i].kind, s->win / size };
	}
	return win;
}

bool fingerprint_win_is_largest(const struct syn *s)
{
	unsigned int mss = s->mss, less = mss - TS_BYTES;

	if (mss < MSS_MIN || !s->win)
		return false;
	return s->win == WIN_MAX / mss * mss || (s->ts_own && s->win == WIN_MAX / less * less);
}

unsigned int fingerprint_clamped_from(const struct syn *s)
{
	unsigned int full = ETHERNET_MTU - headers_without_options(s);

	if (!s->win || s->mss < MSS_MIN || s->mss >= full || s->win % full)
		return 0;
	if (s->win % s->mss == 0 || (s->ts_own && s->win % (s->mss - TS_BYTES) == 0))
		return 0;
	return full;
}

unsigned int fingerprint_ttl_initial(const struct syn *s)
{
	return s->ttl <= 32 ? 32 : s->ttl <= 64 ? 64 : s->ttl <= 128 ? 128 : 255;
}

static void put_win(struct text *t, const struct syn *s)
{
	static const char *const prefix[] = {
		[FINGERPRINT_WIN_NUMBER] = "",
		[FINGERPRINT_WIN_MSS] = "mss*",
		[FINGERPRINT_WIN_MTU] = "mtu*",
	};
	struct fingerprint_win win = fingerprint_win(s);

	put(t, "%s%u", prefix[win.kind], win.n);
}

static void put_layout(struct text *t, const struct syn *s)
{
	for (unsigned int i = 0; i < s->layout_len; i++) {
		const char *name = syn_option_name(s->layout[i]);

		put(t, i ? "," : "");
		if (!name)
			put(t, "?%u", s->layout[i]);
		else if (s->layout[i] == SYN_OPT_EOL)
			put(t, "%s+%u", name, s->eol_pad);
		else
			put(t, "%s", name);
	}
}

static void put_quirks(struct text *t, uint32_t quirks)
{
	const char *separator = "";

	for (unsigned int i = 0; i < SYN_QUIRKS; i++) {
		if (!(quirks & 1u << i))
			continue;
		put(t, "%s%s", separator, syn_quirk_names[i]);
		separator = ",";
	}
}

/* All of a signature behind the TTL. */
static void put_rest(struct text *t, const struct syn *s)
{
	put(t, ":%u:%u:", s->ip_extra, s->mss);
	put_win(t, s);
	put(t, ",%u:", s->scale);
	put_layout(t, s);
	put(t, ":");
	put_quirks(t, s->quirks);
	put(t, ":%c", s->payload ? '+' : '0');
}

static void put_kinds(struct text *t, const struct syn *s)
{
	for (unsigned int i = 0; i < s->kinds_len; i++)
		put(t, "%s%u", i ? "-" : "", s->kinds[i]);
}

static void put_muonfp(struct text *t, const struct syn *s, const char *kinds)
{
	put(t, "%u:%s:", s->win, kinds);
	if (s->kinds_mss != SYN_ABSENT)
		put(t, "%d", s->kinds_mss);
	put(t, ":");
	if (s->kinds_scale != SYN_ABSENT)
		put(t, "%d", s->kinds_scale);
}

#define TEXT(buffer) (&(struct text){ (buffer), (buffer) + sizeof(buffer) })

void fingerprint_make(const struct syn *s, struct fingerprint *f)
{
	struct text *t;

	memset(f, 0, sizeof(*f));
	f->ttl_initial = fingerprint_ttl_initial(s);
	f->distance = f->ttl_initial - s->ttl;
	f->mtu = s->mss ? s->mss + headers_without_options(s) : 0;
	f->clamped_from = fingerprint_clamped_from(s);

	t = TEXT(f->raw_sig);
	put(t, "%u:%u+", s->version, s->ttl);
	put(t, f->distance > FINGERPRINT_DIST_MAX ? "?" : "%u", f->distance);
	put_rest(t, s);

	t = TEXT(f->sig);
	put(t, "%u:%u", s->version, f->ttl_initial);
	put_rest(t, s);

	put_kinds(TEXT(f->kinds), s);
	put_quirks(TEXT(f->quirks), s->quirks);
	put_muonfp(TEXT(f->muonfp), s, f->kinds);
}
