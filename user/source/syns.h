/* SPDX-License-Identifier: GPL-2.0 */
/* SYNs of accepted connections, out of the maps of a loaded instance: records of CDG_REC_SYN. */
#ifndef SOURCE_SYNS_H
#define SOURCE_SYNS_H

#include "include/cdg_abi.h"
#include "user/source/source.h"

struct syns;

/* dir: of the pins. Logs; 0, -ENOENT: the instance does not save SYNs, or another -errno. */
int syns_open(const char *dir, struct syns **out);
void syns_close(struct syns *s);
static inline void syns_closep(struct syns **s)
{
	if (*s)
		syns_close(*s);
	*s = NULL;
}

/* Yields those of accepted connections, in no order. 0 or what cb returned. */
int syns_each(const struct syns *s, source_cb cb, void *ctx);

/* Those whose socket cookie is wanted, in one walk: for many at once. 0 or what cb returned. */
int syns_pick(const struct syns *s, bool (*wanted)(void *ctx, uint64_t cookie), source_cb cb,
	      void *ctx);

/* Connections accepted so far; the newest has this number less one. */
uint64_t syns_accepted(const struct syns *s);

/* So many are remembered. */
uint32_t syns_entries(const struct syns *s);

/*
 * The one of accepted connection `number`, which is below syns_accepted(). 0, -ENOENT: driven out
 * by a newer one, or -EAGAIN: it is being written.
 */
int syns_get(const struct syns *s, uint64_t number, struct cdg_rec_syn *out);

/*
 * True of a record that tells "not saved" only because the SYN-ACK, which brings it, is yet to be
 * made: Fast Open without saved SYNs.
 */
bool syns_unfinished(const struct syns *s, const struct cdg_rec_syn *rec);

/*
 * Yields those of handshakes that are not complete, of the network namespace with this cookie, 0
 * for all. Logs; 0, -errno, or what cb returned.
 */
int syns_each_half_open(struct syns *s, uint64_t netns_cookie, source_cb cb, void *ctx);

/* The one of a socket cookie. 0 or -ENOENT: not known, or driven out by newer ones. */
int syns_find(const struct syns *s, uint64_t cookie, struct cdg_rec_syn *out);

#endif
