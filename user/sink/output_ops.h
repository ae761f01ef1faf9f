/* SPDX-License-Identifier: GPL-2.0 */
/* What a kind of output implements. For the files of user/sink only. */
#ifndef SINK_OUTPUT_OPS_H
#define SINK_OUTPUT_OPS_H

#include "user/sink/outbox.h"
#include "user/sink/output.h"

#define OUTPUT_SECOND_NS 1000000000ull

/* fd -1: closed, or no connection. */
struct output_ops {
	/* 0, or -errno when there is no use in trying again; logged. */
	int (*open)(struct output *o);
	/* Sends from the queue what can be sent. 0 or -errno: not now. */
	int (*pump)(struct output *o);
	void (*reopen)(struct output *o);
	void (*release)(struct output *o);
};

struct addrinfo;

struct output {
	const struct output_ops *ops;
	struct output_spec spec;
	struct outbox box;
	struct output_counts counts;
	bool patient;
	bool gave_up; /* nothing has arrived for as long as it was waited for */
	int epoll_fd;
	int fd;
	uint64_t now_ns; /* of the running pump */

	/* Complaints. */
	bool failing; /* and that was said */
	uint64_t failed_ns, dropped_ns; /* of the last complaint about that */
	uint64_t dropped_said;		/* drops that were spoken of */

	/* Files. */
	uint64_t size;
	bool torn; /* the file ends within a record that could not be taken back */

	/* Sockets. */
	struct addrinfo *addresses, *next;
	bool connected;
	int last_err;	     /* of the last attempt, until one succeeds */
	uint64_t retry_ns;   /* not before */
	uint64_t started_ns; /* of the attempt that is under way */
	uint64_t backoff_ns;
	uint32_t armed; /* events that epoll waits for */
};

extern const struct output_ops output_file_ops;
extern const struct output_ops output_socket_ops;

#endif
