/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/relay/rate.h"

#include <string.h>

#include <openssl/rand.h>

#include "net/relay/now.h"
#include "net/relay/siphash.h"

int
ds_relay_rate_init(struct ds_relay_rate *rate, unsigned burst, uint32_t each_ms)
{
    rate->burst = burst;
    rate->each_ms = each_ms;
    memset(rate->full_ms, 0, sizeof rate->full_ms);
    return RAND_bytes(rate->seed, sizeof rate->seed) == 1 ? 0 : DS_ERR_SYSTEM;
}

/* Each one puts the moment off at which the burst is whole again (the leaky bucket as a meter). */
bool
ds_relay_rate_allows(struct ds_relay_rate *rate, const struct ds_addr *addr)
{
    uint64_t now_ms = ds_relay_now_ms();
    uint8_t key[16];
    ds_addr_subscriber(addr, key);
    uint64_t hash = ds_relay_siphash(rate->seed, key, sizeof key);
    uint64_t *full_ms = &rate->full_ms[hash % DS_RELAY_RATE_SLOTS];
    if (*full_ms < now_ms)
        *full_ms = now_ms;
    if (*full_ms - now_ms > (rate->burst - 1) * (uint64_t)rate->each_ms)
        return false;
    *full_ms += rate->each_ms;
    return true;
}
