/* SPDX-License-Identifier: GPL-2.0 */
/* Options by table: --name VALUE, --name=VALUE, unambiguous prefixes, -n VALUE, -nVALUE. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/model/fields.h"
#include "user/util/log.h"

struct scan {
	const struct cmd_option *table;
	void *opts;
	char **argv;
	int argc;
	int at; /* argument that is looked at */
};

static bool takes_value(const struct cmd_option *option)
{
	return option->type != OPTION_FLAG && option->type != OPTION_MAYBE;
}

int cmd_duration(const char *text, uint64_t *out_ns)
{
	static const struct {
		const char *suffix;
		uint64_t ns;
	} units[] = {
		{ "", 1000000000ull },	{ "s", 1000000000ull },	   { "ms", 1000000 },
		{ "us", 1000 },		{ "m", 60000000000ull },   { "h", 3600000000000ull },
	};
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(units[i].suffix, end))
			return __builtin_mul_overflow(value, units[i].ns, out_ns) ? -EINVAL : 0;
	return -EINVAL;
}

static int set_number(const struct cmd_option *option, const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno)
		return 0;
	return log_err(0, "--%s needs a whole number, not '%s'", option->name, text), -EINVAL;
}

static int add(const struct cmd_option *option, const char *text, struct cmd_list *out)
{
	if (out->count == CMD_LIST_MAX)
		return log_err(0, "--%s is given more than %d times", option->name, CMD_LIST_MAX),
		       -EINVAL;
	out->item[out->count++] = (char *)text;
	return 0;
}

/* value: NULL where the type takes none. */
static int set(const struct scan *scan, const struct cmd_option *option, const char *value)
{
	void *at = (char *)scan->opts + option->offset;

	switch ((enum option_type)option->type) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)at = value;
		return 0;
	case OPTION_LIST:
		return add(option, value, at);
	case OPTION_MAYBE:
		*(const char **)at = value ? value : "";
		return 0;
	case OPTION_NUMBER:
		return set_number(option, value, at);
	case OPTION_DURATION:
		if (!cmd_duration(value, at))
			return 0;
		log_err(0, "--%s needs a time such as 10s, 500ms or 2m, not '%s'", option->name,
			value);
		return -EINVAL;
	}
	return -EINVAL;
}

/* Takes the next argument as the value, if one is needed and not given. */
static int set_with_next(struct scan *scan, const struct cmd_option *option, const char *value)
{
	if (!takes_value(option) || value)
		return set(scan, option, value);
	if (scan->at + 1 >= scan->argc) {
		log_err(0, "--%s needs a value: %s", option->name, option->arg);
		return -EINVAL;
	}
	return set(scan, option, scan->argv[++scan->at]);
}

static const char *option_name_at(size_t i, const void *ctx)
{
	return ((const struct cmd_option *)ctx)[i].name;
}

static int unknown_option(const struct scan *scan, const char *name, size_t len)
{
	size_t count = 0;
	const char *near;

	while (scan->table && scan->table[count].name)
		count++;
	near = name_suggest(name, len, option_name_at, count, scan->table);
	log_err(0, "unknown option '--%.*s'%s%s%s", (int)len, name,
		near ? ", did you mean '--" : "", near ? near : "", near ? "'?" : "");
	return -EINVAL;
}

static int long_option(struct scan *scan, const char *arg)
{
	size_t len = strcspn(arg, "=");
	const char *value = arg[len] ? arg + len + 1 : NULL;
	const struct cmd_option *found = NULL;

	for (const struct cmd_option *o = scan->table; o && o->name; o++) {
		if (strncmp(o->name, arg, len))
			continue;
		if (!o->name[len]) {
			found = o;
			break;
		}
		if (found) {
			log_err(0, "option '--%.*s' is ambiguous: --%s or --%s", (int)len, arg,
				found->name, o->name);
			return -EINVAL;
		}
		found = o;
	}
	if (!found || !len)
		return unknown_option(scan, arg, len);
	if (value && found->type == OPTION_FLAG) {
		log_err(0, "option '--%s' takes no value", found->name);
		return -EINVAL;
	}
	return set_with_next(scan, found, value);
}

/* One argument of letters: -jp, -n5, -n 5. */
static int short_options(struct scan *scan, const char *letters)
{
	for (; *letters; letters++) {
		const struct cmd_option *o = scan->table;

		while (o && o->name && o->letter != *letters)
			o++;
		if (!o || !o->name) {
			log_err(0, "unknown option '-%c'", *letters);
			return -EINVAL;
		}
		if (takes_value(o))
			return set_with_next(scan, o, letters[1] ? letters + 1 : NULL);
		if (o->type == OPTION_MAYBE && letters[1] == '=')
			return set(scan, o, letters + 2);
		set(scan, o, NULL);
	}
	return 0;
}

/* "-5" is a value (of a filter), "-" is standard input. */
static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] && !(arg[1] >= '0' && arg[1] <= '9');
}

static int parse(struct scan *scan, bool stop_at_positional)
{
	int positional = 0, r;

	for (scan->at = stop_at_positional ? 1 : 0; scan->at < scan->argc; scan->at++) {
		char *arg = scan->argv[scan->at];

		if (!strcmp(arg, "--")) {
			scan->at++;
			break;
		}
		if (!is_option(arg)) {
			if (stop_at_positional)
				break;
			scan->argv[positional++] = arg;
			continue;
		}
		r = arg[1] == '-' ? long_option(scan, arg + 2) : short_options(scan, arg + 1);
		if (r)
			return r;
	}
	if (stop_at_positional)
		return scan->at;
	while (scan->at < scan->argc)
		scan->argv[positional++] = scan->argv[scan->at++];
	return positional;
}

int cmd_options(struct cmd_ctx *ctx, int argc, char **argv, void *opts)
{
	struct scan scan = {
		.table = ctx->self->options, .opts = opts, .argc = argc - 1, .argv = argv
	};
	int r;

	/* argv[0], the command, makes room for the positional arguments. */
	memmove(argv, argv + 1, (size_t)(argc - 1) * sizeof(*argv));
	r = parse(&scan, false);
	if (r < 0)
		cmd_usage(ctx, NULL);
	return r;
}

int cmd_global_options(const struct cmd_option *table, int argc, char **argv, void *opts)
{
	struct scan scan = { .table = table, .opts = opts, .argc = argc, .argv = argv };

	return parse(&scan, true);
}
