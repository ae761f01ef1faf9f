/* SPDX-License-Identifier: GPL-2.0 */
/* Settings of cdgtop: lines of "name = value", written only when asked to. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "user/cmd/top.h"

/* $XDG_CONFIG_HOME/cdgtop, or ~/.config/cdgtop; false if neither is known. */
static bool config_dir(char *out, size_t len)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int n;

	if (xdg && *xdg == '/')
		n = snprintf(out, len, "%s/cdgtop", xdg);
	else if (home && *home)
		n = snprintf(out, len, "%s/.config/cdgtop", home);
	else
		return false;
	return n > 0 && (size_t)n < len;
}

static int set_interval(struct top *t, const char *value)
{
	uint64_t ns;

	if (cmd_duration(value, &ns) || ns < TOP_INTERVAL_MIN_NS || ns > TOP_INTERVAL_MAX_NS)
		return -EINVAL;
	t->interval_ns = ns;
	return 0;
}

static int set_view(struct top *t, const char *value)
{
	for (enum top_view view = 0; view < VIEW_COUNT; view++) {
		if (strcmp(top_view_name(view), value) || view == VIEW_DETAIL)
			continue;
		t->view = view;
		return 0;
	}
	return -EINVAL;
}

static int set_sort(struct top *t, const char *value)
{
	enum top_view view = t->view;
	int r;

	t->view = VIEW_FLOWS;
	r = top_set_sort(t, value);
	t->view = view;
	return r;
}

static const struct {
	const char *name;
	int (*set)(struct top *t, const char *value);
} settings[] = {
	{ "interval", set_interval }, { "columns", top_set_columns }, { "filter", top_set_filter },
	{ "sort", set_sort }, { "view", set_view },
};

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = 0;
	return text;
}

static int read_line(struct top *t, char *line)
{
	char *value = strchr(line, '='), *name;

	if (*trim(line) == '#' || !*trim(line))
		return 0;
	if (!value)
		return -EINVAL;
	*value++ = 0;
	name = trim(line);
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (!strcmp(settings[i].name, name))
			return settings[i].set(t, trim(value));
	return -EINVAL;
}

void top_config_parse(struct top *t, FILE *f, const char *shown)
{
	_cleanup_(freep) char *line = NULL;
	unsigned int number = 0;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, f)) > 0) {
		number++;
		/* As far as a NUL goes it would be read, and the rest forgotten. */
		if (memchr(line, 0, (size_t)len) || read_line(t, line))
			snprintf(t->message, sizeof(t->message), "line %u of %.180s makes no sense",
				 number, shown);
	}
}

void top_config_read(struct top *t)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[PATH_MAX - 16], file[PATH_MAX];

	if (!config_dir(path, sizeof(path)))
		return;
	snprintf(file, sizeof(file), "%s/config", path);
	f = fopen(file, "re");
	if (f)
		top_config_parse(t, f, file);
}

static int make_dirs(char *path)
{
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

bool top_config_put(const struct top *t, struct buf *b)
{
	const struct top_state *s = &t->state[VIEW_FLOWS];

	/* What fills its array may have been longer. */
	if (strlen(t->columns_text) == sizeof(t->columns_text) - 1 ||
	    strlen(t->filter_text) == sizeof(t->filter_text) - 1)
		return false;
	buf_puts(b, "# Settings of cdgtop, written by its key S.\ninterval = ");
	buf_u64(b, t->interval_ns / 1000000);
	buf_puts(b, "ms\nview = ");
	buf_puts(b, top_view_name(t->view == VIEW_DETAIL ? VIEW_FLOWS : t->view));
	if (s->sort) {
		buf_puts(b, s->descending ? "\nsort = -" : "\nsort = ");
		buf_puts(b, s->sort->name);
	}
	if (*t->columns_text) {
		buf_puts(b, "\ncolumns = ");
		buf_puts(b, t->columns_text);
	}
	if (*t->filter_text) {
		buf_puts(b, "\nfilter = ");
		buf_puts(b, t->filter_text);
	}
	buf_putc(b, '\n');
	return true;
}

void top_config_write(struct top *t)
{
	_cleanup_(closep) int fd = -1;
	_cleanup_(buf_release) struct buf b = {};
	char path[PATH_MAX - 16], file[PATH_MAX], staged[PATH_MAX + 8];
	int r = !config_dir(path, sizeof(path)) ? -ENOENT :
		!top_config_put(t, &b)		? -EMSGSIZE :
						  make_dirs(path);

	if (!r) {
		snprintf(file, sizeof(file), "%s/config", path);
		snprintf(staged, sizeof(staged), "%s.new", file);
		fd = open(staged, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		r = fd < 0 ? -errno : buf_flush(&b, fd);
	}
	if (!r && rename(staged, file))
		r = -errno;
	if (r)
		snprintf(t->message, sizeof(t->message), "cannot save the settings: %s",
			 strerror(-r));
	else
		snprintf(t->message, sizeof(t->message), "saved to %.220s", file);
}
