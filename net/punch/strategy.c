/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/punch/strategy.h"

#include "net/base/limits.h"

/* Until it is known again, it is what it was. */
static enum ds_mapping
mapping_of(const struct ds_offer *offer, enum ds_mapping before)
{
    return offer->mapping != DS_MAPPING_UNKNOWN ? offer->mapping : before;
}

static bool
is_hard(enum ds_mapping mapping)
{
    return mapping == DS_MAPPING_ADDRESS || mapping == DS_MAPPING_ADDRESS_AND_PORT;
}

/*
 * How many routers there are between our outermost NAT and the other side's is not known: two hops
 * pass one NAT at home, and in the next generation it is one more, for a carrier's behind it.
 */
static uint8_t
hops_of(uint32_t generation)
{
    return (uint8_t)(DS_PUNCH_HOPS_MIN + (generation - 2) % DS_PUNCH_HOPS);
}

uint16_t
ds_strategy_segments(const struct ds_outcome *last)
{
    return last->was_stuck ? DS_PUNCH_SMALL_MSS : 0;
}

struct ds_strategy
ds_strategy_of(uint32_t generation, const struct ds_outcome *last, const struct ds_offer *here,
        const struct ds_offer *there)
{
    struct ds_strategy strategy = {.mss = ds_strategy_segments(last)};
    enum ds_mapping own = mapping_of(here, last->here), other = mapping_of(there, last->there);

    if (generation < 2 || !last->was_reset)
        return strategy;
    if (own == DS_MAPPING_INDEPENDENT) {
        strategy.hops = hops_of(generation);
        strategy.stays_near = is_hard(other);
    } else if (is_hard(own) && !is_hard(other) && !last->was_aimed) {
        strategy.wait_ms = DS_PUNCH_NEAR_MS;
    }
    return strategy;
}

bool
ds_strategy_is_alike(const struct ds_strategy *a, const struct ds_strategy *b)
{
    return (a->hops == 0) == (b->hops == 0) && a->stays_near == b->stays_near &&
           a->wait_ms == b->wait_ms && a->mss == b->mss;
}
