/* SPDX-License-Identifier: GPL-2.0 */
#include "user/util/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "user/util/log.h"
#include "user/util/own.h"

#define BACKLOG 64

static void freeaddrinfop(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}

/* Splits in place; -EINVAL if it is no address. */
static int split(char *text, const char **host, const char **port)
{
	char *colon = strrchr(text, ':');

	if (!colon || !colon[1] || colon[1 + strspn(colon + 1, "0123456789")] ||
	    strlen(colon + 1) > 5 || strtol(colon + 1, NULL, 10) > 65535)
		return -EINVAL;
	*colon = '\0';
	*port = colon + 1;
	if (*text == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		text++;
	} else if (strchr(text, ':')) {
		return -EINVAL; /* IPv6 without brackets: where would the port begin? */
	}
	*host = *text ? text : NULL;
	return 0;
}

static int open_one(const struct addrinfo *at, const char *address)
{
	_cleanup_(closep) int fd = socket(at->ai_family,
					  SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;

	if (fd < 0 && errno == EAFNOSUPPORT)
		return -errno;
	if (fd < 0)
		return log_err(-errno, "cannot make a socket for %s", address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	/* IPv4 has a socket of its own. */
	if (at->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, BACKLOG))
		return log_err(-errno, "cannot listen on %s. Choose another address with --listen",
			       address);
	return TAKE_FD(fd);
}

int listener_open(const char *address, int *fds, size_t room)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	_cleanup_(freeaddrinfop) struct addrinfo *list = NULL;
	_cleanup_(freep) char *text = strdup(address);
	const char *host, *port;
	int r, count = 0;

	if (!text)
		return -ENOMEM;
	if (split(text, &host, &port)) {
		log_err(0, "\"%s\" is no address to listen on: it takes HOST:PORT, [IPV6]:PORT or "
			":PORT", address);
		return -EINVAL;
	}
	r = getaddrinfo(host, port, &hints, &list);
	if (r) {
		log_err(0, "cannot listen on %s: %s", address, gai_strerror(r));
		return -EINVAL;
	}
	for (const struct addrinfo *at = list; at; at = at->ai_next) {
		r = (size_t)count < room ? open_one(at, address) :
		    log_err(-ENOSPC, "there is no room for the sockets of %s: too many addresses",
			    address);
		/* A kernel without IPv6 is no reason to stay away from IPv4. */
		if (r == -EAFNOSUPPORT)
			continue;
		if (r < 0)
			break;
		fds[count++] = r;
	}
	if (r >= 0 || (r == -EAFNOSUPPORT && count))
		return count;
	while (count)
		close(fds[--count]);
	return r == -EAFNOSUPPORT ?
		log_err(r, "cannot listen on %s: this kernel does not have its protocol", address) :
		r;
}

int listener_check(int fd)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len))
		return -errno;
	return listening ? 0 : -EINVAL;
}

void listener_name(int fd, char *text)
{
	struct sockaddr_storage at = {};
	socklen_t len = sizeof(at);
	char host[48], port[8];

	text[0] = '\0';
	if (getsockname(fd, (void *)&at, &len) ||
	    (at.ss_family != AF_INET && at.ss_family != AF_INET6) ||
	    getnameinfo((void *)&at, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	snprintf(text, LISTENER_TEXT, at.ss_family == AF_INET6 ? "[%.46s]:%s" : "%.46s:%s", host,
		 port);
}
