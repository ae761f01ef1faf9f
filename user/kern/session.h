/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An instance that is loaded, opened from its pins. There is no daemon: every command opens a
 * session, looks or changes, and closes it.
 */
#ifndef KERN_SESSION_H
#define KERN_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "include/cdg_abi.h"
#include "user/kern/pins.h"
#include "user/util/own.h"

struct session {
	struct pins pins;
	struct cdg_control *control; /* mapped, shared with the programs */
	struct cdg_stats *stats;
	int rings_fd;
	ino_t folder; /* where it was last seen to be pinned */
};

/*
 * Opens the instance of --pin-dir (NULL: the default place) and frees the slots of subscribers that
 * died. Logs; 0, -ENOENT: nothing is loaded there, -EPROTO: loaded by another version, -EPERM:
 * privileges are missing, or another -errno.
 */
int session_open(const char *pin_dir, struct session **out);
void session_close(struct session *s);
static inline void session_closep(struct session **s)
{
	if (*s)
		session_close(*s);
	*s = NULL;
}

/* What every version's control map begins with; behind it what only this one's is known to hold. */
struct session_head {
	__u32 abi_version;
	char names[2][CDG_NAME_LEN];
	__u8 build_id[CDG_BUILD_ID_LEN];
	bool restricted;
	bool linked;
	bool syn; /* with the SYN part */
	/* If abi_version is CDG_ABI_VERSION. */
	uint64_t loaded_ns; /* tells an instance from others; a replacement keeps it */
	struct cdg_params params; /* in force */
};

/* True if it has registered a congestion control. */
static inline bool session_has_cc(const struct session_head *head)
{
	return head->names[0][0];
}

/* Reads the head of an instance of any version. 0 or -errno; not logged. */
int session_read_head(const char *dir, struct session_head *out);

/* False once it was unloaded, or another instance has taken its place. */
bool session_is_pinned(struct session *s);

/* The parameters in force. */
const struct cdg_params *session_params(const struct session *s);

/*
 * Puts a whole set in force at once. The caller has checked it, and made it from the set whose
 * generation it carries; the new generation is filled in. Logs, but for -ESTALE: another set has
 * come into force meanwhile; 0 or -errno.
 */
int session_set_params(struct session *s, struct cdg_params *params);

/* Where coins take given numbers and no random ones (`load --draws`). */
struct session_draws {
	uint32_t numbers;
	uint32_t missing; /* rounds that found none: coins in them are random */
};

/* False: all coins are random. Not logged. */
bool session_draws(const struct session *s, struct session_draws *out);

/* "1a2b..." of a build id; text: 2 * CDG_BUILD_ID_LEN + 1 bytes. */
void session_build_id_text(const __u8 *build_id, char *text);

#endif
