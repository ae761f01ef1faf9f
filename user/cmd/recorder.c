/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "user/model/event.h"
#include "user/model/rows.h"
#include "user/source/file.h"
#include "user/source/iter.h"
#include "user/util/clock.h"
#include "user/util/log.h"
#include "version.h"

#define WRITE_BYTES (256 * 1024) /* written at once when this much waits */

static const struct field recorded_fields[] = {
	ROW(struct recorded, file, "file", TEXT, NONE, NONE, "FILE", "Where the records are."),
	ROW(struct recorded, reason, "reason", TEXT, NONE, NONE, "REASON", "Why it ended."),
	ROW(struct recorded, events, "events", UINT, NONE, COUNTER, "EVENTS", "Events written."),
	ROW(struct recorded, snapshots, "snapshots", UINT, NONE, COUNTER, "SNAPSHOTS",
	    "Snapshots of flows written."),
	ROW(struct recorded, syns, "syns", UINT, NONE, COUNTER, "SYNS",
	    "SYNs written of flows that had been accepted before."),
	ROW(struct recorded, bytes, "size_bytes", UINT, BYTES, NONE, "SIZE", "Size of the file."),
	ROW(struct recorded, lost, "lost", UINT, NONE, COUNTER, "LOST",
	    "Events lost because they could not be written in time."),
	ROW(struct recorded, duration_us, "duration_us", UINT, US, NONE, "DURATION",
	    "From beginning to end."),
};

const struct fields_table fields_recorded = {
	.name = "recorded",
	.help = "What a recording came to.",
	TABLE(struct recorded, recorded_fields),
};

/*
 * Writes what waits, whole records. When the disk is full the file is cut back to the last record
 * that is whole.
 */
static int flush(struct recorder *r)
{
	size_t len = r->out.len;
	int err = buf_flush(&r->out, r->fd);

	if (!err && r->sync && r->regular && fdatasync(r->fd))
		err = -errno;
	if (!err) {
		r->written += len;
		r->done.events += r->pending_events;
		r->done.snapshots += r->pending_snapshots;
	} else if (r->regular && ftruncate(r->fd, (off_t)r->written)) {
		log_warn("cannot cut %s back to its last whole record", r->done.file);
	}
	r->pending_events = r->pending_snapshots = 0;
	if (!err || err == -EPIPE)
		return err;
	r->done.reason = err == -ENOSPC ? "disk full" : "write error";
	return log_err(err, "cannot write to %s; the %" PRIu64 " bytes in it are whole records",
		       r->done.file, r->written);
}

/* False: what it holds is not known, so that nothing can be hidden in it. */
static bool hide(const struct anonymize *how, void *record, size_t len)
{
	struct cdg_rec_conn *conn = record;
	struct cdg_rec_syn *saved = record;
	const struct cdg_rec_syn *syn;
	struct event event;
	bool is_syn;

	if (event_params(record, len))
		return true;
	is_syn = !event_decode_syn(record, len, &syn);
	if (!is_syn && event_decode(record, len, &event))
		return false;
	anonymize_address(how, conn->saddr, conn->family);
	anonymize_address(how, conn->daddr, conn->family);
	if (is_syn && saved->len)
		anonymize_syn(how, saved->header, saved->len);
	return true;
}

static int put(struct recorder *r, const void *data, size_t len)
{
	size_t at = r->out.len;

	buf_put(&r->out, data, len);
	buf_fill(&r->out, 0, (8 - len % 8) % 8);
	if (r->anonymize.mode && !r->out.failed && !hide(&r->anonymize, r->out.data + at, len))
		r->out.len = at;
	return r->out.len >= WRITE_BYTES ? flush(r) : 0;
}

static int on_event(void *arg, const void *data, size_t len)
{
	const struct cdg_rec_syn *syn;
	struct recorder *r = arg;
	int err;

	if (r->syns && !event_decode_syn(data, len, &syn) && syn->conn.cookie)
		idmap_put(&r->told, syn->conn.cookie, r);
	r->pending_events++;
	err = put(r, data, len);
	if (err || !r->limit || r->done.events + r->pending_events < r->limit)
		return err;
	r->done.reason = "count";
	return RECORD_DONE;
}

/* A tuning takes effect at once, so that its note may stand a little behind its first round. */
static int note_params(struct recorder *r)
{
	struct cdg_rec_params rec = {
		.head = { .type = CDG_REC_PARAMS, .len = sizeof(rec), .ts_ns = monotonic_ns() },
		.params = *session_params(r->session),
	};

	if (rec.params.generation == r->generation)
		return 0;
	r->generation = rec.params.generation;
	return put(r, &rec, sizeof(rec));
}

int recorder_drain(struct recorder *r)
{
	int err = note_params(r), n;

	if (err)
		return err;
	n = ring_consume(r->ring, on_event, r);
	err = flush(r);
	if (err || n < 0)
		return err ? err : n;
	if (ring_alive(r->ring))
		return 0;
	r->done.reason = "unloaded";
	return RECORD_DONE;
}

