/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Linux's own tcp_cdg. It does not look at what became of its registration: where another program
 * holds the name cdg the module loads all the same, without the name, and removing it then takes
 * off the kernel's list what is not on it, which stops the kernel (seen on 6.12). So rmmod may be
 * advised only while the module holds the name.
 */
#ifndef KERN_NATIVE_H
#define KERN_NATIVE_H

#include <stdbool.h>

/* True while it is loaded or built in. */
bool native_loaded(void);

/*
 * Does it hold the name cdg? Found out by sockets that choose the name: its module counts them. 1,
 * 0, or -EPERM where this process may not choose it.
 */
int native_registered(void);

#endif
