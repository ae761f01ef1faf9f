/* SPDX-License-Identifier: GPL-2.0 */
#include "user/util/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "user/util/log.h"
#include "user/util/own.h"

int netns_enter(const char *name)
{
	_cleanup_(closep) int fd = -1;
	char path[4096];
	int n;

	n = snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return log_err(-ENAMETOOLONG, "network namespace %.32s...", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return log_err(-errno, "no network namespace '%s'; 'ip netns list' shows them",
			       name);
	if (setns(fd, CLONE_NEWNET))
		return log_err(-errno, "cannot enter network namespace '%s'%s", name,
			       errno == EPERM ? ": run as root, or with CAP_SYS_ADMIN" : "");
	return 0;
}
