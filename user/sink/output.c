/* SPDX-License-Identifier: GPL-2.0 */
/* What all outputs share: the queue, waiting, complaints and counts. */
#include "user/sink/output.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "user/sink/output_ops.h"
#include "user/util/clock.h"
#include "user/util/log.h"

#define TICK_MS 100
#define PATIENCE_NS (5 * OUTPUT_SECOND_NS)
#define LINGER_NS (2 * OUTPUT_SECOND_NS)
#define LINGER_ALL_NS (10 * OUTPUT_SECOND_NS)
#define QUIET_NS (10 * OUTPUT_SECOND_NS) /* between two complaints */

int output_open(const struct output_options *options, struct output **out)
{
	_cleanup_(output_freep) struct output *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -ENOMEM;
	o->fd = o->epoll_fd = -1;
	o->spec = *options->spec;
	o->patient = options->patient;
	o->ops = o->spec.kind == OUTPUT_FILE ? &output_file_ops : &output_socket_ops;
	r = outbox_init(&o->box, options->bytes);
	if (r)
		return log_err(r, "no memory for a queue of %zu bytes", options->bytes);
	o->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (o->epoll_fd < 0)
		return log_err(-errno, "cannot create an epoll instance");
	r = o->ops->open(o);
	if (r)
		return r;
	*out = TAKE_PTR(o);
	return 0;
}

void output_free(struct output *o)
{
	if (o->ops)
		o->ops->release(o);
	closep(&o->fd);
	closep(&o->epoll_fd);
	outbox_release(&o->box);
	free(o);
}

static bool may_say(struct output *o, uint64_t *said_ns)
{
	if (*said_ns && o->now_ns - *said_ns < QUIET_NS)
		return false;
	*said_ns = o->now_ns;
	return true;
}

/* When it begins to fail, when it works again, when records are dropped; but only now and then. */
static void complain(struct output *o, int err)
{
	if (!err && o->failing)
		log_info("%s works again, %" PRIu64 " records were dropped so far", o->spec.text,
			 o->counts.dropped);
	if (!err)
		o->failing = false;
	else if (!o->failing && may_say(o, &o->failed_ns))
		log_warn("cannot write to %s: %s; trying again, records wait", o->spec.text,
			 strerror(-err));
	o->failing |= err && o->failed_ns == o->now_ns;
	if (o->counts.dropped == o->dropped_said || !may_say(o, &o->dropped_ns))
		return;
	o->dropped_said = o->counts.dropped;
	log_warn("%s takes too little: %" PRIu64 " records were dropped so far", o->spec.text,
		 o->counts.dropped);
}

void output_pump(struct output *o)
{
	int err;

	o->now_ns = monotonic_ns();
	err = o->ops->pump(o);
	if (err || o->failing || o->counts.dropped > o->dropped_said)
		complain(o, err);
}

/* False when nothing has arrived for so long. */
static bool wait_for_progress(struct output *o, uint64_t limit_ns)
{
	struct pollfd poll_fd = { .fd = o->epoll_fd, .events = POLLIN };
	uint64_t before = o->box.head, begin_ns = monotonic_ns();

	for (;;) {
		output_pump(o);
		if (o->box.head != before)
			return true;
		if (o->now_ns - begin_ns >= limit_ns)
			return false;
		poll(&poll_fd, 1, TICK_MS);
	}
}

/* Makes room: true if there is perhaps some. A receiver that had its time gets no more of it. */
static bool make_room(struct output *o)
{
	uint64_t before = o->box.head;

	output_pump(o);
	if (o->box.head != before) {
		o->gave_up = false;
		return true;
	}
	if (!o->patient || o->gave_up)
		return false;
	o->gave_up = !wait_for_progress(o, PATIENCE_NS);
	return !o->gave_up;
}

void output_put(struct output *o, const char *bytes, size_t len)
{
	o->counts.given += outbox_lines(bytes, len);
	while (len) {
		size_t taken = outbox_put(&o->box, bytes, len);

		bytes += taken;
		len -= taken;
		if (len && !make_room(o))
			break;
	}
	o->counts.dropped += outbox_lines(bytes, len);
}

int output_fd(const struct output *o)
{
	return o->epoll_fd;
}

void output_reopen(struct output *o)
{
	output_pump(o);
	o->ops->reopen(o);
	output_pump(o);
}

void output_counts(const struct output *o, struct output_counts *out)
{
	*out = o->counts;
}

void output_settle(struct output *o)
{
	uint64_t begin_ns = monotonic_ns();

	while (!outbox_empty(&o->box) && monotonic_ns() - begin_ns < LINGER_ALL_NS)
		if (!wait_for_progress(o, LINGER_NS))
			break;
}

void output_finish(struct output *o)
{
	output_settle(o);
	o->counts.dropped += outbox_records(&o->box);
	o->box.tail = o->box.sent = o->box.head;
	if (o->counts.dropped)
		log_warn("%s: %" PRIu64 " of %" PRIu64 " records were dropped", o->spec.text,
			 o->counts.dropped, o->counts.given);
}