static int on_flow(void *arg, const void *data, size_t len)
{
	struct recorder *r = arg;
	struct cdg_sub_filter any = r->sub;
	struct event event;

	any.kinds = ~0u;
	if (event_decode(data, len, &event) || !event_wanted(&any, event.conn))
		return 0;
	buf_put(&r->snapshot, data, len);
	buf_fill(&r->snapshot, 0, (8 - len % 8) % 8);
	if (!r->syns || !event.conn->cookie)
		return 0;
	return idmap_put(&r->flows, event.conn->cookie, r);
}

static bool is_wanted(void *arg, uint64_t cookie)
{
	const struct recorder *r = arg;

	return idmap_get(&r->flows, cookie) && !idmap_get(&r->told, cookie);
}

static int on_syn(void *arg, const void *data, size_t len)
{
	struct recorder *r = arg;
	struct cdg_rec_syn rec;

	memcpy(&rec, data, sizeof(rec));
	rec.conn.head.seq = 0; /* it came by no ring */
	r->done.syns++;
	(void)len;
	return put(r, &rec, sizeof(rec));
}

static int put_flows(struct recorder *r)
{
	int err = 0;

	if (r->snapshot.failed)
		return log_err(-ENOMEM, "a snapshot of all flows");
	for (size_t at = 0, len; !err && at < r->snapshot.len; at += (len + 7) & ~(size_t)7) {
		len = ((const struct cdg_rec_head *)(r->snapshot.data + at))->len;
		r->pending_snapshots++;
		err = put(r, r->snapshot.data + at, len);
	}
	buf_reset(&r->snapshot);
	return err;
}

/* What the snapshot's totals hold stands before it. An instance that is unloaded has none. */
int recorder_snapshot(struct recorder *r)
{
	int err = recorder_drain(r);

	if (err)
		return err;
	err = iter_flows(r->session, 0, on_flow, r);
	if (!err && r->syns)
		err = syns_pick(r->syns, is_wanted, on_syn, r);
	/* SYNs of connections that are gone, or that CDG does not drive, need not be remembered. */
	idmap_release(&r->told);
	r->told = r->flows;
	r->flows = (struct idmap){};
	if (!err)
		err = put_flows(r);
	return err ? err : flush(r);
}

int recorder_open(struct recorder *r, const char *path, bool force)
{
	struct stat st;

	r->done.file = path;
	if (!strcmp(path, "-")) {
		r->done.file = "standard output";
		r->fd = dup(STDOUT_FILENO);
	} else {
		r->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		r->created = r->fd >= 0;
		if (r->fd < 0 && errno == EEXIST && force)
			r->fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (r->fd < 0 && errno == EEXIST)
		return log_err(-EEXIST,
			       "%s exists. Choose another name, or --force to overwrite it", path);
	if (r->fd < 0)
		return log_err(-errno, "cannot create %s", path);
	if (isatty(r->fd))
		return log_err(-EINVAL, "records are no text for a terminal. Name a file, or send "
			       "them on: cdgctl record - | gzip > FILE");
	r->regular = !fstat(r->fd, &st) && S_ISREG(st.st_mode);
	return 0;
}

static int subscribe(struct recorder *r, size_t ring_bytes)
{
	bool syns = r->snapshots && r->session->control->syn &&
		    (r->sub.kinds & 1u << CDG_REC_SYN);
	int err = ring_open(r->session, &r->sub, ring_bytes, &r->ring);

	if (!err && syns)
		err = syns_open(r->session->pins.dir, &r->syns);
	if (!err && r->regular && ftruncate(r->fd, 0))
		err = log_err(-errno, "cannot write to %s", r->done.file);
	return err;
}

int recorder_begin(struct recorder *r, size_t ring_bytes)
{
	char build_id[2 * CDG_BUILD_ID_LEN + 1];
	struct source_origin origin;
	int err = subscribe(r, ring_bytes);

	if (err && r->created)
		unlink(r->done.file);
	if (err)
		return err;
	session_build_id_text(r->session->control->build_id, build_id);
	source_origin_here(&origin, CDG_VERSION, build_id);
	r->start_ns = origin.start_ns;
	err = file_write_head(r->fd, &origin);
	if (err)
		return log_err(err, "cannot write to %s", r->done.file);
	r->written = sizeof(struct file_head);
	return note_params(r);
}

void recorder_end(struct recorder *r)
{
	struct cdg_sub_stat stat;

	ring_stat(r->ring, &stat);
	r->done.lost = stat.lost;
	r->done.bytes = r->written;
	r->done.duration_us = (monotonic_ns() - r->start_ns) / 1000;
}

void recorder_close(struct recorder *r)
{
	ring_closep(&r->ring);
	syns_closep(&r->syns);
	closep(&r->fd);
	buf_release(&r->out);
	buf_release(&r->snapshot);
	idmap_release(&r->told);
	idmap_release(&r->flows);
}
