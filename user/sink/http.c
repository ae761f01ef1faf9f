/* SPDX-License-Identifier: GPL-2.0 */
#include "user/sink/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libraries.h"
#include "user/util/clock.h"
#include "user/util/late.h"
#include "user/util/log.h"

#define CONNECTIONS_MAX 64     /* of one socket; more wait in its backlog */
#define CONNECTIONS_CROWDED 48 /* of all; from then on each newcomer drives one out */
#define REQUEST_SECONDS 10     /* from the connection, or from the request's end, to the answer */
#define IDLE_SECONDS 150       /* between two requests: scrapers come once a minute or more often */
#define RUNS_MAX 256	       /* of one socket, before others have their turn */
#define MEMORY_PER_CONNECTION (32 * 1024)

#define MHD_FUNCTIONS(X)                                                                          \
	X(MHD_start_daemon) X(MHD_quiesce_daemon) X(MHD_stop_daemon) X(MHD_get_daemon_info)       \
	X(MHD_run) X(MHD_get_timeout) X(MHD_get_connection_info) X(MHD_lookup_connection_value)   \
	X(MHD_basic_auth_get_username_password) X(MHD_free)                                       \
	X(MHD_create_response_from_buffer) X(MHD_add_response_header) X(MHD_queue_response)       \
	X(MHD_destroy_response)

struct library {
	MHD_FUNCTIONS(LATE_MEMBER)
};
static const char *const names[] = { MHD_FUNCTIONS(LATE_NAME) NULL };

/* A connection. */
struct client {
	struct client *next, *before;
	struct http *http;
	int fd;
	time_t since; /* of the connection, the request or the last answer */
	bool idle;    /* answered, and nothing new yet */
};

struct http {
	struct library lib;
	struct http_options options;
	struct MHD_Daemon *daemon[HTTP_LISTENERS_MAX];
	size_t daemons;
	struct client *clients; /* newest first */
	size_t connections;
	uint64_t changes; /* connections that came or went */
};

static time_t seconds(void)
{
	return (time_t)(monotonic_ns() / 1000000000);
}

static struct client *client_of(const struct http *http, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		http->lib.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* Its end is noticed and cleaned up as if the client had hung up. */
static void hang_up(struct client *client)
{
	shutdown(client->fd, SHUT_RDWR);
}

static void drive_out_oldest(struct http *http)
{
	struct client *oldest = NULL;

	for (struct client *c = http->clients; c; c = c->next)
		if (!oldest || c->since <= oldest->since)
			oldest = c;
	if (oldest)
		hang_up(oldest);
}

static void connected(struct http *http, struct MHD_Connection *connection, void **context)
{
	const union MHD_ConnectionInfo *info =
		http->lib.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct client *client = calloc(1, sizeof(*client));

	http->connections++;
	http->changes++;
	if (http->connections > CONNECTIONS_CROWDED)
		drive_out_oldest(http);
	if (!client || !info) {
		free(client);
		return;
	}
	*client = (struct client){ .next = http->clients, .http = http, .fd = info->connect_fd,
				   .since = seconds() };
	if (http->clients)
		http->clients->before = client;
	http->clients = client;
	*context = client;
}

static void disconnected(struct http *http, void **context)
{
	struct client *client = *context;

	http->connections--;
	http->changes++;
	if (!client)
		return;
	*(client->before ? &client->before->next : &http->clients) = client->next;
	if (client->next)
		client->next->before = client->before;
	free(client);
	*context = NULL;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		connected(cls, connection, context);
	else
		disconnected(cls, context);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **context,
			 enum MHD_RequestTerminationCode code)
{
	struct client *client = client_of(cls, connection);

	(void)context;
	(void)code;
	if (!client)
		return;
	client->since = seconds();
	client->idle = true;
}

static bool allowed(struct http *http, struct MHD_Connection *connection)
{
	char *password = NULL, *user;
	bool ok;

	if (!http->options.allowed)
		return true;
	user = http->lib.MHD_basic_auth_get_username_password(connection, &password);
	ok = http->options.allowed(http->options.ctx, user, password ? password : "");
	http->lib.MHD_free(user);
	http->lib.MHD_free(password);
	return ok;
}

static void refuse(struct http_answer *answer, int code, const char *sentence)
{
	answer->code = code;
	answer->type = "text/plain; charset=utf-8";
	buf_puts(&answer->body, sentence);
}

static void fill(struct http *http, struct MHD_Connection *connection, const char *path,
		 const char *method, struct http_answer *answer)
{
	const struct http_request request = {
		.path = path,
		.accept = http->lib.MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
						      MHD_HTTP_HEADER_ACCEPT),
	};

	if (!allowed(http, connection))
		refuse(answer, 401, "a user and a password are needed\n");
	else if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		refuse(answer, 405, "only GET and HEAD are answered\n");
	else
		http->options.answer(http->options.ctx, &request, answer);
	if (answer->body.failed) {
		buf_release(&answer->body);
		refuse(answer, 500, "out of memory\n");
	}
}

