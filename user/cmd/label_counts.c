/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/label_counts.h"

#include <errno.h>
#include <string.h>

#include "user/cmd/signatures.h"
#include "user/model/event.h"
#include "user/source/syn_slots.h"

enum { ROW_OTHER, ROW_UNKNOWN, ROW_NONE, ROWS_FIXED };

int label_counts_open(struct label_counts *l)
{
	static const char *const fixed[ROWS_FIXED] = { "other", "unknown", "none" };
	int r = signatures_load(&l->db, NULL);

	memcpy(l->name, fixed, sizeof(fixed));
	l->used = ROWS_FIXED;
	return r ? CMD_REFUSED : CMD_OK;
}

void label_counts_release(struct label_counts *l)
{
	sigdb_release(&l->db);
}

static size_t row_of(struct label_counts *l, const char *label)
{
	for (size_t i = 0; i < l->used; i++)
		if (!strcmp(l->name[i], label))
			return i;
	if (l->used == ARRAY_SIZE(l->name))
		return ROW_OTHER;
	l->name[l->used] = label;
	return l->used++;
}

static void count(struct label_counts *l, const struct cdg_rec_syn *rec)
{
	const struct cdg_rec_syn *good;
	struct syn_report report;

	if (event_decode_syn(rec, sizeof(*rec), &good)) {
		l->missed++;
		return;
	}
	syn_report_record(&report, &l->db, good, false);
	l->count[!report.ok ? ROW_NONE : report.label ? row_of(l, report.label) : ROW_UNKNOWN]++;
}

static void look_at(struct label_counts *l, const struct syn_slots *slots)
{
	uint64_t entries = slots->state.entries;
	struct cdg_rec_syn rec;

	if (l->until - l->next > entries) {
		l->missed += l->until - l->next - entries;
		l->next = l->until - entries;
	}
	for (; l->next < l->until; l->next++) {
		if (syn_slots_get(slots, l->next, &rec))
			l->missed++;
		else
			count(l, &rec);
	}
}

void label_counts_look(struct label_counts *l, const char *dir)
{
	_cleanup_(syn_slots_close) struct syn_slots slots;
	uint64_t accepted;
	int r;

	r = syn_slots_open(dir, &slots);
	l->saw_none |= r == -ENOENT;
	if (r)
		return;
	accepted = slots.state.accepted;
	/* At first those that are there count as past; of a new instance all are new. */
	if (l->instance != slots.instance) {
		l->next = l->until = l->instance || l->saw_none ? 0 : accepted;
		l->instance = slots.instance;
	}
	look_at(l, &slots);
	l->until = accepted;
}

void label_counts_fill(const struct label_counts *l, struct metrics_view *view)
{
	memcpy(view->label_name, l->name, sizeof(l->name));
	memcpy(view->label_count, l->count, sizeof(l->count));
	view->labels_missed = l->missed;
}
