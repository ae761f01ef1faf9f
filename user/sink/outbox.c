/* SPDX-License-Identifier: GPL-2.0 */
#include "user/sink/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MIN 4096

int outbox_init(struct outbox *box, size_t size)
{
	size_t rounded = SIZE_MIN;

	while (rounded < size)
		rounded *= 2;
	*box = (struct outbox){ .data = malloc(rounded), .size = rounded };
	return box->data ? 0 : -ENOMEM;
}

void outbox_release(struct outbox *box)
{
	free(box->data);
	*box = (struct outbox){};
}

/* [from, from + len) of the queue. */
static int pieces_of(const struct outbox *box, uint64_t from, uint64_t len, struct iovec out[2])
{
	size_t at = from & (box->size - 1), first = box->size - at;

	if (!len)
		return 0;
	if (len <= first) {
		out[0] = (struct iovec){ box->data + at, len };
		return 1;
	}
	out[0] = (struct iovec){ box->data + at, first };
	out[1] = (struct iovec){ box->data, len - first };
	return 2;
}

size_t outbox_put(struct outbox *box, const char *bytes, size_t len)
{
	size_t room = box->size - (size_t)(box->tail - box->head), first;
	struct iovec to[2] = {};

	if (len > room) {
		const char *end = memrchr(bytes, '\n', room);

		len = end ? (size_t)(end - bytes) + 1 : 0;
	}
	if (!pieces_of(box, box->tail, len, to))
		return 0;
	first = to[0].iov_len;
	memcpy(to[0].iov_base, bytes, first);
	if (first < len)
		memcpy(to[1].iov_base, bytes + first, len - first);
	box->tail += len;
	return len;
}

int outbox_pieces(const struct outbox *box, uint64_t len, struct iovec pieces[2])
{
	uint64_t unsent = outbox_unsent(box);

	return pieces_of(box, box->sent, len < unsent ? len : unsent, pieces);
}

/* End of the last whole record in [from, to), or from if there is none. */
static uint64_t last_end(const struct outbox *box, uint64_t from, uint64_t to)
{
	struct iovec pieces[2];
	uint64_t end = to;

	for (int i = pieces_of(box, from, to - from, pieces) - 1; i >= 0; i--) {
		const char *base = pieces[i].iov_base;
		const char *last = memrchr(base, '\n', pieces[i].iov_len);

		if (last)
			return end - pieces[i].iov_len + (uint64_t)(last - base) + 1;
		end -= pieces[i].iov_len;
	}
	return from;
}

uint64_t outbox_whole(const struct outbox *box, uint64_t room)
{
	if (room >= outbox_unsent(box))
		return outbox_unsent(box);
	return last_end(box, box->sent, box->sent + room) - box->sent;
}

void outbox_sent(struct outbox *box, uint64_t len)
{
	box->sent += len;
}

void outbox_arrived(struct outbox *box, uint64_t pending)
{
	uint64_t on_the_way = box->sent - box->head;

	if (pending < on_the_way)
		box->head = last_end(box, box->head, box->sent - pending);
}

void outbox_rewind(struct outbox *box)
{
	box->sent = box->head;
}

uint64_t outbox_lines(const char *bytes, size_t len)
{
	const char *end = bytes + len;
	uint64_t count = 0;

	for (; (bytes = memchr(bytes, '\n', (size_t)(end - bytes))); bytes++)
		count++;
	return count;
}

uint64_t outbox_records(const struct outbox *box)
{
	struct iovec pieces[2];
	uint64_t count = 0;
	int n = pieces_of(box, box->head, box->tail - box->head, pieces);

	for (int i = 0; i < n; i++)
		count += outbox_lines(pieces[i].iov_base, pieces[i].iov_len);
	return count;
}
