/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "user/cmd/signatures.h"
#include "user/cmd/top.h"
#include "user/kern/flow_iterator.h"
#include "user/source/iter.h"

#define SECOND 1000000000ull
#define NOT_YET 1 /* the next record of a replay is not due */

static bool wanted(const struct top_source *s, const void *data, size_t len)
{
	struct event event;

	return !s->netns || event_decode(data, len, &event) || event.conn->netns == s->netns;
}

static int on_live(void *arg, const void *data, size_t len)
{
	struct top_source *s = arg;

	return wanted(s, data, len) ? flowtab_record(s->tab, data, len) : 0;
}

static int on_discard(void *arg, const void *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
	return 0;
}

static uint64_t lost_of(const struct ring *ring)
{
	struct cdg_sub_stat stat = {};

	if (ring)
		ring_stat(ring, &stat);
	return stat.lost;
}

static void close_ring(struct top_source *s, struct ring **ring)
{
	s->lost_before += lost_of(*ring);
	ring_closep(ring);
}

static void disconnect(struct top_source *s)
{
	close_ring(s, &s->focus);
	close_ring(s, &s->ring);
	syn_join_freep(&s->join);
	syns_closep(&s->syns);
	session_closep(&s->session);
	s->focus_flow = 0;
}

static uint64_t inode_of(const char *dir)
{
	struct stat st;

	return stat(dir, &st) ? 0 : st.st_ino;
}

static int listen_to(struct top_source *s, const struct cdg_sub_filter *filter, struct ring **out)
{
	return ring_open(s->session, filter, RING_BYTES_DEFAULT, out);
}

static int connect_instance(struct top_source *s)
{
	_cleanup_(closep) int flows = -1;
	struct cdg_sub_filter filter = {};
	char err[TOP_TEXT];
	int r = session_open(s->pin_dir, &s->session);

	if (r)
		return r;
	flows = pins_get(s->session->pins.dir, PIN_FLOWS, 0);
	/* A flow of which there are events alone would be taken for one that has ended. */
	filter.netns = flow_iterator_reach(flows, s->netns);
	event_kinds_parse("decisions,flow", &filter.kinds, err, sizeof(err));
	r = listen_to(s, &filter, &s->ring);
	/* Without CAP_BPF the view lives on snapshots. */
	if (r == -EPERM)
		r = 0;
	if (!r && s->session->control->syn)
		r = syns_open(s->session->pins.dir, &s->syns);
	if (!r)
		r = syn_join_new(&s->db, s->syns, &s->join);
	if (r)
		return r;
	s->pinned_inode = inode_of(s->session->pins.dir);
	s->instance = s->session->control->loaded_ns;
	snprintf(s->names, sizeof(s->names), "%s%s%s%s", s->session->control->names[0],
		 s->session->control->names[1][0] ? ", " : "", s->session->control->names[1],
		 s->ring ? "" : " (snapshots only)");
	return 0;
}

/* Tries to reach an instance; what was wrong was logged and is taken from there. */
static void try_connect(struct top_source *s)
{
	s->errors->used = 0;
	s->errors->text[0] = 0;
	s->problem[0] = 0;
	s->problem_err = connect_instance(s);
	if (!s->problem_err)
		return;
	disconnect(s);
	snprintf(s->problem, sizeof(s->problem), "%.255s",
		 s->errors->used ? s->errors->text : "no instance of cdg can be reached");
}

/* An instance that was unloaded, or replaced by another one at the same place, is left. */
static void look_after(struct top_source *s)
{
	if (s->session && (!s->ring || ring_alive(s->ring)) &&
	    inode_of(s->session->pins.dir) == s->pinned_inode)
		return;
	if (s->session) {
		disconnect(s);
		flowtab_clear(s->tab);
	}
	try_connect(s);
}

void top_source_focus(struct top_source *s, uint64_t flow)
{
	struct cdg_sub_filter filter = { .kinds = 1u << CDG_REC_ROUND, .flow = flow };

	if (s->file || (s->focus && s->focus_flow == flow))
		return;
	close_ring(s, &s->focus);
	s->focus_flow = flow;
	/* Without a free slot the chart lives on snapshots. */
	if (flow && s->session)
		listen_to(s, &filter, &s->focus);
}

static int poll_live(struct top_source *s, bool discard)
{
	source_cb cb = discard ? on_discard : on_live;
	int r = 0;

	if (s->ring)
		r = ring_consume(s->ring, cb, s);
	if (r >= 0 && s->focus)
		r = ring_consume(s->focus, cb, s);
	flowtab_set_lost(s->tab, s->lost_before + lost_of(s->ring) + lost_of(s->focus));
	return r == -ENOMEM ? r : 0;
}

static int on_file(void *arg, const void *data, size_t len)
{
	const struct cdg_rec_head *head = data;
	const struct cdg_rec_syn *syn;
	struct top_source *s = arg;

	if (head->ts_ns > s->until_ns)
		return NOT_YET;
	if (!event_decode_syn(data, len, &syn))
		syn_join_record(s->join, syn);
	s->sequenced += head->seq != 0;
	if (head->seq > s->highest_seq)
		s->highest_seq = head->seq;
	return flowtab_record(s->tab, data, len);
}

