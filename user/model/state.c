/* SPDX-License-Identifier: GPL-2.0 */
#include "user/model/state.h"

#include <stdio.h>

#include "user/model/rows.h"

#define TEXT(rec, m, column_, help_, ...) \
	ROW(rec, m, #m, TEXT, NONE, INFO, column_, help_, ##__VA_ARGS__)
#define BOOL(rec, m, column_, help_) ROW(rec, m, #m, BOOL, NONE, GAUGE, column_, help_)
#define NUMBER(rec, m, metric_, column_, help_, ...) \
	ROW(rec, m, #m, UINT, NONE, metric_, column_, help_, ##__VA_ARGS__)

static const struct enum_name owner_names[] = {
	{ OWNER_FREE, "free", "nobody holds the name" },
	{ OWNER_OURS, "ours", "this instance of cdgctl holds it" },
	{ OWNER_NATIVE, "native", "a kernel module holds it" },
	{ OWNER_FOREIGN, "foreign", "another BPF program or another pin directory holds it" },
	{},
};

static const struct enum_name registration_names[] = {
	{ REGISTERED_NOT, "none", "not registered" },
	{ REGISTERED_LINK, "link", "by a BPF link, which can be replaced live" },
	{ REGISTERED_MAP, "map", "by the map itself, as kernels before 6.4 do it" },
	{},
};

static const struct enum_name probe_names[] = {
	{ PROBE_OK, "ok", "there" },
	{ PROBE_DEGRADED, "degraded", "CDG works with less" },
	{ PROBE_MISSING, "missing", "CDG does not work without it" },
	{},
};

static const struct enum_name severity_names[] = {
	{ SEVERITY_DONE, "done", "something was done" },
	{ SEVERITY_INFO, "info", "good to know" },
	{ SEVERITY_WARNING, "warning", "works, but not as it could" },
	{ SEVERITY_ERROR, "error", "does not work" },
	{},
};

static const struct enum_name address_family_names[] = {
	{ 4, "ipv4", "IPv4" },
	{ 6, "ipv6", "IPv6" },
	{},
};

static const struct field summary_fields[] = {
	BOOL(struct state_summary, loaded, "LOADED", "CDG is loaded from this pin directory."),
	BOOL(struct state_summary, degraded, "DEGRADED", "Loaded, but not all is well."),
	NUMBER(struct state_summary, code, NONE, "CODE", "Exit code of the command."),
	TEXT(struct state_summary, pin_dir, "PINS", "Directory of the pins."),
	TEXT(struct state_summary, version, "VERSION", "Version of cdgctl."),
	TEXT(struct state_summary, build_id, "BUILD", "Hash over the BPF objects that are loaded."),
	ROW(struct state_summary, loaded_ns, "since", TIME, NONE, NONE, "SINCE",
	    "When it was loaded.", .flags = FIELD_ZERO_NONE),
	BOOL(struct state_summary, restricted, "RESTRICTED",
	     "Only privileged processes may choose it."),
	TEXT(struct state_summary, preset, "PRESET", "Preset that the parameters equal."),
	NUMBER(struct state_summary, generation, COUNTER, "GEN",
	       "Number of the parameter set in force, 1 after load.", .flags = FIELD_ZERO_NONE),
	NUMBER(struct state_summary, flows, GAUGE, "FLOWS", "Flows that use CDG now."),
	NUMBER(struct state_summary, flows_started, COUNTER, "STARTED",
	       "Flows since it was loaded."),
	NUMBER(struct state_summary, flows_ended, COUNTER, "ENDED",
	       "Flows of them that have ended."),
	NUMBER(struct state_summary, storage_failed, COUNTER, "NOSTORE",
	       "Flows that ran without history and totals, for lack of memory."),
	NUMBER(struct state_summary, ring_failed, COUNTER, "NORING",
	       "Flows with a large window that ran without its history, for lack of memory."),
};

const struct fields_table fields_summary = {
	.name = "status",
	.help = "What is loaded from a pin directory.",
	TABLE(struct state_summary, summary_fields),
};

static const struct field name_fields[] = {
	TEXT(struct state_name, name, "NAME", "Name of the congestion control."),
	TEXT(struct state_name, role, "ROLE", "Who selects it by this name."),
	ROW(struct state_name, owner, "owner", ENUM, NONE, NONE, "OWNER", "Who holds the name.",
	    .names = owner_names),
	BOOL(struct state_name, registered, "REGISTERED", "The kernel knows the name."),
	ROW(struct state_name, registered_by, "registered_by", ENUM, NONE, NONE, "BY",
	    "What keeps it registered.", .names = registration_names),
	BOOL(struct state_name, stale, "STALE", "There is a pin, but its registration is gone."),
	TEXT(struct state_name, build_id, "BUILD", "Hash over the BPF objects behind the name."),
	TEXT(struct state_name, detail, "DETAIL", "More about who holds it."),
};

const struct fields_table fields_name = {
	.name = "name",
	.help = "A name of a congestion control, and who holds it.",
	TABLE(struct state_name, name_fields),
	.columns = "name,role,owner,registered,registered_by,stale,detail",
};

static const struct field param_fields[] = {
	TEXT(struct state_param, name, "NAME", "Name of the parameter."),
	NUMBER(struct state_param, value, GAUGE, "VALUE", "Value in force.", .width = 6),
	ROW(struct state_param, def, "default", UINT, NONE, NONE, "DEFAULT", "Linux's value."),
	NUMBER(struct state_param, min, NONE, "MIN", "Smallest value."),
	NUMBER(struct state_param, max, NONE, "MAX", "Largest value."),
	TEXT(struct state_param, unit, "UNIT", "What it counts; absent for a plain number."),
	BOOL(struct state_param, changed, "CHANGED", "The value is not the default."),
	TEXT(struct state_param, live, "TAKES EFFECT", "When a change takes effect."),
	TEXT(struct state_param, help, "MEANING", "What it does."),
};

const struct fields_table fields_param = {
	.name = "param",
	.help = "A parameter of CDG and its value.",
	TABLE(struct state_param, param_fields),
	.columns = "name,value,default,unit,live,help",
};

static const struct field cost_fields[] = {
	TEXT(struct state_cost, program, "PROGRAM", "Name of the BPF program."),
	NUMBER(struct state_cost, runs, GAUGE, "RUNS", "How often it ran while it was measured."),
	ROW(struct state_cost, run_ns, "run_ns", UINT, NS, GAUGE, "NS/RUN",
	    "Mean time of a run; absent if there was none.", .flags = FIELD_ZERO_NONE),
	ROW(struct state_cost, cpu_share, "cpu_share", REAL, RATIO, GAUGE, "CPU",
	    "Share of one processor's time."),
};

const struct fields_table fields_cost = {
	.name = "cost",
	.help = "What a BPF program of the instance costs.",
	TABLE(struct state_cost, cost_fields),
};

static const struct field default_fields[] = {
	NUMBER(struct state_default, netns, INFO, "NETNS",
	       "Inode number of the network namespace."),
	TEXT(struct state_default, netns_name, "NAMESPACE", "Its name, or a path to it."),
	TEXT(struct state_default, cc, "DEFAULT", "Congestion control of new sockets in it."),
	BOOL(struct state_default, ours, "OURS", "That is this instance of CDG."),
};

const struct fields_table fields_default = {
	.name = "default",
	.help = "The default congestion control of a network namespace.",
	TABLE(struct state_default, default_fields),
};

static const struct field route_fields[] = {
	NUMBER(struct state_route, netns, INFO, "NETNS", "Inode number of the network namespace."),
	TEXT(struct state_route, netns_name, "NAMESPACE", "Its name, or a path to it."),
	ROW(struct state_route, family, "family", ENUM, NONE, INFO, "FAMILY", "ipv4 or ipv6.",
	    .names = address_family_names),
	TEXT(struct state_route, prefix, "PREFIX", "Destination of the route."),
	TEXT(struct state_route, dev, "DEV", "Its device."),
	TEXT(struct state_route, cc, "CC", "Congestion control that it sets."),
	BOOL(struct state_route, locked, "LOCKED", "Sockets may not choose another one."),
};

const struct fields_table fields_route = {
	.name = "route",
	.help = "A route that sets the congestion control.",
	TABLE(struct state_route, route_fields),
};

static const struct field subscriber_fields[] = {
	NUMBER(struct state_subscriber, slot, INFO, "SLOT", "Its slot, 0 to 7."),
	NUMBER(struct state_subscriber, pid, INFO, "PID", "Its process."),
	TEXT(struct state_subscriber, command, "COMMAND", "Name of the process."),
	TEXT(struct state_subscriber, filter, "WANTS", "What it has asked the kernel for."),
	NUMBER(struct state_subscriber, sent, COUNTER, "SENT", "Records sent to it."),
	NUMBER(struct state_subscriber, lost, COUNTER, "LOST",
	       "Records lost because it was too slow."),
	BOOL(struct state_subscriber, stale, "STALE", "Its process has gone without saying so."),
};

const struct fields_table fields_subscriber = {
	.name = "subscriber",
	.help = "A reader of the event stream.",
	TABLE(struct state_subscriber, subscriber_fields),
};

static void sentence_probe(const void *record, char *out, size_t len)
{
	static const char *const marks[] = {
		[PROBE_OK] = "ok", [PROBE_DEGRADED] = "degraded", [PROBE_MISSING] = "missing"
	};
	const struct state_probe *probe = record;
	bool ok = probe->result == PROBE_OK;

	snprintf(out, len, "%-9s%s: %s%s%s%s%s", marks[probe->result % ARRAY_SIZE(marks)],
		 probe->name, probe->what, !ok && probe->lost ? " Without it: " : "",
		 !ok && probe->lost ? probe->lost : "", !ok && probe->next ? " Next: " : "",
		 !ok && probe->next ? probe->next : "");
}

static const struct field probe_fields[] = {
	TEXT(struct state_probe, name, "NAME", "What was looked for."),
	ROW(struct state_probe, result, "result", ENUM, NONE, NONE, "RESULT",
	    "Whether this kernel has it.", .names = probe_names),
	TEXT(struct state_probe, what, "WHAT", "What it is."),
	TEXT(struct state_probe, lost, "LOST", "What is lost without it."),
	TEXT(struct state_probe, next, "NEXT", "What to type next."),
};

const struct fields_table fields_probe = {
	.name = "probe",
	.help = "One thing that CDG needs or makes use of.",
	TABLE(struct state_probe, probe_fields),
	.sentence = sentence_probe,
};

static void sentence_note(const void *record, char *out, size_t len)
{
	const struct state_note *note = record;

	snprintf(out, len, "%s%s%s%s", note->severity == SEVERITY_WARNING ? "warning: " :
				       note->severity == SEVERITY_ERROR	  ? "error: " :
									    "",
		 note->text, note->next ? " Next: " : "", note->next ? note->next : "");
}

static const struct field note_fields[] = {
	ROW(struct state_note, severity, "severity", ENUM, NONE, NONE, "SEVERITY",
	    "How much it matters.", .names = severity_names),
	TEXT(struct state_note, text, "TEXT", "The sentence."),
	TEXT(struct state_note, next, "NEXT", "What to type next."),
};

const struct fields_table fields_note = {
	.name = "note",
	.help = "A sentence for the reader.",
	TABLE(struct state_note, note_fields),
	.sentence = sentence_note,
};

static const struct enum_name syn_source_names[] = {
	{ CDG_SYN_SAVE, "save", "kept by the kernel for each connection" },
	{ CDG_SYN_SYNACK, "synack", "read when the SYN-ACK is made" },
	{ CDG_SYN_SAVE | CDG_SYN_SYNACK, "auto", "save, and synack for SYN cookies" },
	{},
};

#define SYN_COUNTER(m, column_, help_) NUMBER(struct state_syn, m, COUNTER, column_, help_)

static const struct field syn_fields[] = {
	TEXT(struct state_syn, cgroup, "CGROUP", "Cgroup whose servers are watched."),
	BOOL(struct state_syn, attached, "ATTACHED", "The program is attached to it."),
	ROW(struct state_syn, source, "source", ENUM, NONE, NONE, "SOURCE",
	    "Where SYNs are taken from.", .names = syn_source_names),
	NUMBER(struct state_syn, entries, GAUGE, "ENTRIES", "Connections that it has room for."),
	NUMBER(struct state_syn, known, GAUGE, "KNOWN", "Connections in the map now."),
	SYN_COUNTER(accepted, "ACCEPTED", "Connections accepted: the sum of the next five."),
	SYN_COUNTER(ok, "OK", "Of them with their SYN."),
	SYN_COUNTER(syncookie, "COOKIE", "Answered with a SYN cookie, and nobody kept the SYN."),
	SYN_COUNTER(not_saved, "NOTSAVED", "The listener did not save SYNs when it came; or it "
		    "was driven out before it was complete (load --syn-source=synack)."),
	SYN_COUNTER(truncated, "TRUNCATED", "Headers longer than a record has room for."),
	SYN_COUNTER(lost, "LOST", "Their places in the map were still being written."),
	SYN_COUNTER(evicted, "EVICTED", "Driven out of the map by newer ones."),
	SYN_COUNTER(half_open, "SYNACKS", "SYNs read when a SYN-ACK was made."),
	SYN_COUNTER(listeners, "LISTENERS", "Listeners that were asked for their SYNs."),
	SYN_COUNTER(listeners_foreign, "FOREIGN",
		    "Listeners that save SYNs of their own accord; left alone."),
	SYN_COUNTER(listeners_refused, "REFUSED",
		    "Listeners that could not be asked, or not for all."),
};

const struct fields_table fields_state_syn = {
	.name = "syn_state",
	.help = "SYNs of accepted connections: what is watched, and what became of them.",
	TABLE(struct state_syn, syn_fields),
	.columns = "cgroup,source,known,accepted,ok,syncookie,not_saved,truncated,lost,evicted",
};
