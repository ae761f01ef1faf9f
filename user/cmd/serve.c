/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd/cmd.h"
#include "user/cmd/exporter.h"
#include "user/cmd/web.h"
#include "user/sink/http.h"
#include "user/util/clock.h"
#include "user/util/listener.h"
#include "user/util/log.h"
#include "user/util/loop.h"
#include "user/util/systemd.h"

/* Exporters got 9100 to 9999, and those are all taken. */
#define LISTEN_DEFAULT "127.0.0.1:10924"

struct opts {
	struct cmd_list listen;
	const char *web_config, *ready_file;
};

static const struct cmd_option options[] = {
	{ "listen", 'l', OPTION_LIST, offsetof(struct opts, listen), "ADDRESS",
	  "HOST:PORT, [IPV6]:PORT or :PORT, more than once; " LISTEN_DEFAULT " if not given" },
	{ "web-config", 0, OPTION_TEXT, offsetof(struct opts, web_config), "FILE",
	  "TLS and passwords, in the form of the exporters of Prometheus" },
	{ "ready-file", 0, OPTION_TEXT, offsetof(struct opts, ready_file), "PATH",
	  "create this file as soon as requests are answered" },
	{},
};

struct server {
	struct exporter exporter;
	struct web web;
	struct http *http;
	int fds[HTTP_LISTENERS_MAX];
	size_t count;
	bool told_up; /* what the service manager knows */
	bool told;
};

static const char landing[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><title>cdg exporter</title></head><body>\n"
	"<h1>cdg exporter</h1>\n<p>Version %s. Delay-gradient congestion control: %s.</p>\n"
	"<ul><li><a href=\"/metrics\">/metrics</a></li>\n"
	"<li><a href=\"/-/healthy\">/-/healthy</a>: this exporter runs</li>\n"
	"<li><a href=\"/-/ready\">/-/ready</a>: an instance of cdg is loaded and can be read</li>"
	"</ul>\n</body></html>\n";

static void answer_landing(struct server *s, const struct http_request *request,
			   struct http_answer *answer)
{
	char text[sizeof(landing) + 128];

	(void)request;
	exporter_collect(&s->exporter);
	snprintf(text, sizeof(text), landing, s->exporter.view.version,
		 s->exporter.view.up ? "loaded" : "not loaded");
	answer->type = "text/html; charset=utf-8";
	buf_puts(&answer->body, text);
}

static void answer_metrics(struct server *s, const struct http_request *request,
			   struct http_answer *answer)
{
	enum prom_format format = prom_negotiate(request->accept);

	s->exporter.view.connections = http_connections(s->http);
	exporter_write(&s->exporter, format, &answer->body);
	answer->type = prom_content_type(format);
}

static void answer_healthy(struct server *s, const struct http_request *request,
			   struct http_answer *answer)
{
	(void)s;
	(void)request;
	buf_puts(&answer->body, "healthy\n");
}

static void answer_ready(struct server *s, const struct http_request *request,
			 struct http_answer *answer)
{
	int r = exporter_collect(&s->exporter);
	char text[PATH_MAX + 256];

	(void)request;
	if (!r) {
		buf_puts(&answer->body, "ready\n");
		return;
	}
	metrics_read_error(&s->exporter.pins, r, text, sizeof(text));
	answer->code = 503;
	buf_puts(&answer->body, text);
	buf_putc(&answer->body, '\n');
}

static const struct page {
	const char *path;
	void (*answer)(struct server *s, const struct http_request *request,
		       struct http_answer *answer);
} pages[] = {
	{ "/", answer_landing },
	{ "/metrics", answer_metrics },
	{ "/-/healthy", answer_healthy },
	{ "/-/ready", answer_ready },
};

static void on_answer(void *ctx, const struct http_request *request, struct http_answer *answer)
{
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		if (!strcmp(pages[i].path, request->path)) {
			pages[i].answer(ctx, request, answer);
			return;
		}
	answer->code = 404;
	buf_puts(&answer->body, "there is no such page; the numbers are at /metrics\n");
}

static void on_answered(void *ctx, int code)
{
	struct server *s = ctx;
	char text[12];

	snprintf(text, sizeof(text), "%d", code);
	for (int i = 0; i < METRICS_CODES; i++)
		s->exporter.view.requests[i] += !strcmp(metrics_codes[i], text);
}

static bool on_allowed(void *ctx, const char *user, const char *password)
{
	struct server *s = ctx;

	return web_config_allows(&s->web.config, user, password, monotonic_ns() / 1000000000);
}

static int on_http(void *ctx)
{
	struct server *s = ctx;

	http_run(s->http);
	return 0;
}

static void tell_manager(struct server *s)
{
	bool up = s->exporter.view.up;

	if (s->told && s->told_up == up)
		return;
	systemd_notify(up ? "STATUS=exporting, cdg is loaded" :
			    "STATUS=exporting, but cdg is not loaded or cannot be read");
	s->told = true;
	s->told_up = up;
}

static int on_second(void *ctx)
{
	struct server *s = ctx;

	exporter_tick(&s->exporter);
	tell_manager(s);
	http_run(s->http);
	return 0;
}

static int on_watchdog(void *ctx)
{
	(void)ctx;
	systemd_notify("WATCHDOG=1");
	return 0;
}

/* Sockets of the service manager, or our own. 0, CMD_USAGE or CMD_REFUSED. */
static int open_sockets(struct cmd_ctx *ctx, struct opts *o, struct server *s)
{
	int given = systemd_listen_fds(), r;

	if (given && o->listen.count)
		return cmd_usage(ctx, "the service manager has opened the sockets: --listen "
				 "belongs into its .socket unit");
	if (given > HTTP_LISTENERS_MAX)
		return cmd_usage(ctx, "at most %d sockets are served", HTTP_LISTENERS_MAX);
	for (int i = 0; i < given; i++) {
		if (listener_check(SYSTEMD_FDS_FROM + i))
			return cmd_usage(ctx, "the service manager has passed something that is "
					 "no listening socket: Accept=yes is not supported");
		s->fds[s->count++] = SYSTEMD_FDS_FROM + i;
	}
	if (given)
		return CMD_OK;
	if (!o->listen.count)
		o->listen.item[o->listen.count++] = LISTEN_DEFAULT;
	for (int i = 0; i < o->listen.count; i++) {
		r = listener_open(o->listen.item[i], s->fds + s->count,
				  HTTP_LISTENERS_MAX - s->count);
		if (r < 0)
			return r == -EINVAL ? CMD_USAGE : CMD_REFUSED;
		s->count += (size_t)r;
	}
	return CMD_OK;
}

static int start(struct server *s, struct loop *loop)
{
	const struct http_options http = {
		.answer = on_answer,
		.allowed = s->web.config.user_count ? on_allowed : NULL,
		.answered = on_answered,
		.ctx = s,
		.certificate = s->web.certificate,
		.key = s->web.key,
	};
	uint64_t watchdog = systemd_watchdog_ns();
	int r = http_new(&http, s->fds, s->count, &s->http);

	for (size_t i = 0; !r && i < s->count; i++)
		r = loop_add_fd(loop, http_fd(s->http, i), on_http, s);
	if (!r)
		r = loop_add_timer(loop, 1000000000, on_second, s);
	if (!r && watchdog)
		r = loop_add_timer(loop, watchdog / 2, on_watchdog, s);
	return r;
}

static void say_where(const struct server *s)
{
	char name[LISTENER_TEXT];

	for (size_t i = 0; i < s->count; i++) {
		listener_name(s->fds[i], name);
		log_info("answering %s://%s/metrics", s->web.certificate ? "https" : "http",
			 name[0] ? name : "(a socket without address)");
	}
}

static int serve(struct server *s, const struct opts *o)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	int r = loop_new(&loop);

	if (!r)
		r = start(s, loop);
	if (r)
		return CMD_REFUSED;
	say_where(s);
	exporter_collect(&s->exporter);
	exporter_tick(&s->exporter);
	if (cmd_ready(o->ready_file))
		return CMD_REFUSED;
	systemd_notify("READY=1");
	tell_manager(s);
	r = loop_run(loop);
	systemd_notify("STOPPING=1");
	return r == LOOP_SIGNAL ? CMD_OK : CMD_REFUSED;
}

