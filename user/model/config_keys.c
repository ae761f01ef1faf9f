/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/config_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/params.h"
#include "user/model/rows.h"

#define NAME_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

static const struct enum_name sources[] = {
	{ CDG_SYN_SAVE, "save", NULL },
	{ CDG_SYN_SYNACK, "synack", NULL },
	{ CDG_SYN_SAVE | CDG_SYN_SYNACK, "auto", NULL },
	{},
};

static int set_bool(struct config *c, const struct config_key *key, const char *value, char *err,
		    size_t err_len)
{
	uint64_t word;

	if (!params_parse_bool(value, &word)) {
		snprintf(err, err_len, "%s is either yes or no, not '%.40s'", key->name, value);
		return -EINVAL;
	}
	*((bool *)((char *)c + key->offset)) = word;
	return 0;
}

static void show_bool(const struct config *c, const struct config_key *key, char *out, size_t len)
{
	snprintf(out, len, "%s", *(const bool *)((const char *)c + key->offset) ? "yes" : "no");
}

static int put_text(struct config *c, const struct config_key *key, const char *value, char *err,
		    size_t err_len)
{
	if (strlen(value) >= key->size) {
		snprintf(err, err_len, "%s is longer than %d characters", key->name, key->size - 1);
		return -EINVAL;
	}
	strcpy((char *)c + key->offset, value);
	return 0;
}

static void show_text(const struct config *c, const struct config_key *key, char *out, size_t len)
{
	snprintf(out, len, "%s", (const char *)c + key->offset);
}

static void list_presets(char *out, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < presets_count && used < len; i++)
		used += (size_t)snprintf(out + used, len - used, "%s%s", i ? ", " : "",
					 presets_table[i].name);
}

static int set_preset(struct config *c, const struct config_key *key, const char *value, char *err,
		      size_t err_len)
{
	char list[96];

	if (params_find_preset(value))
		return put_text(c, key, value, err, err_len);
	list_presets(list, sizeof(list));
	snprintf(err, err_len, "there is no preset '%.40s'; there are %s", value, list);
	return -EINVAL;
}

static int set_name(struct config *c, const struct config_key *key, const char *value, char *err,
		    size_t err_len)
{
	if (!value[strspn(value, NAME_BYTES)])
		return put_text(c, key, value, err, err_len);
	snprintf(err, err_len, "a name has letters, digits and _ only, not '%.40s'", value);
	return -EINVAL;
}

static int set_group(struct config *c, const struct config_key *key, const char *value, char *err,
		     size_t err_len)
{
	if (!value[strspn(value, NAME_BYTES "-.")] && *value != '-' && *value != '.')
		return put_text(c, key, value, err, err_len);
	snprintf(err, err_len, "a group's name has letters, digits, _, - and . only, not '%.40s'",
		 value);
	return -EINVAL;
}

static int set_path(struct config *c, const struct config_key *key, const char *value, char *err,
		    size_t err_len)
{
	if (*value == '/')
		return put_text(c, key, value, err, err_len);
	snprintf(err, err_len, "%s needs a whole path that begins with '/', not '%.40s'", key->name,
		 value);
	return -EINVAL;
}

static int set_source(struct config *c, const struct config_key *key, const char *value, char *err,
		      size_t err_len)
{
	for (const struct enum_name *s = sources; s->name; s++) {
		if (strcmp(s->name, value))
			continue;
		c->syn_source = s->value;
		return 0;
	}
	snprintf(err, err_len, "%s knows save, synack and auto, not '%.40s'", key->name, value);
	return -EINVAL;
}

static void show_source(const struct config *c, const struct config_key *key, char *out,
			size_t len)
{
	(void)key;
	snprintf(out, len, "%s", enum_text(sources, c->syn_source));
}

static int set_entries(struct config *c, const struct config_key *key, const char *value, char *err,
		       size_t err_len)
{
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno || number < CDG_SYN_ENTRIES_MIN ||
	    number > CDG_SYN_ENTRIES_MAX) {
		snprintf(err, err_len, "%s must be a whole number from %u to %u, not '%.40s'",
			 key->name, CDG_SYN_ENTRIES_MIN, CDG_SYN_ENTRIES_MAX, value);
		return -EINVAL;
	}
	c->syn_entries = (uint32_t)number;
	return 0;
}

static void show_entries(const struct config *c, const struct config_key *key, char *out,
			 size_t len)
{
	(void)key;
	snprintf(out, len, "%" PRIu32, c->syn_entries);
}

#define KEY(name_, member_, part_, set_, show_, values_, help_)                                 \
	{                                                                                       \
		.name = name_, .values = values_, .help = help_, .part = PART_##part_,          \
		.offset = offsetof(struct config, member_),                                     \
		.size = sizeof(((struct config *)0)->member_), .set = set_, .show = show_       \
	}

