/* SPDX-License-Identifier: GPL-2.0 */
/* Listening TCP sockets by their address. */
#ifndef UTIL_LISTENER_H
#define UTIL_LISTENER_H

#include <stddef.h>

#define LISTENER_TEXT 64

/*
 * address: HOST:PORT, [IPV6]:PORT or :PORT for every address; a host with several addresses gets as
 * many sockets. Puts them into fds[], `room` of them at most. Logs; their number or -errno.
 */
int listener_open(const char *address, int *fds, size_t room);

/* 0 if fd is a listening stream socket, or -errno. */
int listener_check(int fd);

/* "127.0.0.1:10924" of a socket, or "" if it has no such address; text: LISTENER_TEXT bytes. */
void listener_name(int fd, char *text);

#endif
