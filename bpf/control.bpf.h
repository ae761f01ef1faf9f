/* SPDX-License-Identifier: GPL-2.0 */
/* The control block: cdgctl writes it through mmap, the programs only read it. */
#ifndef CDG_CONTROL_BPF_H
#define CDG_CONTROL_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "include/cdg_abi.h"

struct cdg_control control SEC(".data.control") = { .magic = CDG_ABI_MAGIC };

static __always_inline const struct cdg_params *active_params(void)
{
	return &control.params[control.params_active & (CDG_PARAM_SLOTS - 1)];
}

#endif
