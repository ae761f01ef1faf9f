// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "user/kern/defaults.h"
#include "user/kern/ops.h"
#include "user/kern/probe.h"
#include "user/kern/registry.h"

/* Do the pins of name i still hold its registration? */
static bool pins_hold(const struct pins *pins, const struct session_head *head, int i)
{
	_cleanup_(closep) int ops = pins_get(pins->dir, PIN_OPS, i);
	_cleanup_(closep) int link = pins_get(pins->dir, PIN_LINK, i);

	if (ops < 0)
		return false;
	if (!head->linked)
		return ops_map_in_use(ops);
	return link >= 0 && ops_linked_map(link) == ops_map_id(ops);
}

void registry_look(const struct pins *pins, const struct session_head *head, int i,
		   const char *name, struct registry_entry *out)
{
	char available[CC_LIST_LEN] = "";

	memset(out, 0, sizeof(*out));
	cc_available(available, sizeof(available));
	out->registered = cc_listed(available, name);
	if (head && pins_hold(pins, head, i) && out->registered) {
		out->owner = REGISTRY_OURS;
		out->by = head->linked ? REGISTRY_BY_LINK : REGISTRY_BY_MAP;
		return;
	}
	out->stale = head != NULL;
	if (!out->registered)
		return;
	if (!strcmp(name, CDG_NAME) && probe_native_loaded()) {
		out->owner = REGISTRY_NATIVE;
		out->detail = "the kernel's own tcp_cdg";
	} else {
		out->owner = REGISTRY_FOREIGN;
		out->detail = "another BPF program, or cdgctl with another --pin-dir";
	}
}

bool registry_good(const struct pins *pins, const struct session_head *head)
{
	struct registry_entry entry;

	for (int i = 0; i < 2; i++) {
		if (!head->names[i][0])
			continue;
		registry_look(pins, head, i, head->names[i], &entry);
		if (entry.owner != REGISTRY_OURS)
			return false;
	}
	return true;
}
