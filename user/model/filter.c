/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recursive descent over a flat list of tokens; the result is a program in postfix order, so that
 * matching needs no recursion and a hostile text costs no more than its length.
 */
#include "user/model/filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/model/literal.h"

#define TABLES_MAX 32
#define STEPS_MAX 256
#define DEPTH_MAX 32
#define STACK_MAX (2 * DEPTH_MAX + 4)

enum step_kind {
	STEP_COMPARE,
	STEP_TRUE, /* a field by itself */
	STEP_TYPE, /* the record's type */
	STEP_NOT,
	STEP_AND,
	STEP_OR,
};

struct step {
	enum step_kind kind;
	enum compare op;
	struct literal literal;
	const struct field *field[TABLES_MAX]; /* per table; NULL: it has none */
};

struct filter {
	const struct fields_table *table[TABLES_MAX];
	size_t tables;
	size_t steps, room;
	struct step *step;
	char text[]; /* literals point into it */
};

struct parser {
	struct filter *filter;
	struct filter_error *err;
	const char *at; /* first byte of the token that is looked at */
	size_t len;	/* of that token, 0 at the end */
	unsigned int depth;
};

static const char delimiters[] = " \t\r\n()=!<>&|";

static size_t token_len(const char *at)
{
	static const char *const marks[] = { "==", "!=", "<=", ">=", "&&", "||", "(", ")",
					     "=",  "!",	 "<",  ">",  "&",  "|" };

	if (*at == '"')
		return strcspn(at + 1, "\"") + 1 + (at[1 + strcspn(at + 1, "\"")] == '"');
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (!strncmp(at, marks[i], strlen(marks[i])))
			return strlen(marks[i]);
	return strcspn(at, delimiters);
}

static void advance(struct parser *p)
{
	p->at += p->len;
	p->at += strspn(p->at, " \t\r\n");
	p->len = token_len(p->at);
}

static bool is(const struct parser *p, const char *word)
{
	return strlen(word) == p->len && !memcmp(p->at, word, p->len);
}

static bool accept(struct parser *p, const char *word, const char *other)
{
	if (!is(p, word) && !is(p, other))
		return false;
	advance(p);
	return true;
}

static int fail(struct parser *p, const char *expected)
{
	p->err->at = (size_t)(p->at - p->filter->text);
	snprintf(p->err->text, sizeof(p->err->text), "%s", expected);
	return -EINVAL;
}

static int grow(struct filter *f)
{
	size_t room = f->room ? 2 * f->room : 8;
	struct step *step;

	if (f->steps < f->room)
		return 0;
	step = realloc(f->step, room * sizeof(*step));
	if (!step)
		return -ENOMEM;
	f->step = step;
	f->room = room;
	return 0;
}

/* The step is valid until the next one is emitted. */
static struct step *emit(struct parser *p, enum step_kind kind)
{
	struct step *step;

	if (p->filter->steps == STEPS_MAX || grow(p->filter)) {
		fail(p, "the filter is too long");
		return NULL;
	}
	step = &p->filter->step[p->filter->steps++];
	*step = (struct step){ .kind = kind };
	return step;
}

static bool is_word(const struct parser *p)
{
	return p->len && !strchr(delimiters, *p->at);
}

