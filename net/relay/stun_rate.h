/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_STUN_RATE_H
#define DS_NET_RELAY_STUN_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"

/*
 * How many answers a subscriber gets by datagrams, which anybody may have sent in its name: a burst
 * of DS_STUN_UDP_BURST, then DS_STUN_UDP_PER_S a second. Of a fixed size: subscribers whose hashes
 * meet share what one may have. One thread.
 */
enum { DS_RELAY_STUN_RATE_SLOTS = 4096 };

struct ds_relay_stun_rate {
    uint8_t seed[16];
    uint64_t full_ms[DS_RELAY_STUN_RATE_SLOTS]; /* when the slot's whole burst may come again */
};

/** Begin. Returns 0, or DS_ERR_SYSTEM where no random seed is to be had. */
int ds_relay_stun_rate_init(struct ds_relay_stun_rate *rate) DS_MUST_CHECK;

/** Count one answer to `addr`, unless it had too many. Returns whether it may go out. */
bool ds_relay_stun_rate_allows(struct ds_relay_stun_rate *rate, const struct ds_addr *addr);

#endif
