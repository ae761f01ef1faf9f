/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/syn_report.h"

#include <string.h>

#include "user/model/rows.h"
#include "user/model/sentence.h"

static const char *const quality_names[] = {
	[SIGDB_EXACT] = "exact",
	[SIGDB_GENERIC] = "generic",
	[SIGDB_FUZZY] = "fuzzy",
};

static void fill_match(struct syn_report *r, const struct sigdb *db, const struct syn *s)
{
	struct sigdb_match match;

	sigdb_match(db, s, &match);
	r->dist = match.distance;
	r->quality = quality_names[match.quality];
	if (match.label) {
		r->label = match.label->text;
		r->class_name = match.label->class_name;
	}
	/* Like p0f: tools choose their MSS freely, it says nothing about their link. */
	if (match.label && match.label->application)
		r->fp.mtu = 0;
	if (r->fp.mtu)
		r->link = sigdb_link_label(db, r->fp.mtu);
}

static void fill_addresses(struct syn_report *r, const struct syn *s)
{
	r->family = s->version;
	memcpy(r->saddr, s->dst, sizeof(r->saddr));
	memcpy(r->daddr, s->src, sizeof(r->daddr));
	r->sport = s->dport;
	r->dport = s->sport;
	r->has_ports = s->flags != 0;
}

void syn_report_fill(struct syn_report *r, const struct sigdb *db, enum syn_status status,
		     const struct syn *s)
{
	memset(r, 0, sizeof(*r));
	r->status = syn_status_name(status);
	if (!s)
		return;
	fill_addresses(r, s);
	if (status != SYN_OK)
		return;
	r->ok = 1;
	fingerprint_make(s, &r->fp);
	r->ttl = s->ttl;
	r->dscp = s->tos >> 2;
	r->win = s->win;
	r->has_mss = s->kinds_mss != SYN_ABSENT;
	r->has_scale = s->kinds_scale != SYN_ABSENT;
	r->mss = r->has_mss ? (uint32_t)s->kinds_mss : 0;
	r->scale = r->has_scale ? (uint32_t)s->kinds_scale : 0;
	r->payload_bytes = s->payload;
	r->fast_open = syn_has_kind(s, SYN_OPT_FAST_OPEN);
	r->mptcp = syn_has_kind(s, SYN_OPT_MPTCP);
	fill_match(r, db, s);
}

_Static_assert((int)CDG_SYN_COOKIE == SYN_COOKIE && (int)CDG_SYN_NOT_SAVED == SYN_NOT_SAVED &&
		       (int)CDG_SYN_LOST == SYN_LOST && (int)CDG_SYN_TRUNCATED == SYN_TRUNCATED,
	       "the kernel's outcomes are the first of ours");

static enum syn_status parse_record(const struct cdg_rec_syn *rec, struct syn *s)
{
	memset(s, 0, sizeof(*s));
	if (rec->status >= CDG_SYN_STATUS_MAX)
		return SYN_LOST;
	if (rec->status != CDG_SYN_OK)
		return (enum syn_status)rec->status;
	return syn_parse(rec->header, rec->len, SYN_WIRE_UNKNOWN, s);
}

/* The socket's own view: also of connections without SYN. Mapped addresses become IPv4. */
static void take_addresses(struct syn_report *r, const struct cdg_rec_conn *conn)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool is_mapped = conn->family == 6 && !memcmp(conn->saddr, mapped, sizeof(mapped));
	size_t skip = is_mapped ? sizeof(mapped) : 0;

	memset(r->saddr, 0, sizeof(r->saddr));
	memset(r->daddr, 0, sizeof(r->daddr));
	memcpy(r->saddr, conn->saddr + skip, sizeof(r->saddr) - skip);
	memcpy(r->daddr, conn->daddr + skip, sizeof(r->daddr) - skip);
	r->family = is_mapped ? 4 : conn->family;
	r->sport = conn->sport;
	r->dport = conn->dport;
	r->has_ports = 1;
}

