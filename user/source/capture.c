// SPDX-License-Identifier: GPL-2.0
#include "user/source/capture.h"

#include <errno.h>
#include <pcap/pcap.h>

#include "user/model/linklayer.h"
#include "user/util/log.h"

struct capture {
	pcap_t *pcap;
	const char *name;
	struct capture_counts counts;
	int type;
};

static int check_type(const struct capture *c)
{
	const char *name = pcap_datalink_val_to_name(c->type);

	if (linklayer_known(c->type))
		return 0;
	return log_err(-EPROTONOSUPPORT,
		       "%s: link type %s is not known; capture on an Ethernet, IP or loopback "
		       "device, or with 'tcpdump -i any'", c->name, name ? name : "without a name");
}

int capture_new(FILE *file, const char *name, struct capture **out)
{
	_cleanup_(fclosep) FILE *owned = file;
	_cleanup_(capture_freep) struct capture *c = calloc(1, sizeof(*c));
	char error[PCAP_ERRBUF_SIZE] = "";
	int r;

	if (!c)
		return log_err(-ENOMEM, "%s", name);
	c->name = name;
	c->pcap = pcap_fopen_offline_with_tstamp_precision(owned, PCAP_TSTAMP_PRECISION_NANO,
							   error);
	if (!c->pcap)
		return log_err(-EBADMSG, "%s: not a pcap or pcapng file: %s", name, error);
	TAKE_PTR(owned); /* closed by pcap_close() */
	c->type = pcap_datalink(c->pcap);
	r = check_type(c);
	if (r)
		return r;
	*out = TAKE_PTR(c);
	return 0;
}

void capture_free(struct capture *capture)
{
	if (!capture)
		return;
	if (capture->pcap)
		pcap_close(capture->pcap);
	free(capture);
}

static uint64_t time_ns(const struct pcap_pkthdr *head)
{
	/* With nanosecond precision tv_usec holds nanoseconds; in a broken file both hold anything. */
	return (uint64_t)head->ts.tv_sec * 1000000000u + (uint64_t)head->ts.tv_usec;
}

int capture_next(struct capture *c, struct capture_packet *packet)
{
	struct pcap_pkthdr *head;
	const u_char *frame;
	size_t at;
	int r;

	while ((r = pcap_next_ex(c->pcap, &head, &frame)) == 1) {
		size_t wire = head->len > head->caplen ? head->len : head->caplen;

		c->counts.frames++;
		if (linklayer_ip(c->type, frame, head->caplen, &at)) {
			c->counts.not_ip++;
			continue;
		}
		*packet = (struct capture_packet){
			.ip = frame + at,
			.captured = head->caplen - at,
			.wire = wire - at,
			.ts_ns = time_ns(head),
		};
		return 1;
	}
	if (r == PCAP_ERROR_BREAK)
		return 0;
	return log_err(-EBADMSG, "%s: broken after frame %llu: %s", c->name,
		       (unsigned long long)c->counts.frames, pcap_geterr(c->pcap));
}

const struct capture_counts *capture_counts(const struct capture *capture)
{
	return &capture->counts;
}
