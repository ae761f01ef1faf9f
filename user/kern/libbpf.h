/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KERN_LIBBPF_H
#define KERN_LIBBPF_H

/* "1.1": of the library that is in use now. */
const char *libbpf_version(void);

#endif
