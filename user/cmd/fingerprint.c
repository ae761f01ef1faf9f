/* SPDX-License-Identifier: GPL-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "user/cmd/cmd.h"
#include "user/cmd/signatures.h"
#include "user/cmd/syn_view.h"
#include "user/model/linklayer.h"
#include "user/source/capture.h"
#include "user/util/log.h"

#define PACKET_MAX (40 + 65535) /* largest that the length fields can tell of */
#define LINE_MAX_ (2 * PACKET_MAX + 64)
#define BATCH 256

struct options {
	struct syn_view_options view;
	const char *columns;
	bool saved;
};

struct job {
	struct sink *sink;
	struct syn_view view;
	struct columns columns;
	bool saved;
	unsigned int shown;
	bool refused; /* something that was typed is no SYN */
};

static void release_job(struct job *job)
{
	syn_view_release(&job->view);
}

static int show(struct job *job, enum syn_status status, const struct syn *s, uint64_t ts_ns)
{
	struct syn_report report;

	syn_report_fill(&report, &job->view.db, status, s);
	report.ts_ns = ts_ns;
	syn_view_hide(&job->view, &report);
	sink_record(job->sink, &fields_syn, &report);
	return ++job->shown % BATCH ? 0 : sink_flush(job->sink);
}

/* Data, SYN-ACKs and other protocols are no news in a capture; broken SYNs are. */
static bool worth_showing(enum syn_status status, const struct syn *s)
{
	return status == SYN_OK || (s->flags & (SYN_TCP_SYN | SYN_TCP_ACK)) == SYN_TCP_SYN;
}

/* Counted over one capture. */
struct tally {
	unsigned long long frames, syns, broken;
};

static int show_frame(struct job *job, int type, const struct capture_frame *frame,
		      struct tally *tally)
{
	enum syn_status status;
	struct syn s;
	size_t at;

	tally->frames++;
	if (linklayer_ip(type, frame->bytes, frame->captured, &at))
		return 0;
	status = syn_parse(frame->bytes + at, frame->captured - at, frame->wire - at, &s);
	if (!worth_showing(status, &s))
		return 0;
	tally->syns++;
	tally->broken += status != SYN_OK;
	return show(job, status, &s, frame->ts_ns);
}

static int show_capture(struct job *job, FILE *file, const char *name)
{
	_cleanup_(capture_freep) struct capture *capture = NULL;
	struct tally tally = { 0 };
	struct capture_frame frame;
	int r = capture_new(file, name, &capture), type;

	if (r)
		return r;
	type = capture_type(capture);
	if (!linklayer_known(type))
		return log_err(-EPROTONOSUPPORT,
			       "%s: link type %s is not known; capture on an Ethernet, IP or "
			       "loopback device, or with 'tcpdump -i any'", name,
			       capture_type_name(capture));
	while ((r = capture_next(capture, &frame)) == 1) {
		r = show_frame(job, type, &frame, &tally);
		if (r)
			return r;
	}
	log_info("%s: %llu frames, %llu SYNs, %llu of them not decoded", name, tally.frames,
		 tally.syns, tally.broken);
	return r;
}

