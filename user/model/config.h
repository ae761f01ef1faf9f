/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cdg.conf: what an instance is to be, as lines of "key = value". Blank lines and lines that begin
 * with '#' are left out. Strict: unknown keys, repeated keys, empty values and contradictions are
 * errors, so that a typing mistake never loads something else than what was meant.
 */
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include <stdbool.h>

#include "include/cdg_abi.h"
#include "user/model/fields.h"

#define CONFIG_TEXT_MAX 65536 /* bytes of a file */

struct config {
	struct cdg_params params; /* generation 0 */
	char preset[16];
	bool cc, syn; /* not both false */
	bool restricted, all_netns;
	char name[CDG_NAME_LEN];   /* empty: cdg and cdg_bpf */
	char group[33];		   /* may open the pins, too; empty: none */
	char cgroup[CDG_SYN_PATH]; /* absolute; empty: the root */
	uint32_t syn_source;	   /* CDG_SYN_SAVE | CDG_SYN_SYNACK */
	uint32_t syn_entries;
};

struct config_error {
	unsigned int line; /* from 1; 0: of the file as a whole */
	char text[256];	   /* what is wrong, a sentence without full stop; printable ASCII */
};

/* What an empty file says. */
void config_default(struct config *out);

/* text need not end with NUL. 0, or -EINVAL with *error filled and *out untouched. */
int config_parse(const char *text, size_t len, struct config *out, struct config_error *error);

/* One key with its value; owns its texts but for the constant ones. */
struct config_row {
	const char *key;
	const char *unit; /* NULL: none */
	const char *live; /* when a change takes effect: "now", "new flows" or "restart" */
	const char *help;
	char value[CDG_SYN_PATH]; /* empty: none */
	char def[16];		  /* empty: none */
	char values[96];	  /* what it may be, in words */
	uint8_t changed;	  /* bool: value is not the default */
};

extern const struct fields_table fields_setting;

/* Keys in the order of the manual; i < config_keys(). */
size_t config_keys(void);
void config_row(const struct config *config, size_t i, struct config_row *out);

#endif
