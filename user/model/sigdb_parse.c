/* SPDX-License-Identifier: GPL-2.0 */
/* The file grammar of sigdb.h. The `sig =` lines of [tcp:request] are in sigdb_sig.c. */
#include "user/model/sigdb_sig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CLASSES_MAX 64
#define NAME_MAX_ 127

enum section {
	SECTION_NONE, /* before the first */
	SECTION_MTU,
	SECTION_REQUEST,
	SECTION_SKIPPED,
};

struct parser {
	struct sigdb *db;
	struct span classes[CLASSES_MAX]; /* point into the text */
	size_t class_count;
	enum section section;
	bool have_label; /* the last label is open for signatures */
	bool need_sys;	 /* it is an application, and its `sys` has not come yet */
	uint32_t line;
	const char *why; /* what is wrong with this line */
};

static int reject(struct parser *p, const char *why)
{
	p->why = why;
	return -EINVAL;
}

/* Makes room for one more element; capacities are powers of two. */
static int grow(void **array, size_t count, size_t size)
{
	void *more;

	if (count & (count - 1))
		return 0;
	more = realloc(*array, (count ? count * 2 : 1) * size);
	if (!more)
		return -ENOMEM;
	*array = more;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct span *s)
{
	while (s->at < s->end && is_blank(*s->at))
		s->at++;
}

static void drop_trailing_blanks(struct span *s)
{
	while (s->at < s->end && is_blank(s->end[-1]))
		s->end--;
}

static bool span_equal(struct span a, struct span b)
{
	return span_len(a) == span_len(b) && memcmp(a.at, b.at, span_len(a)) == 0;
}

static bool is_name(struct span s)
{
	if (span_len(s) == 0 || span_len(s) > NAME_MAX_)
		return false;
	for (; s.at < s.end; s.at++) {
		char c = *s.at;
		bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z');

		if (!alnum && (!c || !strchr(" ./-_!?()", c)))
			return false;
	}
	return true;
}

/* Texts reach terminals: no control characters, nothing beyond ASCII. */
static bool is_text(struct span s)
{
	if (span_len(s) > NAME_MAX_)
		return false;
	for (; s.at < s.end; s.at++)
		if (*s.at < 0x20 || *s.at > 0x7e)
			return false;
	return true;
}

static bool class_known(const struct parser *p, struct span name)
{
	for (size_t i = 0; i < p->class_count; i++)
		if (span_equal(p->classes[i], name))
			return true;
	return false;
}

static int parse_classes(struct parser *p, struct span value)
{
	if (p->section != SECTION_NONE)
		return reject(p, "'classes' belongs in front of the first section");
	do {
		struct span name = span_until(&value, ',');

		if (!is_name(name))
			return reject(p, "a class must be a name of letters and digits");
		if (p->class_count == CLASSES_MAX)
			return reject(p, "more than 64 classes");
		p->classes[p->class_count++] = name;
	} while (value.at < value.end);
	return 0;
}

