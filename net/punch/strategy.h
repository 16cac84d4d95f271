/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PUNCH_STRATEGY_H
#define DS_NET_PUNCH_STRATEGY_H

#include <stdbool.h>
#include <stdint.h>

#include "net/punch/offer.h"

/*
 * What a generation of tries does otherwise than the first one, by what became of those before it
 * (net/PROTOCOL.md, 9). Each side decides for itself: nothing here needs the other's consent. Pure.
 * Any thread.
 */
struct ds_strategy {
    /*
     * Hops that the first SYN to an address behind a NAT lives, 0: as many as usual. It opens our
     * own NAT, and ends before the other's, which therefore refuses nothing. The kernel sends it
     * once more a second later, and then it lives as long as any.
     */
    uint8_t hops;
    bool stays_near;  /* it does not even then: nothing of ours may arrive there */
    unsigned wait_ms; /* the other side begins first, by so much */
    uint16_t mss;     /* of all sockets, in bytes; 0: what the interface has room for */
};

/* What is known from generations before. All zero: nothing. */
struct ds_outcome {
    bool was_reset;              /* RSTs have answered SYNs to NATs, and no path has come since */
    bool was_stuck;              /* a path was proven, and full segments did not get through */
    bool was_aimed;              /* in the last one this side had told where its window is met */
    enum ds_mapping here, there; /* what the last one knew of them in the end */
};

/** Return its `mss`, which goes by what came of the generations before alone. */
uint16_t ds_strategy_segments(const struct ds_outcome *last);

/**
 * Choose the strategy of a generation (from 1 on), where `here` and `there` are what is known of
 * both sides as it begins: of a mapping that is unknown yet, `last` tells.
 */
struct ds_strategy ds_strategy_of(uint32_t generation, const struct ds_outcome *last,
        const struct ds_offer *here, const struct ds_offer *there);

/** Say whether both go about it in the same way, but for how many hops it is. */
bool ds_strategy_is_alike(const struct ds_strategy *a, const struct ds_strategy *b);

#endif
