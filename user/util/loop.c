/* SPDX-License-Identifier: GPL-2.0 */
#include "user/util/loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "user/util/log.h"

enum watch_kind {
	WATCH_FD,
	WATCH_TIMER,
	WATCH_SIGNAL,
};

struct watch {
	struct watch *next;
	enum watch_kind kind;
	int fd;
	loop_cb cb;
	void *ctx;
};

struct loop {
	int epoll_fd;
	int signal_fd;
	struct watch *watches;
	loop_cb reload; /* NULL: HUP ends the loop as the others do */
	void *reload_ctx;
	sigset_t mask_before;
	struct sigaction pipe_before;
};

/* events 0: errors and hang-ups are reported all the same. */
static int watch(struct loop *loop, enum watch_kind kind, int fd, uint32_t events, loop_cb cb,
		 void *ctx)
{
	_cleanup_(freep) struct watch *w = calloc(1, sizeof(*w));
	struct epoll_event event = { .events = events, .data.ptr = w };

	if (!w)
		return -ENOMEM;
	*w = (struct watch){ .next = loop->watches, .kind = kind, .fd = fd, .cb = cb, .ctx = ctx };
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event)) {
		if (!events && errno == EPERM)
			return 0; /* a regular file cannot hang up */
		return log_err(-errno, "cannot wait for file descriptor %d", fd);
	}
	loop->watches = TAKE_PTR(w);
	return 0;
}

static void hold(sigset_t *set, sigset_t *mask_before, struct sigaction *pipe_before)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigprocmask(SIG_BLOCK, set, mask_before);
	sigaction(SIGPIPE, &ignore, pipe_before);
}

void loop_hold_signals(void)
{
	sigset_t set;

	hold(&set, NULL, NULL);
}

static int catch_signals(struct loop *loop)
{
	sigset_t set;

	hold(&set, &loop->mask_before, &loop->pipe_before);
	loop->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signal_fd < 0)
		return log_err(-errno, "cannot receive signals");
	return watch(loop, WATCH_SIGNAL, loop->signal_fd, EPOLLIN, NULL, NULL);
}

int loop_new(struct loop **out)
{
	_cleanup_(loop_freep) struct loop *loop = calloc(1, sizeof(*loop));
	int err;

	if (!loop)
		return -ENOMEM;
	sigprocmask(SIG_BLOCK, NULL, &loop->mask_before);
	sigaction(SIGPIPE, NULL, &loop->pipe_before);
	loop->signal_fd = -1;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return log_err(-errno, "cannot create an epoll instance");
	err = catch_signals(loop);
	if (err)
		return err;
	*out = TAKE_PTR(loop);
	return 0;
}

void loop_free(struct loop *loop)
{
	for (struct watch *w = loop->watches, *next; w; w = next) {
		next = w->next;
		if (w->kind == WATCH_TIMER)
			close(w->fd);
		free(w);
	}
	closep(&loop->signal_fd);
	closep(&loop->epoll_fd);
	sigaction(SIGPIPE, &loop->pipe_before, NULL);
	sigprocmask(SIG_SETMASK, &loop->mask_before, NULL);
	free(loop);
}

int loop_add_fd(struct loop *loop, int fd, loop_cb cb, void *ctx)
{
	return watch(loop, WATCH_FD, fd, EPOLLIN, cb, ctx);
}

int loop_add_hangup(struct loop *loop, int fd, loop_cb cb, void *ctx)
{
	return watch(loop, WATCH_FD, fd, 0, cb, ctx);
}

int loop_add_timer(struct loop *loop, uint64_t interval_ns, loop_cb cb, void *ctx)
{
	_cleanup_(closep) int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct timespec interval = { .tv_sec = (time_t)(interval_ns / 1000000000),
				     .tv_nsec = (long)(interval_ns % 1000000000) };
	struct itimerspec spec = { .it_interval = interval, .it_value = interval };
	int err;

	if (fd < 0 || timerfd_settime(fd, 0, &spec, NULL))
		return log_err(-errno, "cannot create a timer");
	err = watch(loop, WATCH_TIMER, fd, EPOLLIN, cb, ctx);
	if (err)
		return err;
	(void)TAKE_FD(fd);
	return 0;
}

void loop_set_reload(struct loop *loop, loop_cb cb, void *ctx)
{
	loop->reload = cb;
	loop->reload_ctx = ctx;
}

static int on_signal(struct loop *loop)
{
	struct signalfd_siginfo info;

	if (read(loop->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	/* From the kernel it says that the terminal has gone. */
	if (info.ssi_signo == SIGHUP && info.ssi_code <= 0 && loop->reload)
		return loop->reload(loop->reload_ctx);
	return LOOP_SIGNAL;
}

static int dispatch(struct loop *loop, struct watch *w)
{
	uint64_t expired;

	switch (w->kind) {
	case WATCH_SIGNAL:
		return on_signal(loop);
	case WATCH_TIMER:
		if (read(w->fd, &expired, sizeof(expired)) != (ssize_t)sizeof(expired))
			return 0;
		break;
	case WATCH_FD:
		break;
	}
	return w->cb(w->ctx);
}

int loop_run(struct loop *loop)
{
	struct epoll_event events[16];

	for (;;) {
		int n = epoll_wait(loop->epoll_fd, events, ARRAY_SIZE(events), -1);

		if (n < 0 && errno != EINTR)
			return log_err(-errno, "cannot wait for events");
		for (int i = 0; i < n; i++) {
			int r = dispatch(loop, events[i].data.ptr);

			if (r)
				return r;
		}
	}
}
