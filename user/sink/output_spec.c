/* SPDX-License-Identifier: GPL-2.0 */
/* What people type behind --output. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "user/sink/output.h"

#define ROTATE_MIN (64u << 10) /* every record fits into that */

struct parse {
	struct output_spec *spec;
	char *err;
	size_t err_len;
};

static int __attribute__((format(printf, 2, 3))) wrong(const struct parse *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->err, p->err_len, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Up to nine digits. */
static bool parse_number(const char *text, size_t len, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		if (i == 9 || text[i] < '0' || text[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(text[i] - '0');
	}
	return len > 0;
}

/* A number with k, M or G behind it, powers of 1024. */
static bool parse_size(const char *text, size_t len, uint64_t *out)
{
	static const char units[] = { 'k', 'M', 'G' };

	for (size_t i = 0; i < sizeof(units) && len; i++) {
		if (text[len - 1] != units[i])
			continue;
		if (!parse_number(text, len - 1, out))
			return false;
		*out <<= 10 * (i + 1);
		return true;
	}
	return parse_number(text, len, out);
}

static int parse_file_option(const struct parse *p, const char *text, size_t len)
{
	uint64_t keep;

	if (len > 7 && !memcmp(text, "rotate=", 7)) {
		if (!parse_size(text + 7, len - 7, &p->spec->rotate) ||
		    p->spec->rotate < ROTATE_MIN)
			return wrong(p, "rotate= needs a size of at least 64k, such as 100M, not "
				     "'%.*s'", (int)len - 7, text + 7);
		return 0;
	}
	if (len > 5 && !memcmp(text, "keep=", 5)) {
		if (!parse_number(text + 5, len - 5, &keep) || !keep || keep > OUTPUT_KEEP_MAX)
			return wrong(p, "keep= needs a number of old files from 1 to %d, not "
				     "'%.*s'", OUTPUT_KEEP_MAX, (int)len - 5, text + 5);
		p->spec->keep = (unsigned int)keep;
		return 0;
	}
	return wrong(p, "behind the file's name only rotate=SIZE and keep=N may follow, not '%.*s'",
		     (int)len, text);
}

static int parse_file(const struct parse *p, const char *rest)
{
	size_t len = strcspn(rest, ",");
	bool keep = false;
	int r;

	if (!len)
		return wrong(p, "file: needs a path");
	snprintf(p->spec->path, sizeof(p->spec->path), "%.*s", (int)len, rest);
	p->spec->text[strcspn(p->spec->text, ",")] = '\0';
	for (rest += len; *rest; rest += len) {
		rest++;
		len = strcspn(rest, ",");
		keep |= !strncmp(rest, "keep=", 5);
		r = parse_file_option(p, rest, len);
		if (r)
			return r;
	}
	return keep && !p->spec->rotate ? wrong(p, "keep= needs rotate=SIZE") : 0;
}

static int parse_unix(const struct parse *p, const char *rest)
{
	size_t most = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

	if (!*rest || strlen(rest) > most)
		return wrong(p, "unix: needs a path of at most %zu bytes", most);
	snprintf(p->spec->path, sizeof(p->spec->path), "%s", rest);
	return 0;
}

static int parse_tcp(const struct parse *p, const char *rest)
{
	const char *colon = strrchr(rest, ':');
	size_t len = colon ? (size_t)(colon - rest) : 0;
	uint64_t port;

	if (!colon || !parse_number(colon + 1, strlen(colon + 1), &port) || !port || port > 65535)
		return wrong(p, "tcp: needs HOST:PORT with a port from 1 to 65535, such as "
			     "localhost:5140 or [2001:db8::1]:5140");
	if (len >= 2 && rest[0] == '[' && rest[len - 1] == ']') {
		rest++;
		len -= 2;
	} else if (memchr(rest, ':', len)) {
		return wrong(p, "tcp: needs an IPv6 address in brackets: [2001:db8::1]:5140");
	}
	if (!len)
		return wrong(p, "tcp: needs a host in front of the port");
	snprintf(p->spec->path, sizeof(p->spec->path), "%.*s", (int)len, rest);
	snprintf(p->spec->port, sizeof(p->spec->port), "%u", (unsigned int)port);
	return 0;
}

int output_parse(const char *text, struct output_spec *out, char *err, size_t err_len)
{
	static const struct {
		const char *prefix;
		enum output_kind kind;
		int (*parse)(const struct parse *p, const char *rest);
	} kinds[] = {
		{ "file:", OUTPUT_FILE, parse_file },
		{ "unix:", OUTPUT_UNIX, parse_unix },
		{ "tcp:", OUTPUT_TCP, parse_tcp },
	};
	struct parse p = { .spec = out, .err = err, .err_len = err_len };

	*out = (struct output_spec){ .keep = OUTPUT_KEEP_DEFAULT };
	if (!strcmp(text, "-"))
		return 0;
	if (strlen(text) >= OUTPUT_TEXT)
		return wrong(&p, "it is longer than %d bytes", OUTPUT_TEXT - 1);
	snprintf(out->text, sizeof(out->text), "%s", text);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t len = strlen(kinds[i].prefix);

		if (strncmp(text, kinds[i].prefix, len))
			continue;
		out->kind = kinds[i].kind;
		return kinds[i].parse(&p, text + len);
	}
	return wrong(&p, "it knows -, file:PATH, unix:PATH and tcp:HOST:PORT, not '%s'", text);
}
