/* SPDX-License-Identifier: GPL-2.0 */
/* The running kernel's own type information (BTF). */
#ifndef KERN_TYPES_H
#define KERN_TYPES_H

#include <bpf/btf.h>
#include <stdbool.h>

/*
 * Read once, which takes some 30 ms, and kept until the process ends; do not free it. NULL with
 * errno where there is none.
 */
const struct btf *kernel_types(void);

bool kernel_has_struct(const char *name);

#endif
