/* SPDX-License-Identifier: GPL-2.0 */
/* Frames of capture files: where the IP header begins. Pure, for any bytes. */
#ifndef MODEL_LINKLAYER_H
#define MODEL_LINKLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * type: link type as libpcap numbers it (DLT_*). Known: Ethernet with VLAN tags (also stacked) and
 * PPPoE, raw IP, Linux cooked captures (SLL, SLL2), loopback (NULL, LOOP). 0 with *offset, at most
 * len; -ENOMSG if the frame holds no IP or ends before it; -EPROTONOSUPPORT for another type.
 */
int linklayer_ip(int type, const uint8_t *frame, size_t len, size_t *offset);

/* Whether linklayer_ip() knows the type. */
bool linklayer_known(int type);

#endif
