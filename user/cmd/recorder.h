/* SPDX-License-Identifier: GPL-2.0 */
/* What `record` does: events, snapshots, SYNs and parameters of an instance, into a file. */
#ifndef CMD_RECORDER_H
#define CMD_RECORDER_H

#include "user/kern/session.h"
#include "user/model/anonymize.h"
#include "user/model/fields.h"
#include "user/model/idmap.h"
#include "user/source/ring.h"
#include "user/source/syns.h"
#include "user/util/buf.h"

#define RECORD_DONE (-ECANCELED) /* an end that was asked for */

/* What a recording came to, printed at the end. */
struct recorded {
	const char *file;
	const char *reason;
	uint64_t events;
	uint64_t snapshots;
	uint64_t syns;
	uint64_t bytes;
	uint64_t lost;
	uint64_t duration_us;
};
extern const struct fields_table fields_recorded;

/* All zero but fd -1 before recorder_open(). */
struct recorder {
	struct session *session;
	struct ring *ring;
	struct cdg_sub_filter sub;
	struct syns *syns;	  /* NULL: without the SYNs of flows */
	struct anonymize anonymize;
	struct idmap told;	  /* cookies whose SYN is in the file */
	struct idmap flows;	  /* cookies in the snapshot that is being taken */
	struct buf snapshot;	  /* which is written behind the SYNs of its flows */
	struct buf out;
	struct recorded done;
	uint64_t written;	  /* bytes in the file: whole records only */
	uint64_t pending_events;  /* of them in `out` */
	uint64_t pending_snapshots;
	uint64_t limit;		  /* of events, 0: none */
	uint64_t start_ns;
	uint32_t generation;	  /* of the parameters noted last, 0: none */
	int fd;
	bool regular;
	bool created; /* by us: not there before */
	bool snapshots; /* will be taken */
	bool sync;
};

/* path: "-" is standard output. Logs; 0 or -errno. */
int recorder_open(struct recorder *r, const char *path, bool force);

/*
 * Subscribes and writes the head of the file, and not before a former one is overwritten;
 * r->session, sub, anonymize and snapshots are set. On failure the file is as it was. Likewise.
 */
int recorder_begin(struct recorder *r, size_t ring_bytes);
void recorder_close(struct recorder *r);

/* Writes what waits in the ring. 0, RECORD_DONE or -errno. */
int recorder_drain(struct recorder *r);

/* Every flow as it is now, behind its SYN unless that is there already. Likewise. */
int recorder_snapshot(struct recorder *r);

/* Fills in what is known at the end only. */
void recorder_end(struct recorder *r);

#endif