int top_source_feed(struct top_source *s, uint64_t until_ns)
{
	int r;

	s->until_ns = until_ns;
	if (s->ended)
		return 0;
	r = file_consume(s->file, on_file, s);
	flowtab_set_lost(s->tab, event_gaps(s->highest_seq, s->sequenced));
	if (r == NOT_YET)
		return 0;
	s->ended = true; /* of the file, or of what is good in it */
	if (r == -EBADMSG)
		snprintf(s->problem, sizeof(s->problem), "%.255s", s->errors->text);
	return r == -ENOMEM ? r : 0;
}

int top_source_poll(struct top_source *s, bool discard)
{
	return s->file ? top_source_feed(s, top_source_at(s)) : poll_live(s, discard);
}

static void find_syn(void *ctx, const struct cdg_rec_conn *conn, struct flow_syn *out)
{
	syn_join_find(ctx, conn, out);
}

/* SYNs are kept when a connection is accepted, so they are there before its flow. */
void top_source_tick(struct top_source *s, uint64_t at_ns, uint64_t keep)
{
	if (s->join) {
		for (size_t i = 0; i < flowtab_count(s->tab); i++)
			if (flowtab_lacks_syn(flowtab_at(s->tab, i)))
				syn_join_want(s->join, flowtab_at(s->tab, i)->flow.conn.cookie);
		syn_join_look(s->join);
		flowtab_join(s->tab, find_syn, s->join);
	}
	flowtab_tick(s->tab, at_ns, keep);
}

int top_source_scan(struct top_source *s, uint64_t keep)
{
	int r = 0;

	if (s->file) {
		top_source_tick(s, top_source_at(s), keep);
		return 0;
	}
	look_after(s);
	s->realtime_offset_ns = source_realtime_offset();
	if (s->session) {
		flowtab_snapshot_begin(s->tab);
		r = iter_flows(s->session, s->netns, on_live, s);
		/* Half a snapshot, as the instance goes away, says nothing about the other flows.
		 */
		if (!r)
			flowtab_snapshot_end(s->tab);
	}
	top_source_tick(s, monotonic_ns(), keep);
	return r == -ENOMEM ? r : 0;
}

uint64_t top_source_at(const struct top_source *s)
{
	uint64_t at = timeline_at(&s->timeline, monotonic_ns());

	return at < s->last_ns ? at : s->last_ns;
}

/* A second before the aim there is a tick, so that the rates at the aim are those of a second. */
int top_source_seek(struct top_source *s, uint64_t at_ns)
{
	int r;

	at_ns = at_ns < s->first_ns ? s->first_ns : at_ns > s->last_ns ? s->last_ns : at_ns;
	if (at_ns < s->until_ns) {
		flowtab_clear(s->tab);
		r = file_rewind(s->file);
		if (r)
			return r;
		s->ended = false;
		s->highest_seq = 0;
		s->sequenced = 0;
	}
	s->errors->used = 0;
	timeline_seek(&s->timeline, monotonic_ns(), at_ns);
	r = top_source_feed(s, at_ns - SECOND > at_ns ? 0 : at_ns - SECOND);
	if (r)
		return r;
	top_source_tick(s, at_ns - SECOND > at_ns ? 0 : at_ns - SECOND, 0);
	r = top_source_feed(s, at_ns);
	if (!r)
		top_source_tick(s, at_ns, 0);
	return r;
}

static int on_measure(void *arg, const void *data, size_t len)
{
	const struct cdg_rec_head *head = data;
	struct top_source *s = arg;
	struct event event;

	if (event_decode(data, len, &event))
		return 0;
	if (!s->first_ns || head->ts_ns < s->first_ns)
		s->first_ns = head->ts_ns;
	/* One wild time in a broken file must not stretch it over centuries. */
	if (head->ts_ns > s->last_ns && (!s->last_ns || head->ts_ns - s->last_ns < 86400 * SECOND))
		s->last_ns = head->ts_ns;
	return 0;
}

/* Opens the file and finds out from when to when it goes. */
static int open_file(struct top_source *s)
{
	int r = file_reader_new(s->path, &s->file);

	if (r)
		return r;
	s->realtime_offset_ns = file_origin(s->file)->realtime_offset_ns;
	r = file_consume(s->file, on_measure, s);
	if (r && r != -EBADMSG)
		return r;
	s->errors->used = 0; /* it comes again when replay arrives there */
	r = file_rewind(s->file);
	if (r)
		return log_err(0, "choose a file that is no pipe, as one can go back in a replay"),
		       r;
	snprintf(s->names, sizeof(s->names), "replay");
	return syn_join_new(&s->db, NULL, &s->join);
}

static void warn_of_reach(const struct top_source *s)
{
	_cleanup_(closep) int link = -1;

	if (!s->session)
		return;
	if (!s->ring)
		log_warn("snapshots only, events need CAP_BPF: back-offs and cuts of a flow are "
			 "counted, but each one and the rounds are not shown");
	link = pins_get(s->session->pins.dir, PIN_FLOWS, 0);
	if (link >= 0)
		flow_iterator_warn(link, s->netns);
}

int top_source_open(struct top_source *s, const char *db)
{
	struct source_origin here;
	int r = signatures_load(&s->db, db);

	if (r)
		return r;
	if (s->path)
		return open_file(s);
	source_origin_here(&here, "", "");
	s->realtime_offset_ns = here.realtime_offset_ns;
	log_setup("cdgtop", LOG_ERRORS, s->errors);
	try_connect(s);
	log_setup("cdgtop", LOG_INFOS, NULL);
	warn_of_reach(s); /* while a warning can be read */
	return 0;
}

void top_source_close(struct top_source *s)
{
	disconnect(s);
	file_reader_freep(&s->file);
	sigdb_release(&s->db);
}
