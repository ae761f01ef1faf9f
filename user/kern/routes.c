// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "user/kern/routes.h"
#include "user/util/own.h"

#define DUMP_SIZE 32768 /* what the kernel fills at most per read */

struct dump {
	route_cb cb;
	void *ctx;
	int stop; /* what cb returned */
};

static void read_metrics(const struct nlattr *metrics, struct route_info *route)
{
	const struct nlattr *attr;
	uint32_t lock = 0;

	mnl_attr_for_each_nested(attr, metrics) {
		if (mnl_attr_get_type(attr) == RTAX_CC_ALGO)
			snprintf(route->cc, sizeof(route->cc), "%.*s",
				 (int)mnl_attr_get_payload_len(attr), mnl_attr_get_str(attr));
		else if (mnl_attr_get_type(attr) == RTAX_LOCK &&
			 !mnl_attr_validate(attr, MNL_TYPE_U32))
			lock = mnl_attr_get_u32(attr);
	}
	route->locked = lock & (1u << RTAX_CC_ALGO);
}

static void read_prefix(const struct rtmsg *rt, const struct nlattr *dst, struct route_info *route)
{
	size_t need = rt->rtm_family == AF_INET ? 4 : 16;
	char text[INET6_ADDRSTRLEN];

	if (dst && mnl_attr_get_payload_len(dst) >= need &&
	    inet_ntop(rt->rtm_family, mnl_attr_get_payload(dst), text, sizeof(text)))
		snprintf(route->prefix, sizeof(route->prefix), "%s/%u", text, rt->rtm_dst_len);
	else
		strcpy(route->prefix, "default");
}

static int read_route(const struct nlmsghdr *msg, void *ctx)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(msg);
	const struct nlattr *attr, *dst = NULL;
	struct route_info route = {};
	struct dump *dump = ctx;

	mnl_attr_for_each(attr, msg, sizeof(*rt)) {
		switch (mnl_attr_get_type(attr)) {
		case RTA_DST:
			dst = attr;
			break;
		case RTA_METRICS:
			read_metrics(attr, &route);
			break;
		case RTA_OIF:
			if (!if_indextoname(mnl_attr_get_u32(attr), route.dev))
				snprintf(route.dev, sizeof(route.dev), "if%u",
					 mnl_attr_get_u32(attr));
			break;
		}
	}
	if (!route.cc[0])
		return MNL_CB_OK;
	route.family = rt->rtm_family == AF_INET ? 4 : 6;
	read_prefix(rt, dst, &route);
	dump->stop = dump->cb(dump->ctx, &route);
	return dump->stop ? MNL_CB_STOP : MNL_CB_OK;
}

static void socketp(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

static int dump_family(uint8_t family, struct dump *dump)
{
	_cleanup_(socketp) struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	_cleanup_(freep) char *buf = malloc(DUMP_SIZE);
	struct nlmsghdr *msg;
	struct rtmsg *rt;
	int n, r = MNL_CB_OK;

	if (!nl || !buf || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	msg = mnl_nlmsg_put_header(buf);
	msg->nlmsg_type = RTM_GETROUTE;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	msg->nlmsg_seq = 1;
	rt = mnl_nlmsg_put_extra_header(msg, sizeof(*rt));
	rt->rtm_family = family;
	if (mnl_socket_sendto(nl, msg, msg->nlmsg_len) < 0)
		return -errno;
	while (r == MNL_CB_OK) {
		n = mnl_socket_recvfrom(nl, buf, DUMP_SIZE);
		if (n <= 0)
			return n ? -errno : 0;
		r = mnl_cb_run(buf, n, 1, mnl_socket_get_portid(nl), read_route, dump);
	}
	return r < 0 ? -errno : dump->stop;
}

int routes_each(route_cb cb, void *ctx)
{
	struct dump dump = { .cb = cb, .ctx = ctx };
	int r = dump_family(AF_INET, &dump);

	return r ? r : dump_family(AF_INET6, &dump);
}
