/* SPDX-License-Identifier: GPL-2.0 */
/* Records on a screen, through their field tables only. */
#include <stdio.h>
#include <string.h>

#include "user/model/format.h"
#include "user/sink/tui.h"

#define CELL 256

static void cell_text(const struct field *field, const void *record, int64_t offset_ns, char *out)
{
	struct value value;

	field_get(field, record, &value);
	if (value.kind == VALUE_TEXT)
		snprintf(out, CELL, "%.*s", (int)(value.len < CELL ? value.len : CELL - 1),
			 value.text);
	else if (value.kind == VALUE_TIME)
		format_time(out, CELL, (int64_t)(value.uint + (uint64_t)offset_ns));
	else if (value.kind == VALUE_REAL && field->unit == UNIT_NONE)
		snprintf(out, CELL, "%.1f", value.real);
	else
		format_value(out, CELL, field, &value);
}

static int text_width(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

static bool is_number(const struct field *field)
{
	return field->type == FIELD_UINT || field->type == FIELD_INT || field->type == FIELD_REAL;
}

/* Wide enough for its header and every record on the screen. */
static int column_width(const struct tui_table *t, const struct field *field, size_t shown)
{
	int width = text_width(field->column) + (field == t->sort);
	char text[CELL];

	width = width > field->width ? width : field->width;
	for (size_t i = t->first; i < t->count && i < t->first + shown; i++) {
		int w;

		cell_text(field, t->records[i], t->realtime_offset_ns, text);
		w = text_width(text);
		width = w > width ? w : width;
	}
	return width;
}

static void put_cell(struct tui *tui, int y, int x, int width, int room, enum tui_style style,
		     const struct field *field, const char *text)
{
	int pad = is_number(field) ? width - text_width(text) : 0;

	tui_text(tui, y, x + (pad > 0 ? pad : 0), room - (pad > 0 ? pad : 0), style, text);
}

static void put_column(struct tui *tui, int y, int x, int width, int room, size_t lines,
		       const struct tui_table *t, const struct field *field)
{
	char text[CELL];

	snprintf(text, sizeof(text), "%s%s", field->column,
		 field != t->sort ? "" : t->descending ? "v" : "^");
	put_cell(tui, y, x, width, room, TUI_HEADER, field, text);
	for (size_t i = 0; i < lines && t->first + i < t->count; i++) {
		bool selected = t->first + i == t->selected;

		cell_text(field, t->records[t->first + i], t->realtime_offset_ns, text);
		put_cell(tui, y + 1 + (int)i, x, width, room, selected ? TUI_SELECTED : TUI_PLAIN,
			 field, text);
	}
}

size_t tui_draw_table(struct tui *tui, int y, int width, int height, const struct tui_table *t)
{
	size_t lines = height > 1 ? (size_t)height - 1 : 0, full = 0;
	int x = 0;

	if (height < 1)
		return 0;
	tui_fill(tui, y, 0, width, TUI_HEADER);
	if (t->selected >= t->first && t->selected < t->first + lines && t->selected < t->count)
		tui_fill(tui, y + 1 + (int)(t->selected - t->first), 0, width, TUI_SELECTED);
	for (size_t i = 0; i < t->columns->count && x < width; i++) {
		const struct field *field = t->columns->field[i];
		int w;

		if (i && i <= t->column)
			continue;
		w = column_width(t, field, lines);
		put_column(tui, y, x, w, width - x < w ? width - x : w, lines, t, field);
		full += x + w <= width;
		x += w + 1;
	}
	return full;
}

int tui_draw_fields(struct tui *tui, int y, int width, int height,
		    const struct fields_table *table, const void *record)
{
	int name_width = 0, column = 0, columns, lines;
	const struct field *shown[FIELDS_COLUMNS_MAX];
	size_t at = 0, count = 0;
	char text[CELL];

	/* Times stand elsewhere on a screen. */
	for (size_t i = 0; i < table->count && count < FIELDS_COLUMNS_MAX; i++) {
		const struct field *field = &table->fields[i];

		if (field->type == FIELD_TIME || field->unit == UNIT_NS)
			continue;
		shown[count++] = field;
		if (field->name_len > name_width)
			name_width = field->name_len;
	}
	column = name_width + 14;
	columns = width / column > 0 ? width / column : 1;
	lines = ((int)count + columns - 1) / columns;
	lines = lines < height ? lines : height;
	for (int c = 0; c < columns; c++)
		for (int line = 0; line < lines && at < count; line++, at++) {
			const struct field *field = shown[at];

			cell_text(field, record, 0, text);
			tui_text(tui, y + line, c * column, name_width, TUI_QUIET, field->name);
			tui_text(tui, y + line, c * column + name_width + 1, 12, TUI_BOLD, text);
		}
	return lines;
}
