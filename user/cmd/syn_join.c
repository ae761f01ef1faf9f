/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/syn_join.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/idmap.h"

/* With a store to ask again all is forgotten at this many connections; a file has no store. */
#define CONNECTIONS_MAX 65536

/* What one or many SYNs told: clients of one system come in their thousands. */
struct told {
	struct told *next;
	struct flow_syn syn;
};

static struct told none;

struct syn_join {
	const struct sigdb *db;
	const struct syns *syns;
	struct idmap by_cookie;	 /* struct told */
	struct idmap by_content; /* likewise */
	struct idmap wanted;
	struct told *all;
};

int syn_join_new(const struct sigdb *db, const struct syns *syns, struct syn_join **out)
{
	struct syn_join *join = calloc(1, sizeof(*join));

	if (!join)
		return -ENOMEM;
	join->db = db;
	join->syns = syns;
	*out = join;
	return 0;
}

static void forget(struct syn_join *join)
{
	for (struct told *t = join->all, *next; t; t = next) {
		next = t->next;
		free(t);
	}
	join->all = NULL;
	idmap_release(&join->by_cookie);
	idmap_release(&join->by_content);
}

void syn_join_free(struct syn_join *join)
{
	forget(join);
	idmap_release(&join->wanted);
	free(join);
}

static void forget_if_full(struct syn_join *join)
{
	if (join->syns && join->by_cookie.count >= CONNECTIONS_MAX)
		forget(join);
}

static uint64_t hash_text(uint64_t h, const char *text)
{
	for (; *text; text++)
		h = idmap_mix(h ^ (uint8_t)*text);
	return h;
}

static uint64_t hash(const struct flow_syn *syn)
{
	uint64_t h = idmap_mix((uintptr_t)syn->status ^ (uintptr_t)syn->label);

	return syn->ok ? hash_text(h, syn->raw_sig) : h;
}

static bool same(const struct flow_syn *a, const struct flow_syn *b)
{
	return a->status == b->status && a->label == b->label && a->quality == b->quality &&
	       a->ok == b->ok && (!a->ok || (!strcmp(a->raw_sig, b->raw_sig) &&
					     !strcmp(a->sig, b->sig)));
}

static struct told *intern(struct syn_join *join, const struct flow_syn *syn)
{
	uint64_t id = hash(syn);
	struct told *t = idmap_get(&join->by_content, id);

	if (t && same(&t->syn, syn))
		return t;
	t = malloc(sizeof(*t));
	if (!t)
		return NULL;
	t->syn = *syn;
	t->next = join->all;
	join->all = t;
	idmap_put(&join->by_content, id, t);
	return t;
}

/* Without memory a label is missing, and nothing else. */
static void remember(struct syn_join *join, const struct syn_report *report)
{
	struct flow_syn syn = {};
	struct told *t;

	flow_syn_fill(&syn, report);
	t = intern(join, &syn);
	if (t && report->cookie)
		idmap_put(&join->by_cookie, report->cookie, t);
}

static void remember_record(struct syn_join *join, const struct cdg_rec_syn *rec)
{
	struct syn_report report;

	syn_report_record(&report, join->db, rec, false);
	remember(join, &report);
}

void syn_join_learn(struct syn_join *join, const struct syn_report *report)
{
	forget_if_full(join);
	remember(join, report);
}

void syn_join_record(struct syn_join *join, const struct cdg_rec_syn *rec)
{
	forget_if_full(join);
	remember_record(join, rec);
}

void syn_join_want(struct syn_join *join, uint64_t cookie)
{
	if (cookie && join->syns && !idmap_get(&join->by_cookie, cookie))
		idmap_put(&join->wanted, cookie, &none);
}

static bool is_wanted(void *ctx, uint64_t cookie)
{
	const struct syn_join *join = ctx;

	return idmap_get(&join->wanted, cookie);
}

static int on_wanted(void *ctx, const void *data, size_t len)
{
	(void)len;
	remember_record(ctx, data);
	return 0;
}

void syn_join_look(struct syn_join *join)
{
	const struct idmap_slot *slots = join->wanted.slots;

	if (!join->wanted.count)
		return;
	forget_if_full(join);
	syns_pick(join->syns, is_wanted, on_wanted, join);
	for (size_t i = 0; i < join->wanted.size; i++)
		if (slots[i].value && !idmap_get(&join->by_cookie, slots[i].id))
			idmap_put(&join->by_cookie, slots[i].id, &none);
	idmap_release(&join->wanted);
}

const struct flow_syn *syn_join_get(struct syn_join *join, const struct cdg_rec_conn *conn)
{
	const struct told *t = conn->cookie ? idmap_get(&join->by_cookie, conn->cookie) : NULL;

	if (!t && conn->cookie && join->syns) {
		syn_join_want(join, conn->cookie);
		syn_join_look(join);
		t = idmap_get(&join->by_cookie, conn->cookie);
	}
	return t ? &t->syn : NULL;
}

void syn_join_find(struct syn_join *join, const struct cdg_rec_conn *conn, struct flow_syn *out)
{
	const struct flow_syn *syn = syn_join_get(join, conn);

	*out = syn ? *syn : none.syn;
}
