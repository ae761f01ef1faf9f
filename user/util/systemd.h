/* SPDX-License-Identifier: GPL-2.0 */
/* What a service manager hands over and wants to hear: sd_listen_fds(3), sd_notify(3). */
#ifndef UTIL_SYSTEMD_H
#define UTIL_SYSTEMD_H

#include <stdint.h>

#define SYSTEMD_FDS_FROM 3

/*
 * Sockets that came with this process, from SYSTEMD_FDS_FROM on; they are marked to be closed by
 * exec. 0: none.
 */
int systemd_listen_fds(void);

/* "READY=1" and the like. Nothing happens without a manager. */
void systemd_notify(const char *state);

/* Time within which the manager wants to hear WATCHDOG=1, in ns; 0: it does not. */
uint64_t systemd_watchdog_ns(void);

#endif
