/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "user/cmd/top.h"
#include "user/model/format.h"
#include "user/model/order.h"

static const struct {
	const char *name;
	const char *by[4]; /* groups: fields that flows have in common, the first that is known */
} views[VIEW_COUNT] = {
	[VIEW_FLOWS] = { "flows", {} },
	[VIEW_DETAIL] = { "detail", {} },
	[VIEW_DESTINATIONS] = { "destinations", { "daddr" } },
	[VIEW_FINGERPRINTS] = { "fingerprints", { "label", "sig", "syn_status" } },
	[VIEW_TOTALS] = { "totals", {} },
};

const char *top_view_name(enum top_view view)
{
	return views[view].name;
}

static bool is_grouped(const struct top *t)
{
	return views[t->view].by[0];
}

const struct fields_table *top_view_table(const struct top *t)
{
	return is_grouped(t) ? &fields_group : flowtab_table(t->tab);
}

const struct columns *top_view_columns(const struct top *t)
{
	return is_grouped(t) ? &t->group_columns : &t->columns;
}

static int make_room(struct top *t, size_t count)
{
	const void **records;

	if (count <= t->room)
		return 0;
	records = realloc(t->records, 2 * count * sizeof(*records));
	if (!records)
		return -ENOMEM;
	t->records = records;
	t->room = 2 * count;
	return 0;
}

static int collect_groups(struct top *t)
{
	const struct field *by[ARRAY_SIZE(views[0].by)] = {};
	const char *const *name = views[t->view].by;
	int r;

	for (size_t i = 0; name[i]; i++)
		by[i] = fields_find(flowtab_table(t->tab), name[i], strlen(name[i]));
	t->count = 0;
	flowtab_groups_free(t->groups, t->group_count);
	t->groups = NULL;
	r = flowtab_groups(t->tab, by, &t->groups, &t->group_count);
	if (!r)
		r = make_room(t, t->group_count);
	for (size_t i = 0; !r && i < t->group_count; i++)
		t->records[t->count++] = &t->groups[i];
	return r;
}

static int collect_flows(struct top *t)
{
	size_t count = flowtab_count(t->tab);
	int r = make_room(t, count);

	t->count = 0;
	for (size_t i = 0; !r && i < count; i++) {
		const struct flowtab_row *row = flowtab_at(t->tab, i);

		if (filter_match(t->filter, flowtab_table(t->tab), row))
			t->records[t->count++] = row;
	}
	return r;
}

/* The line under the cursor follows its flow; where that is gone the cursor stays. */
static void keep_selection(struct top *t)
{
	struct top_state *s = &t->state[t->view];

	if (t->view == VIEW_FLOWS)
		for (size_t i = 0; i < t->count; i++)
			if (((const struct flowtab_row *)t->records[i])->flow.conn.head.flow ==
			    t->flow)
				s->selected = i;
	if (s->selected >= t->count)
		s->selected = t->count ? t->count - 1 : 0;
}

int top_view_build(struct top *t)
{
	struct top_state *s = &t->state[t->view];
	int r = is_grouped(t) ? collect_groups(t) : collect_flows(t);

	if (!r && s->sort)
		r = order_records(t->records, t->count, s->sort, s->descending);
	keep_selection(t);
	return r;
}

void top_select(struct top *t, size_t index)
{
	struct top_state *s = &t->state[t->view];

	s->selected = index < t->count ? index : t->count ? t->count - 1 : 0;
	if (t->view == VIEW_FLOWS && t->count)
		t->flow =
			((const struct flowtab_row *)t->records[s->selected])->flow.conn.head.flow;
}

int top_set_filter(struct top *t, const char *text)
{
	const struct fields_table *table = flowtab_table(t->tab);
	struct filter *filter = NULL;
	struct filter_error err;
	int r = 0;

	if (text[strspn(text, " ")])
		r = filter_parse(text, &table, 1, &filter, &err);
	if (r == -EINVAL)
		snprintf(t->message, sizeof(t->message), "filter: %.160s, at character %zu",
			 err.text, err.at + 1);
	if (r)
		return r;
	filter_freep(&t->filter);
	t->filter = filter;
	snprintf(t->filter_text, sizeof(t->filter_text), "%s", filter ? text : "");
	return 0;
}

int top_set_sort(struct top *t, const char *text)
{
	const struct fields_table *table = top_view_table(t);
	struct top_state *s = &t->state[t->view];
	const struct field *field;
	bool descending = *text == '-';
	const char *near;

	text += descending;
	field = fields_lookup(table, text, strlen(text));
	if (field) {
		s->sort = field;
		s->descending = descending;
		return 0;
	}
	near = fields_suggest(table, text, strlen(text));
	snprintf(t->message, sizeof(t->message), "sort: there is no field '%.60s'%s%s%s", text,
		 near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	return -EINVAL;
}

int top_set_columns(struct top *t, const char *text)
{
	struct columns columns;
	char err[TOP_TEXT - 16];

	if (!*text) {
		columns_default(flowtab_table(t->tab), &columns);
	} else if (columns_parse(flowtab_table(t->tab), text, &columns, err, sizeof(err))) {
		snprintf(t->message, sizeof(t->message), "columns: %s", err);
		return -EINVAL;
	}
	t->columns = columns;
	t->state[VIEW_FLOWS].column = 0;
	snprintf(t->columns_text, sizeof(t->columns_text), "%s", text);
	return 0;
}

static bool matches(const struct columns *columns, const void *record, const char *text)
{
	for (size_t i = 0; i < columns->count; i++) {
		char cell[FORMAT_LEN];
		struct value value;

		if (!field_get(columns->field[i], record, &value))
			continue;
		if (value.kind == VALUE_TEXT)
			snprintf(cell, sizeof(cell), "%.*s",
				 (int)(value.len < FORMAT_LEN ? value.len : FORMAT_LEN - 1),
				 value.text);
		else
			format_value(cell, sizeof(cell), columns->field[i], &value);
		if (strcasestr(cell, text))
			return true;
	}
	return false;
}

void top_search_next(struct top *t, bool from_next)
{
	size_t start = t->state[t->view].selected + from_next;

	if (!*t->search)
		return;
	for (size_t i = 0; i < t->count; i++) {
		size_t at = (start + i) % t->count;

		if (!matches(top_view_columns(t), t->records[at], t->search))
			continue;
		top_select(t, at);
		return;
	}
	snprintf(t->message, sizeof(t->message), "search: '%.100s' is nowhere", t->search);
}