void syn_report_record(struct syn_report *r, const struct sigdb *db, const struct cdg_rec_syn *rec,
		       bool header)
{
	static const char digits[] = "0123456789abcdef";
	struct syn s;

	syn_report_fill(r, db, parse_record(rec, &s), &s);
	take_addresses(r, &rec->conn);
	r->ts_ns = rec->conn.head.ts_ns;
	r->seq = rec->conn.head.seq;
	r->netns = rec->conn.netns;
	r->cookie = rec->conn.cookie;
	r->cgroup_id = rec->cgroup;
	r->source = rec->source;
	r->flags = rec->flags;
	r->live = 1;
	r->has_header = header && rec->len;
	for (size_t i = 0; r->has_header && i < rec->len; i++) {
		r->header[2 * i] = digits[rec->header[i] >> 4];
		r->header[2 * i + 1] = digits[rec->header[i] & 15];
	}
}

void syn_report_flow(struct syn_report *r, const struct cdg_rec_flow *flow)
{
	r->flow = flow->conn.head.flow;
	r->srtt_us = flow->conn.srtt_us;
	r->cwnd = flow->conn.cwnd;
	r->retrans = flow->tcp.total_retrans;
}

static const struct enum_name source_names[] = {
	{ CDG_SYN_SAVE, "save", "kept by the kernel since the SYN came" },
	{ CDG_SYN_SYNACK, "synack", "read when the SYN-ACK was made" },
	{},
};

static const struct enum_name family_names[] = {
	{ 4, "ipv4", "IPv4" },
	{ 6, "ipv6", "IPv6" },
	{},
};

#define REC struct syn_report
#define LIVE_ROW(m, ...) ROW(REC, m, __VA_ARGS__, ROW_WHEN(REC, flow))
#define OK_ROW(m, ...) ROW(REC, m, __VA_ARGS__, ROW_WHEN(REC, ok))

