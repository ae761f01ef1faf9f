/* SPDX-License-Identifier: GPL-2.0 */
/* Options of a subscription, shared by all that subscribe. */
#include <errno.h>

#include "user/cmd/stream.h"
#include "user/model/event.h"
#include "user/source/ring.h"

static int check_options(struct cmd_ctx *ctx, const struct stream_options *o)
{
	if (o->port > 65535)
		return cmd_usage(ctx, "--port needs a port from 1 to 65535");
	if (o->sample > UINT32_MAX)
		return cmd_usage(ctx, "--sample needs a number from 1 to %u", UINT32_MAX);
	if (o->buffer_kb && (o->buffer_kb < RING_BYTES_MIN / 1024 ||
			     o->buffer_kb > RING_BYTES_MAX / 1024))
		return cmd_usage(ctx, "--buffer needs a number from %u to %u (kilobytes)",
				 RING_BYTES_MIN / 1024, RING_BYTES_MAX / 1024);
	return 0;
}

size_t stream_ring_bytes(const struct stream_options *o)
{
	return o->buffer_kb ? o->buffer_kb * 1024 : RING_BYTES_DEFAULT;
}

int stream_subscription(struct cmd_ctx *ctx, const struct stream_options *o, const char *kinds,
			struct cdg_sub_filter *out)
{
	char err[512];

	*out = (struct cdg_sub_filter){
		.sample = (uint32_t)o->sample, .sport = (uint16_t)o->port, .flow = o->flow,
	};
	if (check_options(ctx, o))
		return -EINVAL;
	if (!event_kinds_parse(o->events ? o->events : kinds, &out->kinds, err, sizeof(err)))
		return 0;
	cmd_usage(ctx, "%s", err);
	return -EINVAL;
}
