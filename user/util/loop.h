/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One loop owns epoll, a signalfd and timers. Callbacks never block; a callback that returns
 * non-zero ends loop_run() with that value.
 *
 * INT, TERM and HUP are blocked while a loop exists and arrive as loop_run()'s return value; PIPE
 * is ignored, so that a closed pipe is -EPIPE where it is written.
 */
#ifndef UTIL_LOOP_H
#define UTIL_LOOP_H

#include <stdint.h>

#include "user/util/own.h"

struct loop;

/* What loop_run() returns beside the callbacks' values: a signal asked to end. */
#define LOOP_SIGNAL 0x1000

typedef int (*loop_cb)(void *ctx);

/*
 * From now on loops alone see INT, TERM and HUP, and PIPE is ignored, until the process ends:
 * for commands that must not be stopped half-way.
 */
void loop_hold_signals(void);

int loop_new(struct loop **out);
void loop_free(struct loop *loop);
OWN_FREEP(struct loop, loop)

/* Calls cb when fd is readable or hung up. The loop does not own fd. */
int loop_add_fd(struct loop *loop, int fd, loop_cb cb, void *ctx);

/*
 * Calls cb when the other end of fd, a pipe or socket that is written to, has gone. Nothing happens
 * for files of other kinds.
 */
int loop_add_hangup(struct loop *loop, int fd, loop_cb cb, void *ctx);

/* Calls cb every interval_ns (> 0); ticks that were missed are not made up for. */
int loop_add_timer(struct loop *loop, uint64_t interval_ns, loop_cb cb, void *ctx);

/* From now on a HUP that a process has sent calls cb instead of ending the loop. */
void loop_set_reload(struct loop *loop, loop_cb cb, void *ctx);

/* Runs until a callback returns non-zero, a signal arrives (LOOP_SIGNAL) or epoll fails. */
int loop_run(struct loop *loop);

#endif
