/* SPDX-License-Identifier: GPL-2.0 */
#include <bpf/libbpf.h>

#include "user/kern/libbpf.h"

const char *libbpf_version(void)
{
	const char *text = libbpf_version_string();

	return *text == 'v' ? text + 1 : text;
}
