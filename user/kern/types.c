// SPDX-License-Identifier: GPL-2.0
#include "user/kern/types.h"

const struct btf *kernel_types(void)
{
	static struct btf *btf;

	if (!btf)
		btf = btf__load_vmlinux_btf();
	return btf;
}

bool kernel_has_struct(const char *name)
{
	const struct btf *btf = kernel_types();

	return btf && btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT) > 0;
}
