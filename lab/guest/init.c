// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of a lab machine: makes the surroundings, runs one command, reports and ends the machine.
 *
 * The command is /lab/command, NUL-terminated words. The kernel turns words of its command line
 * into environment variables of init: LAB_CONSOLE asks for the console as terminal, LAB_SHARE
 * says that /share is to be carried back, LAB_ROOT that there is an image to be mounted. With
 * LAB_TIMES the first thing that init does is to tell the time; with LAB_HOLD the machine stays
 * when the command has ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "command.h"
#include "mounts.h"
#include "root.h"

#define COMMAND_FILE "/lab/command"
#define COMMAND_MAX 65536
#define WORDS_MAX 1024
#define STAMP_FILE "/run/lab-stamp"

__attribute__((format(printf, 1, 2))) static void control(const char *format, ...)
{
	char line[512];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (len < 0)
		return;
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len] = '\n';
	channel_write(CHANNEL_CONTROL, line, len + 1);
}

static void fault(const char *what, int error)
{
	control("fault %s: %s", what, strerror(-error));
	channel_end_machine();
}

/* Seconds since the kernel's start: the first figure of the log's time stamps. */
static double uptime(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

static void environment_set(void)
{
	static const char *const variables[][2] = {
		{ "PATH", "/cdg/build:/cdg/build/lab:/cdg/lab:/usr/local/sbin:/usr/local/bin:"
			  "/usr/sbin:/usr/bin" },
		{ "HOME", "/root" },
		{ "LANG", "C.UTF-8" },
		{ "CDGLAB", "1" },
	};

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		setenv(variables[i][0], variables[i][1], 1);
	if (!getenv("LAB_CONSOLE"))
		setenv("TERM", "dumb", 1);
}

/* Fills argv (NULL-terminated) from COMMAND_FILE; the words live as long as the machine. */
static int command_read(char *argv[WORDS_MAX])
{
	static char words[COMMAND_MAX];
	int fd = open(COMMAND_FILE, O_RDONLY | O_CLOEXEC), count = 0;
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, words, sizeof(words) - 1);
	close(fd);
	if (len < 0)
		return -errno;
	if (len == sizeof(words) - 1)
		return -E2BIG;
	for (char *word = words; word < words + len; word += strlen(word) + 1) {
		if (count == WORDS_MAX - 1)
			return -E2BIG;
		argv[count++] = word;
	}
	argv[count] = NULL;
	return count ? 0 : -ENODATA;
}

/*
 * Everything whose status changed after the stamp is carried back. File times have the grain of a
 * tick, so the first change must not fall into the stamp's own.
 */
static int stamp_make(void)
{
	struct timespec tick = { .tv_nsec = 20 * 1000 * 1000 };
	int fd = open(STAMP_FILE, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	nanosleep(&tick, NULL);
	return 0;
}

static int share_send(void)
{
	char *const argv[] = {
		"sh", "-c",
		"cd /share && find . -mindepth 1 -cnewer " STAMP_FILE " -print0 | "
		"LC_ALL=C sort -z | cpio --quiet -0 -o -H newc",
		NULL,
	};

	return command_run(argv, CHANNEL_SHARE);
}

int main(void)
{
	const char *what = NULL;
	char *argv[WORDS_MAX];
	int r, status;

	/* Without a channel nobody hears; the front end's deadline then speaks. */
	r = channel_open();
	if (r)
		return 1;
	if (getenv("LAB_TIMES"))
		control("first %.6f %llu", uptime(), channel_ticks());
	r = mounts_make(&what);
	if (r)
		fault(what, r);
	r = getenv("LAB_ROOT") ? root_mount(&what) : 0;
	if (r)
		fault(what, r);
	control("ready %.3f", uptime());
	sethostname("cdglab", 6);
	umask(022);
	loopback_up();
	environment_set();
	r = command_read(argv);
	if (r)
		fault("the command cannot be read", r);
	if (getenv("LAB_SHARE")) {
		r = stamp_make();
		if (r)
			fault("no time stamp for the shared folder", r);
	}
	if (chdir("/cdg") && chdir("/"))
		fault("/", -errno);
	status = getenv("LAB_CONSOLE") ? command_run_on_console(argv) :
					 command_run(argv, CHANNEL_OUT);
	if (status < 0)
		fault("the command cannot be started", status);
	if (getenv("LAB_SHARE")) {
		r = share_send();
		if (r)
			control("fault the shared folder cannot be sent back (status %d)", r);
	}
	control("exit %d", status);
	while (getenv("LAB_HOLD"))
		pause();
	channel_end_machine();
}
