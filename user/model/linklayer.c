/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/linklayer.h"

#include <errno.h>

#include "user/util/own.h"

#define TAGS_MAX 4 /* VLAN tags in a row */

#define ETHERTYPE_IPV4_ 0x0800
#define ETHERTYPE_IPV6_ 0x86dd
#define ETHERTYPE_VLAN_ 0x8100
#define ETHERTYPE_QINQ_ 0x88a8
#define ETHERTYPE_QINQ_OLD_ 0x9100
#define ETHERTYPE_PPPOE_ 0x8864
#define PPP_IPV4_ 0x0021
#define PPP_IPV6_ 0x0057

static unsigned int be16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static int found(size_t at, size_t len, size_t *offset)
{
	if (at > len)
		return -ENOMSG;
	*offset = at;
	return 0;
}

/* `at`: behind the type field. */
static int by_ethertype(unsigned int type, const uint8_t *frame, size_t at, size_t len,
			size_t *offset)
{
	for (int tags = 0; tags <= TAGS_MAX; tags++) {
		switch (type) {
		case ETHERTYPE_IPV4_:
		case ETHERTYPE_IPV6_:
			return found(at, len, offset);
		case ETHERTYPE_VLAN_:
		case ETHERTYPE_QINQ_:
		case ETHERTYPE_QINQ_OLD_:
			if (at + 4 > len)
				return -ENOMSG;
			type = be16(frame + at + 2);
			at += 4;
			break;
		case ETHERTYPE_PPPOE_:
			if (at + 8 > len)
				return -ENOMSG;
			type = be16(frame + at + 6);
			if (type != PPP_IPV4_ && type != PPP_IPV6_)
				return -ENOMSG;
			return found(at + 8, len, offset);
		default:
			return -ENOMSG;
		}
	}
	return -ENOMSG;
}

static int ethernet(const uint8_t *frame, size_t len, size_t *offset)
{
	return len < 14 ? -ENOMSG : by_ethertype(be16(frame + 12), frame, 14, len, offset);
}

static int cooked(const uint8_t *frame, size_t len, size_t *offset)
{
	return len < 16 ? -ENOMSG : by_ethertype(be16(frame + 14), frame, 16, len, offset);
}

static int cooked2(const uint8_t *frame, size_t len, size_t *offset)
{
	return len < 20 ? -ENOMSG : by_ethertype(be16(frame), frame, 20, len, offset);
}

static int raw(const uint8_t *frame, size_t len, size_t *offset)
{
	(void)frame;
	return found(0, len, offset);
}

/* Four bytes of address family, in the byte order and numbering of the machine that captured. */
static int loopback(const uint8_t *frame, size_t len, size_t *offset)
{
	static const unsigned int families[] = { 2, 10, 24, 28, 30 };
	unsigned int big, little;

	if (len < 4)
		return -ENOMSG;
	big = be16(frame) << 16 | be16(frame + 2);
	little = __builtin_bswap32(big);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (big == families[i] || little == families[i])
			return found(4, len, offset);
	return -ENOMSG;
}

/* The numbers are those of libpcap's DLT_*; raw IP has several by platform. */
static const struct {
	int type;
	int (*ip)(const uint8_t *frame, size_t len, size_t *offset);
} types[] = {
	{ 0, loopback },    /* NULL */
	{ 1, ethernet },    /* EN10MB */
	{ 12, raw },	    /* RAW */
	{ 14, raw },	    /* RAW on OpenBSD */
	{ 101, raw },	    /* RAW in files */
	{ 108, loopback },  /* LOOP */
	{ 113, cooked },    /* LINUX_SLL */
	{ 228, raw },	    /* IPV4 */
	{ 229, raw },	    /* IPV6 */
	{ 276, cooked2 },   /* LINUX_SLL2 */
};

bool linklayer_known(int type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return true;
	return false;
}

int linklayer_ip(int type, const uint8_t *frame, size_t len, size_t *offset)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return types[i].ip(frame, len, offset);
	return -EPROTONOSUPPORT;
}
