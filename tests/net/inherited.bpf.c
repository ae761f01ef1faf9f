// SPDX-License-Identifier: GPL-2.0
/* As option.bpf.c, by a flag that servers' connections have from their listener only. */
#define FROM_LISTENER
#include "option.bpf.c"
