/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the commands that make and end an instance: load, unload, run. */
#ifndef CMD_INSTANCE_H
#define CMD_INSTANCE_H

#include "user/cmd/cmd.h"
#include "user/kern/load.h"
#include "user/kern/unload.h"

/* What load() did, in three lines or as one JSON object. */
void instance_show_loaded(struct cmd_ctx *ctx, const struct load_report *report,
			  const struct cdg_params *params);

/* What unload() did; dry_run: would do. */
void instance_show_unloaded(struct cmd_ctx *ctx, const struct unload_report *report, bool dry_run);

/* -errno of load(), unload() and session_open() -> enum cmd_exit. */
int instance_exit(int err);

#endif