const struct config_key config_key_table[] = {
	KEY("group", group, BOTH, set_group, show_text, "name of a group",
	    "Members of it may look and tune without root, and with CAP_BPF read events."),
	KEY("cc", cc, BOTH, set_bool, show_bool, "yes, no",
	    "Register the congestion control."),
	KEY("name", name, CC, set_name, show_text, "1 to 15 letters, digits and _",
	    "Register this name instead of cdg and cdg_bpf."),
	KEY("restricted", restricted, CC, set_bool, show_bool, "yes, no",
	    "Only CAP_NET_ADMIN, or the allowed list, may choose it."),
	KEY("syn", syn, BOTH, set_bool, show_bool, "yes, no",
	    "Save the SYNs of accepted connections."),
	KEY("cgroup", cgroup, SYN, set_path, show_text, "path of a folder in the cgroup2 tree",
	    "SYNs of servers in this cgroup only."),
	KEY("syn_source", syn_source, SYN, set_source, show_source, "save, synack, auto",
	    "Where SYNs come from, as --syn-source of cdgctl load."),
	KEY("syn_entries", syn_entries, SYN, set_entries, show_entries, "64 to 16777216",
	    "Connections whose SYN is remembered."),
	KEY("all_netns", all_netns, SYN, set_bool, show_bool, "yes, no",
	    "Ask the listeners that exist in every network namespace, not in the first one only."),
	KEY("preset", preset, CC, set_preset, show_text, NULL,
	    "The set that the parameters below change."),
};
const size_t config_key_count = ARRAY_SIZE(config_key_table);

size_t config_keys(void)
{
	return config_key_count + params_count;
}

static void param_row(const struct config *c, const struct param *param, struct config_row *out)
{
	uint32_t value = params_get(&c->params, param);

	out->key = param->name;
	out->unit = param->unit;
	out->live = param->live;
	out->help = param->help;
	snprintf(out->value, sizeof(out->value), "%" PRIu32, value);
	snprintf(out->def, sizeof(out->def), "%" PRIu32, param->def);
	out->changed = value != param->def;
	if (param->kind == PARAM_BOOL)
		snprintf(out->values, sizeof(out->values), "0, 1");
	else
		snprintf(out->values, sizeof(out->values), "%" PRIu32 " to %" PRIu32 "%s",
			 param->min, param->max,
			 param->kind == PARAM_POWER_OF_TWO ? ", power of two" : "");
}

void config_row(const struct config *config, size_t i, struct config_row *out)
{
	const struct config_key *key;
	struct config usual;

	*out = (struct config_row){};
	if (i >= config_key_count) {
		param_row(config, &params_table[i - config_key_count], out);
		return;
	}
	key = &config_key_table[i];
	config_default(&usual);
	out->key = key->name;
	out->live = key->set == set_preset || key->set == set_group ? "now" : "restart";
	out->help = key->help;
	key->show(config, key, out->value, sizeof(out->value));
	key->show(&usual, key, out->def, sizeof(out->def));
	if (key->values)
		snprintf(out->values, sizeof(out->values), "%s", key->values);
	else
		list_presets(out->values, sizeof(out->values));
	out->changed = strcmp(out->value, out->def) != 0;
}

#define REC struct config_row
#define UNLESS_EMPTY(m) .when = offsetof(REC, m), .when_size = 1
static const struct field setting_fields[] = {
	ROW(REC, key, "key", TEXT, NONE, NONE, "KEY", "What stands in front of '='."),
	ROW(REC, value, "value", CHARS, NONE, NONE, "VALUE",
	    "What it is in the file, or by default.", UNLESS_EMPTY(value)),
	ROW(REC, def, "default", CHARS, NONE, NONE, "DEFAULT", "What it is without a line.",
	    UNLESS_EMPTY(def)),
	ROW(REC, changed, "changed", BOOL, NONE, NONE, "CHANGED",
	    "Whether the value is not the default."),
	ROW(REC, values, "values", CHARS, NONE, NONE, "VALUES", "What it may be."),
	ROW(REC, unit, "unit", TEXT, NONE, NONE, "UNIT", "Unit of a number."),
	ROW(REC, live, "live", TEXT, NONE, NONE, "TAKES EFFECT",
	    "When a change takes effect after a reload: now, new flows or restart."),
	ROW(REC, help, "help", TEXT, NONE, NONE, "MEANING", "What it is for."),
};

const struct fields_table fields_setting = {
	.name = "setting",
	.help = "A key of cdg.conf, as 'cdgctl config' shows it.",
	TABLE(REC, setting_fields),
	.columns = "key,value,default,values,help",
};
