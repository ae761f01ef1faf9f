/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small HTTP/1.1 server for GET and HEAD, without threads: the caller waits for http_fd() and
 * calls http_run(). What slow, idle and malformed clients can take is bounded: connections in
 * number, time and memory; when there are too many the one that has been silent longest goes.
 */
#ifndef SINK_HTTP_H
#define SINK_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "user/util/buf.h"
#include "user/util/own.h"

#define HTTP_LISTENERS_MAX 16

struct http;

struct http_request {
	const char *path;
	const char *accept; /* header, NULL: none */
};

struct http_answer {
	int code;	  /* 200 unless changed */
	const char *type; /* Content-Type, a constant */
	struct buf body;
};

struct http_options {
	/* Fills the answer to a GET or HEAD. */
	void (*answer)(void *ctx, const struct http_request *request, struct http_answer *answer);
	/* NULL: everybody is. user NULL: none was given. */
	bool (*allowed)(void *ctx, const char *user, const char *password);
	/* Told after each answer. */
	void (*answered)(void *ctx, int code);
	void *ctx;
	const char *certificate; /* PEM; NULL: no TLS */
	const char *key;	 /* PEM */
};

/* fds: listening sockets, not owned; options are copied, but not the texts. Logs; 0 or -errno. */
int http_new(const struct http_options *options, const int *fds, size_t count, struct http **out);
void http_free(struct http *http);
OWN_FREEP(struct http, http)

/* Readable when there is something to do at socket i. */
int http_fd(const struct http *http, size_t i);

/* Does what can be done without waiting. Call it once per second, too. */
void http_run(struct http *http);

size_t http_connections(const struct http *http);

#endif
