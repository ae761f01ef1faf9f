// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "user/kern/namespaces.h"
#include "user/util/log.h"
#include "user/util/own.h"

#define OWN "/proc/self/ns/net"
#define INITIAL "/proc/1/ns/net"
#define ONLY_IN_INITIAL "/proc/sys/net/core/bpf_jit_enable"

/* Namespaces found so far, by inode. */
struct walk {
	uint32_t *seen;
	size_t count, room;
	namespace_cb cb;
	void *ctx;
};

static uint32_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

uint32_t namespace_own(void)
{
	return inode_of(OWN);
}

uint64_t namespace_own_cookie(void)
{
	_cleanup_(closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t cookie;
	socklen_t len = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len))
		return 0;
	return cookie;
}

/*
 * Is the caller's namespace the initial one? Process 1 does not tell: it may be a container's, and
 * root may be forbidden to look at it.
 */
static bool in_initial(void)
{
	return !access(ONLY_IN_INITIAL, F_OK);
}

/* 1: new, 0: known, -ENOMEM */
static int remember(struct walk *w, uint32_t inode)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->seen[i] == inode)
			return 0;
	if (w->count == w->room) {
		size_t room = w->room ? w->room * 2 : 16;
		uint32_t *seen = realloc(w->seen, room * sizeof(*seen));

		if (!seen)
			return -ENOMEM;
		w->seen = seen;
		w->room = room;
	}
	w->seen[w->count++] = inode;
	return 1;
}

/* path: of a namespace file; name: what to call it, NULL for the path. */
static int visit(struct walk *w, const char *path, const char *name)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct namespace_info info = {};
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st))
		return 0;
	r = remember(w, st.st_ino);
	if (r <= 0)
		return r;
	if (setns(fd, CLONE_NEWNET)) {
		log_debug("cannot enter %s: %s", path, strerror(errno));
		return 0;
	}
	info.inode = st.st_ino;
	info.is_initial = in_initial();
	info.name = name ? name : info.is_initial ? "initial" : path;
	return w->cb(w->ctx, &info);
}

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

static int visit_named(struct walk *w)
{
	_cleanup_(closedirp) DIR *d = opendir("/run/netns");
	struct dirent *entry;
	char path[PATH_MAX];
	int r = 0;

	while (d && !r && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/run/netns/%s", entry->d_name);
		r = visit(w, path, entry->d_name);
	}
	return r;
}

/* Namespaces that only a bind mount keeps: containers without a process. */
static int visit_mounted(struct walk *w)
{
	_cleanup_(fclosep) FILE *f = fopen("/proc/self/mountinfo", "r");
	char line[2 * PATH_MAX], point[PATH_MAX];
	int r = 0;

	while (f && !r && fgets(line, sizeof(line), f))
		if (strstr(line, " - nsfs ") && strstr(line, "net:[") &&
		    sscanf(line, "%*d %*d %*s %*s %4095s", point) == 1)
			r = visit(w, point, NULL);
	return r;
}

static int visit_processes(struct walk *w)
{
	_cleanup_(closedirp) DIR *d = opendir("/proc");
	struct dirent *entry;
	char path[PATH_MAX];
	int r = 0;

	while (d && !r && (entry = readdir(d))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", entry->d_name);
		r = visit(w, path, NULL);
	}
	return r;
}

int namespaces_each(int own_only, namespace_cb cb, void *ctx)
{
	_cleanup_(closep) int own = open(OWN, O_RDONLY | O_CLOEXEC);
	struct walk w = { .cb = cb, .ctx = ctx };
	int r;

	if (own < 0)
		return log_err(-errno, "cannot open %s", OWN);
	if (own_only || setns(own, CLONE_NEWNET)) {
		struct namespace_info info = { .inode = namespace_own(), .name = OWN };

		info.is_initial = in_initial();
		return cb(ctx, &info);
	}
	r = visit_named(&w);
	if (!r)
		r = visit_mounted(&w);
	if (!r)
		r = visit(&w, INITIAL, NULL);
	if (!r)
		r = visit_processes(&w);
	free(w.seen);
	if (setns(own, CLONE_NEWNET))
		return log_err(-errno, "cannot return to the own network namespace");
	return r;
}

bool namespaces_in_reach(void)
{
	_cleanup_(closep) int own = open(OWN, O_RDONLY | O_CLOEXEC);

	return own < 0 || !setns(own, CLONE_NEWNET);
}

void namespaces_warn(void)
{
	static bool warned;

	if (!warned && !namespaces_in_reach())
		log_warn("only this network namespace is taken care of: others need CAP_SYS_ADMIN");
	warned = true;
}
