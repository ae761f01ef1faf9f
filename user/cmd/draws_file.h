/* SPDX-License-Identifier: GPL-2.0 */
/* A file of `load --draws`. */
#ifndef CMD_DRAWS_FILE_H
#define CMD_DRAWS_FILE_H

#include "user/model/draws.h"

/*
 * Reads all of it; "-" is standard input. Logs with file and line; 0, -EINVAL (a line is wrong, or
 * there is no number) or another -errno. The caller releases *out in every case.
 */
int draws_read(const char *path, struct draws *out);

#endif
