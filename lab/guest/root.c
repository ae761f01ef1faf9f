// SPDX-License-Identifier: GPL-2.0
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MODULES_FILE "/lab/modules"
#define DEVICE "/dev/pmem0"
#define IMAGE "/image"

#define TRIES 10000
#define TRY_NS (1000 * 1000)

/* What the image has of the guest's root; lab/lib/dax.sh puts it there. */
static const char *const folders[][2] = {
	{ IMAGE "/usr", "/usr" },
	{ IMAGE "/cdg", "/cdg" },
};

static int module_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		r = -errno;
	close(fd);
	return r;
}

static int modules_load(const char **what)
{
	static char path[256]; /* *what may stay with it */
	FILE *list = fopen(MODULES_FILE, "re");
	int r = 0;

	*what = MODULES_FILE;
	if (!list)
		return -errno;
	while (!r && fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = '\0';
		*what = path;
		r = module_load(path);
	}
	fclose(list);
	return r;
}

/* The kernel may look for devices after the modules are there, and names them before they open. */
static int device_wait(void)
{
	const struct timespec wait = { .tv_nsec = TRY_NS };

	for (int i = 0; i < TRIES; i++) {
		int fd = open(DEVICE, O_RDONLY | O_CLOEXEC);

		if (fd >= 0) {
			close(fd);
			return 0;
		}
		nanosleep(&wait, NULL);
	}
	return -ENODEV;
}

int root_mount(const char **what)
{
	int r = modules_load(what);

	if (r)
		return r;
	*what = DEVICE;
	r = device_wait();
	if (r)
		return r;
	*what = "the image by DAX";
	mkdir(IMAGE, 0755);
	if (mount(DEVICE, IMAGE, "ext4", MS_RDONLY, "dax"))
		return -errno;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		*what = folders[i][1];
		mkdir(folders[i][1], 0755);
		if (mount(folders[i][0], folders[i][1], NULL, MS_BIND, NULL))
			return -errno;
	}
	return 0;
}