static enum MHD_Result send_answer(struct http *http, struct MHD_Connection *connection,
				   struct http_answer *answer)
{
	struct MHD_Response *response;
	enum MHD_Result r;

	response = http->lib.MHD_create_response_from_buffer(answer->body.len, answer->body.data,
						   MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	http->lib.MHD_add_response_header(response, "Content-Type", answer->type);
	http->lib.MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (answer->code == 401)
		http->lib.MHD_add_response_header(response, "WWW-Authenticate",
						  "Basic realm=\"cdg\"");
	if (answer->code == 405)
		http->lib.MHD_add_response_header(response, "Allow", "GET, HEAD");
	r = http->lib.MHD_queue_response(connection, (unsigned int)answer->code, response);
	http->lib.MHD_destroy_response(response);
	return r;
}

/*
 * Called with the headers first; the answer to a GET is given when the request is complete, so that
 * the connection can be used again. A request with a body is not read to its end.
 */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *path,
				  const char *method, const char *version, const char *body,
				  size_t *body_len, void **context)
{
	static int seen;
	struct http *http = cls;
	struct client *client = client_of(http, connection);
	struct http_answer answer = { .code = 200, .type = "text/plain; charset=utf-8" };
	enum MHD_Result r;

	(void)version;
	(void)body;
	if (client && client->idle) {
		client->idle = false;
		client->since = seconds();
	}
	if (!*context && (!strcmp(method, "GET") || !strcmp(method, "HEAD"))) {
		*context = &seen;
		return MHD_YES;
	}
	if (*body_len) { /* of a GET: nobody wants it */
		*body_len = 0;
		return MHD_YES;
	}
	fill(http, connection, path, method, &answer);
	r = send_answer(http, connection, &answer);
	if (http->options.answered)
		http->options.answered(http->options.ctx, answer.code);
	buf_release(&answer.body);
	return r;
}

static void on_log(void *cls, const char *fmt, va_list ap)
{
	(void)cls;
	log_vdebug(fmt, ap);
}

static struct MHD_Daemon *start(struct http *http, int fd)
{
	const struct http_options *o = &http->options;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)o->certificate },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)o->key },
		{ MHD_OPTION_END, 0, NULL },
	};

	if (!o->certificate)
		tls[0].option = MHD_OPTION_END;
	return http->lib.MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_ERROR_LOG | (o->certificate ? MHD_USE_TLS : 0), 0, NULL,
		NULL, on_request, http,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, /* first, to hear of the others */
		MHD_OPTION_LISTEN_SOCKET, (MHD_socket)fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
		MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

int http_new(const struct http_options *options, const int *fds, size_t count, struct http **out)
{
	_cleanup_(http_freep) struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return -ENOMEM;
	if (late_open(LIBRARY_microhttpd, names, &http->lib))
		return -ENOENT;
	http->options = *options;
	for (size_t i = 0; i < count && i < HTTP_LISTENERS_MAX; i++) {
		http->daemon[i] = start(http, fds[i]);
		if (!http->daemon[i])
			return log_err(-EINVAL, options->certificate ?
				       "the HTTP server does not start: are certificate and key "
				       "whole, and do they belong together?" :
				       "the HTTP server does not start");
		http->daemons++;
	}
	*out = TAKE_PTR(http);
	return 0;
}

/* The sockets are not ours: they are taken back before the daemons close them. */
void http_free(struct http *http)
{
	for (size_t i = 0; i < http->daemons; i++) {
		http->lib.MHD_quiesce_daemon(http->daemon[i]);
		http->lib.MHD_stop_daemon(http->daemon[i]);
	}
	free(http);
}

int http_fd(const struct http *http, size_t i)
{
	const union MHD_DaemonInfo *info =
		http->lib.MHD_get_daemon_info(http->daemon[i], MHD_DAEMON_INFO_EPOLL_FD);

	return info ? info->epoll_fd : -1;
}

static void look_for_slow(struct http *http)
{
	time_t now = seconds();

	for (struct client *c = http->clients; c; c = c->next)
		if (now - c->since > (c->idle ? IDLE_SECONDS : REQUEST_SECONDS))
			hang_up(c);
}

/*
 * Requests that were sent together wait in memory, where no descriptor tells of them; and only the
 * next run notices that a connection which ended has made room for another.
 */
static void run_daemon(struct http *http, struct MHD_Daemon *daemon)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;
	uint64_t changes;

	for (int i = 0; i < RUNS_MAX; i++) {
		changes = http->changes;
		http->lib.MHD_run(daemon);
		if ((http->lib.MHD_get_timeout(daemon, &wait_ms) != MHD_YES || wait_ms) &&
		    changes == http->changes)
			return;
	}
}

void http_run(struct http *http)
{
	look_for_slow(http);
	for (size_t i = 0; i < http->daemons; i++)
		run_daemon(http, http->daemon[i]);
}

size_t http_connections(const struct http *http)
{
	return http->connections;
}
