/* SPDX-License-Identifier: GPL-2.0 */
/* SYNs of accepted connections, out of the maps of a loaded instance: records of CDG_REC_SYN. */
#ifndef SOURCE_SYNS_H
#define SOURCE_SYNS_H

#include "include/cdg_abi.h"
#include "user/source/source.h"

/* dir: of the pins. half_open: those of handshakes that are not complete instead. */
struct syns;

/* Logs; 0, -ENOENT: the instance does not save SYNs, or another -errno. */
int syns_open(const char *dir, bool half_open, struct syns **out);
void syns_close(struct syns *s);
static inline void syns_closep(struct syns **s)
{
	if (*s)
		syns_close(*s);
	*s = NULL;
}

/* Yields all, in no order. Logs; 0, -errno, or what cb returned. */
int syns_each(struct syns *s, source_cb cb, void *ctx);

/* The one of a socket cookie. 0 or -ENOENT: not known, or driven out by newer ones. */
int syns_find(struct syns *s, uint64_t cookie, struct cdg_rec_syn *out);

/* How many are in the map pinned in dir; -errno. Not logged. */
long syns_count(const char *dir);

#endif
