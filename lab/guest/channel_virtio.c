// SPDX-License-Identifier: GPL-2.0
#if !defined(__x86_64__)
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* lab/lib/machine.sh gives QEMU the same numbers. */
static const char *const paths[CHANNEL_MAX] = {
	[CHANNEL_OUT] = "/dev/vport0p1",
	[CHANNEL_ERR] = "/dev/vport0p2",
	[CHANNEL_CONTROL] = "/dev/vport0p3",
	[CHANNEL_SHARE] = "/dev/vport0p4",
};
static int fds[CHANNEL_MAX];

#define TRIES 1000
#define TRY_NS (10 * 1000 * 1000)

const char *const channel_console = "/dev/ttyAMA0";

/* The ports appear one by one, as the host announces them. */
static int port_open(const char *path)
{
	const struct timespec wait = { .tv_nsec = TRY_NS };
	int fd = -1;

	for (int i = 0; fd < 0 && i < TRIES; i++) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			nanosleep(&wait, NULL);
	}
	return fd < 0 ? -errno : fd;
}

int channel_open(void)
{
	mkdir("/dev", 0755);
	if (mount("devtmpfs", "/dev", "devtmpfs", 0, "mode=0755") && errno != EBUSY)
		return -errno;
	for (int i = 0; i < CHANNEL_MAX; i++) {
		fds[i] = port_open(paths[i]);
		if (fds[i] < 0)
			return fds[i];
	}
	return 0;
}

void channel_write(enum channel channel, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t written = write(fds[channel], at, len);

		if (written < 0 && errno != EINTR)
			return;
		if (written > 0) {
			at += written;
			len -= written;
		}
	}
}

unsigned long long channel_ticks(void)
{
	return 0;
}

void channel_end_machine(void)
{
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
#endif
