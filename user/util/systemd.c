/* SPDX-License-Identifier: GPL-2.0 */
#include "user/util/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "user/util/log.h"
#include "user/util/own.h"

static uint64_t number_of(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : 0;
}

int systemd_listen_fds(void)
{
	uint64_t count = number_of("LISTEN_FDS");

	if (number_of("LISTEN_PID") != (uint64_t)getpid() || count > 64)
		return 0;
	for (int i = 0; i < (int)count; i++)
		fcntl(SYSTEMD_FDS_FROM + i, F_SETFD, FD_CLOEXEC);
	return (int)count;
}

void systemd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	_cleanup_(closep) int fd = -1;
	socklen_t len;

	if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof(to.sun_path))
		return;
	strcpy(to.sun_path, path);
	if (*path == '@')
		to.sun_path[0] = '\0'; /* abstract: without a file */
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (void *)&to, len) < 0)
		log_debug("cannot notify the service manager at %s: %s", path, strerror(errno));
}

uint64_t systemd_watchdog_ns(void)
{
	if (getenv("WATCHDOG_PID") && number_of("WATCHDOG_PID") != (uint64_t)getpid())
		return 0;
	return number_of("WATCHDOG_USEC") * 1000;
}
