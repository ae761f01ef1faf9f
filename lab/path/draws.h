/* SPDX-License-Identifier: GPL-2.0 */
/* Between draws.bpf.c, loss.bpf.c and twin.c. */
#ifndef LAB_PATH_DRAWS_H
#define LAB_PATH_DRAWS_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define DRAWS_ROOM 65536

struct drawn {
	__u32 port;
	__u32 number;
};

struct draw_counts {
	__u32 rounds; /* more than DRAWS_ROOM: the last ones are missing */
	__u32 drawn;  /* rounds with a coin */
	__u32 cwrs;
};

struct cwr {
	__u64 ns;
	__u32 port;
	__u32 reserved;
};

#define LOSS_FLOWS 1000

struct loss {
	__u32 threshold;  /* of 2^32 */
	__u32 seed;
	__u32 first_port; /* of LOSS_FLOWS */
	__u32 packets;	  /* of these flows */
	__u32 dropped;
};

#endif
