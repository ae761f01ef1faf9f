// SPDX-License-Identifier: GPL-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "include/cdg_abi.h"
#include "user/kern/defaults.h"
#include "user/kern/namespaces.h"
#include "user/util/log.h"
#include "user/util/own.h"

#define SYSCTL "/proc/sys/net/ipv4/"
#define DEFAULTS_MAX 4096
#define AWAIT_TRIES 500
#define AWAIT_STEP_NS 2000000

static int read_sysctl(const char *path, char *text, size_t len)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, len - 1);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

int cc_available(char *list, size_t len)
{
	return read_sysctl(SYSCTL "tcp_available_congestion_control", list, len);
}

int cc_allowed(char *list, size_t len)
{
	return read_sysctl(SYSCTL "tcp_allowed_congestion_control", list, len);
}

bool cc_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; len && (at = strstr(at, name)); at += len)
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

void cc_await_free(const char (*names)[CDG_NAME_LEN], int count)
{
	const struct timespec step = { .tv_nsec = AWAIT_STEP_NS };
	char list[CC_LIST_LEN];

	for (int i = 0; i < AWAIT_TRIES; i++) {
		bool taken = false;

		if (cc_available(list, sizeof(list)))
			return;
		for (int j = 0; j < count; j++)
			taken |= cc_listed(list, names[j]);
		if (!taken)
			return;
		nanosleep(&step, NULL);
	}
}

int cc_default(char *name)
{
	memset(name, 0, CDG_NAME_LEN);
	return read_sysctl(SYSCTL "tcp_congestion_control", name, CDG_NAME_LEN);
}

static int write_default(const char *name)
{
	_cleanup_(closep) int fd = open(SYSCTL "tcp_congestion_control", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, name, strlen(name)) < 0)
		return -errno;
	return 0;
}

struct change {
	int map_fd;
	const char (*names)[CDG_NAME_LEN];
	int count;
	bool renew;
	int changed;
	int error;
};

static bool ours(const struct change *c, const char *name)
{
	for (int i = 0; i < c->count; i++)
		if (c->names[i][0] && !strcmp(c->names[i], name))
			return true;
	return false;
}

int defaults_new(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "cdg_defaults", sizeof(uint32_t), CDG_NAME_LEN,
				DEFAULTS_MAX, NULL);

	return fd < 0 ? -errno : fd;
}

static int record_one(void *ctx, const struct namespace_info *info)
{
	struct change *c = ctx;
	char name[CDG_NAME_LEN];
	const uint32_t born_later = 0;

	if (cc_default(name) || ours(c, name))
		return 0;
	if (bpf_map_update_elem(c->map_fd, &info->inode, name, 0))
		log_warn("cannot remember the default congestion control of %s: %s", info->name,
			 strerror(errno));
	if (info->is_initial)
		bpf_map_update_elem(c->map_fd, &born_later, name, 0);
	return 0;
}

int defaults_record(int map_fd, const char (*names)[16], int count)
{
	struct change c = { .map_fd = map_fd, .names = names, .count = count };

	return namespaces_each(false, record_one, &c);
}

/*
 * Outside the initial namespace only allowed names may be tried: the kernel takes a reference to a
 * restricted congestion control before it refuses it, and never gives it back.
 */
static int try_default(const char *name, bool initial)
{
	char allowed[CC_LIST_LEN];

	if (!initial && (cc_allowed(allowed, sizeof(allowed)) || !cc_listed(allowed, name)))
		return -EPERM;
	return write_default(name);
}

static int former_default(const struct change *c, uint32_t inode, char *name)
{
	const uint32_t born_later = 0;

	if (c->map_fd >= 0 && (!bpf_map_lookup_elem(c->map_fd, &inode, name) ||
			       !bpf_map_lookup_elem(c->map_fd, &born_later, name)))
		return 0;
	return -ENOENT;
}

static int restore_one(void *ctx, const struct namespace_info *info)
{
	static const char *const fallback[] = { "cubic", "reno" };
	struct change *c = ctx;
	char name[CDG_NAME_LEN], former[CDG_NAME_LEN];
	int r;

	if (cc_default(name) || !ours(c, name))
		return 0;
	r = c->renew ? try_default(name, info->is_initial) :
		       former_default(c, info->inode, former);
	if (!c->renew && !r)
		r = try_default(former, info->is_initial);
	for (size_t i = 0; !c->renew && r && i < ARRAY_SIZE(fallback); i++)
		r = try_default(fallback[i], info->is_initial);
	if (r)
		c->error = log_err(r, "cannot change the default congestion control of network "
				   "namespace %s", info->name);
	else
		c->changed++;
	return 0;
}

static int change_all(struct change *c, int *changed)
{
	int r;

	namespaces_warn();
	r = namespaces_each(false, restore_one, c);
	*changed = c->changed;
	return r ? r : c->error;
}

int defaults_restore(int map_fd, const char (*names)[16], int count, int *restored)
{
	struct change c = { .map_fd = map_fd, .names = names, .count = count };

	return change_all(&c, restored);
}

int defaults_renew(const char (*names)[16], int count, int *renewed)
{
	struct change c = { .map_fd = -1, .names = names, .count = count, .renew = true };

	return change_all(&c, renewed);
}
