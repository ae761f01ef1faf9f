/* SPDX-License-Identifier: GPL-2.0 */
/* The keys of cdg.conf that are no parameters. For config.c and config_keys.c only. */
#ifndef MODEL_CONFIG_KEYS_H
#define MODEL_CONFIG_KEYS_H

#include "user/model/config.h"

/* What a key is about: it has no meaning when that is switched off. */
enum config_part {
	PART_BOTH,
	PART_CC,
	PART_SYN,
};

struct config_key {
	const char *name;
	const char *values; /* what it may be; NULL: the names of the presets */
	const char *help;   /* one sentence */
	uint16_t offset;    /* in struct config */
	uint16_t size;
	uint8_t part; /* enum config_part */
	/* 0, or -EINVAL with a sentence in err. */
	int (*set)(struct config *config, const struct config_key *key, const char *value,
		   char *err, size_t err_len);
	/* Writes the value as set() would take it; nothing for none. */
	void (*show)(const struct config *config, const struct config_key *key, char *out,
		     size_t len);
};

extern const struct config_key config_key_table[];
extern const size_t config_key_count;

#endif