static bool is_operator(const struct parser *p, enum compare *op)
{
	static const struct {
		const char *text;
		enum compare op;
	} operators[] = {
		{ "=", COMPARE_EQ },   { "==", COMPARE_EQ },  { "eq", COMPARE_EQ },
		{ "!=", COMPARE_NE },  { "ne", COMPARE_NE },  { "neq", COMPARE_NE },
		{ "<", COMPARE_LT },   { "lt", COMPARE_LT },  { ">", COMPARE_GT },
		{ "gt", COMPARE_GT },  { "<=", COMPARE_LE },  { "le", COMPARE_LE },
		{ "leq", COMPARE_LE }, { ">=", COMPARE_GE },  { "ge", COMPARE_GE },
		{ "geq", COMPARE_GE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		if (!is(p, operators[i].text))
			continue;
		*op = operators[i].op;
		return true;
	}
	return false;
}

static int unknown_field(struct parser *p)
{
	const char *near = NULL;
	char text[200];

	for (size_t i = 0; i < p->filter->tables && !near; i++)
		near = fields_suggest(p->filter->table[i], p->at, p->len);
	snprintf(text, sizeof(text), "there is no field '%.*s'%s%s%s ('cdgctl fields' lists them)",
		 (int)(p->len < 64 ? p->len : 64), p->at, near ? ", did you mean '" : "",
		 near ? near : "", near ? "'" : "");
	return fail(p, text);
}

/* Finds the field in every table; *first: the one that says how its values are written. */
static int resolve(struct parser *p, struct step *step, const struct field **first)
{
	*first = NULL;
	for (size_t i = 0; i < p->filter->tables; i++) {
		step->field[i] = fields_lookup(p->filter->table[i], p->at, p->len);
		if (!*first)
			*first = step->field[i];
	}
	return *first ? 0 : unknown_field(p);
}

static int parse_type(struct parser *p)
{
	struct step *step = emit(p, STEP_TYPE);

	if (!step)
		return -EINVAL;
	advance(p);
	if (!is_operator(p, &step->op) || step->op > COMPARE_NE)
		return fail(p, "expected = or != after 'type'");
	advance(p);
	for (size_t i = 0; i < p->filter->tables; i++) {
		if (!is(p, p->filter->table[i]->name))
			continue;
		step->literal.text = p->at;
		step->literal.len = p->len;
		advance(p);
		return 0;
	}
	return fail(p, "expected the type of a record, such as backoff");
}

static int parse_value(struct parser *p, struct step *step, const struct field *field)
{
	char expected[sizeof(p->err->text)];
	bool quoted = *p->at == '"';

	if (!is_word(p))
		return fail(p, "expected a value");
	if (quoted && (p->len < 2 || p->at[p->len - 1] != '"'))
		return fail(p, "the closing \" is missing");
	if (literal_parse(field, p->at + quoted, p->len - 2 * quoted, &step->literal, expected,
			  sizeof(expected)))
		return fail(p, expected);
	if (step->op > COMPARE_NE && !literal_ordered(&step->literal))
		return fail(p, "this field only knows = and !=");
	advance(p);
	return 0;
}

static int parse_term(struct parser *p)
{
	const struct field *field;
	struct step *step;
	int r;

	if (!is_word(p))
		return fail(p, p->len ? "expected a field" :
					"expected a field, but the filter ends here");
	if (is(p, "type"))
		return parse_type(p);
	step = emit(p, STEP_COMPARE);
	if (!step)
		return -EINVAL;
	r = resolve(p, step, &field);
	if (r)
		return r;
	advance(p);
	if (is_operator(p, &step->op)) {
		advance(p);
	} else if (field->type == FIELD_ENDPOINT || field->type == FIELD_ADDR) {
		step->op = COMPARE_EQ; /* dst 10.0.0.0/8 */
	} else {
		step->kind = STEP_TRUE;
		return 0;
	}
	return parse_value(p, step, field);
}

static int parse_or(struct parser *p);

static int parse_factor(struct parser *p)
{
	int r;

	if (++p->depth > DEPTH_MAX)
		return fail(p, "the filter is nested too deeply");
	if (accept(p, "not", "!")) {
		r = parse_factor(p);
		if (!r && !emit(p, STEP_NOT))
			r = -EINVAL;
	} else if (accept(p, "(", "(")) {
		r = parse_or(p);
		if (!r && !accept(p, ")", ")"))
			r = fail(p, "expected 'and', 'or' or ')'");
	} else {
		r = parse_term(p);
	}
	p->depth--;
	return r;
}

static int parse_and(struct parser *p)
{
	int r = parse_factor(p);

	while (!r && p->len && !is(p, ")") && !is(p, "or") && !is(p, "||")) {
		accept(p, "and", "&&"); /* may be left out */
		r = parse_factor(p);
		if (!r && !emit(p, STEP_AND))
			r = -EINVAL;
	}
	return r;
}

static int parse_or(struct parser *p)
{
	int r = parse_and(p);

	while (!r && accept(p, "or", "||")) {
		r = parse_and(p);
		if (!r && !emit(p, STEP_OR))
			r = -EINVAL;
	}
	return r;
}

int filter_parse(const char *text, const struct fields_table *const *tables, size_t count,
		 struct filter **out, struct filter_error *err)
{
	_cleanup_(filter_freep) struct filter *filter = NULL;
	struct parser p = { .err = err };
	size_t len = strlen(text);
	int r;

	filter = calloc(1, sizeof(*filter) + len + 1);
	if (!filter)
		return -ENOMEM;
	memcpy(filter->text, text, len);
	filter->tables = count < TABLES_MAX ? count : TABLES_MAX;
	memcpy(filter->table, tables, filter->tables * sizeof(*tables));
	p.filter = filter;
	p.at = filter->text;
	advance(&p);
	r = parse_or(&p);
	if (r)
		return r;
	if (p.len)
		return fail(&p, "expected 'and', 'or' or the end of the filter");
	*out = TAKE_PTR(filter);
	return 0;
}

void filter_free(struct filter *filter)
{
	free(filter->step);
	free(filter);
}

static bool is_true(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NONE:
		return false;
	case VALUE_BOOL:
		return v->boolean;
	case VALUE_REAL:
		return v->real != 0;
	case VALUE_UINT:
	case VALUE_INT:
		return v->uint != 0;
	default:
		return true;
	}
}

static bool leaf(const struct filter *f, const struct step *step, size_t table, const void *record)
{
	const struct field *field = step->field[table];
	struct value value;

	if (step->kind == STEP_TYPE) {
		const char *name = f->table[table]->name;
		bool same = strlen(name) == step->literal.len &&
			    !memcmp(name, step->literal.text, step->literal.len);

		return same == (step->op == COMPARE_EQ);
	}
	if (!field || !field_get(field, record, &value))
		return false;
	return step->kind == STEP_TRUE ? is_true(&value)
				       : literal_compare(&value, step->op, &step->literal);
}

bool filter_match(const struct filter *f, const struct fields_table *table, const void *record)
{
	bool stack[STACK_MAX];
	size_t top = 0, index = 0;

	if (!f)
		return true;
	while (index < f->tables && f->table[index] != table)
		index++;
	if (index == f->tables)
		return false;
	for (size_t i = 0; i < f->steps; i++) {
		const struct step *step = &f->step[i];

		switch (step->kind) {
		case STEP_NOT:
			stack[top - 1] = !stack[top - 1];
			break;
		case STEP_AND:
			top--;
			stack[top - 1] = stack[top - 1] && stack[top];
			break;
		case STEP_OR:
			top--;
			stack[top - 1] = stack[top - 1] || stack[top];
			break;
		default:
			stack[top++] = leaf(f, step, index, record);
		}
	}
	return stack[0];
}
