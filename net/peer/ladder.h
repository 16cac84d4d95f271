/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_NET_PEER_LADDER_H
#define DS_NET_PEER_LADDER_H

#include <stdint.h>

#include "net/base/limits.h"

/* How long to wait before tries for a direct path are made again: longer from time to time. */
struct ds_ladder {
    unsigned step; /* of the next wait */
};

/**
 * Return the next wait in milliseconds: the next of `waits_ms`, at the end the last one for ever,
 * made longer or shorter by up to a fifth at random.
 */
uint64_t ds_ladder_next_ms(
        struct ds_ladder *ladder, const uint64_t waits_ms[static DS_PUNCH_AGAIN_STEPS]);

/** Begin from the first step again. */
void ds_ladder_reset(struct ds_ladder *ladder);

#endif
