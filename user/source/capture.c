/* SPDX-License-Identifier: GPL-2.0 */
#include "user/source/capture.h"

#include <errno.h>
#include <pcap/pcap.h>

#include "libraries.h"
#include "user/util/late.h"
#include "user/util/log.h"

#define PCAP_FUNCTIONS(X)                                                                         \
	X(pcap_fopen_offline_with_tstamp_precision)                                               \
	X(pcap_close) X(pcap_datalink) X(pcap_datalink_val_to_name) X(pcap_next_ex) X(pcap_geterr)

struct library {
	PCAP_FUNCTIONS(LATE_MEMBER)
};
static const char *const names[] = { PCAP_FUNCTIONS(LATE_NAME) NULL };

struct capture {
	struct library lib;
	pcap_t *pcap;
	const char *name;
	uint64_t frames;
};

int capture_new(FILE *file, const char *name, struct capture **out)
{
	_cleanup_(fclosep) FILE *owned = file;
	_cleanup_(capture_freep) struct capture *c = calloc(1, sizeof(*c));
	char error[PCAP_ERRBUF_SIZE] = "";

	if (!c)
		return log_err(-ENOMEM, "%s", name);
	if (late_open(LIBRARY_pcap, names, &c->lib))
		return -ENOENT;
	c->name = name;
	c->pcap = c->lib.pcap_fopen_offline_with_tstamp_precision(owned, PCAP_TSTAMP_PRECISION_NANO,
								  error);
	if (!c->pcap)
		return log_err(-EBADMSG, "%s: not a pcap or pcapng file: %s", name, error);
	TAKE_PTR(owned); /* closed by pcap_close() */
	*out = TAKE_PTR(c);
	return 0;
}

void capture_free(struct capture *capture)
{
	if (!capture)
		return;
	if (capture->pcap)
		capture->lib.pcap_close(capture->pcap);
	free(capture);
}

int capture_type(const struct capture *capture)
{
	return capture->lib.pcap_datalink(capture->pcap);
}

const char *capture_type_name(const struct capture *capture)
{
	const char *name = capture->lib.pcap_datalink_val_to_name(capture_type(capture));

	return name ? name : "without a name";
}

/* With nanosecond precision tv_usec holds nanoseconds; in a broken file both hold anything. */
static uint64_t time_ns(const struct pcap_pkthdr *head)
{
	return (uint64_t)head->ts.tv_sec * 1000000000u + (uint64_t)head->ts.tv_usec;
}

int capture_next(struct capture *c, struct capture_frame *frame)
{
	struct pcap_pkthdr *head;
	const u_char *bytes;
	int r = c->lib.pcap_next_ex(c->pcap, &head, &bytes);

	if (r == PCAP_ERROR_BREAK)
		return 0;
	if (r != 1)
		return log_err(-EBADMSG, "%s: broken after frame %llu: %s", c->name,
			       (unsigned long long)c->frames, c->lib.pcap_geterr(c->pcap));
	c->frames++;
	*frame = (struct capture_frame){
		.bytes = bytes,
		.captured = head->caplen,
		.wire = head->len > head->caplen ? head->len : head->caplen,
		.ts_ns = time_ns(head),
	};
	return 1;
}