static int nibble(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* Blanks between the digits are ignored. Number of bytes, or -EINVAL. */
static int parse_hex(const char *text, uint8_t *bytes, size_t max)
{
	size_t digits = 0;

	for (; *text; text++) {
		int value = nibble(*text);

		if (isspace((unsigned char)*text))
			continue;
		if (value < 0 || digits == 2 * max)
			return -EINVAL;
		if (digits % 2)
			bytes[digits / 2] |= (uint8_t)value;
		else
			bytes[digits / 2] = (uint8_t)(value << 4);
		digits++;
	}
	return digits % 2 ? -EINVAL : (int)(digits / 2);
}

/* hint: what else name might have been, for the message. */
static int show_hex(struct job *job, const char *text, const char *name, const char *hint)
{
	_cleanup_(freep) uint8_t *bytes = malloc(PACKET_MAX);
	enum syn_status status;
	struct syn s;
	size_t len;
	int r;

	if (!bytes)
		return log_err(-ENOMEM, "fingerprint");
	r = parse_hex(text, bytes, PACKET_MAX);
	if (r < 0) {
		log_err(0, "%s: not an even number of hex digits%s", name, hint);
		return r;
	}
	len = (size_t)r;
	status = syn_parse(bytes, len, job->saved ? SYN_WIRE_UNKNOWN : len, &s);
	job->refused |= status != SYN_OK;
	return show(job, status, &s, 0);
}

static int show_hex_lines(struct job *job, FILE *file, const char *name)
{
	_cleanup_(freep) char *line = malloc(LINE_MAX_);
	unsigned int number = 0;
	char where[64];
	int r = 0;

	if (!line)
		return log_err(-ENOMEM, "fingerprint");
	while (!r && fgets(line, LINE_MAX_, file)) {
		snprintf(where, sizeof(where), "%.32s:%u", name, ++number);
		if (line[strspn(line, " \t\r\n")] && line[0] != '#')
			r = show_hex(job, line, where, ", and the file is no capture");
	}
	return r;
}

/* A C library of Linux takes back, one after the other, what it has just given. */
static bool begins_like_capture(FILE *file)
{
	static const unsigned char pcapng[4] = { 0x0a, 0x0d, 0x0d, 0x0a };
	unsigned char head[sizeof(pcapng)] = { 0 };

	for (size_t n = fread(head, 1, sizeof(head), file); n; n--)
		ungetc(head[n - 1], file);
	/* pcap in either byte order and resolution, pcapng; hex text begins with none of them. */
	return head[0] == 0xa1 || head[0] == 0xd4 || head[0] == 0x4d ||
	       !memcmp(head, pcapng, sizeof(pcapng));
}

static int show_file(struct job *job, FILE *file, const char *name)
{
	int r;

	if (begins_like_capture(file))
		return show_capture(job, file, name);
	r = show_hex_lines(job, file, name);
	fclose(file);
	return r;
}

static int show_input(struct job *job, const char *input)
{
	struct stat st;
	FILE *file;
	int fd;

	if (!strcmp(input, "-")) {
		fd = dup(STDIN_FILENO);
		file = fd < 0 ? NULL : fdopen(fd, "r");
		return file ? show_file(job, file, "stdin") : log_err(-errno, "stdin");
	}
	file = fopen(input, "re");
	if (file && !fstat(fileno(file), &st) && S_ISDIR(st.st_mode)) {
		fclose(file);
		return log_err(-EISDIR, "read %s", input);
	}
	if (file)
		return show_file(job, file, input);
	if (errno != ENOENT && errno != ENAMETOOLONG)
		return log_err(-errno, "open %s", input);
	return show_hex(job, input, input, ", and there is no such file");
}

/* 0 or an exit code. */
static int prepare(struct cmd_ctx *ctx, const struct options *opts, struct job *job)
{
	char err[256];

	job->sink = ctx->sink;
	job->saved = opts->saved;
	if (opts->columns &&
	    columns_parse(&fields_syn, opts->columns, &job->columns, err, sizeof(err)))
		return cmd_usage(ctx, "--columns: %s", err);
	return syn_view_open(ctx, &opts->view, &job->view);
}

static int run(struct cmd_ctx *ctx, int argc, char **argv)
{
	_cleanup_(release_job) struct job job = { 0 };
	struct options opts = { 0 };
	int count = cmd_options(ctx, argc, argv, &opts), r;

	if (count < 0)
		return CMD_USAGE;
	if (!count)
		return cmd_usage(ctx, "name a capture file, hex digits, or - for stdin");
	r = prepare(ctx, &opts, &job);
	if (r)
		return r;
	sink_set_clock(ctx->sink, 0); /* captures hold the time of day */
	sink_begin_table(ctx->sink, NULL, &fields_syn, opts.columns ? &job.columns : NULL);
	for (int i = 0; i < count && !r; i++)
		r = show_input(&job, argv[i]);
	sink_end_table(ctx->sink);
	if (!r || r == -EBADMSG)
		r = sink_flush(ctx->sink) ? sink_flush(ctx->sink) : r;
	if (r == -EINVAL)
		return CMD_USAGE;
	return r || !job.refused ? cmd_exit(r) : CMD_USAGE;
}

static const struct cmd_option options[] = {
	SYN_VIEW_OPTIONS(struct options, view),
	{ "saved", 0, OPTION_FLAG, offsetof(struct options, saved), NULL,
	  "the digits are headers only: the IP length may speak of data" },
	{ "columns", 'c', OPTION_TEXT, offsetof(struct options, columns), "LIST",
	  "fields to show; +LIST: besides the usual ones; all" },
	{},
};

const struct command cmd_fingerprint = {
	.name = "fingerprint",
	.run = run,
	.synopsis = "FILE.pcap | FILE.pcapng | HEX | - ...",
	.summary = "decode SYNs from capture files or hex digits",
	.help = "Decodes every SYN with the code that decodes live ones: p0f and MuonFP\n"
		"signatures, the label of the system, distance, MTU. Needs no privileges and\n"
		"nothing loaded.\n"
		"Files may be pcap or pcapng; other files, and stdin unless it is a capture,\n"
		"hold one packet per line in hex digits, from the IP header on. Exit code 1 when\n"
		"digits that were given are no SYN; the field status says why.\n"
		"Labels come from --db, then " SIGNATURES_P0F " if installed, then the\n"
		"built-in signatures. A label is a hint: any sender can forge it.",
	.options = options,
};