static const struct field syn_fields[] = {
	ROW(REC, ts_ns, "time", TIME, NONE, NONE, "TIME", "Date and time in UTC.",
	    ROW_WHEN(REC, ts_ns)),
	ROW(REC, ts_ns, "ts_ns", UINT, NS, NONE, "TS",
	    "When it was seen: in a capture as the time of day, live as the monotonic clock.",
	    .flags = FIELD_ZERO_NONE),
	ROW(REC, seq, "seq", UINT, NONE, NONE, "SEQ",
	    "Number of the record in its subscription; a number that never comes is a lost record.",
	    .flags = FIELD_ZERO_NONE),
	ROW(REC, cookie, "cookie", UINT, NONE, NONE, "COOKIE",
	    "Socket cookie of the accepted connection, as 'ss -e' shows it.",
	    .flags = FIELD_ZERO_NONE),
	ROW(REC, netns, "netns", UINT, NONE, INFO, "NETNS",
	    "Inode number of the network namespace.", .flags = FIELD_ZERO_NONE),
	ROW(REC, cgroup, "cgroup", TEXT, NONE, INFO, "CGROUP",
	    "Cgroup that the listener was made in; absent when it is gone."),
	ROW(REC, cgroup_id, "cgroup_id", UINT, NONE, INFO, "CGROUPID", "Number of that cgroup.",
	    .flags = FIELD_ZERO_NONE),
	ROW(REC, family, "family", ENUM, NONE, INFO, "FAMILY", "ipv4 or ipv6.",
	    .names = family_names, ROW_WHEN(REC, family)),
	ROW(REC, saddr, "saddr", ADDR, NONE, INFO, "SADDR",
	    "Local address: that the SYN was sent to.", .aux = offsetof(REC, family)),
	ROW(REC, sport, "sport", UINT, NONE, INFO, "SPORT", "Local port.",
	    ROW_WHEN(REC, has_ports)),
	ROW(REC, daddr, "daddr", ADDR, NONE, INFO, "DADDR",
	    "Address of the peer: the sender of the SYN.", .aux = offsetof(REC, family)),
	ROW(REC, dport, "dport", UINT, NONE, INFO, "DPORT", "Port of the peer.",
	    ROW_WHEN(REC, has_ports)),
	ROW(REC, saddr, "local", ENDPOINT, NONE, INFO, "LOCAL", "Local address and port.",
	    .aux = offsetof(REC, family), .aux2 = offsetof(REC, sport),
	    .flags = FIELD_TEXT_ONLY, .width = 15, ROW_WHEN(REC, has_ports)),
	ROW(REC, daddr, "peer", ENDPOINT, NONE, INFO, "PEER", "Address and port of the peer.",
	    .aux = offsetof(REC, family), .aux2 = offsetof(REC, dport),
	    .flags = FIELD_TEXT_ONLY, .width = 15, ROW_WHEN(REC, has_ports)),
	ROW(REC, status, "status", TEXT, NONE, INFO, "STATUS",
	    "ok, or why there is no fingerprint: syncookie, not_saved, lost, truncated or "
	    "malformed:REASON."),
	ROW(REC, source, "source", ENUM, NONE, INFO, "SOURCE",
	    "Where the SYN was taken from; absent without one.", .names = source_names,
	    ROW_WHEN(REC, source)),
	ROW(REC, flags, "by_cookie", FLAG, NONE, INFO, "BYCOOKIE",
	    "The SYN was answered with a SYN cookie.", .aux = CDG_SYN_BY_COOKIE,
	    ROW_WHEN(REC, live)),
	ROW(REC, flags, "unverified", FLAG, NONE, INFO, "UNVERIFIED",
	    "Accepted on the SYN alone (TCP Fast Open): the sender's address is not proven.",
	    .aux = CDG_SYN_UNVERIFIED, ROW_WHEN(REC, live)),
	ROW(REC, label, "label", TEXT, NONE, INFO, "LABEL",
	    "System or tool that the signature files name; absent if they know none.", .width = 20),
	ROW(REC, class_name, "class", TEXT, NONE, INFO, "CLASS",
	    "Class of the label: win, unix, other, or ! for a tool.", .width = 5),
	ROW(REC, quality, "quality", TEXT, NONE, INFO, "QUALITY",
	    "How sure the label is: exact (a specific signature), generic (a catch-all one) or "
	    "fuzzy (TTL, DF, IP identification or ECN differ).",
	    .width = 7),
	OK_ROW(dist, "dist", UINT, NONE, GAUGE, "DIST",
	       "Guessed number of hops to the sender, from the TTL."),
	ROW(REC, fp.mtu, "mtu", UINT, NONE, GAUGE, "MTU",
	    "Path MTU in bytes that the MSS stands for; absent without MSS and for tools. A hint.",
	    .flags = FIELD_ZERO_NONE),
	ROW(REC, link, "link", TEXT, NONE, INFO, "LINK",
	    "Kind of link that this MTU speaks for; absent if none is known. A hint."),
	ROW(REC, fp.clamped_from, "mss_unclamped", UINT, NONE, GAUGE, "UNCLAMPED",
	    "MSS that the window was made for, where something on the path has lowered the MSS; "
	    "absent if nothing hints at that.", .flags = FIELD_ZERO_NONE),
	OK_ROW(fp.raw_sig, "raw_sig", CHARS, NONE, NONE, "RAW_SIG",
	       "Signature as p0f 3 writes it."),
	OK_ROW(fp.sig, "sig", CHARS, NONE, INFO, "SIG",
	       "The same with the initial TTL instead of the TTL as seen: the key to count by."),
	OK_ROW(fp.muonfp, "muonfp", CHARS, NONE, INFO, "MUONFP",
	       "MuonFP: window:kinds:mss:scale."),
	OK_ROW(fp.quirks, "quirks", CHARS, NONE, INFO, "QUIRKS",
	       "Oddities by p0f's names, separated by commas."),
	OK_ROW(win, "win", UINT, NONE, GAUGE, "WIN", "Window as sent, unscaled."),
	OK_ROW(fp.kinds, "kinds", CHARS, NONE, INFO, "KINDS",
	       "Kinds of the TCP options in order, separated by hyphens."),
	ROW(REC, mss, "mss", UINT, NONE, GAUGE, "MSS",
	    "Maximum segment size in bytes; absent without the option.", ROW_WHEN(REC, has_mss)),
	ROW(REC, scale, "scale", UINT, NONE, GAUGE, "SCALE",
	    "Window scale; absent without the option.", ROW_WHEN(REC, has_scale)),
	OK_ROW(ttl, "ttl", UINT, NONE, GAUGE, "TTL", "TTL or hop limit as received."),
	OK_ROW(dscp, "dscp", UINT, NONE, GAUGE, "DSCP", "Differentiated services code point."),
	OK_ROW(payload_bytes, "payload_bytes", UINT, BYTES, GAUGE, "PAYLOAD",
	       "Data in the SYN."),
	OK_ROW(fast_open, "fast_open", BOOL, NONE, INFO, "TFO",
	       "The SYN carries a TCP Fast Open option."),
	OK_ROW(mptcp, "mptcp", BOOL, NONE, INFO, "MPTCP", "The SYN asks for Multipath TCP."),
	ROW(REC, header, "header", CHARS, NONE, NONE, "HEADER",
	    "IP and TCP header in hex digits; only on request.", ROW_WHEN(REC, has_header)),
	ROW(REC, flow, "flow", UINT, NONE, NONE, "FLOW",
	    "Number of the flow, if CDG drives the connection now.", .flags = FIELD_ZERO_NONE),
	LIVE_ROW(srtt_us, "srtt_us", UINT, US, GAUGE, "RTT", "Its smoothed round-trip time."),
	LIVE_ROW(retrans, "retrans_segs", UINT, SEGMENTS, COUNTER, "RETRANS",
		 "Segments that it has retransmitted."),
	LIVE_ROW(cwnd, "cwnd", UINT, SEGMENTS, GAUGE, "CWND", "Its congestion window."),
};

