// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "user/kern/defaults.h"
#include "user/kern/native.h"
#include "user/kern/ops.h"
#include "user/kern/registry.h"

/* Do the pins of name i still hold its registration? 1, 0, or -errno. */
static int pins_hold(const struct pins *pins, const struct session_head *head, int i)
{
	_cleanup_(closep) int ops = pins_get(pins->dir, PIN_OPS, i);
	_cleanup_(closep) int link = pins_get(pins->dir, PIN_LINK, i);
	struct ops_value value;
	int r;

	if (pins_short(ops) || pins_short(link))
		return pins_short(ops) ? ops : link;
	/* The owner's alone: a member of the group has to believe the list of names. */
	if (ops == -EACCES || ops == -EPERM)
		return 1;
	if (ops < 0)
		return 0;
	if (head->linked)
		return link >= 0 && ops_linked_map(link) == ops_map_id(ops);
	r = ops_read(ops, &value);
	return r == -ENOTSUP ? 0 : r ? r : value.in_use;
}

int registry_look(const struct pins *pins, const struct session_head *head, int i,
		   const char *name, struct registry_entry *out)
{
	char available[CC_LIST_LEN];
	int r = cc_available(available, sizeof(available)), held = 0, native;

	memset(out, 0, sizeof(*out));
	if (!r && head)
		held = pins_hold(pins, head, i);
	if (r || held < 0)
		return r ? r : held;
	out->registered = cc_listed(available, name);
	if (held && out->registered) {
		out->owner = REGISTRY_OURS;
		out->by = head->linked ? REGISTRY_BY_LINK : REGISTRY_BY_MAP;
		return 0;
	}
	out->stale = head != NULL;
	if (!out->registered)
		return 0;
	native = strcmp(name, CDG_NAME) ? 0 : native_registered();
	if (native == 1) {
		out->owner = REGISTRY_NATIVE;
		out->detail = "the kernel's own tcp_cdg";
	} else {
		out->owner = REGISTRY_FOREIGN;
		out->detail = native < 0 && native_loaded() ?
			"the kernel's own tcp_cdg, or another BPF program" :
			"another BPF program, or cdgctl with another --pin-dir";
	}
	return 0;
}

int registry_good(const struct pins *pins, const struct session_head *head)
{
	struct registry_entry entry;
	int r;

	for (int i = 0; i < 2; i++) {
		if (!head->names[i][0])
			continue;
		r = registry_look(pins, head, i, head->names[i], &entry);
		if (r || entry.owner != REGISTRY_OURS)
			return r;
	}
	return 1;
}
