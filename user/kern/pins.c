// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "user/kern/ops.h"
#include "user/kern/pins.h"
#include "user/util/log.h"
#include "user/util/own.h"

#define BPFFS_MAGIC 0xcafe4a11
#define BPFFS_USUAL "/sys/fs/bpf"
#define LOCK_TRIES 1000
#define LOCK_STEP_NS 10000000

static void endmntentp(FILE **f)
{
	if (*f)
		endmntent(*f);
}

/* First mount point of a file system type; the usual place wins. */
static int find_mount(const char *type, const char *usual, char *path)
{
	_cleanup_(endmntentp) FILE *mounts = setmntent("/proc/self/mounts", "r");
	char line[2 * PATH_MAX];
	struct mntent entry;

	path[0] = '\0';
	while (mounts && getmntent_r(mounts, &entry, line, sizeof(line))) {
		if (strcmp(entry.mnt_type, type))
			continue;
		if (!path[0] || (usual && !strcmp(entry.mnt_dir, usual)))
			snprintf(path, PATH_MAX, "%s", entry.mnt_dir);
	}
	return path[0] ? 0 : -ENOENT;
}

int pins_cgroup_root(char *path)
{
	return find_mount("cgroup2", "/sys/fs/cgroup", path);
}

/*
 * The usual place, so that every command finds the same one; what else is mounted, perhaps by a
 * container or a test, serves only where the usual place cannot be had.
 */
