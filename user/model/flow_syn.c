/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/flow_syn.h"

#include <errno.h>
#include <string.h>

#include "user/model/rows.h"

#define REC struct joined

static const struct field syn_fields[] = {
	ROW(REC, syn.status, "syn_status", TEXT, NONE, INFO, "SYN",
	    "What became of the SYN: ok, or why there is no fingerprint; absent unless a server "
	    "here accepted the connection while SYNs were saved."),
	ROW(REC, syn.raw_sig, "raw_sig", CHARS, NONE, NONE, "RAW_SIG",
	    "Signature of the SYN as p0f 3 writes it.", ROW_WHEN(REC, syn.ok)),
	ROW(REC, syn.sig, "sig", CHARS, NONE, INFO, "SIG",
	    "The same with the initial TTL instead of the TTL as seen: the key to count by.",
	    ROW_WHEN(REC, syn.ok)),
	ROW(REC, syn.label, "label", TEXT, NONE, INFO, "LABEL",
	    "System or tool that the signature files name; absent if they know none."),
	ROW(REC, syn.class_name, "class", TEXT, NONE, INFO, "CLASS",
	    "Class of the label: win, unix, other, or ! for a tool."),
	ROW(REC, syn.quality, "quality", TEXT, NONE, INFO, "QUALITY",
	    "How sure the label is: exact, generic or fuzzy."),
};

const struct fields_table fields_flow_syn = {
	.name = "flow_syn",
	.help = "What records of a flow say about its SYN.",
	TABLE(struct joined, syn_fields),
};

struct joined_tables {
	struct fields_table tables[EVENT_KERNEL_TABLES];
};

void flow_syn_fill(struct flow_syn *out, const struct syn_report *r)
{
	out->status = r->status;
	out->label = r->label;
	out->class_name = r->class_name;
	out->quality = r->quality;
	out->ok = r->ok;
	memcpy(out->raw_sig, r->fp.raw_sig, sizeof(out->raw_sig));
	memcpy(out->sig, r->fp.sig, sizeof(out->sig));
}

static int widen(const struct fields_table *table, struct fields_table *out)
{
	struct field *fields = calloc(table->count + ARRAY_SIZE(syn_fields), sizeof(*fields));

	if (!fields)
		return -ENOMEM;
	memcpy(fields, table->fields, table->count * sizeof(*fields));
	memcpy(fields + table->count, syn_fields, sizeof(syn_fields));
	*out = *table;
	out->size = sizeof(struct joined);
	out->fields = fields;
	out->count += ARRAY_SIZE(syn_fields);
	return 0;
}

int joined_tables_new(struct joined_tables **out)
{
	_cleanup_(joined_tables_freep) struct joined_tables *t = calloc(1, sizeof(*t));

	for (size_t i = 0; t && i < EVENT_KERNEL_TABLES; i++)
		if (widen(event_tables[i], &t->tables[i]))
			return -ENOMEM;
	if (!t)
		return -ENOMEM;
	*out = TAKE_PTR(t);
	return 0;
}

void joined_tables_free(struct joined_tables *t)
{
	for (size_t i = 0; i < EVENT_KERNEL_TABLES; i++)
		free((struct field *)t->tables[i].fields);
	free(t);
}

const struct fields_table *joined_table(const struct joined_tables *t,
					const struct fields_table *table)
{
	for (size_t i = 0; i < EVENT_KERNEL_TABLES; i++)
		if (event_tables[i] == table)
			return &t->tables[i];
	return NULL;
}

void joined_fill(struct joined *out, const struct event *event)
{
	memcpy(out, event->conn, event->table->size);
	out->syn.status = out->syn.label = out->syn.class_name = out->syn.quality = NULL;
	out->syn.ok = 0;
}
