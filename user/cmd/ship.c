/* SPDX-License-Identifier: GPL-2.0 */
#include "user/cmd/ship.h"

#include <errno.h>

#include "user/model/schema.h"
#include "user/util/log.h"

struct ship {
	struct cmd_ctx *ctx;
	struct output_spec spec;
	enum schema schema;
	size_t bytes;
	struct output *output; /* NULL: stdout */
	struct sink *sink;     /* NULL: that of ctx */
};

static int check_schema(struct cmd_ctx *ctx, const char *text, enum schema *out)
{
	if (!text)
		return CMD_OK;
	if (schema_parse(text, out))
		return cmd_usage(ctx, "--schema knows native, ecs and otel, not '%s'", text);
	if (ctx->kind == SINK_TEXT)
		return cmd_usage(ctx, "--schema is for JSON: 'cdgctl -j %s --schema=%s'",
				 ctx->self->name, text);
	return CMD_OK;
}

static int check_output(struct cmd_ctx *ctx, const struct ship_options *o,
			struct output_spec *out)
{
	char err[256 + OUTPUT_TEXT];

	if (o->output_buffer_kb && (o->output_buffer_kb < OUTPUT_BYTES_MIN / 1024 ||
				    o->output_buffer_kb > OUTPUT_BYTES_MAX / 1024))
		return cmd_usage(ctx, "--output-buffer needs a number from %u to %u (kilobytes)",
				 OUTPUT_BYTES_MIN / 1024, OUTPUT_BYTES_MAX / 1024);
	if (output_parse(o->output ? o->output : "-", out, err, sizeof(err)))
		return cmd_usage(ctx, "--output: %s", err);
	if (out->kind != OUTPUT_STDOUT && ctx->kind == SINK_PRETTY)
		return cmd_usage(ctx, "--output needs one record per line: -j and not -p");
	if (out->kind == OUTPUT_STDOUT && o->output_buffer_kb)
		return cmd_usage(ctx, "--output-buffer needs --output");
	return CMD_OK;
}

int ship_new(struct cmd_ctx *ctx, const struct ship_options *o, struct ship **out)
{
	_cleanup_(ship_freep) struct ship *ship = calloc(1, sizeof(*ship));
	int r;

	if (!ship)
		return cmd_exit(-ENOMEM);
	ship->ctx = ctx;
	ship->bytes = o->output_buffer_kb ? o->output_buffer_kb * 1024 : OUTPUT_BYTES_DEFAULT;
	r = check_schema(ctx, o->schema, &ship->schema);
	if (!r)
		r = check_output(ctx, o, &ship->spec);
	if (r)
		return r;
	*out = TAKE_PTR(ship);
	return CMD_OK;
}

void ship_free(struct ship *ship)
{
	sink_freep(&ship->sink);
	output_freep(&ship->output);
	free(ship);
}

int ship_schema(struct cmd_ctx *ctx, const char *text)
{
	enum schema schema = SCHEMA_NATIVE;
	int r = check_schema(ctx, text, &schema);

	if (!r)
		sink_set_schema(ctx->sink, schema);
	return r;
}

int ship_open(struct ship *ship, bool patient)
{
	struct output_options options = { .spec = &ship->spec, .bytes = ship->bytes,
					  .patient = patient };
	int r = 0;

	if (ship->spec.kind != OUTPUT_STDOUT) {
		r = output_open(&options, &ship->output);
		if (!r)
			r = sink_new_beside(ship->ctx->sink, ship->output, &ship->sink);
	}
	if (!r)
		sink_set_schema(ship_sink(ship), ship->schema);
	return r;
}

struct sink *ship_sink(struct ship *ship)
{
	return ship->sink ? ship->sink : ship->ctx->sink;
}

struct output *ship_output(struct ship *ship)
{
	return ship->output;
}

uint64_t ship_dropped(const struct ship *ship)
{
	struct output_counts counts = {};

	if (ship->output)
		output_counts(ship->output, &counts);
	return counts.dropped;
}
