/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way out of the guest: byte streams that the host reads, and the end of the machine.
 *
 * On x86 a stream is an I/O port of QEMU's debug console (channel_ports.c): no driver, no interrupt
 * and no buffer, so it works on every kernel, from the first instruction on, and does not disturb
 * the clock of an exact run. Elsewhere it is a port of a virtio console (channel_virtio.c), whose
 * driver must be part of the kernel.
 */
#ifndef LAB_GUEST_CHANNEL_H
#define LAB_GUEST_CHANNEL_H

#include <stddef.h>

enum channel {
	CHANNEL_OUT,     /* the command's standard output */
	CHANNEL_ERR,     /* its standard error */
	CHANNEL_CONTROL, /* lines for the front end: "first", "ready", "exit N", "fault WHY" */
	CHANNEL_SHARE,   /* cpio archive of what changed in the shared folder */
	CHANNEL_MAX
};

/* The terminal of a guest with a console. */
extern const char *const channel_console;

/* Gets access to all channels; may mount /dev. 0 or -errno. */
int channel_open(void);

/* Writes all of it; blocks while the host does not read. */
void channel_write(enum channel channel, const void *data, size_t len);

/* Ticks of the processor's clock since the machine's start; 0 where the guest cannot know. */
unsigned long long channel_ticks(void);

/* Ends the machine at once; nothing is synced. */
void channel_end_machine(void) __attribute__((noreturn));

#endif
