/* SPDX-License-Identifier: GPL-2.0 */
/* Stream sockets, local and TCP: connect, send, notice that the receiver is gone, connect again. */
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "user/sink/output_ops.h"
#include "user/util/log.h"

#define BACKOFF_FIRST_NS (OUTPUT_SECOND_NS / 10)
#define BACKOFF_MOST_NS (10 * OUTPUT_SECOND_NS)
#define CONNECT_NS (10 * OUTPUT_SECOND_NS)
#define UNHEARD_MS 60000 /* a receiver that acknowledges nothing for so long is given up */
#define CHUNK (256u << 10)
#define CHUNKS_MAX 64 /* at a time: the ring wants to be read, too */

static int resolve(struct output *o)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICSERV };
	int r = getaddrinfo(o->spec.path, o->spec.port, &hints, &o->addresses);

	if (r)
		return log_err(-EHOSTUNREACH, "cannot resolve '%s': %s", o->spec.path,
			       gai_strerror(r));
	o->next = o->addresses;
	return 0;
}

/* Of what was sent, all but what the receiver's kernel has not acknowledged. */
static void confirm(struct output *o)
{
	uint64_t before = o->box.head;
	int pending = 0;

	if (o->spec.kind == OUTPUT_TCP && ioctl(o->fd, SIOCOUTQ, &pending))
		return;
	outbox_arrived(&o->box, (uint64_t)pending);
	if (o->box.head != before)
		o->backoff_ns = BACKOFF_FIRST_NS;
}

static int lose(struct output *o, int err)
{
	if (o->connected)
		confirm(o);
	closep(&o->fd);
	o->connected = false;
	outbox_rewind(&o->box);
	o->retry_ns = o->now_ns + o->backoff_ns;
	o->backoff_ns = o->backoff_ns * 2 < BACKOFF_MOST_NS ? o->backoff_ns * 2 : BACKOFF_MOST_NS;
	if (o->next)
		o->next = o->next->ai_next ? o->next->ai_next : o->addresses;
	o->last_err = err;
	return err;
}

/* Records of a TCP connection that itself ran on CDG would give rise to more of them. */
static void set_options(int fd)
{
	unsigned int timeout_ms = UNHEARD_MS;
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

static int new_socket(const struct output *o)
{
	int family = o->next ? o->next->ai_family : AF_UNIX;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && o->next)
		set_options(fd);
	return fd;
}

static int connect_to(const struct output *o, int fd)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };

	if (o->next)
		return connect(fd, o->next->ai_addr, o->next->ai_addrlen);
	memcpy(local.sun_path, o->spec.path, strlen(o->spec.path));
	return connect(fd, (struct sockaddr *)&local, sizeof(local));
}

static int begin(struct output *o)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLOUT };

	o->fd = new_socket(o);
	if (o->fd < 0)
		return lose(o, -errno);
	if (!connect_to(o, o->fd))
		o->connected = true;
	else if (errno != EINPROGRESS)
		return lose(o, -errno);
	if (epoll_ctl(o->epoll_fd, EPOLL_CTL_ADD, o->fd, &event))
		return lose(o, -errno);
	o->armed = event.events;
	o->started_ns = o->now_ns;
	return 0;
}

/* 0: connected; -EINPROGRESS: not yet; else the attempt has failed. */
static int check_connected(struct output *o)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer), err_len = sizeof(int);
	int err = 0;

	if (o->connected)
		return 0;
	getsockopt(o->fd, SOL_SOCKET, SO_ERROR, &err, &err_len);
	if (err)
		return -err;
	if (!getpeername(o->fd, (struct sockaddr *)&peer, &len)) {
		o->connected = true;
		return 0;
	}
	return o->now_ns - o->started_ns < CONNECT_NS ? -EINPROGRESS : -ETIMEDOUT;
}

/* What a receiver answers means nothing, but its end does. */
static int listen_for_end(const struct output *o)
{
	char answer[4096];
	ssize_t n = recv(o->fd, answer, sizeof(answer), MSG_DONTWAIT);

	if (!n)
		return -ECONNRESET;
	return n > 0 || errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static int send_some(struct output *o)
{
	for (int i = 0; i < CHUNKS_MAX && outbox_unsent(&o->box); i++) {
		struct iovec pieces[2];
		struct msghdr message = { .msg_iov = pieces };
		ssize_t n;

		message.msg_iovlen = (size_t)outbox_pieces(&o->box, CHUNK, pieces);
		n = sendmsg(o->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return errno == EAGAIN ? 0 : -errno;
		if (n > 0)
			outbox_sent(&o->box, (uint64_t)n);
	}
	return 0;
}

static void arm(struct output *o)
{
	uint32_t wanted = EPOLLIN | EPOLLRDHUP | (outbox_unsent(&o->box) ? EPOLLOUT : 0);
	struct epoll_event event = { .events = wanted };

	if (wanted != o->armed && !epoll_ctl(o->epoll_fd, EPOLL_CTL_MOD, o->fd, &event))
		o->armed = wanted;
}

static int socket_pump(struct output *o)
{
	int r;

	if (o->fd < 0) {
		if (o->now_ns < o->retry_ns)
			return o->last_err;
		r = begin(o);
		if (r)
			return r;
	}
	r = check_connected(o);
	if (r == -EINPROGRESS)
		return o->last_err;
	if (!r)
		r = listen_for_end(o);
	if (!r)
		r = send_some(o);
	if (r)
		return lose(o, r);
	confirm(o);
	arm(o);
	return o->last_err = 0;
}

static int socket_open(struct output *o)
{
	o->backoff_ns = BACKOFF_FIRST_NS;
	return o->spec.kind == OUTPUT_TCP ? resolve(o) : 0;
}

static void socket_reopen(struct output *o)
{
	o->retry_ns = 0;
}

static void socket_release(struct output *o)
{
	if (o->addresses)
		freeaddrinfo(o->addresses);
}

const struct output_ops output_socket_ops = {
	.open = socket_open,
	.pump = socket_pump,
	.reopen = socket_reopen,
	.release = socket_release,
};
