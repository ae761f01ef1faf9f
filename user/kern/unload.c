// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "user/kern/defaults.h"
#include "user/kern/flow_iterator.h"
#include "user/kern/listeners.h"
#include "user/kern/namespaces.h"
#include "user/kern/orphans.h"
#include "user/kern/registry.h"
#include "user/kern/routes.h"
#include "user/kern/unload.h"
#include "user/util/log.h"

static int count_route(void *ctx, const struct route_info *route)
{
	struct unload_report *report = ctx;

	for (int i = 0; i < 2; i++)
		report->routes += report->names[i][0] && !strcmp(route->cc, report->names[i]);
	return 0;
}

static int count_routes(void *ctx, const struct namespace_info *info)
{
	if (routes_each(count_route, ctx))
		log_debug("cannot read the routes of %s", info->name);
	return 0;
}

static int count_default(void *ctx, const struct namespace_info *info)
{
	struct unload_report *report = ctx;
	char name[CDG_NAME_LEN];

	(void)info;
	if (!cc_default(name))
		for (int i = 0; i < 2; i++)
			report->restored += report->names[i][0] && !strcmp(name, report->names[i]);
	return 0;
}

static int restore(const struct pins *pins, struct unload_report *report, bool dry_run)
{
	_cleanup_(closep) int map = -1;

	if (dry_run)
		return namespaces_each(false, count_default, report);
	map = pins_get(pins->dir, PIN_DEFAULTS, 0);
	return defaults_restore(map, (const char (*)[CDG_NAME_LEN])report->names, 2,
				&report->restored);
}

/* Removes dir; what it had registered is unregistered on return. */
static int remove_instance(const char *dir, const struct session_head *head)
{
	int r = pins_remove(dir);

	if (!r)
		cc_await_free(head->names, 2);
	return r;
}

/* head: scratch. Beside an instance the remains hold nothing that is registered by them alone. */
static int remove_remains(const struct pins *pins, struct session_head *head)
{
	int r = listeners_restore_remains(pins->staging, pins->dir);

	if (r)
		return r;
	log_info("removing what an interrupted load left in %s", pins->staging);
	if (pins_exist(pins->dir))
		return pins_remove(pins->staging);
	session_read_head(pins->staging, head);
	return remove_instance(pins->staging, head);
}

int unload(const char *pin_dir, uint64_t instance, bool dry_run, struct unload_report *report)
{
	_cleanup_(closep) int lock = -1;
	struct session_head head = {};
	struct pins pins;
	bool good;
	int r;

	memset(report, 0, sizeof(*report));
	report->flows_fd = -1;
	r = pins_locate(pin_dir, false, &pins);
	if (r)
		return r;
	strcpy(report->dir, pins.dir);
	if (!pins_exist(pins.dir) && !pins_exist(pins.staging)) {
		if (instance)
			return -ESTALE;
		if (errno == EACCES)
			return log_err(-EPERM, "cannot look into %s: run as root", pins.parent);
		return log_err(-ENOENT, "nothing is loaded at %s", pins.dir);
	}
	r = pins_lock(&pins, &lock);
	if (r)
		return r;
	if (pins_exist(pins.staging) && !dry_run)
		r = remove_remains(&pins, &head);
	if (r || !pins_exist(pins.dir))
		return r ? r : instance ? -ESTALE : 0;
	r = session_read_head(pins.dir, &head);
	if (r == -EPERM || r == -EACCES)
		return log_err(-EPERM, "cannot open %s: run as root, or with CAP_BPF and "
			       "CAP_NET_ADMIN", pins.dir);
	if (!r && instance && head.loaded_ns != instance)
		return -ESTALE;
	if (r) {
		log_warn("%s is incomplete: defaults that name it cannot be told", pins.dir);
		r = pins_check_own(pins.dir);
		if (r)
			return r;
	}
	/* A member of its group may look, and is told so before anything is undone. */
	if (!dry_run && faccessat(AT_FDCWD, pins.dir, W_OK, AT_EACCESS))
		return log_err(-EPERM, "only the owner of %s can unload it: run as root, or as its "
			       "owner", pins.dir);
	report->syn = head.syn;
	memcpy(report->names, head.names, sizeof(report->names));
	report->flows_fd = pins_get(pins.dir, PIN_FLOWS, 0);
	report->flows = flow_iterator_count(report->flows_fd);
	r = 0;
	if (report->names[0][0]) {
		r = restore(&pins, report, dry_run);
		namespaces_each(false, count_routes, report);
	}
	if (r || dry_run)
		return r;
	r = listeners_restore(pins.dir);
	if (r)
		return r;
	good = registry_good(&pins, &head) > 0;
	if (!head.linked) /* or not known */
		orphans_unregister(pins.dir);
	return good ? remove_instance(pins.dir, &head) : pins_remove(pins.dir);
}
