/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/stun_rate.h"

#include <string.h>

#include <openssl/rand.h>

#include "net/base/limits.h"
#include "net/relay/now.h"
#include "net/relay/siphash.h"

int
ds_relay_stun_rate_init(struct ds_relay_stun_rate *rate)
{
    memset(rate->full_ms, 0, sizeof rate->full_ms);
    return RAND_bytes(rate->seed, sizeof rate->seed) == 1 ? 0 : DS_ERR_SYSTEM;
}

/* Each answer puts the moment off at which the burst is whole again (the leaky bucket as a
 * meter). */
bool
ds_relay_stun_rate_allows(struct ds_relay_stun_rate *rate, const struct ds_addr *addr)
{
    const uint64_t each_ms = 1000 / DS_STUN_UDP_PER_S, now_ms = ds_relay_now_ms();
    uint8_t key[16];
    ds_addr_subscriber(addr, key);
    uint64_t hash = ds_relay_siphash(rate->seed, key, sizeof key);
    uint64_t *full_ms = &rate->full_ms[hash % DS_RELAY_STUN_RATE_SLOTS];
    if (*full_ms < now_ms)
        *full_ms = now_ms;
    if (*full_ms - now_ms > (DS_STUN_UDP_BURST - 1) * each_ms)
        return false;
    *full_ms += each_ms;
    return true;
}
