/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of `status` that say who uses an instance. */
#ifndef CMD_USERS_H
#define CMD_USERS_H

#include "user/cmd/cmd.h"
#include "user/kern/session.h"

/* Network namespaces whose default is ours; the initial one in any case. */
void users_show_defaults(struct cmd_ctx *ctx, const struct session_head *head);

/* Routes of all network namespaces that name us. */
void users_show_routes(struct cmd_ctx *ctx, const struct session_head *head);

/* Subscribers; returns how many records they have lost together. */
uint64_t users_show_subscribers(struct cmd_ctx *ctx, const struct session *s);

#endif
