/* SPDX-License-Identifier: GPL-2.0 */
/* A value that a person typed, and how it compares with a field's. */
#ifndef MODEL_LITERAL_H
#define MODEL_LITERAL_H

#include "user/model/fields.h"

enum compare {
	COMPARE_EQ,
	COMPARE_NE,
	COMPARE_LT,
	COMPARE_GT,
	COMPARE_LE,
	COMPARE_GE,
};

enum literal_kind {
	LITERAL_NUMBER,
	LITERAL_BOOL,
	LITERAL_TEXT,
	LITERAL_ADDR,
};

struct literal {
	enum literal_kind kind;
	bool negative; /* of a whole number */
	bool whole;    /* magnitude is exact */
	bool boolean;
	bool has_port;
	uint8_t family; /* 0: any address */
	uint8_t bits;	/* of the prefix */
	uint16_t port;
	uint64_t magnitude;
	double real;
	uint8_t addr[16];
	const char *text; /* into the text that was parsed */
	size_t len;
};

/*
 * Reads text as a value of this field, with a unit that fits it. *out points into text. 0, or
 * -EINVAL with what was expected in err, a sentence without full stop.
 */
int literal_parse(const struct field *field, const char *text, size_t len, struct literal *out,
		  char *err, size_t err_len);

/* Texts, enums, booleans and addresses only know == and !=. */
bool literal_ordered(const struct literal *literal);

/* False if the two cannot be compared. */
bool literal_compare(const struct value *value, enum compare op, const struct literal *literal);

#endif
