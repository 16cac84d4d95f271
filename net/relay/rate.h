/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_RELAY_RATE_H
#define DS_NET_RELAY_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/base/addr.h"
#include "net/base/err.h"

/*
 * How often each subscriber may have something: a burst, then one in so long. Of a fixed size:
 * subscribers whose hashes meet share what one may have. One thread.
 */
enum { DS_RELAY_RATE_SLOTS = 4096 };

struct ds_relay_rate {
    unsigned burst;
    uint32_t each_ms;
    uint8_t seed[16];
    uint64_t full_ms[DS_RELAY_RATE_SLOTS]; /* when the slot's whole burst may come again */
};

/** Begin: `burst` at once, then one in `each_ms`. Returns 0, or DS_ERR_SYSTEM where no random seed
 * is to be had. */
int ds_relay_rate_init(struct ds_relay_rate *rate, unsigned burst, uint32_t each_ms) DS_MUST_CHECK;

/** Count one for `addr`, unless it had too many. Returns whether it may have it. */
bool ds_relay_rate_allows(struct ds_relay_rate *rate, const struct ds_addr *addr);

#endif