static int bpffs_root(bool mount_if_missing, char *path)
{
	int r = find_mount("bpf", BPFFS_USUAL, path);

	if (!r && !strcmp(path, BPFFS_USUAL))
		return 0;
	if (mount_if_missing && !mount("bpf", BPFFS_USUAL, "bpf",
				       MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700")) {
		snprintf(path, PATH_MAX, "%s", BPFFS_USUAL);
		log_info("mounted a BPF file system at %s", path);
		return 0;
	}
	if (r && mount_if_missing)
		return log_err(-errno, "cannot mount a BPF file system at %s. Mount one yourself "
			       "with 'mount -t bpf bpf DIR' and give --pin-dir DIR/cdg",
			       BPFFS_USUAL);
	return r;
}

static int check_bpffs(const struct pins *pins)
{
	struct statfs fs;

	if (statfs(pins->parent, &fs))
		return errno == EACCES ?
			log_err(-EPERM, "cannot look into %s: run as root", pins->parent) :
			log_err(-EINVAL, "the folder of --pin-dir cannot be used: %s must exist, "
				"in a BPF file system", pins->parent);
	if ((unsigned long)fs.f_type != BPFFS_MAGIC)
		return log_err(-EINVAL, "%s is not in a BPF file system. Run 'mount -t bpf bpf %s' "
			       "or give another --pin-dir", pins->parent, pins->parent);
	return 0;
}

int pins_locate(const char *dir, bool mount_if_missing, struct pins *out)
{
	char root[PATH_MAX], *slash;
	int r;

	memset(out, 0, sizeof(*out));
	if (dir) {
		if (dir[0] == '/')
			r = snprintf(out->dir, sizeof(out->dir) - 16, "%s", dir);
		else if (!getcwd(root, sizeof(root)))
			return log_err(-errno, "cannot tell the current folder");
		else
			r = snprintf(out->dir, sizeof(out->dir) - 16, "%s/%s", root, dir);
		if (r >= (int)sizeof(out->dir) - 16)
			return log_err(-ENAMETOOLONG, "--pin-dir is too long");
		while (r > 1 && out->dir[r - 1] == '/')
			out->dir[--r] = '\0';
	} else {
		r = bpffs_root(mount_if_missing, root);
		if (r == -ENOENT)
			snprintf(root, sizeof(root), "%s", BPFFS_USUAL);
		else if (r)
			return r;
		snprintf(out->dir, sizeof(out->dir), "%.4000s/%s", root, PINS_DEFAULT);
	}
	slash = strrchr(out->dir, '/');
	if (!slash[1] || strchr(slash + 1, '.'))
		return log_err(-EINVAL, "--pin-dir must end in a name without dots, "
			       "as BPF file systems reserve them: %s", out->dir);
	snprintf(out->parent, sizeof(out->parent), "%.*s",
		 slash == out->dir ? 1 : (int)(slash - out->dir), out->dir);
	snprintf(out->staging, sizeof(out->staging), "%.4080s-staging", out->dir);
	/* Without a BPF file system nothing can be loaded: readers then say just that. */
	if (!dir && r == -ENOENT)
		return 0;
	return check_bpffs(out);
}

int pins_lock(const struct pins *pins, int *fd)
{
	_cleanup_(closep) int lock = open(pins->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct timespec step = { .tv_nsec = LOCK_STEP_NS };

	if (lock < 0)
		return log_err(-errno, "cannot open %s", pins->parent);
	for (int i = 0; flock(lock, LOCK_EX | LOCK_NB); i++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return log_err(-errno, "cannot lock %s", pins->parent);
		if (i == 50)
			log_info("waiting for another cdgctl that is changing %s", pins->parent);
		if (i == LOCK_TRIES)
			return log_err(-EBUSY, "another cdgctl has been changing %s for ten "
				       "seconds. Find it with 'fuser %s' and try again",
				       pins->parent, pins->parent);
		nanosleep(&step, NULL);
	}
	*fd = TAKE_FD(lock);
	return 0;
}

bool pins_exist(const char *dir)
{
	struct stat st;

	return !stat(dir, &st) && S_ISDIR(st.st_mode);
}

static bool have_all(const char *dir, const char *const *names)
{
	char path[PATH_MAX];

	for (; *names; names++) {
		pins_path(path, dir, *names, 0);
		if (access(path, F_OK))
			return false;
	}
	return true;
}

static const char *const always[] = { PIN_CONTROL, PIN_STATS, PIN_RINGS, NULL };
static const char *const of_cc[] = { PIN_FLOW, PIN_FLOW_RING, PIN_METRICS, PIN_GENERATION,
				     PIN_DEFAULTS, PIN_FLOWS, PIN_SNAPSHOT, NULL };
static const char *const of_syn[] = { PIN_SYNS, PIN_SYN_INDEX, PIN_SYN_HALF, PIN_SYN_LISTENERS,
				      PIN_SYN_STATE, PIN_SYN_PROG, PIN_SYN_LINK, PIN_SYN_RESTORE,
				      NULL };
static const char *const of_some[] = { PIN_DRAWS, PIN_OPS, PIN_LINK, NULL };

bool pins_complete(const char *dir, bool cc, bool syn)
{
	return have_all(dir, always) && (!cc || have_all(dir, of_cc)) &&
	       (!syn || have_all(dir, of_syn));
}

void pins_path(char *path, const char *dir, const char *name, int index)
{
	int used = snprintf(path, PATH_MAX, "%.4000s/", dir);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(path + used, PATH_MAX - used, name, index);
#pragma GCC diagnostic pop
}

int pins_get(const char *dir, const char *name, int index)
{
	char path[PATH_MAX];
	int fd;

	pins_path(path, dir, name, index);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

int pins_get_readable(const char *dir, const char *name)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = BPF_F_RDONLY);
	char path[PATH_MAX];
	int fd;

	pins_path(path, dir, name, 0);
	fd = bpf_obj_get_opts(path, &opts);
	return fd < 0 ? -errno : fd;
}

int pins_put(int fd, const char *dir, const char *name, int index)
{
	char path[PATH_MAX];

	pins_path(path, dir, name, index);
	if (bpf_obj_pin(fd, path))
		return log_err(-errno, "cannot pin %s", path);
	return 0;
}

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* The next entry that is not the folder itself or its parent; NULL at the end. */
static const char *next_name(DIR *d)
{
	struct dirent *entry;

	do
		entry = readdir(d);
	while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	return entry ? entry->d_name : NULL;
}

/* pin: may hold %d, for 0 and 1. */
static bool is_pin(const char *name, const char *pin)
{
	size_t len = strcspn(pin, "%");

	if (!pin[len])
		return !strcmp(name, pin);
	return !strncmp(name, pin, len) && (name[len] == '0' || name[len] == '1') && !name[len + 1];
}

static bool is_one_of(const char *name, const char *const *pins)
{
	for (; *pins; pins++)
		if (is_pin(name, *pins))
			return true;
	return false;
}

int pins_check_own(const char *dir)
{
	_cleanup_(closedirp) DIR *d = opendir(dir);
	const char *name;

	if (!d)
		return log_err(-errno, "cannot open %s", dir);
	while ((name = next_name(d)))
		if (!is_one_of(name, always) && !is_one_of(name, of_cc) &&
		    !is_one_of(name, of_syn) && !is_one_of(name, of_some))
			return log_err(-EEXIST, "%s holds no instance, but %s, which is not "
				       "cdgctl's: nothing was removed. Give --pin-dir a folder "
				       "of its own, such as %s/%s", dir, name, dir, PINS_DEFAULT);
	return 0;
}

int pins_remove(const char *dir)
{
	_cleanup_(closedirp) DIR *d = opendir(dir);
	const char *name;
	int r = 0;

	if (!d)
		return errno == ENOENT ? 0 : log_err(-errno, "cannot open %s", dir);
	/* Before 6.4 maps register themselves, and stay so without their pin. */
	for (int i = 0; i < 2; i++) {
		_cleanup_(closep) int ops = pins_get(dir, PIN_OPS, i);

		if (ops >= 0)
			ops_unregister(ops);
	}
	while ((name = next_name(d)))
		if (unlinkat(dirfd(d), name, 0))
			r = log_err(-errno, "cannot remove %s/%s", dir, name);
	if (!r && rmdir(dir))
		r = log_err(-errno, "cannot remove %s", dir);
	return r;
}

int pins_share(const char *dir, gid_t group)
{
	static const char *const owners[] = { PIN_OPS, PIN_LINK, PIN_SYN_PROG, PIN_SYN_LINK,
					      PIN_SYN_RESTORE, NULL };
	_cleanup_(closedirp) DIR *d = opendir(dir);
	const char *name;

	if (!d)
		return log_err(-errno, "cannot open %s", dir);
	while ((name = next_name(d)))
		if (!is_one_of(name, owners) && (fchownat(dirfd(d), name, -1, group, 0) ||
						 fchmodat(dirfd(d), name, 0660, 0)))
			return log_err(-errno, "cannot give %s/%s to the group", dir, name);
	if (fchown(dirfd(d), -1, group) || fchmod(dirfd(d), 0750))
		return log_err(-errno, "cannot give %s to the group", dir);
	return 0;
}

gid_t pins_group(const char *dir)
{
	struct stat st;

	return stat(dir, &st) || !(st.st_mode & S_IRGRP) ? (gid_t)-1 : st.st_gid;
}

int pins_commit(const struct pins *pins)
{
	if (!pins_exist(pins->dir)) {
		if (rename(pins->staging, pins->dir))
			return log_err(-errno, "cannot rename %s", pins->staging);
		return 0;
	}
	if (!renameat2(AT_FDCWD, pins->staging, AT_FDCWD, pins->dir, RENAME_EXCHANGE))
		return 0;
	return log_err(-errno, "cannot exchange %s and %s", pins->staging, pins->dir);
}