static void server_free(struct server *s)
{
	http_freep(&s->http);
	for (size_t i = 0; i < s->count; i++)
		close(s->fds[i]);
	web_release(&s->web);
	exporter_release(&s->exporter);
	free(s);
}
OWN_FREEP(struct server, server)

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(server_freep) struct server *s = calloc(1, sizeof(*s));
	struct opts o = {};
	int r, count = cmd_options(ctx, argc, argv, &o);

	if (count < 0)
		return CMD_USAGE;
	if (count)
		return cmd_usage(ctx, "unexpected \"%s\"", argv[0]);
	if (!s)
		return CMD_REFUSED;
	r = o.web_config ? web_open(o.web_config, &s->web) : CMD_OK;
	if (!r)
		r = open_sockets(ctx, &o, s);
	if (!r)
		r = exporter_open(ctx, true, &s->exporter);
	return r ? r : serve(s, &o);
}

const struct command cmd_serve = {
	.name = "serve",
	.run = run,
	.synopsis = "[OPTIONS]",
	.summary = "answer Prometheus over HTTP with what 'cdgctl metrics' prints",
	.help = "  /metrics    OpenMetrics or the text form of Prometheus, as the request accepts\n"
		"  /-/healthy  200 while it runs\n"
		"  /-/ready    200 while an instance is loaded and can be read, else 503\n"
		"\n"
		"Nothing need be loaded: cdg_up is 0 then, and a load, replacement or unload is\n"
		"noticed. Only this machine is answered unless --listen says otherwise. FILE of\n"
		"--web-config is that of other exporters: tls_server_config with cert_file and\n"
		"key_file, basic_auth_users with bcrypt hashes; it is read once, and anything\n"
		"else in it is refused. With systemd: Type=notify, WatchdogSec= and sockets that\n"
		"it opens.",
	.options = options,
	.root = true,
	.needs = CMD_NEEDS_READ,
};
