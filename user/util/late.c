/* SPDX-License-Identifier: GPL-2.0 */
#include "user/util/late.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "user/util/log.h"

int late_open(const char *library, const char *const *names, void *functions)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL), *function;
	char *at = functions;

	if (!handle)
		return log_err(-ENOENT, "cannot open the library %s: %s. Install it", library,
			       dlerror());
	for (; *names; names++, at += sizeof(function)) {
		function = dlsym(handle, *names);
		if (!function)
			return log_err(-ENOENT, "the library %s has no %s: it is not the one that "
				       "this was built for", library, *names);
		memcpy(at, &function, sizeof(function));
	}
	return 0;
}
