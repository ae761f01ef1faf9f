/* SPDX-License-Identifier: GPL-2.0 */
/* What is kept of each flow beside the 104 bytes that the socket has for it. */
#ifndef CDG_FLOW_BPF_H
#define CDG_FLOW_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "include/cdg_abi.h"

/* Value names are readable by BTF: `ss -tei --bpf-maps` prints them. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct cdg_flow);
} cdg_flow SEC(".maps");

#endif
