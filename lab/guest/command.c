// SPDX-License-Identifier: GPL-2.0
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONSOLE "/dev/console"

struct stream {
	int fd;
	enum channel channel;
};

static void child_exec(char *const argv[])
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "cannot run %s in the guest: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

#define STREAM_PASS_MAX 16384

/* Passes on at most `max` bytes of what is there. Returns how many, 0 or less if there are none. */
static ssize_t stream_pass(struct stream *stream, size_t max)
{
	char buf[STREAM_PASS_MAX];
	ssize_t len = read(stream->fd, buf, max < sizeof(buf) ? max : sizeof(buf));

	if (len > 0)
		channel_write(stream->channel, buf, len);
	else if (len == 0)
		stream->fd = -1; /* poll() then skips it */
	return len;
}

/* Passes on what is there now; others may go on to write, and faster than this reads. */
static void stream_pass_rest(struct stream *stream)
{
	int left = 0;

	if (stream->fd < 0 || ioctl(stream->fd, FIONREAD, &left))
		return;
	while (left > 0) {
		ssize_t len = stream_pass(stream, left);

		if (len <= 0)
			return;
		left -= len;
	}
}

static int status_of(int wstatus)
{
	return WIFSIGNALED(wstatus) ? 128 + WTERMSIG(wstatus) : WEXITSTATUS(wstatus);
}

/* PID 1 gets every orphan; only `child` ends the wait. Returns true when it has ended. */
static int reap(pid_t child, int *status)
{
	int ended = 0, wstatus;
	pid_t pid;

	while ((pid = waitpid(-1, &wstatus, WNOHANG)) > 0) {
		if (pid != child)
			continue;
		*status = status_of(wstatus);
		ended = 1;
	}
	return ended;
}

/* Ends with `child`; the pipes may be held open by others: what is in them then is read. */
static int pump(pid_t child, int sigchld, struct stream streams[2])
{
	int status = 0, ended = 0;

	while (!ended) {
		struct pollfd fds[] = {
			{ .fd = streams[0].fd, .events = POLLIN },
			{ .fd = streams[1].fd, .events = POLLIN },
			{ .fd = sigchld, .events = POLLIN },
		};
		struct signalfd_siginfo info;

		if (poll(fds, 3, -1) < 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (fds[i].revents)
				stream_pass(&streams[i], STREAM_PASS_MAX);
		if (fds[2].revents && read(sigchld, &info, sizeof(info)) > 0)
			ended = reap(child, &status);
	}
	for (int i = 0; i < 2; i++)
		stream_pass_rest(&streams[i]);
	return status;
}

static int sigchld_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int command_run(char *const argv[], enum channel out)
{
	int pipes[2][2], sigchld = sigchld_open();
	pid_t child;

	if (sigchld < 0 || pipe2(pipes[0], O_CLOEXEC) || pipe2(pipes[1], O_CLOEXEC))
		return -errno;
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		int null = open("/dev/null", O_RDONLY);

		setsid();
		dup2(null, STDIN_FILENO);
		dup2(pipes[0][1], STDOUT_FILENO);
		dup2(pipes[1][1], STDERR_FILENO);
		close(null);
		child_exec(argv);
	}

	struct stream streams[2] = {
		{ .fd = pipes[0][0], .channel = out },
		{ .fd = pipes[1][0], .channel = CHANNEL_ERR },
	};
	for (int i = 0; i < 2; i++) {
		close(pipes[i][1]);
		fcntl(pipes[i][0], F_SETFL, O_NONBLOCK);
	}
	return pump(child, sigchld, streams);
}

/* The front end passes its terminal's size in the environment. */
static void console_resize(int tty)
{
	const char *rows = getenv("LINES"), *columns = getenv("COLUMNS");
	struct winsize size = {
		.ws_row = rows ? atoi(rows) : 24,
		.ws_col = columns ? atoi(columns) : 80,
	};

	ioctl(tty, TIOCSWINSZ, &size);
}

int command_run_on_console(char *const argv[])
{
	int status = 0, tty, sigchld = sigchld_open();
	struct signalfd_siginfo info;
	pid_t child;

	if (sigchld < 0)
		return -errno;
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		setsid();
		tty = open(channel_console, O_RDWR);
		if (tty < 0)
			tty = open(CONSOLE, O_RDWR);
		ioctl(tty, TIOCSCTTY, 0);
		console_resize(tty);
		for (int fd = 0; fd < 3; fd++)
			dup2(tty, fd);
		if (tty > 2)
			close(tty);
		child_exec(argv);
	}
	while (read(sigchld, &info, sizeof(info)) > 0)
		if (reap(child, &status))
			break;
	return status;
}
