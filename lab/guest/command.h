/* SPDX-License-Identifier: GPL-2.0 */
/* Programs started by init, with their output carried to the host. */
#ifndef LAB_GUEST_COMMAND_H
#define LAB_GUEST_COMMAND_H

#include "channel.h"

/*
 * Runs argv (found by PATH) with no input, its standard output going to `out` and its standard
 * error to CHANNEL_ERR. Ends when the program has ended and what it wrote is passed on; children
 * that it leaves behind are not waited for, nor what they write from then on. Returns the exit
 * status, 128 + signal, 126 or 127 as a shell does, or -errno when nothing could be started.
 */
int command_run(char *const argv[], enum channel out);

/* The same with the console as its terminal instead of the channels. */
int command_run_on_console(char *const argv[]);

#endif