static int parse_section(struct parser *p, struct span line)
{
	static const struct {
		const char *name;
		enum section section;
	} sections[] = {
		{ "[mtu]", SECTION_MTU },
		{ "[tcp:request]", SECTION_REQUEST },
		{ "[tcp:response]", SECTION_SKIPPED },
		{ "[http:request]", SECTION_SKIPPED },
		{ "[http:response]", SECTION_SKIPPED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (!span_is(line, sections[i].name))
			continue;
		p->section = sections[i].section;
		p->have_label = false;
		return 0;
	}
	return reject(p, "unknown section: there are [mtu], [tcp:request], [tcp:response], "
			 "[http:request] and [http:response]");
}

/* Opens a label. Name and flavour are joined by a blank, as p0f prints them. */
static int add_label(struct parser *p, struct span name, struct span flavour, struct span class)
{
	struct sigdb *db = p->db;
	struct sigdb_label *label;
	bool both = flavour.at < flavour.end;

	if (db->label_count == SIGDB_SIGS_MAX) {
		p->why = "more than 16384 labels";
		return -EFBIG;
	}
	if (grow((void **)&db->labels, db->label_count, sizeof(*db->labels)))
		return -ENOMEM;
	label = &db->labels[db->label_count++];
	*label = (struct sigdb_label){ .application = span_is(class, "!") };
	if (asprintf(&label->text, "%.*s%s%.*s", (int)span_len(name), name.at, both ? " " : "",
		     (int)span_len(flavour), flavour.at) < 0) {
		label->text = NULL;
		return -ENOMEM;
	}
	label->class_name = strndup(class.at, span_len(class));
	p->have_label = true;
	p->need_sys = label->application;
	return label->class_name ? 0 : -ENOMEM;
}

static int parse_tcp_label(struct parser *p, struct span value)
{
	struct span type = span_until(&value, ':');
	struct span class = span_until(&value, ':');
	struct span name = span_until(&value, ':');
	int r;

	if (!span_is(type, "s") && !span_is(type, "g"))
		return reject(p, "a label begins with 's:' (specific) or 'g:' (generic)");
	if (!span_is(class, "!") && !class_known(p, class))
		return reject(p, "the label's class is not in 'classes', nor '!'");
	if (!is_name(name) || name.end == value.end)
		return reject(p, "a label is s:class:name:flavour; the colon behind the name "
				 "stays when there is no flavour");
	if (!is_text(value))
		return reject(p, "flavour longer than 127 or not printable ASCII");
	r = add_label(p, name, value, class);
	if (!r)
		p->db->labels[p->db->label_count - 1].generic = span_is(type, "g");
	return r;
}

static int parse_label(struct parser *p, struct span value)
{
	struct span none = { value.end, value.end };

	if (p->section == SECTION_REQUEST)
		return parse_tcp_label(p, value);
	if (p->section != SECTION_MTU)
		return reject(p, "'label' belongs into a section");
	if (value.at == value.end || !is_text(value))
		return reject(p, "a label must be 1..127 printable ASCII characters");
	return add_label(p, value, none, none);
}

/* Checked only: it names the systems that an application may run on. */
static int parse_sys(struct parser *p, struct span value)
{
	if (p->section != SECTION_REQUEST || !p->have_label || !p->need_sys)
		return reject(p, "'sys' belongs once behind the label of an application");
	do {
		struct span name = span_until(&value, ',');
		bool class = name.at < name.end && *name.at == '@';

		if (class) {
			name.at++;
			if (!class_known(p, name))
				return reject(p, "'sys' names a class that is not in 'classes'");
		} else if (!is_name(name)) {
			return reject(p, "'sys' takes names and @classes, separated by commas");
		}
	} while (value.at < value.end);
	p->need_sys = false;
	return 0;
}

static int add_link(struct parser *p, struct span value)
{
	struct sigdb *db = p->db;
	unsigned int mtu;

	if (!span_number(&value, 1, 65535, &mtu) || value.at < value.end)
		return reject(p, "an MTU must be a number 1..65535");
	if (grow((void **)&db->links, db->link_count, sizeof(*db->links)))
		return -ENOMEM;
	db->links[db->link_count++] = (struct sigdb_link){
		.mtu = mtu,
		.label = (uint32_t)db->label_count - 1,
	};
	return 0;
}

static int add_sig(struct parser *p, struct span value)
{
	struct sigdb *db = p->db;
	struct sigdb_sig sig;

	if (p->need_sys)
		return reject(p, "an application needs 'sys' before its first signature");
	p->why = sigdb_sig_parse(value, &sig);
	if (p->why)
		return -EINVAL;
	sig.label = (uint32_t)db->label_count - 1;
	sig.line = p->line;
	if (grow((void **)&db->sigs, db->sig_count, sizeof(*db->sigs)))
		return -ENOMEM;
	db->sigs[db->sig_count++] = sig;
	return 0;
}

static int parse_sig(struct parser *p, struct span value)
{
	if (!p->have_label)
		return reject(p, "a signature needs a label in front of it");
	if (p->db->sig_count + p->db->link_count == SIGDB_SIGS_MAX) {
		p->why = "more than 16384 signatures";
		return -EFBIG;
	}
	return p->section == SECTION_MTU ? add_link(p, value) : add_sig(p, value);
}

static int parse_line(struct parser *p, struct span line)
{
	static const struct {
		const char *name;
		int (*parse)(struct parser *p, struct span value);
	} keys[] = {
		{ "classes", parse_classes },
		{ "label", parse_label },
		{ "sys", parse_sys },
		{ "sig", parse_sig },
	};
	struct span key;

	skip_blanks(&line);
	if (line.at == line.end || *line.at == ';')
		return 0;
	if (*line.at == '[')
		return parse_section(p, line);
	if (p->section == SECTION_SKIPPED)
		return 0;
	if (line.end[-1] == '\r')
		return reject(p, "the line ends with a carriage return; convert the file with "
				 "dos2unix");
	key = span_until(&line, '=');
	drop_trailing_blanks(&key);
	skip_blanks(&line);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (span_is(key, keys[i].name))
			return keys[i].parse(p, line);
	return reject(p, "expected '[section]', 'classes =', 'label =', 'sys =' or 'sig ='");
}

static void forget(struct sigdb *db, const struct sigdb *before)
{
	while (db->label_count > before->label_count) {
		db->label_count--;
		free(db->labels[db->label_count].text);
		free(db->labels[db->label_count].class_name);
	}
	db->sig_count = before->sig_count;
	db->link_count = before->link_count;
}

int sigdb_parse(struct sigdb *db, const char *text, size_t len, struct sigdb_error *error)
{
	struct parser p = { .db = db };
	const struct sigdb before = *db;
	struct span all = { text, text + len };
	int r = 0;

	*error = (struct sigdb_error){ 0 };
	if (len > SIGDB_TEXT_MAX) {
		r = -EFBIG;
		p.why = "longer than 4 MiB";
	}
	while (!r && all.at < all.end) {
		p.line++;
		r = parse_line(&p, span_until(&all, '\n'));
	}
	if (r) {
		forget(db, &before);
		error->line = p.line;
		snprintf(error->text, sizeof(error->text), "%s", p.why ? p.why : "out of memory");
	}
	return r;
}
