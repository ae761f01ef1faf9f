/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "user/source/source.h"
#include "user/util/clock.h"
#include "user/util/own.h"

static void read_boot_id(char *out, size_t len)
{
	_cleanup_(fclosep) FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!f || !fgets(out, (int)len, f))
		out[0] = 0;
	out[strcspn(out, "\n")] = 0;
}

int64_t source_realtime_offset(void)
{
	return (int64_t)(clock_ns(CLOCK_REALTIME) - monotonic_ns());
}

void source_origin_here(struct source_origin *out, const char *version, const char *build_id)
{
	struct utsname name;

	*out = (struct source_origin){ .start_ns = monotonic_ns() };
	out->realtime_offset_ns = source_realtime_offset();
	if (!uname(&name)) {
		snprintf(out->host, sizeof(out->host), "%.*s", (int)sizeof(out->host) - 1,
			 name.nodename);
		snprintf(out->kernel, sizeof(out->kernel), "%.*s", (int)sizeof(out->kernel) - 1,
			 name.release);
	}
	read_boot_id(out->boot_id, sizeof(out->boot_id));
	snprintf(out->version, sizeof(out->version), "%s", version);
	snprintf(out->build_id, sizeof(out->build_id), "%s", build_id);
}