const struct fields_table fields_syn = {
	.name = "syn",
	.help = "A SYN and what its headers tell about the system that sent it.",
	TABLE(struct syn_report, syn_fields),
	.columns = "peer,status,label,quality,dist,mtu,link,raw_sig",
};

const struct fields_table fields_syn_event = {
	.name = "syn",
	.help = "A SYN and what its headers tell about the system that sent it.",
	TABLE(struct syn_report, syn_fields),
	.columns = "peer,status,label,quality,dist,mtu,link,raw_sig",
	.tone = TONE_PLAIN,
	.sentence = sentence_syn,
};

static const struct field count_fields[] = {
	ROW(struct syn_count, count, "count", UINT, NONE, COUNTER, "COUNT", "Connections.",
	    .width = 7),
	ROW(struct syn_count, share, "share", REAL, RATIO, GAUGE, "SHARE", "Of all that are known.",
	    .width = 6),
	ROW(struct syn_count, last_ns, "last", TIME, NONE, NONE, "LAST",
	    "When the latest was accepted.", .flags = FIELD_ZERO_NONE),
	ROW(struct syn_count, label, "label", TEXT, NONE, INFO, "LABEL",
	    "System or tool that the signature files name.", .width = 20),
	ROW(struct syn_count, sig, "sig", TEXT, NONE, INFO, "SIG",
	    "Signature, the reason why there is none, or other."),
};

const struct fields_table fields_syn_count = {
	.name = "syn_count",
	.help = "Accepted connections by the signature of their SYN.",
	TABLE(struct syn_count, count_fields),
};
