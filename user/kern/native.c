// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/cdg_abi.h"
#include "user/kern/defaults.h"
#include "user/kern/native.h"
#include "user/util/own.h"

#define MODULE "/sys/module/tcp_cdg"
#define SOCKETS 16 /* more than others are likely to open or close meanwhile */

static bool built_in(void)
{
	_cleanup_(fclosep) FILE *f = fopen("/proc/kallsyms", "r");
	char line[4096];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, " tcp_cdg_cong_avoid") && !strstr(line, "[tcp_cdg]"))
			return true;
	return false;
}

bool native_loaded(void)
{
	struct stat st;

	return !stat(MODULE, &st) || built_in();
}

/* How many use the module; -1: it is none. */
static long users(void)
{
	_cleanup_(fclosep) FILE *f = fopen(MODULE "/refcnt", "r");
	long count;

	return f && fscanf(f, "%ld", &count) == 1 ? count : -1;
}

int native_registered(void)
{
	long before = users(), after;
	char available[CC_LIST_LEN];
	int sockets[SOCKETS], opened = 0, r = 0;

	if (cc_available(available, sizeof(available)) || !cc_listed(available, CDG_NAME))
		return 0;
	if (before < 0) /* what is built in was there first */
		return built_in();
	for (; !r && opened < SOCKETS; opened++) {
		sockets[opened] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
		if (setsockopt(sockets[opened], IPPROTO_TCP, TCP_CONGESTION, CDG_NAME,
			       sizeof(CDG_NAME) - 1))
			r = -errno;
	}
	after = users();
	while (opened)
		closep(&sockets[--opened]);
	return r ? r : after - before >= SOCKETS / 2;
}
